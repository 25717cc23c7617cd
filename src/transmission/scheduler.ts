import type { Limits } from '../limits.js';
import type { Traffic } from '../observe/types.js';
import type { Timers } from '../timers.js';
import type { RelaySocket } from '../transport/types.js';
import type { Flag, Span } from '../wire/types.js';
import type { Ids } from '../wire/ids.js';
import { viewOf } from '../wire/octets.js';
import { Bodies, type BodiesDeps } from './bodies.js';
import { ExpiryWatch, StallWatch } from './deadlines.js';
import type { Flusher, Flushable } from './flusher.js';
import { Outbox, type BlockPool } from './outbox.js';
import { responseBytes, writeResponse } from './response-line.js';
import { SmallQueue, type SmallMessage } from './small-queue.js';
import { Transactions } from './transactions.js';
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

const wantsNoCertificate: Loss = { code: 408, reason: 'hop-wants-no-certificate' };
/** Octets pending above this are written at once, not at the end of the turn: with one message more they fill a block. */
const writeAtOnceBytes = 60 * 1024;

/**
 * Transmission of outgoing transactions on one connection (chart 6): small messages first, then the sessions in turn; a
 * SEND under way is interrupted for either, after at least 2048 octets and never with an empty rest.
 */
export class ConnectionScheduler implements Scheduler, Flushable, BodiesDeps {
  dirty = false;
  readonly transactions: Transactions;
  readonly outbox: Outbox;
  readonly own: object;
  readonly limits: Limits;
  readonly traffic: SchedulerDeps['traffic'];
  private readonly bodies: Bodies;
  private readonly smalls: SmallQueue;
  private readonly expiry: ExpiryWatch;
  private readonly stall: StallWatch;
  private socket: RelaySocket | undefined;
  private ended = false;

  private readonly deps: SchedulerDeps;
  private readonly owner: SchedulerOwner;

  constructor(deps: SchedulerDeps, owner: SchedulerOwner) {
    this.deps = deps;
    this.owner = owner;
    const { limits, timers } = deps;
    this.outbox = new Outbox(deps.blocks);
    this.transactions = new Transactions(deps.ids, owner, limits.transactionMs);
    this.own = owner;
    this.limits = limits;
    this.traffic = deps.traffic;
    this.bodies = new Bodies(this);
    this.expiry = new ExpiryWatch(timers, this.transactions, owner, this);
    this.stall = this.newWatch(this.outbox);
    this.smalls = new SmallQueue(limits.maxSmallBytes, this);
  }

  newWatch(waiting: { readonly unwritten: number }): StallWatch {
    return new StallWatch(this.deps.timers, waiting, this.limits.writeStallMs, this.owner);
  }

  get idle(): boolean {
    return this.writable && this.bodies.ready === 0 && this.smalls.size === 0;
  }

  catchUp(): boolean {
    while (!this.idle && this.step());
    return this.idle;
  }

  get smallBytes(): number {
    return this.smalls.bytes;
  }

  /** Nothing is left that could be written now. */
  get drained(): boolean {
    return this.outbox.unwritten === 0 && this.bodies.ready === 0 && this.smalls.size === 0;
  }

  /** Nothing waits, is being sent, or is outstanding. */
  get quiet(): boolean {
    return this.drained && !this.bodies.any && this.transactions.count === 0;
  }

  get octetsOut(): number {
    return this.outbox.total;
  }

  /** The socket is connected. `mayRelay` false: the peer did not ask for our certificate, relay traffic fails (SEC-34). */
  open(socket: RelaySocket, mayRelay: boolean): void {
    this.socket = socket;
    if (socket.framing === 'message') this.bodies.maxMessageBytes = socket.maxMessageBytes;
    if (!mayRelay) {
      for (const route of this.bodies.routes) {
        if (route.relayTraffic) this.bodies.failRoute(route, wantsNoCertificate);
      }
      for (const small of this.smalls.takeRelayTraffic()) this.failSmall(small, wantsNoCertificate);
    }
    this.touch();
  }

  response(tids: DataView, tidStart: number, tidEnd: number, tail: Buffer, cause: Source): void {
    if (this.ended) return;
    const bytes = responseBytes(tidEnd - tidStart, tail);
    this.deps.traffic.responsesOut++;
    if (this.writable && !this.bodies.isOpen && this.smalls.size === 0) {
      this.outbox.reserve(bytes);
      const { block, at } = this.outbox;
      this.outbox.wrote(writeResponse(block, at, tids, tidStart, tidEnd, tail));
      this.messageDone();
    } else {
      const message = Buffer.allocUnsafe(bytes);
      writeResponse({ bytes: message, view: viewOf(message) }, 0, tids, tidStart, tidEnd, tail);
      this.smalls.push({ bytes: message, slot: -1, relayTraffic: false }, cause);
    }
    this.touch();
  }

