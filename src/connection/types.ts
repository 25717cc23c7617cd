import type { HopTarget } from '../hop/types.js';
import type { ConnectionEnd, HoldReason } from '../observe/types.js';
import type { Scheduler, Source } from '../transmission/types.js';
import type { PeerFacts } from '../transport/types.js';
import type { ConnectionInfo, PeerClass } from './info.js';

/** Anything that must end when a connection ends (a route, a claim, an AUTH lane). */
export interface ConnectionDependent {
  /** Ends too when the connection turns out to be no good for relay traffic (SEC-34). */
  readonly relayTraffic?: boolean;
  /** Requests of the peer can not be answered before code of the host has spoken. */
  readonly undecided?: boolean;
  /** `peerReads`: what is undecided may yet be answered (CONN-25); called again when the connection is closed. */
  connectionEnded(peerReads?: boolean): void;
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
  /** Octets of responses, REPORTs and small requests that wait for it. */
  readonly smallBytes: number;
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
  /** What was undecided is so no more, and is answered before this turn is over. */
  decided(): void;
  hold(reason: HoldReason, key: object): void;
  release(key: object): void;
  /** It has brought more than can leave now: is not read again before the output of this turn is written. */
  rest(): void;
  /** Takes no more input, writes what waits, then closes. */
  close(reason: ConnectionEnd): void;
}

/** All connections of a relay, by what can be asked of them. */
export interface Connections {
  byId(id: string): Connection | undefined;
  /** The connection this relay has opened, or is opening, to that hop. */
  dialled(target: HopTarget): Connection | undefined;
  /**
   * A connection whose peer has proved to be this relay, in whichever direction it was opened (FWD-09). With `port` not one
   * that was dialled to another port: there, another relay of the same name may answer.
   */
  relay(host: string, port?: number): Connection | undefined;
  /**
   * Opens one: it takes messages at once, and fails them if it can not be made (FWD-11, XMIT-21). `user` is whose doing it
   * is; undefined when as many dials of this user are under way as may be, or the relay is closing.
   */
  dial(target: HopTarget, user: string): Connection | undefined;
}
