import { EventEmitter } from 'eventemitter3';
import { createEngine, type Engine } from './engine.js';
import { RelayError } from './errors.js';
import type { ConnectionInfo } from './connection/info.js';
import type { RelayEvents } from './observe/events.js';
import { createObserver, type RelayObserver } from './observe/observe.js';
import { noTraffic, type RelayStats } from './observe/stats.js';
import type { RelayOptions } from './options.js';
import { resolveOptions, type Settings } from './settings.js';
import type { Listener, PeerFacts, RelaySocket, TlsMaterial, TransportHost } from './transport/types.js';
import type { CloseOptions, Relay, RelayState } from './types.js';

/** How often a draining relay looks whether its messages are through. */
const drainCheckMs = 20;

/**
 * Makes a relay; it does nothing until `listen()` or `accept()`. Throws a RelayError `bad-option` that names the option,
 * what it got and what it wants.
 */
export function createRelay(options: RelayOptions): Relay {
  return new EmbeddedRelay(resolveOptions(options));
}

class EmbeddedRelay implements Relay {
  state: RelayState = 'idle';
  readonly #settings: Settings;
  readonly #emitter: EventEmitter<RelayEvents> = new EventEmitter<RelayEvents>();
  readonly #observer: RelayObserver;
  readonly #engine: Engine;
  #listening: Promise<readonly Listener[]> | undefined;
  #closing: Promise<void> | undefined;

  constructor(settings: Settings) {
    const traffic = noTraffic();
    const { logger, nodeId } = settings;
    this.#settings = settings;
    this.#observer = createObserver({ emitter: this.#emitter, logger, nodeId, traffic });
    this.#engine = createEngine(settings, this.#observer, traffic);
  }

  listen(): Promise<readonly Listener[]> {
    if (this.#closing !== undefined) return Promise.reject(new RelayError('closed', 'the relay has been closed'));
    if (this.#listening !== undefined) {
      return Promise.reject(new RelayError('already-listening', 'listen() has been called before'));
    }
    const listening = this.#startTransports();
    this.#listening = listening;
    listening.catch(() => {
      this.#listening = undefined;
    });
    return listening;
  }

  accept(socket: RelaySocket, facts: PeerFacts): ConnectionInfo {
    if (this.#closing !== undefined) throw new RelayError('closed', 'the relay takes no more connections');
    return this.#engine.connections.accept(socket, facts).info;
  }

  kick(sessionId: string): boolean {
    const session = this.#engine.sessions.bySessionId(sessionId);
    session?.end('kicked');
    return session !== undefined;
  }

  stats(): RelayStats {
    return this.#observer.stats();
  }

  updateTls(material: TlsMaterial): void {
    for (const transport of this.#settings.transports) transport.updateTls?.(material);
  }

  close(options: CloseOptions = {}): Promise<void> {
    this.#closing ??= this.#shutDown(options.drainMs ?? 0);
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  on<N extends keyof RelayEvents>(name: N, listener: RelayEvents[N]): this {
    this.#emitter.on(name, listener as never);
    return this;
  }

  once<N extends keyof RelayEvents>(name: N, listener: RelayEvents[N]): this {
    this.#emitter.once(name, listener as never);
    return this;
  }

  off<N extends keyof RelayEvents>(name: N, listener: RelayEvents[N]): this {
    this.#emitter.off(name, listener as never);
    return this;
  }

  listenerCount(name: keyof RelayEvents): number {
    return this.#emitter.listenerCount(name);
  }

  async #startTransports(): Promise<readonly Listener[]> {
    const { transports, hosts, advertise } = this.#settings;
    for (const transport of transports) {
      for (const host of [hosts[0]!, advertise.host]) {
        if (transport.coversHost?.(host) !== false) continue;
        throw new RelayError('bad-certificate', `the certificate of ${transport.name} has no dNSName for ${host}`);
      }
    }
    const started = await Promise.allSettled(
      transports.flatMap((transport) => transport.listen?.(this.#hostOf(transport.name)) ?? []),
    );
    const failed = started.find((one) => one.status === 'rejected');
    if (failed !== undefined) {
      await this.#stopTransports();
      throw failed.reason;
    }
    const listeners = started.flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
    this.#engine.listeningAt(listeners);
    if (this.#closing === undefined) this.state = 'listening';
    return listeners;
  }

  #hostOf(transport: string): TransportHost {
    return {
      accept: (socket, facts) => {
        if (this.#closing === undefined) this.#engine.connections.accept(socket, facts);
        else socket.destroy();
      },
      refused: (reason, remote, error) => {
        this.#observer.note({ name: 'connectionRefused', transport, reason, remote, error });
      },
    };
  }

  async #stopTransports(): Promise<void> {
    await Promise.allSettled(this.#settings.transports.map(async (transport) => transport.stopListening?.()));
  }

  async #shutDown(drainMs: number): Promise<void> {
    this.state = 'draining';
    const { connections, sessions, timers } = this.#engine;
    await this.#listening?.catch(() => undefined);
    await this.#stopTransports();
    const until = timers.nowMs() + drainMs;
    while (timers.nowMs() < until && connections.busy) {
      await new Promise<void>((resolve) => {
        timers.after(drainCheckMs, resolve);
      });
    }
    sessions.close();
    await connections.close();
    timers.close();
    this.state = 'closed';
  }
}
