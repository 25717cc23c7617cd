import type { Flaw } from './flaw.js';

/** Half-open range of octets in `Head.bytes`; `start === end` when there is nothing. */
export interface Span {
  start: number;
  end: number;
}

/** Continuation flag: `$` last chunk of the message, `+` more follow, `#` aborted (RFC 4975 section 7.1). */
export type Flag = '$' | '+' | '#';
/** The methods a relay treats differently; every other one is `other`, its name lies in `Head.methodName`. */
export type Method = 'SEND' | 'REPORT' | 'AUTH' | 'other';
/** Value of Failure-Report (RFC 4975 section 7.1.2); absent means `yes`. */
export type FailureReport = 'yes' | 'partial' | 'no';

/** Byte-Range as received (RFC 4975 section 7.1.1); `undefined` stands for `*`. Numbers are exact up to 2^53-1. */
export interface ByteRange {
  start: number;
  end: number | undefined;
  total: number | undefined;
}

/**
 * What the parser knows of one message when its header section is complete. One object per parser, used again for each
 * message: valid until `onHead` returns. It holds places in `bytes`, no text.
 */
export interface Head {
  /** The octets all spans point into. Never kept: copy what must outlive `onHead`. */
  readonly bytes: Buffer;
  /** The same octets, to be read several at a time. */
  readonly view: DataView;
  readonly kind: 'request' | 'response';
  readonly method: Method;
  readonly methodName: Span;
  /** Status code of a response, 0 in a request. */
  readonly status: number;
  /** Text after the status code of a response. */
  readonly comment: Span;
  readonly tid: Span;
  /** Both path lines, with names and line ends, raw: the key of the route. Empty when either is missing. */
  readonly paths: Span;
  /**
   * Stands for these very path lines in messages of this kind (request, response) without flaw, as long as the parser
   * remembers them: the sink may keep there what it has found out about them. Undefined in a message with a flaw.
   */
  readonly memo: PathsMemo | undefined;
  /** Value of To-Path (trimmed), then of From-Path. */
  readonly toPath: Span;
  readonly fromPath: Span;
  /** All header lines after the paths, each with its CRLF; without the blank line. */
  readonly rest: Span;
  /** `rest` may be copied as it stands: one blank after each colon, MIME headers last, Content-Type the very last. */
  readonly canonical: boolean;
  readonly messageId: Span;
  /** The whole Message-ID line including its CRLF. */
  readonly messageIdLine: Span;
  /** The whole Byte-Range line including its CRLF; empty when absent. */
  readonly byteRangeLine: Span;
  /** Absent: undefined. */
  readonly byteRange: ByteRange | undefined;
  readonly failureReport: FailureReport;
  readonly contentType: Span;
  /** A blank line ended the header section: a body, maybe empty, follows. */
  readonly hasBody: boolean;
  /** First broken rule, as data. Whether that means 400, silence or close is decided by the router. */
  readonly flaw: Flaw | undefined;
  /** The whole message lies in `bytes`: body (empty if none) and flag. */
  readonly whole: Whole | undefined;
}

/** A note about one pair of path lines: same octets, same decision, no look-up. */
export interface PathsMemo {
  /** Undefined until the sink sets it. */
  value: unknown;
}

/** Body and flag of a message that lies in one buffer with its header section. */
export interface Whole {
  body: Span;
  flag: Flag;
}

/** Where a parser delivers. Body octets may be views of the input: they belong to the sink, nobody writes to them again. */
export interface MessageSink {
  /** A header section is complete. Return true to take `head.whole` (then no onBody, no onEnd for this message). */
  onHead(head: Head): boolean;
  /** Octets of the body, as they come. */
  onBody(octets: Buffer): void;
  /** The end-line has come: the message is complete. */
  onEnd(flag: Flag): void;
  /** Framing is lost: nothing more will be delivered. */
  onLost(flaw: Flaw): void;
}
