import type { Link } from '../chain.js';
import type { DeliveryFailure, HoldReason } from '../observe/types.js';
import type { FailureReport, Flag, Head, Span } from '../wire/types.js';

/** Letters of a transaction id of ours: random ones, then those that name its slot in the table. */
export const tidLetters = 28;

/** Whoever causes what waits, and can be made to wait: a connection whose reading stops while any hold stands. */
export interface Source {
  /** `key` names the hold; holding twice with one key is one hold. */
  hold(reason: HoldReason, key: object): void;
  release(key: object): void;
}

/** When deadlines are due: milliseconds in which the peer's answers were being read (XMIT-27). */
export interface ReadingClock {
  activeMs(): number;
  /** False while the peer is held: its answers may lie unread. */
  readonly running: boolean;
}

/** Header lines of a SEND as they go out, in three parts around the Byte-Range line. Places in `bytes`. */
export interface Fields {
  readonly bytes: Buffer;
  readonly start: number;
  /** Where the Byte-Range line stands, or where one goes if it must be added; `rangeEnd === rangeStart` if there is none. */
  readonly rangeStart: number;
  readonly rangeEnd: number;
  readonly end: number;
  readonly messageId: Span;
}

/** What transmission knows of one incoming SEND chunk on its way out. Implemented by forward/chunk. */
export interface OutgoingChunk {
  readonly route: OutgoingRoute;
  readonly fields: Fields;
  /** A blank line and a body (maybe empty) follow the header section (WIRE-17). */
  readonly hasBody: boolean;
  readonly failureReport: FailureReport;
  /** Position of the first octet, total as the sender gave it. */
  readonly start: number;
  readonly total: number | undefined;
  /** The Byte-Range line is true as it stands, for the chunk as a whole. */
  readonly rangeIsTrue: boolean;
  /** Hook and store have spoken: may be sent. */
  readonly ready: boolean;
  /** Flag it ends with, once known: the incoming one, or `#` when it is aborted. */
  readonly end: Flag | undefined;
  /** Octets at hand, not yet handed on. */
  readonly atHand: number;
  /** Itself, until it is over: all sent, refused or failed. What outlives it keeps this. */
  readonly underWay: UnderWay;
  /** Octets handed on so far. */
  readonly sent: number;
  /** The next slice of what is at hand, at most `max` octets; stays at hand until consumed. */
  peek(max: number): Buffer;
  consume(octets: number): void;
  /** The first octet of the header section has left: from now on failures are told by REPORT (R02). */
  begun(): void;
  /** The last piece has been closed. Called once. */
  done(): void;
  /** Nothing of it, or no more of it, can be sent. Called once. `openStart`: position of the piece that was open, if any. */
  failed(code: number, reason: DeliveryFailure, openStart: number | undefined): void;
}

export interface UnderWay {
  readonly chunk: OutgoingChunk | undefined;
}

/** What transmission knows of a route. Implemented by forward/route. */
export interface OutgoingRoute {
  readonly source: Source;
  /** Session and direction: the key for turns between sessions (XMIT-24). */
  readonly turnKey: object;
  /** Its place among the routes that have chunks on its next hop's connection, and among those that have something to send. */
  readonly inLine: Link<OutgoingRoute>;
  readonly inTurn: Link<OutgoingRoute>;
  /** `MSRP <28 octets for the tid> SEND CRLF To-Path… CRLF From-Path… CRLF`, ready but for the tid. */
  readonly sendHead: Buffer;
  /** More URIs follow the next hop: only a connection over which that relay asked for our certificate will do (SEC-34). */
  readonly relayTraffic: boolean;
  /** First chunk in line; only the last in line can be unfinished. */
  firstChunk(): OutgoingChunk | undefined;
  /** Takes the first chunk out of line. */
  shiftChunk(): void;
  /** A piece that had been sent was not confirmed: error response, time-out, or loss of the connection. */
  pieceFailed(piece: FailedPiece): void;
}

export interface FailedPiece {
  readonly code: number;
  readonly comment: string;
  readonly reason: DeliveryFailure;
  readonly failureReport: FailureReport;
  readonly messageId: Buffer;
  readonly start: number;
  readonly octets: number;
  readonly total: number | undefined;
  /** The chunk it was cut from, while more of it is to come. */
  readonly chunk: OutgoingChunk | undefined;
}

/** Way back for the end-to-end response to a forwarded AUTH or unknown method. Implemented by response/way-back. */
export interface WayBack {
  /** The response came: passes it on. */
  answered(response: Head): void;
  /** It did not, or the request could not be delivered: answers with `code`. */
  failed(code: number, reason: DeliveryFailure): void;
}

/** Why a scheduler could not take or finish something. */
export interface Loss {
  readonly code: number;
  readonly reason: DeliveryFailure;
}

/** Everything that leaves on one connection. Exists before its socket is connected: what is offered waits. */
export interface Scheduler {
  /**
   * Does what can be done now, as at the end of the turn. May write, and the connection be gone afterwards. True when nothing
   * is left to be done and there is room: a whole small chunk may be written at once.
   */
  catchUp(): boolean;
  /** A response to the peer, with the id of its request, which `tids` shows, and a ready tail (response-line). Ahead of bodies. */
  response(tids: DataView, tidStart: number, tidEnd: number, tail: Buffer, cause: Source): void;
  /**
   * Any other whole message (REPORT, forwarded request or response): one write, ahead of bodies (XMIT-09, XMIT-10).
   * `relayTraffic`: not for a hop that does not ask for our certificate (SEC-34). Default: false.
   */
  small(message: Buffer, cause: Source, relayTraffic?: boolean): void;
  /** As small(), for a request whose response must find its way back: the tid is put in at `tidAt` (28 octets, twice). */
  request(
    message: Buffer,
    tidAt: number,
    tidAgainAt: number,
    back: WayBack,
    cause: Source,
    relayTraffic: boolean,
  ): void;
  /** Something of this route may have become ready to be sent, or its first chunk was aborted. */
  offer(route: OutgoingRoute): void;
  /** A whole chunk of at most 2048 octets of body, which lies in `bytes`: sent at once. Only when `catchUp()` allows it. */
  sendWhole(chunk: OutgoingChunk, bytes: Buffer, body: Span, flag: Flag): boolean;
  /** The answer named by `tid` on this connection, for the RESPONSE room. */
  readonly transactions: OutstandingTransactions;
  /** The next hop has refused a piece: over, its chunk stops (`#` if it is under way). Returns what a REPORT needs. */
  refused(slot: number, code: number, comment: string): FailedPiece;
  /** A chunk will not be completed here: its open piece is ended with `#` and fails. False: none of its pieces is open. */
  breakOff(chunk: OutgoingChunk, loss: Loss): boolean;
  /** A transaction is over: whoever waited for room in the table may go on. */
  answered(): void;
}

/** What the RESPONSE room may do with the table of transactions. */
export interface OutstandingTransactions {
  /** The slot an id names, if that transaction is outstanding on this connection; else -1. */
  find(view: DataView, start: number, end: number): number;
  wayBack(slot: number): WayBack | undefined;
  route(slot: number): OutgoingRoute | undefined;
  complete(slot: number): void;
}
