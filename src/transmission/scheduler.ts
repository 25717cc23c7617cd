import type { Limits } from '../limits.js';
import type { Traffic } from '../observe/types.js';
import type { Timer, Timers } from '../timers.js';
import type { RelaySocket } from '../transport/types.js';
import type { Flag, Span } from '../wire/types.js';
import type { Ids } from '../wire/ids.js';
import type { Flusher, Flushable } from './flusher.js';
import { HeldSources } from '../held-sources.js';
import { Outbox, type BlockPool } from './outbox.js';
import { PieceWriter, uninterruptibleBytes } from './piece.js';
import { SmallQueue } from './small-queue.js';
import { Transactions } from './transactions.js';
import { Turns } from './turns.js';
import type {
  FailedPiece,
  Loss,
  OutgoingRoute,
  OutgoingChunk,
  ReadingClock,
  Scheduler,
  Source,
  WayBack,
} from './types.js';

/** What the connection wants to hear from its scheduler. */
export interface SchedulerOwner extends ReadingClock {
  /** Octets wait and the operating system has taken none for `limits.writeStallMs`. */
  writeStalled(): void;
  /** Something was written; with nothing left to write, `drained` is true. */
  flushed(): void;
}

export interface SchedulerDeps {
  readonly limits: Limits;
  readonly timers: Timers;
  readonly flusher: Flusher;
  readonly blocks: BlockPool;
  readonly ids: Ids;
  readonly traffic: Pick<Traffic, 'sendsOut' | 'responsesOut' | 'octetsOut'>;
}

/** Octets pending above this are written at once, not at the end of the turn. */
const writeAtOnceBytes = 32 * 1024;
const msrpSpace = Buffer.from('MSRP ');
const space = 32;
const cr = 13;
const lf = 10;
const hyphens = Buffer.from('-------');
const endOfResponse = Buffer.from('$\r\n');

/**
 * Transmission of outgoing transactions on one connection (chart 6): small messages first, then the sessions in turn; a
 * SEND under way is interrupted for either, after at least 2048 octets and never with an empty rest.
 */
export class ConnectionScheduler implements Scheduler, Flushable {
  dirty = false;
  readonly transactions: Transactions;
  private readonly outbox: Outbox;
  private readonly piece: PieceWriter;
  private readonly turns: Turns;
  private readonly smalls: SmallQueue;
  private readonly tableFull = new HeldSources('transactions');
  /** Routes that have chunks here, ready or not. */
  private readonly offered = new Set<OutgoingRoute>();
  private readonly expiry: Timer;
  private readonly stall: Timer;
  private socket: RelaySocket | undefined;
  private ended = false;
  private progressAtMs = 0;

  private readonly deps: SchedulerDeps;
  private readonly owner: SchedulerOwner;

  constructor(deps: SchedulerDeps, owner: SchedulerOwner) {
    this.deps = deps;
    this.owner = owner;
    const { limits, timers } = deps;
    this.outbox = new Outbox(deps.blocks);
    this.transactions = new Transactions(deps.ids, owner, limits.transactionMs);
    this.piece = new PieceWriter(this.outbox, this.transactions);
    this.turns = new Turns(limits.turnBytes);
    this.smalls = new SmallQueue(limits.maxSmallBytes);
    this.expiry = timers.timer(() => {
      this.expire();
    });
    this.stall = timers.timer(() => {
      this.checkStall();
    });
  }

  get idle(): boolean {
    return this.writable && this.turns.size === 0 && !this.piece.isOpen && this.smalls.size === 0;
  }

  get smallBytes(): number {
    return this.smalls.bytes;
  }

  /** Nothing is left that could be written now. */
  get drained(): boolean {
    return this.outbox.unwritten === 0 && this.turns.size === 0 && this.smalls.size === 0;
  }

  /** Nothing waits, is being sent, or is outstanding. */
  get quiet(): boolean {
    return this.drained && this.offered.size === 0 && this.transactions.count === 0;
  }

  get octetsOut(): number {
    return this.outbox.total;
  }

  /** The socket is connected. `mayRelay` false: the peer did not ask for our certificate, relay traffic fails (SEC-34). */
  open(socket: RelaySocket, mayRelay: boolean): void {
    this.socket = socket;
    if (!mayRelay) {
      for (const route of [...this.offered]) {
        if (route.relayTraffic) this.failRoute(route, { code: 408, reason: 'hop-wants-no-certificate' });
      }
    }
    this.touch();
  }

