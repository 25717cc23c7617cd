import { Chain } from '../chain.js';
import { HeldSources } from '../held-sources.js';
import type { Limits } from '../limits.js';
import type { Traffic } from '../observe/types.js';
import type { Flag, Span } from '../wire/types.js';
import type { Outbox } from './outbox.js';
import { PieceWriter, uninterruptibleBytes } from './piece.js';
import type { Transactions } from './transactions.js';
import { Turns } from './turns.js';
import type { FailedPiece, Loss, OutgoingChunk, OutgoingRoute, Source } from './types.js';

export interface BodiesDeps {
  readonly limits: Limits;
  readonly traffic: Pick<Traffic, 'sendsOut'>;
  readonly outbox: Outbox;
  readonly transactions: Transactions;
  /** The connection itself: a request of its peer that goes back to it is answered over it as well. */
  readonly own: object;
  /** A message has been appended up to its end-line. May write, and the connection be gone afterwards: comes last. */
  messageDone(): void;
}

/** Headers a piece has beside those of its route and chunk: Byte-Range, blank line, end-line. */
const aroundPieceBytes = 160;

/** SENDs of one connection: whose turn it is, and the piece that is open (chart 6, right half). */
export class Bodies {
  /** Longest message the transport takes in one piece, where it takes messages; undefined on a stream. */
  maxMessageBytes: number | undefined;
  private readonly deps: BodiesDeps;
  private readonly piece: PieceWriter;
  private readonly turns: Turns;
  /** Who made more transactions than the table shall hold. */
  private readonly tableFull = new HeldSources('transactions');
  /** Routes that have chunks here, ready or not. */
  private readonly offered: Chain<OutgoingRoute> = new Chain();

  constructor(deps: BodiesDeps) {
    this.deps = deps;
    this.piece = new PieceWriter(deps.outbox, deps.transactions);
    this.turns = new Turns(deps.limits.turnBytes);
  }

  get isOpen(): boolean {
    return this.piece.isOpen;
  }

  /** Routes in turn: those with something to send. */
  get ready(): number {
    return this.turns.size;
  }

  get routes(): readonly OutgoingRoute[] {
    return [...this.offered];
  }

  get any(): boolean {
    return this.offered.size > 0;
  }

  offer(route: OutgoingRoute): void {
    if (route.firstChunk() === undefined) this.offered.remove(route.inLine);
    else this.offered.add(route.inLine);
    this.sortIn(route);
  }

  sendWhole(chunk: OutgoingChunk, bytes: Buffer, body: Span, flag: Flag): boolean {
    const { route } = chunk;
    const { fields } = chunk;
    const together = fields.bytes === bytes && fields.end + 2 === body.start;
    if (!this.piece.openPiece(route, chunk, together ? body.end : 0)) return false;
    this.piece.addSpan(bytes, body.start, body.end);
    this.piece.closePiece(flag);
    this.deps.traffic.sendsOut++;
    this.checkTable(route.source);
    this.deps.messageDone();
    return true;
  }

  /** Does the next thing for a SEND: begins a piece or continues the open one. False when there is nothing to do. */
  step(): boolean {
    if (this.piece.isOpen) return this.feed();
    const route = this.turns.current();
    return route !== undefined && this.begin(route);
  }

  /** The next hop has refused a piece: over, its chunk stops (`#` if it is under way). Returns what a REPORT needs. */
  refused(slot: number, code: number, comment: string): FailedPiece {
    if (this.piece.slot === slot) this.deps.transactions.setOctets(slot, this.piece.octets);
    const piece = this.deps.transactions.describe(slot, code, comment, 'error-response');
    this.deps.transactions.complete(slot);
    if (piece.chunk !== undefined) this.stop(piece.chunk);
    return piece;
  }

  /** Sends no more of a chunk: ends its open piece with `#`, takes it out of line. */
  private stop(chunk: OutgoingChunk): void {
    const { route } = chunk;
    const open = this.piece.chunk === chunk;
    if (open) this.piece.closePiece('#');
    if (route.firstChunk() === chunk) {
      route.shiftChunk();
      this.afterChunk(route);
    }
    chunk.done();
    if (open) this.deps.messageDone();
  }

  /** A chunk will not be completed here: its open piece is ended with `#` and fails. False: none of its pieces is open. */
  breakOff(chunk: OutgoingChunk, loss: Loss): boolean {
    if (this.piece.chunk !== chunk) return false;
    this.failOpenPiece(loss);
    this.afterChunk(chunk.route);
    this.deps.messageDone();
    return true;
  }

  /** A request for this route's next hop must fail: forgets the chunks it has here. */
  failRoute(route: OutgoingRoute, loss: Loss): void {
    if (this.piece.route === route) this.failOpenPiece(loss);
    this.turns.remove(route);
    this.offered.remove(route.inLine);
    for (let chunk = route.firstChunk(); chunk !== undefined; chunk = route.firstChunk()) {
      route.shiftChunk();
      chunk.failed(loss.code, loss.reason, undefined);
    }
  }

