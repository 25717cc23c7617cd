/** What both kinds of message have. Text is UTF-8, as written by the peer. */
interface ReceivedHead {
  readonly tid: string;
  /** URIs, leftmost first. */
  readonly toPath: readonly string[];
  readonly fromPath: readonly string[];
  /** All headers after the paths, in order. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Value of the first header of that name, compared without case. */
  header(name: string): string | undefined;
  /** Values of all headers of that name. */
  allHeaders(name: string): readonly string[];
}

/** A request, read to its end-line. */
export interface ReceivedRequest extends ReceivedHead {
  readonly method: string;
  readonly messageId: string | undefined;
  /** Byte-Range; `undefined` inside stands for `*`. */
  readonly range: ByteRangeText | undefined;
  /** Undefined when the request has none (which is not the same as an empty one, RFC 4975 section 7.1). */
  readonly body: Buffer | undefined;
  /** The body as UTF-8; empty without body. */
  readonly text: string;
  readonly flag: '$' | '+' | '#';
}

/** A response. */
export interface ReceivedResponse extends ReceivedHead {
  readonly code: number;
  readonly comment: string;
}

/** A Byte-Range as written; undefined stands for `*`. */
export interface ByteRangeText {
  readonly start: number;
  readonly end: number | undefined;
  readonly total: number | undefined;
}

/** A request whose header section and part of the body have come, but not its end-line. */
export interface IncomingRequest extends ReceivedHead {
  readonly method: string;
  readonly messageId: string | undefined;
  readonly range: ByteRangeText | undefined;
  readonly bodyBytes: number;
}
