import { Told } from './sockets.js';
import type {
  DialTarget,
  Listener,
  PeerFacts,
  Transport,
  TransportHost,
  TransportRefusal,
} from '../../src/transport/types.js';

export interface Taken {
  readonly told: Told;
  readonly facts: PeerFacts;
}

export interface Refused {
  readonly reason: TransportRefusal;
  readonly remote: { readonly address: string; readonly port: number };
  readonly error: Error | undefined;
}

/** Stands for the relay: starts what transports give it, and lets a test wait for it. */
export class FakeHost implements TransportHost {
  readonly #taken = new Queue<Taken>();
  readonly #refused = new Queue<Refused>();
  readonly all: Taken[] = [];

  accept: TransportHost['accept'] = (socket, facts) => {
    const taken = { told: new Told(socket), facts };
    this.all.push(taken);
    this.#taken.add(taken);
  };

  refused: TransportHost['refused'] = (reason, remote, error) => {
    this.#refused.add({ reason, remote, error });
  };

  nextTaken(): Promise<Taken> {
    return this.#taken.next();
  }

  nextRefused(): Promise<Refused> {
    return this.#refused.next();
  }
}

class Queue<T> {
  readonly #items: T[] = [];
  readonly #waiting: ((item: T) => void)[] = [];

  add(item: T): void {
    const waiting = this.#waiting.shift();
    if (waiting) waiting(item);
    else this.#items.push(item);
  }

  next(): Promise<T> {
    if (this.#items.length > 0) return Promise.resolve(this.#items.shift()!);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}

/** Everything a test opened, closed again by closeAll(). */
export class Opened {
  readonly #close: (() => unknown)[] = [];

  add<T>(thing: T, close: (thing: T) => unknown): T {
    this.#close.push(() => close(thing));
    return thing;
  }

  async listen(transport: Transport): Promise<{ host: FakeHost; listener: Listener }> {
    const host = new FakeHost();
    const listener = await transport.listen!(host);
    this.#close.push(async () => {
      for (const { told } of host.all) told.socket.destroy();
      await transport.stopListening!();
    });
    return { host, listener };
  }

  async dial(transport: Transport, target: Partial<DialTarget> & { port: number }): Promise<Taken> {
    const { socket, facts } = await transport.dial!({
      addresses: [{ address: '127.0.0.1', family: 4 }],
      host: 'r.example',
      signal: new AbortController().signal,
      ...target,
    });
    const told = new Told(socket);
    this.#close.push(() => {
      told.socket.destroy();
    });
    return { told, facts };
  }

  async closeAll(): Promise<void> {
    for (const close of this.#close.splice(0)) await close();
  }
}
