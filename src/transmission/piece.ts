import { writeByteRange } from '../wire/byte-range.js';
import { copyText, noView, viewOf } from '../wire/octets.js';
import type { Flag } from '../wire/types.js';
import { EndLineGuard } from './end-line-guard.js';
import type { Outbox } from './outbox.js';
import { tidRandomLetters } from './tid.js';
import type { Transactions } from './transactions.js';
import { tidLetters, type OutgoingChunk, type OutgoingRoute } from './types.js';

/** A longer piece must be interruptible and says so by `*` (RFC 4975 section 7.1.1); a shorter one is sent whole. */
export const uninterruptibleBytes = 2048;

const byteRangeName = Buffer.from('Byte-Range: ');
const longestRange = byteRangeName.length + 3 * 16 + 4;
const fourHyphens = 0x2d2d2d2d;
const tidAt = 'MSRP '.length;
const endLineBytes = '\r\n-------'.length + tidLetters + 3;
const noTid = Buffer.alloc(0);
const cr = 13;
const lf = 10;

/**
 * Writes SENDs, and nothing else does: openPiece, addOctets (addSpan), closePiece (abortPiece). One piece at a time; each is a
 * transaction of its own with a new id (FWD-03, XMIT-11) and a true Byte-Range (FWD-33, FWD-41).
 */
export class PieceWriter {
  route: OutgoingRoute | undefined;
  chunk: OutgoingChunk | undefined;
  slot = -1;
  /** Octets of body written in this piece, and the position of its first one in the message. */
  octets = 0;
  start = 0;
  private hasBody = false;
  /** The id of a piece without slot, and what the guard is told of others, whose id is in the table. Not there before. */
  private tid: Buffer = noTid;
  private tidView: DataView = noView;
  private guard: EndLineGuard | undefined;
  /** More octets may come after the id is out: they are searched for it. */
  private guarded = false;

  private readonly outbox: Outbox;
  private readonly transactions: Transactions;

  constructor(outbox: Outbox, transactions: Transactions) {
    this.outbox = outbox;
    this.transactions = transactions;
  }

  get isOpen(): boolean {
    return this.chunk !== undefined;
  }

  /**
   * Header section of the next piece of this chunk. False: no transaction id is free, nothing was written. With `bodyEnd` the
   * whole body follows the header lines in their buffer, up to there: it is written too, if the lines go out as they are.
   */
  openPiece(route: OutgoingRoute, chunk: OutgoingChunk, bodyEnd = 0): boolean {
    const atOnce = chunk.end !== undefined && chunk.atHand <= uninterruptibleBytes;
    const start = chunk.start + chunk.sent;
    if (chunk.failureReport === 'no' && atOnce) {
      this.slot = -1;
      this.ownTid();
      this.transactions.writeLooseTid(this.tidView, 0);
    } else {
      this.slot = this.transactions.openPiece(route, chunk, !atOnce, start);
      if (this.slot < 0) return false;
    }
    this.guarded = !atOnce;
    if (this.guarded) this.beginGuard(chunk.atHand);
    this.route = route;
    this.chunk = chunk;
    this.start = start;
    this.octets = 0;
    this.hasBody = chunk.hasBody;
    this.writeHead(route.sendHead, chunk, atOnce, bodyEnd);
    chunk.begun();
    return true;
  }

  /** How many leading octets of a slice may follow before our own end-line would be in the body. */
  allowed(slice: Buffer): number {
    return this.guarded ? this.guard!.allow(slice) : slice.length;
  }

  addOctets(slice: Buffer): void {
    if (this.guarded) this.guard!.passed(slice);
    this.outbox.appendSlice(slice);
    this.octets += slice.length;
  }

  /** The whole body of a short piece, still in the read buffer; nothing to do if it went with the header lines. */
  addSpan(bytes: Buffer, start: number, end: number): void {
    const octets = end - start;
    if (this.octets === octets) return;
    this.outbox.append(bytes, start, end);
    this.octets = octets;
  }

