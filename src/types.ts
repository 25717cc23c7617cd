import type { ConnectionInfo } from './connection/info.js';
import type { RelayEvents } from './observe/events.js';
import type { RelayStats } from './observe/stats.js';
import type { Listener, PeerFacts, RelaySocket, TlsMaterial } from './transport/types.js';

/** Options of `relay.close()`. */
export interface CloseOptions {
  /**
   * How long messages under way may take to be delivered, and requests that wait for the session store or the authenticator
   * to be answered, before connections are closed. Default: 0, only what is queued is written.
   */
  readonly drainMs?: number | undefined;
}

/**
 * `idle` until listen(); `draining` from close() on: no new connections; `closed` when nothing is left.
 */
export type RelayState = 'idle' | 'listening' | 'draining' | 'closed';

/** An MSRP relay (RFC 4976) inside this process. Relays in one process know nothing of each other. */
export interface Relay extends AsyncDisposable {
  readonly state: RelayState;
  /**
   * Starts all transports that listen. Rejects with a RelayError: `listen-failed`, `bad-certificate` (a certificate does
   * not name the first host); then no transport is left listening and it may be called again. Or `already-listening`, `closed`.
   */
  listen(): Promise<readonly Listener[]>;
  /**
   * Takes a connection the host has accepted itself (`fromNetSocket(socket)`, `peerFactsOf(socket)`, or its own
   * RelaySocket). Throws a RelayError `closed` when draining or closed.
   */
  accept(socket: RelaySocket, facts: PeerFacts): ConnectionInfo;
  /** Ends a session by its public id: its URI is invalid at once. False: no such session. */
  kick(sessionId: string): boolean;
  /** Counters since the start, and what exists now. */
  stats(): RelayStats;
  /**
   * New certificate, key and CA for TLS connections to come; those that exist stay. Throws a RelayError `bad-certificate`
   * when they can not be used; the old ones then stay in force.
   */
  updateTls(material: TlsMaterial): void;
  /**
   * Stops taking connections, lets messages under way finish for `drainMs`, writes what is queued, closes. Idempotent:
   * further calls wait for the same end.
   */
  close(options?: CloseOptions): Promise<void>;
  /** Calls the listener at each event of that name, see RelayEvents. */
  on<N extends keyof RelayEvents>(name: N, listener: RelayEvents[N]): this;
  /** As `on()`, for the next event of that name only. */
  once<N extends keyof RelayEvents>(name: N, listener: RelayEvents[N]): this;
  /** Takes a listener away again; unknown ones are no error. */
  off<N extends keyof RelayEvents>(name: N, listener: RelayEvents[N]): this;
  /** How many listeners an event has. */
  listenerCount(name: keyof RelayEvents): number;
}
