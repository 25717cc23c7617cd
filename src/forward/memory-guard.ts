import type { Timer, Timers } from '../timers.js';

/** A chunk that is still coming in. */
export interface ComingChunk {
  /** What it costs to keep what waits of it. */
  readonly keptBytes: number;
  /** Octets received, and handed on, so far. */
  readonly moved: number;
  /** Fails its message. */
  giveWay(): void;
}

/** A route octets of which wait. */
export interface ComingRoute {
  /** The last chunk in line, if it is still coming in. */
  readonly coming: ComingChunk | undefined;
}

/** Memory of the relay, as far as the guard has to know it. */
export interface GuardedMemory {
  /** Octets that must go before sources are read again; none: 0 or less. */
  readonly excess: number;
  readonly lines: Iterable<ComingRoute>;
}

/**
 * While the memory of the relay is full, chunks that have begun to come in and then stand still would keep it so for ever
 * (SEC-40). When those alone are what is too much, they fail, the largest first: a small one is likely to stand still only
 * because the relay does not read its sender.
 */
export class MemoryGuard {
  private readonly timers: Timers;
  private readonly stallMs: number;
  private readonly memory: GuardedMemory;
  private readonly timer: Timer;
  /** How far each chunk had moved when it was looked at last. */
  private moved = new Map<ComingChunk, number>();

  constructor(timers: Timers, stallMs: number, memory: GuardedMemory) {
    this.timers = timers;
    this.stallMs = stallMs;
    this.memory = memory;
    this.timer = timers.timer(() => {
      this.look();
    });
  }

  /** The memory is full from now on. */
  full(): void {
    for (const { coming } of this.memory.lines) if (coming !== undefined) this.moved.set(coming, coming.moved);
    this.timer.setAt(this.timers.nowMs() + this.stallMs);
  }

  /** There is room again. */
  relieved(): void {
    this.timer.clear();
    this.moved = new Map();
  }

  private look(): void {
    const { memory, moved } = this;
    this.moved = new Map();
    const still: ComingChunk[] = [];
    for (const { coming } of memory.lines) {
      if (coming !== undefined && moved.get(coming) === coming.moved) still.push(coming);
    }
    if (still.reduce((sum, { keptBytes }) => sum + keptBytes, 0) >= memory.excess) {
      still.sort((one, other) => other.keptBytes - one.keptBytes);
      for (const chunk of still) if (memory.excess > 0) chunk.giveWay();
    }
    if (memory.excess > 0) this.full();
  }
}
