import type { HoldReason } from '../observe/types.js';
import type { ReadingClock } from '../transmission/types.js';

/**
 * Why a connection is not being read: while any hold stands. Keeps the clock of its peer's answers, which stands still
 * meanwhile, since they may lie unread in the socket (XMIT-27).
 */
export class Holds implements ReadingClock {
  private readonly standing = new Map<object, HoldReason>();
  private heldSinceMs = 0;
  private stoodMs = 0;
  private readonly nowMs: () => number;
  private readonly longestStillMs: number;

  /** The clock stands still for at most `longestStillMs` of one hold: two that wait for each other's answers come free. */
  constructor(nowMs: () => number, longestStillMs: number) {
    this.nowMs = nowMs;
    this.longestStillMs = longestStillMs;
  }

  get running(): boolean {
    return this.standing.size === 0;
  }

  activeMs(): number {
    return this.nowMs() - this.stoodMs - (this.running ? 0 : this.stillMs());
  }

  /** True when this is the first one: stop reading. */
  add(reason: HoldReason, key: object): boolean {
    const first = this.standing.size === 0;
    this.standing.set(key, reason);
    if (first) this.heldSinceMs = this.nowMs();
    return first;
  }

  /** How long it was held, when this was the last one: read on. */
  remove(key: object): number | undefined {
    if (!this.standing.delete(key) || this.standing.size > 0) return undefined;
    this.stoodMs += this.stillMs();
    return this.nowMs() - this.heldSinceMs;
  }

  private stillMs(): number {
    return Math.min(this.nowMs() - this.heldSinceMs, this.longestStillMs);
  }
}