  /** The connection is gone: everything here fails. */
  failAll(loss: Loss): void {
    if (this.piece.isOpen) this.failOpenPiece(loss);
    for (const route of this.routes) this.failRoute(route, loss);
    this.tableFull.releaseAll();
  }

  /**
   * Holds who makes more transactions outstanding than there shall be (FWD-48), but not the peer that has to answer them:
   * unread, it could not.
   */
  checkTable(source: Source): void {
    const { transactions, limits, own } = this.deps;
    if (transactions.count < limits.maxTransactions || source === own) return;
    transactions.forgetPartial();
    if (transactions.count >= limits.maxTransactions) this.tableFull.hold(source);
  }

  /** A transaction is over: true when those who waited for room in the table go on. */
  answered(): boolean {
    const { transactions, limits } = this.deps;
    if (!this.tableFull.any || transactions.count > limits.maxTransactions / 2) return false;
    this.tableFull.releaseAll();
    for (const route of this.routes) this.sortIn(route);
    return true;
  }

  private begin(route: OutgoingRoute): boolean {
    const chunk = route.firstChunk()!;
    if (!this.piece.openPiece(route, chunk)) {
      this.tableFull.hold(route.source);
      this.turns.remove(route);
      return true;
    }
    this.deps.traffic.sendsOut++;
    this.checkTable(route.source);
    const { maxMessageBytes } = this;
    const message = maxMessageBytes !== undefined;
    const least = message ? this.longestPiece(route, chunk, maxMessageBytes) : uninterruptibleBytes;
    while (this.piece.chunk === chunk && this.piece.octets < least && this.feedUpTo(least - this.piece.octets));
    if (message && this.piece.chunk === chunk) this.interrupt();
    return true;
  }

  private longestPiece(route: OutgoingRoute, chunk: OutgoingChunk, maxMessageBytes: number): number {
    const { start, end } = chunk.fields;
    const around = route.sendHead.length + end - start + aroundPieceBytes;
    const most = Math.min(this.deps.limits.maxMessagePieceBytes, maxMessageBytes - around);
    return Math.max(most, uninterruptibleBytes);
  }

  /** Continues the open piece: as much as there is room and credit for. */
  private feed(): boolean {
    const credit = this.turns.credit();
    if (credit <= 0) return this.interrupt();
    return this.feedUpTo(Math.min(this.deps.limits.maxUnwrittenBytes - this.deps.outbox.unwritten, credit));
  }

  private feedUpTo(most: number): boolean {
    const { piece } = this;
    const chunk = piece.chunk!;
    const sendable = chunk.end === undefined ? chunk.atHand - 1 : chunk.atHand;
    if (sendable <= 0) {
      if (chunk.end !== undefined) return this.finish(chunk.end);
      const othersReady = this.turns.size > (this.turns.has(piece.route!) ? 1 : 0);
      return othersReady && this.interrupt();
    }
    let slice = chunk.peek(Math.min(sendable, most));
    const allowed = piece.allowed(slice);
    const lookAlike = allowed < slice.length;
    if (lookAlike) slice = slice.subarray(0, allowed);
    if (slice.length > 0) {
      piece.addOctets(slice);
      chunk.consume(slice.length);
      this.turns.spent(slice.length);
    }
    if (lookAlike) return this.interrupt();
    if (chunk.end !== undefined && chunk.atHand === 0) return this.finish(chunk.end);
    return true;
  }

  /** Ends the open piece with `+`; what is left, one octet at least, goes back to its session. */
  interrupt(): boolean {
    const { route } = this.piece;
    this.piece.closePiece('+');
    if (this.turns.current() === route) this.turns.advance();
    this.sortIn(route!);
    this.deps.messageDone();
    return true;
  }

  private finish(flag: Flag): boolean {
    const { chunk, route } = this.piece;
    this.piece.closePiece(flag);
    if (this.turns.current() === route) this.turns.advance();
    route!.shiftChunk();
    chunk!.done();
    this.afterChunk(route!);
    this.deps.messageDone();
    return true;
  }

  private afterChunk(route: OutgoingRoute): void {
    if (route.firstChunk() === undefined) this.offered.remove(route.inLine);
    this.sortIn(route);
  }

  /** In turn exactly while it has something to begin with (XMIT-14), or its piece is open. */
  private sortIn(route: OutgoingRoute): void {
    const chunk = route.firstChunk();
    const begun = chunk !== undefined && this.piece.chunk === chunk;
    const ready = chunk?.ready === true && (chunk.end !== undefined || chunk.atHand > uninterruptibleBytes);
    if (ready || begun) this.turns.add(route);
    else this.turns.remove(route);
  }

  private failOpenPiece(loss: Loss): void {
    const { chunk, route, start } = this.piece;
    this.piece.abortPiece();
    route!.shiftChunk();
    chunk!.failed(loss.code, loss.reason, start);
  }
}
