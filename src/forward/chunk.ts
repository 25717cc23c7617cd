import type { DeliveryFailure, RefusalReason } from '../observe/types.js';
import { checkOctets } from '../wire/byte-range.js';
import type { FailureReport, Flag, Head, Whole } from '../wire/types.js';
import type { FailedPiece, Loss, OutgoingChunk, OutgoingRoute } from '../transmission/types.js';
import type { KeptRequest, Receiver } from './types.js';
import type { ComingChunk } from './memory-guard.js';
import { KeptFields } from './kept-fields.js';
import { isKeptAsItIs, Slices } from './slices.js';

/** What a chunk costs beside its octets: itself, its place in line. */
const overheadBytes = 512;

/** Is the Byte-Range line true as it stands, for a chunk of so many octets that ends with this flag (FWD-33, FWD-41)? */
export function rangeIsTrue(head: Pick<Head, 'byteRange' | 'hasBody'>, octets: number, flag: Flag): boolean {
  const range = head.byteRange;
  if (range === undefined || !head.hasBody) return true;
  const last = range.start + octets - 1;
  return range.end === last && (range.total === undefined ? flag !== '$' : range.total >= last);
}

/** Can the whole chunk, of these octets, be kept in one piece: is it within its bounds, and no long body to be kept by reference? */
export function isKeptWhole(head: Head, octets: number, lastPosition: number): boolean {
  const start = head.byteRange?.start ?? 1;
  return start - 1 + octets <= lastPosition && !isKeptAsItIs(head.bytes, octets);
}

/** What a chunk needs of its route. */
export interface ChunkRoute extends OutgoingRoute {
  readonly state: 'deciding' | 'open' | 'ended';
  readonly answerPaths: Buffer;
  /** Octets of a message may come up to this position. */
  readonly lastPosition: number;
  /** So many more octets wait (fewer, if negative). */
  waits(octets: number): void;
  /** Something about the first chunk has changed. */
  changed(): void;
  /** The same, and what can leave now is to leave now. */
  passOn(): void;
  chunkReceived(octets: number, flag: Flag): void;
  /** Takes a chunk of which nothing has left out of line. */
  remove(chunk: Chunk): void;
  /** Answers the request whose transaction id stands at the beginning of `bytes`. */
  respond(bytes: Buffer, tidEnd: number, code: number): void;
  refusedAtHop(chunk: Chunk, code: number, reason: DeliveryFailure): void;
  refuseLate(chunk: Chunk, code: number, reason: RefusalReason): void;
  /** No more of a message will be sent. */
  stopMessage(messageId: Buffer, loss: Loss): void;
  pieceFailed(piece: FailedPiece): void;
}

/**
 * One incoming SEND chunk on its way out, and the only place where octets wait: while its route is being decided, its hop
 * connects, or the receiver is slow. Until something of it has left, its failure is told by an error response while that
 * is still due, afterwards by REPORT (R02).
 */
export class Chunk implements OutgoingChunk, Receiver, KeptRequest, ComingChunk {
  readonly route: ChunkRoute;
  readonly method = 'SEND';
  readonly fields: KeptFields;
  readonly hasBody: boolean;
  readonly failureReport: FailureReport;
  readonly start: number;
  readonly total: number | undefined;
  rangeIsTrue = false;
  end: Flag | undefined;
  sent = 0;
  received = 0;
  readonly underWay: { chunk: Chunk | undefined } = { chunk: this };
  private readonly range: Head['byteRange'];
  /** The next octet of the body among those that stand behind the fields. */
  private at: number;
  /** Octets that come after those. */
  private more: Slices | undefined = undefined;
  /** And the last, while they are being passed on; the read buffer's own. */
  private passing: Buffer = none;
  private hasBegun = false;
  /** A final response has been given, or none is due any more. */
  private answered = false;
  /** Incoming octets are thrown away: refused, failed, or its message was. */
  private discarding = false;
  private inputOver = false;

  /** With `whole` all of it is kept at once; else octets() and ended() are to follow. */
  constructor(route: ChunkRoute, head: Head, whole: Whole | undefined) {
    const octets = whole === undefined ? 0 : whole.body.end - whole.body.start;
    this.route = route;
    this.fields = new KeptFields(head, octets);
    this.at = this.fields.bodyStart;
    this.hasBody = head.hasBody;
    this.failureReport = head.failureReport;
    this.start = head.byteRange?.start ?? 1;
    this.total = head.byteRange?.total;
    if (whole === undefined) {
      this.range = head.byteRange === undefined ? undefined : { ...head.byteRange };
    } else {
      this.range = undefined;
      this.received = octets;
      this.rangeIsTrue = rangeIsTrue(head, octets, whole.flag);
      this.end = whole.flag;
      this.inputOver = true;
    }
    route.waits(this.keptBytes);
  }

  get tid(): Buffer {
    return this.fields.tid;
  }

  /** Also when its route has ended meanwhile: what was accepted is delivered (FWD-40). */
  get ready(): boolean {
    return this.route.state !== 'deciding';
  }

