import type { DeliveryFailure } from '../observe/types.js';
import type { FailureReport } from '../wire/types.js';
import type { Ids } from '../wire/ids.js';
import { copyText, sameText } from '../wire/octets.js';
import { maxSlots, readSlot, tidRandomLetters, writeSlot } from './tid.js';
import { longer, noRows, rowBytes, Rows } from './rows.js';
import { MessageIds } from './message-ids.js';
import {
  type Loss,
  tidLetters,
  type FailedPiece,
  type OutgoingChunk,
  type OutgoingRoute,
  type ReadingClock,
  type UnderWay,
  type WayBack,
} from './types.js';

/** In numbers, links and octets, how far rows lie apart. */
const numbersEach = rowBytes / 8;
const linksEach = rowBytes / 4;
/** Numbers of a slot: position of the piece, its octets, total of the message; its end in the stream; when its time is over. */
const octetsOf = 1;
const totalOf = 2;
const endOffsetOf = 3;
const deadlineOf = 4;
/** Then its id; its links: the next one, of those that are closed or of those that are free, and the one before. */
const idOf = 40;
const nextOf = 18;
const prevOf = 19;
/** Its state, and the value of Failure-Report. Behind them, its Message-ID. */
const stateOf = 80;
const reportOf = 81;
const messageIdOf = 82;

/** An idle connection owns no table: it grows with its first transaction. */
const firstSlots = 4;

/** A piece is open until its end-line; then it waits for its answer, first unwritten, then timed. */
const stateFree = 0;
const stateOpen = 1;
const stateAnsweredOpen = 2;
const stateUnwritten = 3;
const stateTimed = 4;

const failureReports: readonly FailureReport[] = ['yes', 'partial', 'no'];
const timeout: Loss = { code: 408, reason: 'timeout' };

/**
 * Transactions outstanding on one connection (RFC 4976 section 6.4.1): typed arrays and a slot number inside the id, so
 * that a SEND costs no object and its answer no look-up by string. Closed ones stand in one list, in the order in which
 * their last octets went out, which is also the order of their deadlines.
 */
