import type { ConnectionInfo } from '../connection/info.js';
import type { Direction, EndReason, Totals } from '../session/types.js';
import type { Flaw } from '../wire/flaw.js';
import type { TransportRefusal } from '../transport/types.js';

/** Why a request was refused or dropped; one event, one counter, and the response that is due. */
export type RefusalReason =
  | Flaw
  | 'not-for-this-relay'
  | 'unknown-token'
  | 'wrong-direction'
  | 'proxying-client'
  | 'relay-name-mismatch'
  | 'relay-not-allowed'
  | 'nowhere-to-go'
  | 'method-blocked'
  | 'plain-relay-hop'
  | 'plain-auth'
  | 'auth-over-plain'
  | 'message-too-large'
  | 'content-refused'
  | 'message-refused-before'
  | 'store-failed'
  | 'client-gone'
  | 'no-connection-to-hop'
  | 'too-many-dials'
  | 'hop-wants-no-certificate';

/** Why an AUTH did not succeed. */
export type AuthFailure =
  | 'challenged'
  | 'stale'
  | 'wrong-credentials'
  | 'unknown-nonce'
  | 'unacceptable-credentials'
  | 'bad-authorization'
  | 'uri-mismatch'
  | 'barred'
  | 'too-many-uris'
  | 'expires-too-small'
  | 'expires-too-large'
  | 'bad-expires'
  | 'store-failed'
  | 'authenticator-failed';

/** Why something accepted could not be delivered. */
export type DeliveryFailure =
  | 'timeout'
  | 'error-response'
  | 'connection-lost'
  | 'write-stalled'
  | 'stalled-route'
  | 'client-gone'
  | 'hop-unresolved'
  | 'hop-unreachable'
  | 'hop-unverified'
  | 'hop-wants-no-certificate'
  | 'hop-asleep'
  | 'egress-refused'
  | 'too-many-dials'
  | 'too-many-connections'
  | 'refused-late';

/** Why a connection has ended. */
export type ConnectionEnd =
  | 'peer-closed'
  | 'peer-reset'
  | 'framing-lost'
  | 'not-for-this-relay'
  | 'excessive'
  | 'probation-over'
  | 'too-many-failures'
  | 'idle'
  | 'evicted'
  | 'unverified-certificate'
  | 'write-stalled'
  | 'relay-closed';

/** Which limit has been reached while a connection is not read. */
export type HoldReason =
  'route-full' | 'source-full' | 'relay-full' | 'small-messages' | 'transactions' | 'auth-lane';

/** What events tell of a session. `id` is its public handle, as `relay.kick()` takes it; never the token. */
export interface SessionInfo {
  readonly id: string;
  readonly user?: string | undefined;
  readonly kind: string;
}

/**
 * Every fact worth knowing, named once. `observe.note(fact)` is the one place that turns a fact into its event, counter,
 * log line and diagnostics message. Nothing in a fact is secret: no token, nonce, credential or body.
 */
export type Fact =
  | { readonly name: 'connectionOpened'; readonly connection: ConnectionInfo }
  | {
      readonly name: 'connectionClosed';
      readonly connection: ConnectionInfo;
      readonly reason: ConnectionEnd;
      readonly error?: Error | undefined;
      readonly octetsIn: number;
      readonly octetsOut: number;
    }
  | {
      readonly name: 'connectionRefused';
      readonly transport: string;
      readonly reason: TransportRefusal;
      readonly remote: { readonly address: string; readonly port: number };
      readonly error?: Error | undefined;
    }
  | { readonly name: 'connectionHeld'; readonly connection: ConnectionInfo; readonly reason: HoldReason }
  | { readonly name: 'connectionReleased'; readonly connection: ConnectionInfo; readonly heldMs: number }
  | {
      readonly name: 'sessionOpened';
      readonly session: SessionInfo;
      /** Where the AUTH came from; undefined for a session found again through the store. */
      readonly connection?: ConnectionInfo | undefined;
      readonly expiresInMs: number;
    }
  | { readonly name: 'sessionRenewed'; readonly session: SessionInfo; readonly expiresInMs: number }
  | {
      readonly name: 'sessionClosed';
      readonly session: SessionInfo;
      readonly reason: EndReason;
      readonly totals: Readonly<Record<Direction, Readonly<Totals>>>;
    }
  | {
      readonly name: 'authFailed';
      readonly connection: ConnectionInfo;
      readonly reason: AuthFailure;
      readonly user?: string | undefined;
      readonly code: number;
    }
  | {
      readonly name: 'remoteAuthFailed';
      readonly connection: ConnectionInfo;
      readonly host: string;
      readonly failures: number;
    }
  | {
      readonly name: 'requestRefused';
      readonly connection: ConnectionInfo;
      readonly session?: SessionInfo | undefined;
      readonly method: string;
      readonly reason: RefusalReason;
      /** 0: nothing was sent. */ readonly code: number;
    }
  | {
      readonly name: 'responseDropped';
      readonly connection: ConnectionInfo;
      readonly reason: 'unparsable' | 'unmatched' | 'not-for-this-relay' | 'way-back-gone';
    }
  | {
      readonly name: 'deliveryFailed';
      readonly session: SessionInfo;
      readonly direction: Direction;
      readonly method: string;
      readonly reason: DeliveryFailure;
      readonly code: number;
      readonly told: 'report' | 'response' | 'nobody';
      readonly range?: { readonly start: number; readonly end: number } | undefined;
    }
  | { readonly name: 'hopDialled'; readonly host: string; readonly port: number; readonly connection: ConnectionInfo }
  | {
      readonly name: 'hopFailed';
      readonly host: string;
      readonly port: number;
      readonly reason: DeliveryFailure;
      readonly error?: Error | undefined;
    }
  | { readonly name: 'hostCodeFailed'; readonly where: string; readonly error: unknown };

/** Names of the facts: all events but `listenerError`. */
export type FactName = Fact['name'];

/** Levels of a Logger, least grave first. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** A structured logger; a pino instance is one. `obj` holds the fields of the fact, an error under `err`. */
export type Logger = Readonly<Record<LogLevel, (obj: object, msg: string) => void>>;

/** What moves through the relay, counted where it moves: these are incremented in place. */
export interface Traffic {
  /** SEND chunks received, and pieces sent on (one chunk may leave in several). */
  sendsIn: number;
  sendsOut: number;
  /** Octets of all connections, headers included. */
  octetsIn: number;
  octetsOut: number;
  responsesIn: number;
  responsesOut: number;
  /** REPORTs this relay made itself (RFC 4976 section 6.4.3). */
  reportsMade: number;
}

/** Notes facts. Never throws, whatever a listener or logger of the host does. */
export interface Observer {
  note(fact: Fact): void;
}
