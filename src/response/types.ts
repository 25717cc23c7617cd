import type { Connection } from '../connection/types.js';
import type { DeliveryFailure } from '../observe/types.js';
import type { FailedPiece, WayBack } from '../transmission/types.js';
import type { Head } from '../wire/types.js';

/** Makes failure REPORTs (RFC 4975 section 7.1.2, RFC 4976 section 6.4.1). */
export interface Reporter {
  /**
   * Reports a piece to the original sender: over the connection its SEND came by; if that is gone, towards a relay over
   * any connection, towards a client not at all (FWD-21). `paths`: ready path lines. False: nobody could be told.
   */
  report(source: Connection, paths: Buffer, piece: FailedPiece): boolean;
}

/** The RESPONSE room (chart 5). */
export interface ResponseRoom {
  receive(connection: Connection, head: Head): void;
}

/** What a way back needs of the request it is for. */
export interface ForwardedRequest {
  readonly tid: Buffer;
  readonly method: string;
  header(name: string): string | undefined;
}

/** What a way back needs of the route the request took. */
export interface ForwardedOver {
  /** Path lines of an answer made here: To-Path the whole From-Path, From-Path our URI. */
  readonly backPaths: Buffer;
  /** How many of our URIs it passed (two if the relay was passed twice, FWD-37), and where it went. */
  readonly ownUris: number;
  readonly nextHost: string;
  noteFailure(method: string, code: number, reason: DeliveryFailure, told: 'response' | 'nobody'): void;
}

/** Makes the ways back of forwarded requests other than SEND and REPORT (FWD-28). */
export interface WayBacks {
  open(origin: Connection, request: ForwardedRequest, over: ForwardedOver): WayBack;
}
