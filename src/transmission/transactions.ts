import type { DeliveryFailure } from '../observe/types.js';
import type { FailureReport } from '../wire/types.js';
import type { Ids } from '../wire/ids.js';
import { sameText } from '../wire/octets.js';
import { copyTid, tidRandomLetters } from './tid.js';
import { MessageIds } from './message-ids.js';
import {
  type Loss,
  tidLetters,
  type FailedPiece,
  type OutgoingChunk,
  type OutgoingRoute,
  type ReadingClock,
  type WayBack,
} from './types.js';

const slotLetters = tidLetters - tidRandomLetters;
/** Ids of the table lie eight octets apart from each other's, for copying in doubles. */
const idStride = 32;
const maxSlots = 1 << (4 * slotLetters);
const letterA = 97;

/** An idle connection owns no tables: it starts on these, and grows with its first transaction. */
const noBytes = new Uint8Array(0);
const noNumbers = new Float64Array(0);
const noLinks = new Int32Array(0);
const noView = new DataView(new ArrayBuffer(0));

/** A piece is open until its end-line; then it waits for its answer, first unwritten, then timed. */
const stateFree = 0;
const stateOpen = 1;
const stateAnsweredOpen = 2;
const stateUnwritten = 3;
const stateTimed = 4;

const timeout: Loss = { code: 408, reason: 'timeout' };

/**
 * Transactions outstanding on one connection (RFC 4976 section 6.4.1): typed arrays and a slot number inside the id, so
 * that a SEND costs no object and its answer no look-up by string. Closed ones stand in one list, in the order in which
 * their last octets went out, which is also the order of their deadlines.
 */
export class Transactions {
  count = 0;
  private capacity = 0;
  private freeTop = 0;
  private free: Uint16Array = new Uint16Array(0);
  private state: Uint8Array = noBytes;
  private report: Uint8Array = noBytes;
  private ids: DataView = noView;
  private start: Float64Array = noNumbers;
  private octets: Float64Array = noNumbers;
  private total: Float64Array = noNumbers;
  private endOffset: Float64Array = noNumbers;
  private deadline: Float64Array = noNumbers;
  private next: Int32Array = noLinks;
  private prev: Int32Array = noLinks;
  private readonly messageIds = new MessageIds();
  private readonly routes: (OutgoingRoute | undefined)[] = [];
  private readonly chunks: (OutgoingChunk | undefined)[] = [];
  private readonly backs: (WayBack | undefined)[] = [];
  private first = -1;
  private last = -1;
  private firstUnwritten = -1;

  private readonly tids: Ids;
  private readonly clock: ReadingClock;
  private readonly transactionMs: number;

  constructor(tids: Ids, clock: ReadingClock, transactionMs: number) {
    this.tids = tids;
    this.clock = clock;
    this.transactionMs = transactionMs;
  }

  /** Earliest deadline on the reading clock; Infinity when none runs. */
  get nextDeadline(): number {
    return this.first >= 0 && this.state[this.first] === stateTimed ? this.deadline[this.first]! : Infinity;
  }

  /** A piece of a SEND begins. Returns its slot, or -1 when all are taken. `chunk` only while more of it is to come. */
  openPiece(route: OutgoingRoute, chunk: OutgoingChunk, keepChunk: boolean, start: number): number {
    const slot = this.open();
    if (slot < 0) return slot;
    this.routes[slot] = route;
    if (keepChunk) this.chunks[slot] = chunk;
    const fr = chunk.failureReport;
    this.report[slot] = fr === 'yes' ? 0 : fr === 'partial' ? 1 : 2;
    this.start[slot] = start;
    this.octets[slot] = 0;
    this.total[slot] = chunk.total ?? NaN;
    const { bytes, messageId } = chunk.fields;
    this.messageIds.set(slot, bytes, messageId.start, messageId.end);
    return slot;
  }

