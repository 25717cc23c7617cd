import { flawKind, type Flaw } from './flaw.js';
import { noView, viewOf } from './octets.js';
import type { ByteRange, FailureReport, Head, Method, PathsMemo, Span, Whole } from './types.js';

const nothing: Buffer = Buffer.alloc(0);
const span = (): Span => ({ start: 0, end: 0 });

/** The one Head of a parser, written anew for each message. */
export class ScratchHead implements Head {
  bytes: Buffer = nothing;
  view: DataView = noView;
  kind: 'request' | 'response' = 'request';
  method: Method = 'other';
  readonly methodName: Span = span();
  status = 0;
  readonly comment: Span = span();
  readonly tid: Span = span();
  readonly paths: Span = span();
  memo: PathsMemo | undefined = undefined;
  readonly toPath: Span = span();
  readonly fromPath: Span = span();
  readonly rest: Span = span();
  canonical = true;
  readonly messageId: Span = span();
  readonly messageIdLine: Span = span();
  readonly byteRangeLine: Span = span();
  byteRange: ByteRange | undefined = undefined;
  failureReport: FailureReport = 'yes';
  readonly contentType: Span = span();
  hasBody = false;
  flaw: Flaw | undefined = undefined;
  whole: Whole | undefined = undefined;

  // Only for reading.
  /** Place of the third word of the start line: method or status. */
  word = 0;
  /** Headers seen, as bits (header-name.ts). */
  seen = 0;
  /** Path headers seen in their place. */
  inOrder = 0;
  /** An octet beyond ASCII was seen. */
  high = false;
  readonly range: ByteRange = { start: 1, end: undefined, total: undefined };

  /** Forgets the message before. What every start line sets is left, and what `seen` tells to be absent. */
  reset(): void {
    this.memo = undefined;
    this.canonical = true;
    this.byteRange = undefined;
    this.failureReport = 'yes';
    this.hasBody = false;
    this.flaw = undefined;
    this.whole = undefined;
    this.seen = 0;
    this.inOrder = 0;
    this.high = false;
    clear(this.paths);
    clear(this.toPath);
    clear(this.fromPath);
    clear(this.messageId);
    clear(this.messageIdLine);
    clear(this.byteRangeLine);
    clear(this.contentType);
  }

  /** Names the octets that are read from now on. */
  use(bytes: Buffer): void {
    this.bytes = bytes;
    this.view = viewOf(bytes);
  }

  /** Lets go of them. */
  release(): void {
    this.bytes = nothing;
    this.view = noView;
    this.whole = undefined;
    this.memo = undefined;
  }

  /**
   * Notes a broken rule. One is told in the end: the first of those that leave the router least to do (closing before
   * silence before an answer and closing before an answer).
   */
  note(flaw: Flaw): void {
    if (this.flaw === undefined || weight[flawKind(flaw)] > weight[flawKind(this.flaw)]) this.flaw = flaw;
  }

  /** Can the router see for whom it is and whom to answer? */
  get addressed(): boolean {
    if (this.toPath.start === this.toPath.end || this.fromPath.start === this.fromPath.end) return false;
    return this.flaw === undefined || weight[flawKind(this.flaw)] <= weight.excessive;
  }
}

const weight = { malformed: 0, excessive: 1, unanswerable: 2, unaddressed: 3, lost: 4 } as const;

export function place(into: Span, start: number, end: number): void {
  into.start = start;
  into.end = end;
}

export function clear(into: Span): void {
  into.start = 0;
  into.end = 0;
}
