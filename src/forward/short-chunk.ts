import type { OutgoingChunk, OutgoingRoute, UnderWay } from '../transmission/types.js';
import type { FailureReport, Flag, Head } from '../wire/types.js';
import { rangeIsTrue } from './chunk.js';
import type { FieldPlaces } from '../wire/fields.js';
import { emptyFields } from './kept-fields.js';

/** Longest chunk that may go out at once, without being interruptible (RFC 4975 section 7.1.1). */
export const shortBytes = 2048;

/** A whole small chunk while it is being sent: one object for all of them, since none outlives the call. */
export class ShortChunk implements OutgoingChunk {
  readonly fields: FieldPlaces = emptyFields();
  readonly ready = true;
  readonly underWay: UnderWay = { chunk: this };
  readonly sent = 0;
  hasBody = false;
  failureReport: FailureReport = 'yes';
  start = 1;
  total: number | undefined;
  rangeIsTrue = false;
  end: Flag | undefined;
  atHand = 0;
  private current: OutgoingRoute | undefined;

  get route(): OutgoingRoute {
    return this.current!;
  }

  /** Becomes the chunk that `head` describes; its fields have been placed already. */
  take(route: OutgoingRoute, head: Head, octets: number, flag: Flag): void {
    this.current = route;
    this.hasBody = head.hasBody;
    this.failureReport = head.failureReport;
    this.start = head.byteRange?.start ?? 1;
    this.total = head.byteRange?.total;
    this.atHand = octets;
    this.end = flag;
    this.rangeIsTrue = rangeIsTrue(head, octets, flag);
  }

  // It is written whole by sendWhole(): nothing is taken out of it, and nothing can happen to it in between.
  peek(): Buffer {
    return this.fields.bytes.subarray(0, 0);
  }
  consume(): void {}
  begun(): void {}
  done(): void {}
  failed(): void {}
}