  /** A request other than SEND that will be answered end to end. */
  openRequest(back: WayBack): number {
    const slot = this.open();
    if (slot >= 0) this.backs[slot] = back;
    return slot;
  }

  /** Puts the id of a slot where it belongs in a message. */
  writeTid(slot: number, into: DataView, at: number): void {
    copyTid(this.ids, slot * idStride, into, at);
  }

  /** An id for what expects no answer: same form, no slot. */
  writeLooseTid(into: DataView, at: number): void {
    this.tids.write(into, at, tidLetters);
  }

  /** The end-line has been appended, up to `endOffset` in the stream. Without an answer to wait for the slot is free again. */
  close(slot: number, octets: number, endOffset: number): void {
    if (this.state[slot] === stateAnsweredOpen || (this.backs[slot] === undefined && this.report[slot] === 2)) {
      this.release(slot);
      return;
    }
    this.octets[slot] = octets;
    this.state[slot] = stateUnwritten;
    this.endOffset[slot] = endOffset;
    this.prev[slot] = this.last;
    this.next[slot] = -1;
    if (this.last >= 0) this.next[this.last] = slot;
    else this.first = slot;
    this.last = slot;
    if (this.firstUnwritten < 0) this.firstUnwritten = slot;
  }

  /** Octets of an open piece so far: what a REPORT about it would name. */
  setOctets(slot: number, octets: number): void {
    this.octets[slot] = octets;
  }

  /** The operating system has accepted the first `total` octets: from now on the 30 s run (FWD-17). */
  written(total: number): void {
    let slot = this.firstUnwritten;
    if (slot < 0 || this.endOffset[slot]! > total) return;
    const deadline = this.clock.activeMs() + this.transactionMs;
    while (slot >= 0 && this.endOffset[slot]! <= total) {
      this.state[slot] = stateTimed;
      this.deadline[slot] = deadline;
      slot = this.next[slot]!;
    }
    this.firstUnwritten = slot;
  }

  /** The slot an id names, if that transaction is outstanding and all its letters agree; else -1. */
  find(view: DataView, start: number, end: number): number {
    if (end - start !== tidLetters) return -1;
    let slot = 0;
    for (let i = slotLetters - 1; i >= 0; i--) {
      const digit = view.getUint8(start + tidRandomLetters + i) - letterA;
      if (digit < 0 || digit > 15) return -1;
      slot = (slot << 4) | digit;
    }
    if (slot >= this.capacity) return -1;
    const state = this.state[slot];
    if (state === stateFree || state === stateAnsweredOpen) return -1;
    return sameText(this.ids, slot * idStride, tidRandomLetters, view, start) ? slot : -1;
  }

  wayBack(slot: number): WayBack | undefined {
    return this.backs[slot];
  }

  route(slot: number): OutgoingRoute | undefined {
    return this.routes[slot];
  }

  chunk(slot: number): OutgoingChunk | undefined {
    return this.chunks[slot];
  }

  /** The answer has come: over, also while the piece is still being sent (RESP-20). */
  complete(slot: number): void {
    if (this.state[slot] === stateOpen) this.state[slot] = stateAnsweredOpen;
    else this.release(slot);
  }

  describe(slot: number, code: number, comment: string, reason: DeliveryFailure): FailedPiece {
    const report = this.report[slot];
    const failureReport: FailureReport = report === 0 ? 'yes' : report === 1 ? 'partial' : 'no';
    const total = this.total[slot]!;
    return {
      code,
      comment,
      reason,
      failureReport,
      messageId: this.messageIds.get(slot),
      start: this.start[slot]!,
      octets: this.octets[slot]!,
      total: Number.isNaN(total) ? undefined : total,
      chunk: this.chunks[slot]?.over === false ? this.chunks[slot] : undefined,
    };
  }