export class Transactions {
  count = 0;
  private capacity = 0;
  private numbers: Float64Array = noRows.numbers;
  private links: Int32Array = noRows.links;
  private marks: Uint8Array = noRows.octets;
  private ids: DataView = noRows.view;
  private rows: Rows = noRows;
  private readonly messageIds = new MessageIds(messageIdOf);
  private routes: (OutgoingRoute | undefined)[] = [];
  private chunks: (UnderWay | undefined)[] = [];
  private backs: (WayBack | undefined)[] = [];
  private firstFree = -1;
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
    return this.first >= 0 && this.marks[this.first * rowBytes + stateOf] === stateTimed
      ? this.numbers[this.first * numbersEach + deadlineOf]!
      : Infinity;
  }

  /** A piece of a SEND begins. Returns its slot, or -1 when all are taken. `chunk` only while more of it is to come. */
  openPiece(route: OutgoingRoute, chunk: OutgoingChunk, keepChunk: boolean, start: number): number {
    const slot = this.open();
    if (slot < 0) return slot;
    this.routes[slot] = route;
    if (keepChunk) this.chunks[slot] = chunk.underWay;
    const fr = chunk.failureReport;
    this.marks[slot * rowBytes + reportOf] = fr === 'yes' ? 0 : fr === 'partial' ? 1 : 2;
    this.numbers[slot * numbersEach] = start;
    this.numbers[slot * numbersEach + octetsOf] = 0;
    this.numbers[slot * numbersEach + totalOf] = chunk.total ?? NaN;
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
    copyText(this.ids, slot * rowBytes + idOf, tidLetters, into, at);
  }

  /** An id for what expects no answer: same form, no slot. */
  writeLooseTid(into: DataView, at: number): void {
    this.tids.write(into, at, tidLetters);
  }

  /** The end-line has been appended, up to `endOffset` in the stream. Without an answer to wait for the slot is free again. */
  close(slot: number, octets: number, endOffset: number): void {
    const unanswered = this.backs[slot] === undefined && this.marks[slot * rowBytes + reportOf] === 2;
    if (unanswered || this.marks[slot * rowBytes + stateOf] === stateAnsweredOpen) {
      this.release(slot);
      return;
    }
    this.numbers[slot * numbersEach + octetsOf] = octets;
    this.marks[slot * rowBytes + stateOf] = stateUnwritten;
    this.numbers[slot * numbersEach + endOffsetOf] = endOffset;
    this.links[slot * linksEach + prevOf] = this.last;
    this.links[slot * linksEach + nextOf] = -1;
    if (this.last >= 0) this.links[this.last * linksEach + nextOf] = slot;
    else this.first = slot;
    this.last = slot;
    if (this.firstUnwritten < 0) this.firstUnwritten = slot;
  }

  /** Octets of an open piece so far: what a REPORT about it would name. */
  setOctets(slot: number, octets: number): void {
    this.numbers[slot * numbersEach + octetsOf] = octets;
  }

  /** The operating system has accepted the first `total` octets: from now on the 30 s run (FWD-17). */
  written(total: number): void {
    let slot = this.firstUnwritten;
    if (slot < 0 || this.numbers[slot * numbersEach + endOffsetOf]! > total) return;
    const deadline = this.clock.activeMs() + this.transactionMs;
    while (slot >= 0 && this.numbers[slot * numbersEach + endOffsetOf]! <= total) {
      this.marks[slot * rowBytes + stateOf] = stateTimed;
      this.numbers[slot * numbersEach + deadlineOf] = deadline;
      slot = this.links[slot * linksEach + nextOf]!;
    }
    this.firstUnwritten = slot;
  }

  /** The slot an id names, if that transaction is outstanding and all its letters agree; else -1. */
  find(view: DataView, start: number, end: number): number {
    if (end - start !== tidLetters) return -1;
    const slot = readSlot(view, start);
    if (slot < 0 || slot >= this.capacity) return -1;
    const state = this.marks[slot * rowBytes + stateOf];
    if (state === stateFree || state === stateAnsweredOpen) return -1;
    return sameText(this.ids, slot * rowBytes + idOf, tidRandomLetters, view, start) ? slot : -1;
  }

  wayBack(slot: number): WayBack | undefined {
    return this.backs[slot];
  }

  route(slot: number): OutgoingRoute | undefined {
    return this.routes[slot];
  }

  /** The answer has come: over, also while the piece is still being sent (RESP-20). */
  complete(slot: number): void {
    if (this.marks[slot * rowBytes + stateOf] === stateOpen)
      this.marks[slot * rowBytes + stateOf] = stateAnsweredOpen;
    else this.release(slot);
  }

  describe(slot: number, code: number, comment: string, reason: DeliveryFailure): FailedPiece {
    const total = this.numbers[slot * numbersEach + totalOf]!;
    return {
      code,
      comment,
      reason,
      failureReport: failureReports[this.marks[slot * rowBytes + reportOf]!]!,
      messageId: this.messageIds.get(slot),
      start: this.numbers[slot * numbersEach]!,
      octets: this.numbers[slot * numbersEach + octetsOf]!,
      total: Number.isNaN(total) ? undefined : total,
      chunk: this.chunks[slot]?.chunk,
    };
  }

  /** Ends those whose time is over: SENDs with a REPORT 408 (not partial, FWD-18), requests with a 408. Without any, the table goes. */
  expire(): void {
    const now = this.clock.activeMs();
    while (this.nextDeadline <= now) this.fail(this.first, timeout, false);
    if (this.count === 0) this.drop();
  }

  /** Makes room: of a partial SEND no 200 will come, so the oldest need not be waited for if another may begin instead. */
  forgetPartial(): void {
    const slot = this.first;
    if (slot < 0 || this.marks[slot * rowBytes + stateOf] !== stateTimed || this.backs[slot] !== undefined) return;
    if (this.marks[slot * rowBytes + reportOf] === 1) this.release(slot);
  }

  /** The connection is lost (FWD-39): all fail, but a partial SEND that was written whole is forgotten. */
  failAll(loss: Loss): void {
    while (this.first >= 0)
      this.fail(this.first, loss, this.marks[this.first * rowBytes + stateOf] === stateUnwritten);
  }

  private fail(slot: number, { code, reason }: Loss, partialToo: boolean): void {
    const back = this.backs[slot];
    if (back !== undefined) {
      this.release(slot);
      back.failed(408, reason);
      return;
    }
    const route = this.routes[slot]!;
    const told = this.marks[slot * rowBytes + reportOf] === 0 || partialToo;
    const piece = told ? this.describe(slot, code, '', reason) : undefined;
    this.release(slot);
    if (piece !== undefined) route.pieceFailed(piece);
  }

  private open(): number {
    if (this.firstFree < 0 && !this.grow()) return -1;
    const slot = this.firstFree;
    this.firstFree = this.links[slot * linksEach + nextOf]!;
    this.count++;
    this.marks[slot * rowBytes + stateOf] = stateOpen;
    this.tids.write(this.ids, slot * rowBytes + idOf, tidRandomLetters);
    return slot;
  }

  /** Frees a slot: its transaction is over, or its piece is given up while open. */
  release(slot: number): void {
    const state = this.marks[slot * rowBytes + stateOf]!;
    if (state >= stateUnwritten) {
      const next = this.links[slot * linksEach + nextOf]!;
      const prev = this.links[slot * linksEach + prevOf]!;
      if (prev >= 0) this.links[prev * linksEach + nextOf] = next;
      else this.first = next;
      if (next >= 0) this.links[next * linksEach + prevOf] = prev;
      else this.last = prev;
      if (this.firstUnwritten === slot) this.firstUnwritten = next;
    }
    this.marks[slot * rowBytes + stateOf] = stateFree;
    this.routes[slot] = undefined;
    this.chunks[slot] = undefined;
    this.backs[slot] = undefined;
    this.messageIds.clear(slot);
    this.links[slot * linksEach + nextOf] = this.firstFree;
    this.firstFree = slot;
    this.count--;
  }

  private grow(): boolean {
    const before = this.capacity;
    if (before === maxSlots) return false;
    const capacity = before === 0 ? firstSlots : before * 2;
    this.use(new Rows(capacity, this.rows));
    this.routes = longer(this.routes, capacity);
    this.chunks = longer(this.chunks, capacity);
    this.backs = longer(this.backs, capacity);
    for (let slot = capacity - 1; slot >= before; slot--) {
      this.links[slot * linksEach + nextOf] = this.firstFree;
      this.firstFree = slot;
      writeSlot(this.ids, slot * rowBytes + idOf, slot);
    }
    this.capacity = capacity;
    return true;
  }

  /** Nothing has been outstanding for long, or had been: no table until there is. */
  private drop(): void {
    this.capacity = 0;
    this.firstFree = -1;
    this.use(noRows);
    this.messageIds.drop();
    this.routes = [];
    this.chunks = [];
    this.backs = [];
  }

  private use(rows: Rows): void {
    this.rows = rows;
    this.numbers = rows.numbers;
    this.links = rows.links;
    this.marks = rows.octets;
    this.ids = rows.view;
    this.messageIds.use(rows);
  }
}
