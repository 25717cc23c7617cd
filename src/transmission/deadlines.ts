import type { Timer, Timers } from '../timers.js';
import type { Transactions } from './transactions.js';
import type { ReadingClock } from './types.js';

/** While the peer is held its clock stands still: look again now and then. */
const lookAgainMs = 250;

/** Runs out the transactions of one connection on one timer, in the time in which its answers were read (XMIT-27). */
export class ExpiryWatch {
  private readonly timers: Timers;
  private readonly transactions: Transactions;
  private readonly clock: ReadingClock;
  private readonly owner: { answered(): void };
  /** Only while it runs. */
  private timer: Timer | undefined;

  constructor(timers: Timers, transactions: Transactions, clock: ReadingClock, owner: { answered(): void }) {
    this.timers = timers;
    this.transactions = transactions;
    this.clock = clock;
    this.owner = owner;
  }

  /** A transaction may have begun its time. */
  arm(): void {
    if (this.timer !== undefined) return;
    const { nextDeadline } = this.transactions;
    if (nextDeadline === Infinity) return;
    const leftMs = nextDeadline - this.clock.activeMs();
    this.timer = this.timers.timer(expire, this);
    this.timer.setAt(this.timers.nowMs() + Math.max(leftMs, this.clock.running ? 0 : lookAgainMs));
  }

  end(): void {
    this.timer?.clear();
  }

  expire(): void {
    this.timer = undefined;
    this.transactions.expire();
    this.arm();
    this.owner.answered();
  }
}

function expire(watch: ExpiryWatch): void {
  watch.expire();
}

/** Octets that can be said to wait; 0: nobody has to care. */
interface Unwritten {
  readonly unwritten: number;
}

/** Notices when octets wait and the operating system takes none, or a queue is full and none of it leaves (XMIT-16). */
export class StallWatch {
  private readonly timers: Timers;
  private readonly waiting: Unwritten;
  private readonly stallMs: number;
  private readonly owner: { writeStalled(): void };
  private timer: Timer | undefined;
  private progressAtMs = 0;

  constructor(timers: Timers, waiting: Unwritten, stallMs: number, owner: { writeStalled(): void }) {
    this.timers = timers;
    this.waiting = waiting;
    this.stallMs = stallMs;
    this.owner = owner;
  }

  /** Something was accepted, or the first octets after a pause were handed over. */
  progress(): void {
    if (this.waiting.unwritten === 0) {
      this.timer?.clear();
      return;
    }
    this.progressAtMs = this.timers.nowMs();
    this.timer ??= this.timers.timer(() => {
      this.look();
    });
    if (!this.timer.pending) this.timer.setAt(this.progressAtMs + this.stallMs);
  }

  end(): void {
    this.timer?.clear();
  }

  private look(): void {
    const dueMs = this.progressAtMs + this.stallMs;
    if (this.timers.nowMs() >= dueMs) this.owner.writeStalled();
    else this.timer!.setAt(dueMs);
  }
}