  response(tid: Buffer, tidStart: number, tidEnd: number, statusText: Buffer, paths: Buffer, cause: Source): void {
    if (this.ended) return;
    const tidBytes = tidEnd - tidStart;
    const bytes = 2 * tidBytes + statusText.length + paths.length + 20;
    const direct = this.writable && !this.piece.isOpen && this.smalls.size === 0;
    let into: Buffer;
    let at = 0;
    if (direct) {
      this.outbox.reserve(bytes);
      into = this.outbox.block;
      at = this.outbox.at;
    } else {
      into = Buffer.allocUnsafe(bytes);
    }
    at += msrpSpace.copy(into, at);
    at += tid.copy(into, at, tidStart, tidEnd);
    into[at++] = space;
    at += statusText.copy(into, at);
    into[at++] = cr;
    into[at++] = lf;
    at += paths.copy(into, at);
    at += hyphens.copy(into, at);
    at += tid.copy(into, at, tidStart, tidEnd);
    at += endOfResponse.copy(into, at);
    this.deps.traffic.responsesOut++;
    if (direct) {
      this.outbox.wrote(at);
      this.messageDone();
    } else {
      this.smalls.push(into.subarray(0, at), -1, cause);
    }
    this.touch();
  }

  small(message: Buffer, cause: Source): void {
    if (this.ended) return;
    this.smalls.push(message, -1, cause);
    this.touch();
  }

  request(message: Buffer, tidAt: number, tidAgainAt: number, back: WayBack, cause: Source): void {
    const slot = this.ended ? -1 : this.transactions.openRequest(back);
    if (slot < 0) {
      back.failed(408, 'connection-lost');
      return;
    }
    this.transactions.writeTid(slot, message, tidAt);
    this.transactions.writeTid(slot, message, tidAgainAt);
    this.smalls.push(message, slot, cause);
    this.checkTable(cause);
    this.touch();
  }

  offer(route: OutgoingRoute): void {
    if (this.ended) return;
    if (route.firstChunk() === undefined) this.offered.delete(route);
    else this.offered.add(route);
    this.sortIn(route);
    this.touch();
  }

  sendWhole(chunk: OutgoingChunk, bytes: Buffer, body: Span, flag: Flag): boolean {
    const { route } = chunk;
    if (!this.piece.openPiece(route, chunk)) return false;
    this.piece.addSpan(bytes, body.start, body.end);
    this.piece.closePiece(flag);
    this.deps.traffic.sendsOut++;
    this.checkTable(route.source);
    this.messageDone();
    this.touch();
    return true;
  }

  /** A request for this route's next hop must fail: forgets the chunks it has here. */
  failRoute(route: OutgoingRoute, loss: Loss): void {
    if (this.piece.route === route) this.failOpenPiece(loss);
    this.turns.remove(route);
    this.offered.delete(route);
    for (let chunk = route.firstChunk(); chunk !== undefined; chunk = route.firstChunk()) {
      route.shiftChunk();
      chunk.failed(loss.code, loss.reason, undefined);
    }
  }

  /** The next hop has refused a piece: over, its chunk stops (`#` if it is under way). Returns what a REPORT needs. */
  refused(slot: number, code: number, comment: string): FailedPiece {
    if (this.piece.slot === slot) this.transactions.setOctets(slot, this.piece.octets);
    const piece = this.transactions.describe(slot, code, comment, 'error-response');
    this.transactions.complete(slot);
    if (piece.chunk !== undefined) this.stop(piece.chunk);
    return piece;
  }

  /** Sends no more of a chunk: ends its open piece with `#`, takes it out of line. */
  stop(chunk: OutgoingChunk): void {
    const { route } = chunk;
    if (this.piece.chunk === chunk) {
      this.piece.closePiece('#');
      this.messageDone();
    }
    if (route.firstChunk() === chunk) {
      route.shiftChunk();
      this.afterChunk(route);
    }
    chunk.done();
    this.touch();
  }

  /** The operating system has accepted the first `totalBytes` octets. */
  written(totalBytes: number): void {
    this.outbox.passed(totalBytes);
    this.transactions.written(totalBytes);
    if (!this.expiry.pending) this.armExpiry();
    this.progressAtMs = this.deps.timers.nowMs();
    if (this.outbox.unwritten === 0) this.stall.clear();
    if (this.turns.size > 0 || this.smalls.size > 0) this.touch();
    this.owner.flushed();
  }

  pump(): void {
    if (this.socket === undefined || this.ended) return;
    while (this.step());
    this.flush();
    this.owner.flushed();
  }

  /** The connection is gone, or will never be: everything that waits or is outstanding fails (FWD-39, FWD-22). */
  lost(loss: Loss): void {
    if (this.ended) return;
    this.ended = true;
    this.expiry.clear();
    this.stall.clear();
    if (this.piece.isOpen) this.failOpenPiece(loss);
    this.transactions.failAll(loss.reason);
    for (const route of [...this.offered]) this.failRoute(route, loss);
    for (let small = this.smalls.shift(); small !== undefined; small = this.smalls.shift()) {
      const back = small.slot < 0 ? undefined : this.transactions.wayBack(small.slot);
      if (back === undefined) continue;
      this.transactions.abandon(small.slot);
      back.failed(loss.code === 481 ? 408 : loss.code, loss.reason);
    }
    this.tableFull.releaseAll();
    this.outbox.close();
    this.outbox.passed(this.outbox.total);
    this.socket = undefined;
  }

