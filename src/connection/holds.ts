import type { HoldReason } from '../observe/types.js';
import type { ReadingClock } from '../transmission/types.js';

/** A hold stops the clock for so many times as long as an answer is waited for. */
const longestStill = 10;

/**
 * Why a connection is not being read: while any hold stands. Keeps the clock of its peer's answers, which stands still
 * meanwhile, since they may lie unread in the socket (XMIT-27), but only for so long: two connections that are held for
 * each other's answers come free again.
 */
export class Holds implements ReadingClock {
  /**
   * Made anew for each hold of the connection: one that is filled and emptied again and again would make its tables in the
   * old generation.
   */
  private standing: Map<object, HoldReason> | undefined;
  /** Holds that stand for anything but answers. */
  private others = 0;
  private heldSinceMs = 0;
  private stoodMs = 0;
  /** Until when `stoodMs` tells how long the clock has stood still. */
  private countedMs = 0;
  /** What is left, in this hold, of the time in which it stands still: in all, and for want of answers alone. */
  private leftMs = 0;
  private leftForAnswersMs = 0;
  private readonly nowMs: () => number;
  private readonly longestMs: number;
  private readonly answersMs: number;

  /**
   * In one hold the clock stands still for at most ten times `answersMs`, and while nothing but answers of others is
   * waited for, for at most `answersMs`: by then those have come or are given up, unless their senders are held as well.
   */
  constructor(nowMs: () => number, answersMs: number) {
    this.nowMs = nowMs;
    this.longestMs = longestStill * answersMs;
    this.answersMs = answersMs;
  }

  get running(): boolean {
    return this.standing === undefined;
  }

  activeMs(): number {
    this.count();
    return this.nowMs() - this.stoodMs;
  }

  /** True when this is the first one: stop reading. */
  add(reason: HoldReason, key: object): boolean {
    const first = this.running;
    this.count();
    const standing = (this.standing ??= new Map<object, HoldReason>());
    if (standing.has(key)) return false;
    standing.set(key, reason);
    if (reason !== 'transactions') this.others++;
    if (!first) return false;
    this.heldSinceMs = this.nowMs();
    this.leftMs = this.longestMs;
    this.leftForAnswersMs = this.answersMs;
    return true;
  }

  /** How long it was held, when this was the last one: read on. */
  remove(key: object): number | undefined {
    this.count();
    const { standing } = this;
    const reason = standing?.get(key);
    if (reason === undefined) return undefined;
    if (reason !== 'transactions') this.others--;
    if (standing!.size > 1) {
      standing!.delete(key);
      return undefined;
    }
    this.standing = undefined;
    return this.nowMs() - this.heldSinceMs;
  }

  private count(): void {
    const nowMs = this.nowMs();
    if (!this.running) {
      const forAnswers = this.others === 0;
      const mostMs = forAnswers ? Math.min(this.leftMs, this.leftForAnswersMs) : this.leftMs;
      const stillMs = Math.min(nowMs - this.countedMs, mostMs);
      this.stoodMs += stillMs;
      this.leftMs -= stillMs;
      if (forAnswers) this.leftForAnswersMs -= stillMs;
    }
    this.countedMs = nowMs;
  }
}