  closePiece(flag: Flag): void {
    this.writeEndLine(flag);
    if (this.slot >= 0) this.transactions.close(this.slot, this.octets, this.outbox.total);
    this.forget();
  }

  /** Ends a piece that has failed here: no answer to it is waited for. */
  abortPiece(): void {
    this.writeEndLine('#');
    if (this.slot >= 0) this.transactions.release(this.slot);
    this.forget();
  }

  private forget(): void {
    this.route = this.chunk = undefined;
    this.slot = -1;
  }

  /** In one go. */
  private writeEndLine(flag: Flag): void {
    const outbox = this.outbox;
    outbox.reserve(endLineBytes);
    const { bytes, view } = outbox.block;
    let at = outbox.at;
    if (this.hasBody) {
      bytes[at++] = cr;
      bytes[at++] = lf;
    }
    view.setInt32(at, fourHyphens, true);
    view.setInt32(at + 3, fourHyphens, true);
    at += 7;
    this.writeTid(view, at);
    at += tidLetters;
    bytes[at++] = flag.charCodeAt(0);
    bytes[at++] = cr;
    bytes[at++] = lf;
    outbox.wrote(at);
  }

  private writeTid(into: DataView, at: number): void {
    if (this.slot >= 0) this.transactions.writeTid(this.slot, into, at);
    else copyText(this.tidView, 0, tidLetters, into, at);
  }

  private ownTid(): void {
    if (this.tid !== noTid) return;
    this.tid = Buffer.allocUnsafeSlow(tidLetters);
    this.tidView = viewOf(this.tid);
  }

  private beginGuard(atHand: number): void {
    this.ownTid();
    this.transactions.writeTid(this.slot, this.tidView, 0);
    (this.guard ??= new EndLineGuard(tidRandomLetters)).begin(this.tid, 0, atHand);
  }

  private writeHead(sendHead: Buffer, chunk: OutgoingChunk, atOnce: boolean, bodyEnd: number): void {
    const outbox = this.outbox;
    const { bytes, start, rangeStart, rangeEnd, end } = chunk.fields;
    outbox.reserve(sendHead.length + Math.max(end, bodyEnd) - start + longestRange + 2);
    const { block, copier } = outbox;
    const from = outbox.at;
    block.bytes.set(sendHead, from);
    this.writeTid(block.view, from + tidAt);
    let at = from + sendHead.length;
    if (atOnce && chunk.rangeIsTrue && chunk.sent === 0) {
      // The body that follows in the same buffer is copied along.
      const last = bodyEnd > end ? bodyEnd : end;
      at = copier.copy(bytes, start, last, block.bytes, at);
      this.octets = last === end ? 0 : bodyEnd - end - 2;
      if (last !== end) {
        outbox.wrote(at);
        return;
      }
    } else {
      at = copier.copy(bytes, start, rangeStart, block.bytes, at);
      at += byteRangeName.copy(block.bytes, at);
      at = this.writeRange(block.bytes, at, chunk, atOnce);
      at = copier.copy(bytes, rangeEnd, end, block.bytes, at);
    }
    if (this.hasBody) {
      block.bytes[at++] = cr;
      block.bytes[at++] = lf;
    }
    outbox.wrote(at);
  }

  private writeRange(block: Buffer, at: number, chunk: OutgoingChunk, atOnce: boolean): number {
    const last = this.start + chunk.atHand - 1;
    let total = chunk.total;
    // Where the message ends its total is known; a sender's that says otherwise is not passed on (R18).
    if (atOnce && chunk.end === '$') total = last;
    else if (total !== undefined && (total < last || (chunk.end === '$' && total > last))) total = undefined;
    const behind = writeByteRange(block, at, this.start, atOnce ? last : undefined, total);
    block[behind] = cr;
    block[behind + 1] = lf;
    return behind + 2;
  }
}