  /** Ends those whose time is over: SENDs with a REPORT 408 (not partial, FWD-18), requests with a 408. */
  expire(): void {
    const now = this.clock.activeMs();
    while (this.first >= 0 && this.state[this.first] === stateTimed && this.deadline[this.first]! <= now) {
      this.fail(this.first, timeout, false);
    }
  }

  /** Makes room: of a partial SEND no 200 will come, so the oldest need not be waited for if another may begin instead. */
  forgetPartial(): void {
    const slot = this.first;
    if (slot < 0 || this.state[slot] !== stateTimed || this.backs[slot] !== undefined) return;
    if (this.report[slot] === 1) this.release(slot);
  }

  /** The connection is lost (FWD-39): all fail, but a partial SEND that was written whole is forgotten. */
  failAll(loss: Loss): void {
    while (this.first >= 0) this.fail(this.first, loss, this.state[this.first] === stateUnwritten);
  }

  private fail(slot: number, { code, reason }: Loss, partialToo: boolean): void {
    const back = this.backs[slot];
    if (back !== undefined) {
      this.release(slot);
      back.failed(408, reason);
      return;
    }
    const route = this.routes[slot]!;
    const told = this.report[slot] === 0 || partialToo;
    const piece = told ? this.describe(slot, code, '', reason) : undefined;
    this.release(slot);
    if (piece !== undefined) route.pieceFailed(piece);
  }

  private open(): number {
    if (this.freeTop === 0 && !this.grow()) return -1;
    const slot = this.free[--this.freeTop]!;
    this.count++;
    this.state[slot] = stateOpen;
    this.tids.write(this.ids, slot * idStride, tidRandomLetters);
    return slot;
  }

  /** Frees a slot: its transaction is over, or its piece is given up while open. */
  release(slot: number): void {
    const state = this.state[slot]!;
    if (state >= stateUnwritten) {
      const next = this.next[slot]!;
      const prev = this.prev[slot]!;
      if (prev >= 0) this.next[prev] = next;
      else this.first = next;
      if (next >= 0) this.prev[next] = prev;
      else this.last = prev;
      if (this.firstUnwritten === slot) this.firstUnwritten = next;
    }
    this.state[slot] = stateFree;
    this.routes[slot] = undefined;
    this.chunks[slot] = undefined;
    this.backs[slot] = undefined;
    this.messageIds.clear(slot);
    this.free[this.freeTop++] = slot;
    this.count--;
  }

  private grow(): boolean {
    const before = this.capacity;
    if (before === maxSlots) return false;
    const capacity = before === 0 ? 16 : before * 2;
    const numbers = (old: Float64Array): Float64Array<ArrayBuffer> => grown(new Float64Array(capacity), old);
    this.state = grown(new Uint8Array(capacity), this.state);
    this.report = grown(new Uint8Array(capacity), this.report);
    this.ids = new DataView(grown(new Uint8Array(capacity * idStride), new Uint8Array(this.ids.buffer)).buffer);
    this.messageIds.grow(capacity);
    this.start = numbers(this.start);
    this.octets = numbers(this.octets);
    this.total = numbers(this.total);
    this.endOffset = numbers(this.endOffset);
    this.deadline = numbers(this.deadline);
    this.next = grown(new Int32Array(capacity), this.next);
    this.prev = grown(new Int32Array(capacity), this.prev);
    this.free = new Uint16Array(capacity);
    this.freeTop = 0;
    for (let slot = capacity - 1; slot >= before; slot--) {
      this.free[this.freeTop++] = slot;
      this.routes[slot] = this.chunks[slot] = this.backs[slot] = undefined;
      const letters = slot * idStride + tidRandomLetters;
      for (let i = 0; i < slotLetters; i++) this.ids.setUint8(letters + i, letterA + ((slot >> (4 * i)) & 15));
    }
    this.capacity = capacity;
    return true;
  }
}

function grown<T extends Uint8Array | Int32Array | Float64Array>(larger: T, old: ArrayLike<number>): T {
  larger.set(old);
  return larger;
}
