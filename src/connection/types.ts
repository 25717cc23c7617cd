import type { ConnectionEnd, HoldReason } from '../observe/types.js';
import type { Scheduler, Source } from '../transmission/types.js';
import type { PeerFacts } from '../transport/types.js';
import type { ConnectionInfo, PeerClass } from './info.js';

/** Anything that must end when a connection ends (a route, a claim, an AUTH lane). */
export interface ConnectionDependent {
  connectionEnded(): void;
}

/** One transport connection that carries MSRP, as the rooms see it. */
export interface Connection extends Source {
  readonly id: string;
  readonly info: ConnectionInfo;
  readonly facts: PeerFacts;
  readonly class: PeerClass;
  readonly dialled: boolean;
  /** `connecting` (dialled, its scheduler takes already), `open`, `closing` (flushes what it has), `closed`. */
  readonly state: 'connecting' | 'open' | 'closing' | 'closed';
  readonly scheduler: Scheduler;
  readonly dependents: Set<ConnectionDependent>;
  /** Has this peer proved, by a verified certificate, to be the host? */
  covers(host: string): boolean;
  /** A request succeeded (R07): AUTH answered 200, or accepted for forwarding. Ends the probation for good. */
  succeeded(): void;
  /** A request was answered with an error, or dropped (CONN-13): closes after several, while in probation. */
  requestFailed(): void;
  /** An AUTH failed in the sense of R08 (AUTH-28, AUTH-29): closes after several, unless the peer is a relay. */
  authFailed(): void;
  authSucceeded(): void;
  hold(reason: HoldReason, key: object): void;
  release(key: object): void;
  /** Takes no more input, writes what waits, then closes. */
  close(reason: ConnectionEnd): void;
}