  small(bytes: Buffer, cause: Source, relayTraffic = false): void {
    if (this.ended) return;
    this.smalls.push({ bytes, slot: -1, relayTraffic }, cause);
    this.touch();
  }

  request(
    message: Buffer,
    tidAt: number,
    tidAgainAt: number,
    back: WayBack,
    cause: Source,
    relayTraffic: boolean,
  ): void {
    const slot = this.ended ? -1 : this.transactions.openRequest(back);
    if (slot < 0) {
      back.failed(408, 'connection-lost');
      return;
    }
    const view = viewOf(message);
    this.transactions.writeTid(slot, view, tidAt);
    this.transactions.writeTid(slot, view, tidAgainAt);
    this.smalls.push({ bytes: message, slot, relayTraffic }, cause);
    this.bodies.checkTable(cause);
    this.touch();
  }

  offer(route: OutgoingRoute): void {
    if (this.ended) return;
    this.bodies.offer(route);
    this.touch();
  }

  sendWhole(chunk: OutgoingChunk, bytes: Buffer, body: Span, flag: Flag): boolean {
    const sent = this.bodies.sendWhole(chunk, bytes, body, flag);
    this.touch();
    return sent;
  }

  refused(slot: number, code: number, comment: string): FailedPiece {
    const piece = this.bodies.refused(slot, code, comment);
    this.touch();
    return piece;
  }

  breakOff(chunk: OutgoingChunk, loss: Loss): boolean {
    const broken = this.bodies.breakOff(chunk, loss);
    this.touch();
    return broken;
  }

  /** The operating system has accepted the first `totalBytes` octets. */
  written(totalBytes: number): void {
    this.outbox.passed(totalBytes);
    this.transactions.written(totalBytes);
    this.expiry.arm();
    this.stall.progress();
    if (this.bodies.ready > 0 || this.smalls.size > 0) this.touch();
    this.owner.flushed();
  }

  pump(): void {
    if (this.socket === undefined || this.ended) return;
    while (this.step());
    // What expects no answer, or was given up, has made room as well.
    this.answered();
    this.flush();
    this.owner.flushed();
  }

  /** The connection is gone, or will never be: everything that waits or is outstanding fails (FWD-39, FWD-22). */
  lost(loss: Loss): void {
    if (this.ended) return;
    this.ended = true;
    this.expiry.end();
    this.stall.end();
    this.bodies.failAll(loss);
    this.transactions.failAll(loss);
    for (let small = this.smalls.shift(); small !== undefined; small = this.smalls.shift()) {
      this.failSmall(small, { ...loss, code: loss.code === 481 ? 408 : loss.code });
    }
    this.outbox.close();
    this.outbox.passed(this.outbox.total);
    this.socket = undefined;
  }

  /** Only a request with a way back tells of its failure. */
  private failSmall({ slot }: SmallMessage, { code, reason }: Loss): void {
    const back = slot < 0 ? undefined : this.transactions.wayBack(slot);
    if (back === undefined) return;
    this.transactions.release(slot);
    back.failed(code, reason);
  }

  /** An answer has come or a time is over: room in the table again. */
  answered(): void {
    if (this.bodies.answered()) this.touch();
  }

  private get writable(): boolean {
    return this.socket !== undefined && this.outbox.unwritten < this.deps.limits.maxUnwrittenBytes;
  }

  private touch(): void {
    if (!this.dirty && this.socket !== undefined) this.deps.flusher.touch(this);
  }

  /** One decision of chart 6; false when nothing more can be done now. */
  private step(): boolean {
    if (!this.writable && !this.makeRoom()) return false;
    if (this.smalls.size === 0) return this.bodies.step();
    return this.bodies.isOpen ? this.bodies.interrupt() : this.writeSmall();
  }

  /** What is only waiting for the end of the turn need not wait: most systems take it at once. */
  private makeRoom(): boolean {
    this.flush();
    return this.writable;
  }

  private writeSmall(): boolean {
    const { bytes, slot } = this.smalls.shift()!;
    this.outbox.appendSlice(bytes);
    if (slot >= 0) this.transactions.close(slot, 0, this.outbox.total);
    this.messageDone();
    return true;
  }

  /** On a message transport each message is a write of its own; on a stream much at hand is written at once. */
  messageDone(): void {
    if (this.outbox.pending >= writeAtOnceBytes || this.socket?.framing === 'message') this.flush();
  }

  private flush(): void {
    const { outbox, socket } = this;
    if (outbox.pending === 0 || socket === undefined) return;
    const first = outbox.unwritten === outbox.pending;
    this.deps.traffic.octetsOut += outbox.pending;
    socket.write(outbox.take());
    if (first && outbox.unwritten > 0) this.stall.progress();
  }
}
