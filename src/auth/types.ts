import type { AuthenticatedUser, PeerFacts } from '../transport/types.js';
import type { MaybePromise } from '../policy/types.js';
import type { Connection } from '../connection/types.js';
import type { CollectedRequest } from '../forward/types.js';
import type { Runtime } from '../runtime.js';

/** What an authenticator sees of an AUTH request that passed all checks before the credentials. */
export interface AuthRequest {
  /** Value of the Authorization header, undefined when absent. A secret: never log it. */
  readonly authorization: string | undefined;
  /** Rightmost To-Path URI exactly as written: what the Digest is computed over (R09). */
  readonly uri: string;
  readonly peer: PeerFacts;
  /** Verified host name of the relay that passed the AUTH on; undefined for a client directly connected. */
  readonly viaRelay: string | undefined;
}

/**
 * A verdict on an AUTH:
 * - `challenge`: 401 with one WWW-Authenticate header per entry, best first. `failed` says that credentials were given
 *   and wrong (counts towards closing, R08); `stale` and a first challenge do not;
 * - `refuse`: 400 (unreadable credentials) or 403 (the user may not use this relay);
 * - `accept`: the user, and further headers for the 200 (Authentication-Info).
 */
export type AuthVerdict =
  | {
      readonly challenge: readonly string[];
      readonly why: 'challenged' | 'stale' | 'wrong-credentials' | 'unknown-nonce' | 'unacceptable-credentials';
      readonly user?: string | undefined;
    }
  | {
      readonly refuse: 400 | 403;
      readonly why: 'bad-authorization' | 'uri-mismatch' | 'barred';
      readonly user?: string | undefined;
    }
  | {
      readonly accept: AuthenticatedUser;
      readonly headers?: readonly (readonly [name: string, value: string])[] | undefined;
    };

/** What a relay lets its authenticator know. */
export interface AuthenticatorHost {
  /** First host of the relay: the realm unless another one is configured (AUTH-34). */
  readonly realm: string;
  /** Time and randomness. */
  readonly runtime: Runtime;
}

/**
 * Decides who may have a relay URI. Called once per AUTH, one at a time per connection. A throw, a rejection or a verdict
 * later than `limits.hookTimeoutMs` means 403 with reason `authenticator-failed`.
 */
export interface Authenticator {
  /** Called once by `createRelay`, before the first AUTH. */
  attach?(host: AuthenticatorHost): void;
  /** Judges one AUTH. */
  authenticate(request: AuthRequest): MaybePromise<AuthVerdict>;
}

/** The AUTH room: takes an AUTH whose only To-Path URI is this relay, read whole, and answers it. */
export interface AuthRoom {
  receive(connection: Connection, request: CollectedRequest): void;
}
