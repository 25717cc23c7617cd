import type { MaybePromise } from '../policy/types.js';
import type { ConnectionInfo } from '../connection/info.js';
import type { AnchorGrant, AuthGrant, Grant, Owner } from './grant.js';

/**
 * Keeps grants by token, possibly for several relays. Asked on AUTH and for tokens the relay has no live session of;
 * never on the path of a message. Expiry, binding and limits are enforced by the relay, not by the store.
 */
export interface SessionStore {
  /** What this store can do; the contract suite holds it to that. */
  readonly keeps: { readonly appData: boolean; readonly revocation: boolean; readonly renewal: boolean };
  /** Stores the grant and returns its token: at least 128 unguessable bits, letters, digits, `-`, `.` and `~` only. */
  issue(grant: Grant): MaybePromise<string>;
  /** The grant of a token; undefined: unknown, or past its expiry. */
  find(token: string): MaybePromise<Grant | undefined>;
  /** New expiry for a token; false: can not, the relay issues a new URI instead. */
  renew(token: string, grant: Grant): MaybePromise<boolean>;
  /** Forgets the token. Unknown tokens are no error. */
  revoke(token: string): MaybePromise<void>;
}

/** Octets, chunks and messages one session has moved, by direction. */
export interface Totals {
  /** SEND chunks accepted, and messages (chunks flagged `$`) among them. */
  chunks: number;
  messages: number;
  /** Body octets accepted. */
  octets: number;
  /** Requests refused and deliveries failed. */
  refused: number;
  failed: number;
}

/**
 * Why a relay URI is no longer valid here. `replaced`: it was made for an AUTH whose connection closed before the answer, so
 * nobody has learnt it.
 */
export type EndReason = 'expired' | 'connection-closed' | 'kicked' | 'relay-closed' | 'replaced';

/** A direction in a session: towards the client that got the token, or from it. */
export type Direction = 'toOwner' | 'fromOwner';

/** Anything that must end when its session ends (a route). */
export interface SessionDependent {
  sessionEnded(): void;
}

/** A live grant, local to this relay: binding, expiry, totals. Ends once, with one event. */
export interface Session {
  /** Public random handle: in events, stats and kick(). Never the token. */
  readonly id: string;
  /** The session-id of the URI in Use-Path. Leaves the process only there. */
  readonly token: string;
  readonly grant: Grant;
  readonly live: boolean;
  /** Runtime.nowMs at which it ends. */
  readonly expiresAtMs: number;
  readonly totals: Record<Direction, Totals>;
  /** Routes that use this session; ended with it. */
  readonly dependents: Set<SessionDependent>;
  end(reason: EndReason): void;
}

/** What AUTH needs to make a session. `expiresInMs` counts from now. */
export interface NewGrant {
  readonly grant: Omit<AuthGrant, 'id' | 'expiresAtMs'> | Omit<AnchorGrant, 'id' | 'expiresAtMs'>;
  readonly expiresInMs: number;
  /** Where the AUTH came from, for the event. */
  readonly connection: ConnectionInfo;
}

export type SessionLookup = MaybePromise<Session | undefined>;

/**
 * token → live session. The hot path asks only this table, synchronously; the store is behind it. No method throws;
 * where the store throws, rejects, is late or answers nonsense, the promise returned rejects with a RelayError
 * `store-failed`; after close() with `closed`.
 */
export interface SessionTable {
  /** A live session, from the table, or revived through the store (relay-bound grants only; one query at a time). */
  find(token: string): SessionLookup;
  /**
   * Issues a token through the store and opens the session. If the client's connection closed while the store was
   * asked, the session returned has ended already.
   */
  open(request: NewGrant): MaybePromise<Session>;
  /** Gives a live session a new expiry (R31), sooner or later; false: the store can not, open a new one. */
  renew(session: Session, expiresInMs: number): MaybePromise<boolean>;
  /** The live session that an AUTH by this owner and user, with this complete From-Path text, renews (AUTH-17, R31). */
  renewable(owner: Owner, user: string | undefined, fromPath: string): Session | undefined;
  /** Live sessions owned by this connection (id), oldest first. */
  ownedBy(connectionId: string): readonly Session[];
  /** Number of live local sessions of a user. */
  countOfUser(user: string): number;
  /** Ends all sessions bound to a client's connection (CONN-17). */
  connectionClosed(connectionId: string): void;
  bySessionId(id: string): Session | undefined;
  readonly size: number;
  all(): Iterable<Session>;
  /** Ends all with `relay-closed`. */
  close(): void;
}
