import type { Timer, Timers } from '../timers.js';

/**
 * Notices that nothing of a route has left for long while it keeps its source from being read (XMIT-15). `stalled` says
 * whether that is over; if not, it is asked again after a while.
 */
export class StallGuard {
  private readonly timers: Timers;
  private readonly stallMs: number;
  private readonly timer: Timer;
  private leftAtMs = 0;

  constructor(timers: Timers, stallMs: number, stalled: () => boolean) {
    this.timers = timers;
    this.stallMs = stallMs;
    this.timer = timers.timer(() => {
      const nowMs = timers.nowMs();
      const dueMs = this.leftAtMs + stallMs;
      if (nowMs < dueMs) this.timer.setAt(dueMs);
      else if (!stalled()) this.timer.setAt(nowMs + againMs);
    });
  }

  /** The source is held from now on. */
  held(): void {
    this.leftAtMs = this.timers.nowMs();
    this.timer.setAt(this.leftAtMs + this.stallMs);
  }

  /** Octets of the route have left. */
  left(): void {
    if (this.timer.pending) this.leftAtMs = this.timers.nowMs();
  }

  /** The source is read again. */
  released(): void {
    this.timer.clear();
  }
}

const againMs = 1_000;
