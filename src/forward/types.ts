import type { Connection } from '../connection/types.js';
import type { RefusalReason } from '../observe/types.js';
import type { MaybePromise } from '../policy/types.js';
import type { Direction, Session } from '../session/types.js';
import type { Flag, Head } from '../wire/types.js';
import type { MsrpUri } from '../wire/uri.js';

/** A request other than SEND, read whole (at most 10240 octets of body, RFC 4975 section 7.1). Copied: may be kept. */
export interface CollectedRequest {
  readonly tidText: string;
  readonly method: string;
  /** URIs exactly as written, leftmost first. */
  readonly toPath: readonly string[];
  readonly fromPath: readonly string[];
  readonly flag: Flag;
  /** Value of the first header of that name (compared without case), trimmed; undefined when absent. Text is UTF-8. */
  header(name: string): string | undefined;
}

/** Takes the rest of one message whose header section has been dealt with. */
export interface Receiver {
  octets(slice: Buffer): void;
  ended(flag: Flag): void;
  /** The connection broke inside the message. */
  cut(): void;
}

/** What the RELAY chart found out about a pair of paths: where its requests may go. */
export interface Admission {
  /** To-Path without our URIs, From-Path as received; as written. */
  readonly remainingTo: readonly string[];
  readonly fromPath: readonly string[];
  /** Our URIs at the front of To-Path, in order, as written; two when R is passed twice (R36). */
  readonly own: readonly string[];
  /** The sessions their tokens name, in the same order; the last one decides the hop. */
  readonly sessions: readonly Session[];
  /** Which way each of them is used; after the first one always towards its owner. */
  readonly directions: readonly Direction[];
  /** First remaining To-Path URI, and From-Path[0]. */
  readonly nextHop: MsrpUri;
  readonly previousHop: MsrpUri;
}

/** A refusal as data: the code where an answer is due, and why. */
export interface Refusal {
  readonly code: number;
  readonly reason: RefusalReason;
  /** The connection can not go on: closed after the answer. */
  readonly closes?: boolean | undefined;
}

export type AdmissionOrRefusal = Admission | Refusal;

export function isRefusal(verdict: AdmissionOrRefusal): verdict is Refusal {
  return 'code' in verdict;
}

/** What the Forward room remembers of one incoming connection: its routes, refused messages, waiting octets. */
export interface ForwardSource {
  readonly connection: Connection;
}

/** Forwarding of accepted requests (chart 4). */
export interface ForwardRoom<S extends ForwardSource = ForwardSource> {
  sourceOf(connection: Connection): S;
  /**
   * The request, when its path lines are known on this connection: no question is asked again. Returns who takes the rest
   * of it, `taken` when it was taken whole, undefined when the paths are not known.
   */
  known(source: S, head: Head): Receiver | 'taken' | undefined;
  /** Reads an AUTH for this relay itself whole, body and all, and hands it over. */
  collect(connection: Connection, head: Head, paths: PathTexts, done: (request: CollectedRequest) => void): Receiver;
  /** A request whose paths the RELAY chart admits, or will: with a promise it waits until that has spoken. */
  admitted(source: S, head: Head, admission: MaybePromise<AdmissionOrRefusal>, paths: PathTexts): Receiver | 'taken';
}

/** Both paths of a request as written, leftmost URI first. */
export interface PathTexts {
  readonly toPath: readonly string[];
  readonly fromPath: readonly string[];
}

/** Refuses requests (chart 3, lower half): answers where an answer is due, notes the reason, counts the failure. */
export interface Refuser {
  /** At the header section; the rest of the request is thrown away by the receiver returned. */
  refuse(connection: Connection, head: Head, refusal: Refusal, session?: Session): Receiver;
  /** Later, for a request that was kept. */
  refuseKept(connection: Connection, kept: KeptRequest, refusal: Refusal, session?: Session): void;
}

/** What must be known of a request to refuse it later. */
export interface KeptRequest {
  readonly tid: Buffer;
  readonly method: string;
  /** A final response is (still) due if it fails. */
  readonly answerable: boolean;
  readonly answerPaths: Buffer;
}
