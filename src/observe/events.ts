import type { Fact, FactName } from './types.js';

/** The object a listener of this event is called with. */
export type RelayEvent<N extends FactName> = N extends FactName
  ? Omit<Extract<Fact, { readonly name: N }>, 'name'>
  : never;

/** A listener threw. The others were called all the same. */
export interface ListenerErrorEvent {
  /** Name of the event whose listener it was. */
  readonly event: string;
  readonly error: unknown;
}

/**
 * Events of a relay; each has one object as its argument, to which fields may be added. They only notify: to change what
 * the relay does, use hooks. Listeners are called at once and in order; what a listener throws goes to `listenerError`,
 * what an `async` listener rejects with is the host's own affair (Node reports it as an unhandled rejection).
 */
export interface RelayEvents {
  /** A peer's connection, or one the relay dialled, carries MSRP from now on. */
  connectionOpened: (event: RelayEvent<'connectionOpened'>) => void;
  /** A connection is gone, with all octets that crossed it. */
  connectionClosed: (event: RelayEvent<'connectionClosed'>) => void;
  /** A connection failed before it carried MSRP: TLS handshake, limits. */
  connectionRefused: (event: RelayEvent<'connectionRefused'>) => void;
  /** Reading from a connection has stopped, because what it causes can not be got rid of. */
  connectionHeld: (event: RelayEvent<'connectionHeld'>) => void;
  /** Reading goes on, after `heldMs` milliseconds. */
  connectionReleased: (event: RelayEvent<'connectionReleased'>) => void;
  /** A relay URI was given out by AUTH, or one given out before was found again through the session store. */
  sessionOpened: (event: RelayEvent<'sessionOpened'>) => void;
  /** An AUTH gave a live relay URI a new expiry. */
  sessionRenewed: (event: RelayEvent<'sessionRenewed'>) => void;
  /** A relay URI is no longer valid here. Exactly one for each `sessionOpened`. */
  sessionClosed: (event: RelayEvent<'sessionClosed'>) => void;
  /** An AUTH was answered with an error. A first one without credentials always is (`challenged`). */
  authFailed: (event: RelayEvent<'authFailed'>) => void;
  /** Another relay refused an AUTH that a client sent through this one. */
  remoteAuthFailed: (event: RelayEvent<'remoteAuthFailed'>) => void;
  /** A request was refused, or dropped where the RFC allows no answer (code 0). */
  requestRefused: (event: RelayEvent<'requestRefused'>) => void;
  /** A response could not be passed on or belongs to nothing. */
  responseDropped: (event: RelayEvent<'responseDropped'>) => void;
  /** Something accepted did not reach the next hop, or was refused by it. */
  deliveryFailed: (event: RelayEvent<'deliveryFailed'>) => void;
  /** A connection to a next hop stands. */
  hopDialled: (event: RelayEvent<'hopDialled'>) => void;
  /** A next hop could not be reached. */
  hopFailed: (event: RelayEvent<'hopFailed'>) => void;
  /** Code of the host (authenticator, store, hook, logger; named in `where`) threw, rejected or was late. */
  hostCodeFailed: (event: RelayEvent<'hostCodeFailed'>) => void;
  /** A listener of another event threw. */
  listenerError: (event: ListenerErrorEvent) => void;
}
