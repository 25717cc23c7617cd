import type { Timer, Timers } from '../timers.js';

/** A route octets of which wait. */
export interface WaitingRoute {
  /** More octets wait than may, so it keeps its source from being read. */
  readonly full: boolean;
  /** When octets of it last left while its source was held. */
  readonly leftAtMs: number;
  /** Fails what waits, oldest first, until the source need not be held any more. False: not now. */
  giveWay(): boolean;
}

/** A source that may be held because of what waits. */
export interface GuardedSource {
  /** More octets wait in all than may, whatever their routes. */
  readonly full: boolean;
  /** How many holds stand because it, or a route of it, is full. */
  readonly holds: number;
  /** Its routes octets of which wait; the one that has done so longest first. */
  readonly lines: { inOrder(): readonly WaitingRoute[] } | undefined;
}

/**
 * Notices routes of which nothing has left for long while they keep their source from being read, each for itself or all
 * together: they give way, the one that has been quiet longest first (XMIT-15). Those that may not are asked again.
 */
export class StallGuard {
  private readonly timers: Timers;
  private readonly stallMs: number;
  private readonly source: GuardedSource;
  private readonly timer: Timer;
  private heldAtMs = 0;

  constructor(timers: Timers, stallMs: number, source: GuardedSource) {
    this.timers = timers;
    this.stallMs = stallMs;
    this.source = source;
    this.timer = timers.timer(() => {
      this.look();
    });
  }

  /** The source is held: it matters when octets leave. */
  get watching(): boolean {
    return this.timer.pending;
  }

  /** The source is held from now on. */
  held(): void {
    this.heldAtMs = this.timers.nowMs();
    this.timer.setAt(this.heldAtMs + this.stallMs);
  }

  /** The source is read again. */
  released(): void {
    this.timer.clear();
  }

  private look(): void {
    const { source, stallMs } = this;
    const nowMs = this.timers.nowMs();
    const dueMs = ({ leftAtMs }: WaitingRoute): number => Math.max(leftAtMs, this.heldAtMs) + stallMs;
    let againAtMs = nowMs + stallMs;
    for (const route of [...(source.lines?.inOrder() ?? [])].sort((one, other) => dueMs(one) - dueMs(other))) {
      if (!source.full && !route.full) continue;
      if (dueMs(route) > nowMs) againAtMs = Math.min(againAtMs, dueMs(route));
      else if (!route.giveWay()) againAtMs = Math.min(againAtMs, nowMs + againMs);
    }
    if (source.holds > 0) this.timer.setAt(againAtMs);
  }
}

const againMs = 1_000;
