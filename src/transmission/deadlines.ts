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
  private readonly timer: Timer;

  constructor(timers: Timers, transactions: Transactions, clock: ReadingClock, expired: () => void) {
    this.timers = timers;
    this.transactions = transactions;
    this.clock = clock;
    this.timer = timers.timer(() => {
      transactions.expire();
      this.arm();
      expired();
    });
  }

  /** A transaction may have begun its time. */
  arm(): void {
    if (this.timer.pending) return;
    const { nextDeadline } = this.transactions;
    if (nextDeadline === Infinity) return;
    const leftMs = nextDeadline - this.clock.activeMs();
    this.timer.setAt(this.timers.nowMs() + Math.max(leftMs, this.clock.running ? 0 : lookAgainMs));
  }

  end(): void {
    this.timer.clear();
  }
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
  private readonly timer: Timer;
  private progressAtMs = 0;

  constructor(timers: Timers, waiting: Unwritten, stallMs: number, stalled: () => void) {
    this.timers = timers;
    this.waiting = waiting;
    this.stallMs = stallMs;
    this.timer = timers.timer(() => {
      const dueMs = this.progressAtMs + stallMs;
      if (timers.nowMs() >= dueMs) stalled();
      else this.timer.setAt(dueMs);
    });
  }

  /** Something was accepted, or the first octets after a pause were handed over. */
  progress(): void {
    this.progressAtMs = this.timers.nowMs();
    if (this.waiting.unwritten === 0) this.timer.clear();
    else if (!this.timer.pending) this.timer.setAt(this.progressAtMs + this.stallMs);
  }

  end(): void {
    this.timer.clear();
  }
}