  /** An answer has come or a time is over: room in the table again. */
  answered(): void {
    if (!this.tableFull.any || this.transactions.count > this.deps.limits.maxTransactions / 2) return;
    this.tableFull.releaseAll();
    for (const route of this.offered) this.sortIn(route);
    this.touch();
  }

  private get writable(): boolean {
    return this.socket !== undefined && this.outbox.unwritten < this.deps.limits.maxUnwrittenBytes;
  }

  private touch(): void {
    if (!this.dirty && this.socket !== undefined) this.deps.flusher.touch(this);
  }

  /** One decision of chart 6; false when nothing more can be done now. */
  private step(): boolean {
    if (!this.writable) return false;
    const small = this.smalls.size > 0;
    if (this.piece.isOpen) return small ? this.interrupt() : this.feed();
    if (small) return this.writeSmall();
    const route = this.turns.current();
    return route !== undefined && this.begin(route);
  }

  private writeSmall(): boolean {
    const { bytes, slot } = this.smalls.shift()!;
    this.outbox.appendSlice(bytes);
    if (slot >= 0) this.transactions.close(slot, 0, this.outbox.total);
    this.messageDone();
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
    const least = this.socket!.framing === 'message' ? this.longestMessagePiece(route, chunk) : uninterruptibleBytes;
    while (this.piece.chunk === chunk && this.piece.octets < least && this.feedUpTo(least - this.piece.octets));
    if (this.socket?.framing === 'message' && this.piece.chunk === chunk) this.interrupt();
    return true;
  }

  private longestMessagePiece(route: OutgoingRoute, chunk: OutgoingChunk): number {
    const { start, end } = chunk.fields;
    const around = route.sendHead.length + end - start + 160;
    const most = Math.min(this.deps.limits.maxMessagePieceBytes, this.socket!.maxMessageBytes - around);
    return Math.max(most, uninterruptibleBytes);
  }

  /** Continues the open piece: as much as there is room and credit for. */
  private feed(): boolean {
    const credit = this.turns.credit();
    if (credit <= 0) return this.interrupt();
    return this.feedUpTo(Math.min(this.deps.limits.maxUnwrittenBytes - this.outbox.unwritten, credit));
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

  /** Ends the open piece with `+`; what is left goes back to its session. */
  private interrupt(): boolean {
    const { chunk, route } = this.piece;
    if (chunk!.end !== undefined && chunk!.atHand === 0) return this.finish(chunk!.end);
    this.piece.closePiece('+');
    this.messageDone();
    if (this.turns.current() === route) this.turns.advance();
    this.sortIn(route!);
    return true;
  }

  private finish(flag: Flag): boolean {
    const { chunk, route } = this.piece;
    this.piece.closePiece(flag);
    this.messageDone();
    if (this.turns.current() === route) this.turns.advance();
    route!.shiftChunk();
    chunk!.done();
    this.afterChunk(route!);
    return true;
  }

  private afterChunk(route: OutgoingRoute): void {
    if (route.firstChunk() === undefined) this.offered.delete(route);
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

  /** On a message transport each message is a write of its own; on a stream much at hand is written at once. */
  private messageDone(): void {
    if (this.outbox.pending >= writeAtOnceBytes || this.socket?.framing === 'message') this.flush();
  }

  private flush(): void {
    const { outbox, socket } = this;
    if (outbox.pending === 0 || socket === undefined) return;
    if (outbox.unwritten === outbox.pending) this.progressAtMs = this.deps.timers.nowMs();
    this.deps.traffic.octetsOut += outbox.pending;
    socket.write(outbox.take());
    if (outbox.unwritten > 0 && !this.stall.pending)
      this.stall.setAt(this.progressAtMs + this.deps.limits.writeStallMs);
  }

  private checkStall(): void {
    if (this.outbox.unwritten === 0) return;
    const due = this.progressAtMs + this.deps.limits.writeStallMs;
    if (this.deps.timers.nowMs() >= due) this.owner.writeStalled();
    else this.stall.setAt(due);
  }

  private checkTable(source: Source): void {
    if (this.transactions.count >= this.deps.limits.maxTransactions) this.tableFull.hold(source);
  }

  private expire(): void {
    this.transactions.expire();
    this.answered();
    this.armExpiry();
  }

  private armExpiry(): void {
    const { nextDeadline } = this.transactions;
    if (nextDeadline === Infinity || this.ended) return;
    const left = nextDeadline - this.owner.activeMs();
    // While the peer is held its clock stands still: look again now and then.
    this.expiry.setAt(this.deps.timers.nowMs() + Math.max(left, this.owner.running ? 0 : 250));
  }

  private failOpenPiece(loss: Loss): void {
    const { chunk, route, slot, start } = this.piece;
    this.piece.forget();
    if (slot >= 0) this.transactions.abandon(slot);
    route!.shiftChunk();
    chunk!.failed(loss.code, loss.reason, start);
  }
}