  get atHand(): number {
    return this.fields.bodyEnd - this.at + (this.more?.bytes ?? 0) + this.passing.length;
  }

  get keptBytes(): number {
    return overheadBytes + this.fields.end + this.atHand;
  }

  get moved(): number {
    return this.received + this.sent;
  }

  get messageId(): Buffer {
    const { bytes, messageId } = this.fields;
    return bytes.subarray(messageId.start, messageId.end);
  }

  get answerable(): boolean {
    return this.failureReport !== 'no' && !this.answered;
  }

  get answerPaths(): Buffer {
    return this.route.answerPaths;
  }

  octets(slice: Buffer): void {
    this.received += slice.length;
    if (this.discarding) return;
    if (!checkOctets(this.start, this.received)) {
      this.route.refuseLate(this, 400, 'bad-byte-range');
    } else if (this.start + this.received - 1 > this.route.lastPosition) {
      this.route.refuseLate(this, 413, 'message-too-large');
    } else {
      this.passing = slice;
      this.route.waits(slice.length);
      this.route.passOn();
      this.keep();
    }
  }

  /** Most octets have left by now; the others wait. */
  private keep(): void {
    const { passing } = this;
    this.passing = none;
    if (passing.length === 0) return;
    if (this.more !== undefined || !this.fields.add(passing)) (this.more ??= new Slices()).add(passing);
  }

  ended(flag: Flag): void {
    this.inputOver = true;
    if (this.discarding) {
      this.answer();
      return;
    }
    this.end = flag;
    this.rangeIsTrue = rangeIsTrue({ byteRange: this.range, hasBody: this.hasBody }, this.received, flag);
    this.arrived(flag);
    this.route.changed();
  }

  /** It has come in as a whole. */
  arrived(flag: Flag): void {
    this.route.chunkReceived(this.received, flag);
    if (this.route.state !== 'deciding') this.answer();
  }

  /** The sender is gone inside the chunk: ended with `#` if begun, else as if it had never come (FWD-36). */
  cut(): void {
    this.inputOver = true;
    this.answered = true;
    this.letGo();
    if (this.discarding) return;
    if (this.hasBegun) {
      this.end = '#';
    } else {
      this.discard();
      this.route.remove(this);
    }
    this.route.changed();
  }

  /** Gives the 200 that says that the chunk has arrived here (R01), if it is due and the chunk is complete. */
  answer(): void {
    if (this.answered || !this.inputOver) return;
    this.answered = true;
    if (this.failureReport === 'yes') this.route.respond(this.fields.bytes, this.fields.start, 200);
    this.letGo();
  }

  peek(max: number): Buffer {
    const { at } = this;
    const { bytes, bodyEnd } = this.fields;
    if (at < bodyEnd) return bytes.subarray(at, Math.min(bodyEnd, at + max));
    return this.hasMore ? this.more!.peek(max) : this.passing.subarray(0, max);
  }

  consume(octets: number): void {
    if (this.at < this.fields.bodyEnd) this.at += octets;
    else if (this.hasMore) this.more!.consume(octets);
    else this.passing = this.passing.subarray(octets);
    this.sent += octets;
    this.route.waits(-octets);
  }

  private get hasMore(): boolean {
    return this.more !== undefined && this.more.bytes > 0;
  }

  begun(): void {
    this.hasBegun = true;
  }

  done(): void {
    this.discard();
  }

  /** It stands still, and in the way of others: its message fails (XMIT-15, SEC-40). */
  giveWay(): void {
    this.route.stopMessage(this.messageId, { code: 408, reason: 'stalled-route' });
  }

  failed(code: number, reason: DeliveryFailure, openStart: number | undefined): void {
    const start = openStart ?? this.start + this.sent;
    const octets = this.received - (start - this.start);
    const { messageId } = this;
    this.discard();
    if (!this.hasBegun && this.answerable) {
      this.route.refusedAtHop(this, code, reason);
      this.refused();
      return;
    }
    this.route.pieceFailed({
      code,
      comment: '',
      reason,
      failureReport: this.failureReport,
      messageId,
      start,
      octets,
      total: this.total,
      chunk: undefined,
    });
  }

  /** No more of it will be sent, and that has been told: what still comes is thrown away. */
  discard(): void {
    if (this.discarding) return;
    this.discarding = true;
    this.underWay.chunk = undefined;
    this.route.waits(-this.keptBytes);
    this.at = this.fields.bodyEnd;
    this.more = undefined;
    this.passing = none;
    this.letGo();
  }

  /** Whoever remembers it because of an outstanding transaction needs nothing of what it keeps. */
  private letGo(): void {
    if (this.discarding && this.answered) this.fields.clear();
  }

  /** An error response has been given: none is due at the end. */
  refused(): void {
    this.answered = true;
    this.discard();
    this.letGo();
  }

  get begunYet(): boolean {
    return this.hasBegun;
  }
}

const none = Buffer.alloc(0);
