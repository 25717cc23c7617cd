import { HeldSources } from '../held-sources.js';
import type { Limits } from '../limits.js';
import type { HoldReason } from '../observe/types.js';
import type { Timers } from '../timers.js';
import type { Source } from '../transmission/types.js';
import { MemoryGuard, type ComingRoute, type GuardedMemory } from './memory-guard.js';
import { Members, type Member } from './members.js';
import { StallGuard, type GuardedSource, type WaitingRoute } from './stall-guard.js';

/** Octets that wait because of one source connection. */
export interface SourceWaiting extends GuardedSource, Member {
  readonly source: Source;
  bytes: number;
  full: boolean;
  holds: number;
  /** Its routes octets of which wait. */
  lines: Members<RouteWaiting> | undefined;
  stall: StallGuard | undefined;
}

/** Octets that wait for one route. */
export interface RouteWaiting extends WaitingRoute, ComingRoute, Member {
  waitingBytes: number;
  full: boolean;
  leftAtMs: number;
}

/**
 * Counts all octets that wait, against route, source connection and relay (XMIT-15): over a limit the source is held,
 * below half of it it reads on.
 */
export class Waiting implements GuardedMemory {
  bytes = 0;
  /** Those of which anything waits. */
  private readonly sources = new Members<SourceWaiting>();
  private readonly relayFull = new HeldSources('relay-full');
  private readonly limits: Pick<Limits, 'maxRouteBytes' | 'maxSourceBytes' | 'maxRelayBytes' | 'stalledRouteMs'>;
  private readonly timers: Timers;
  private readonly guard: MemoryGuard;

  constructor(limits: Waiting['limits'], timers: Timers) {
    this.limits = limits;
    this.timers = timers;
    this.guard = new MemoryGuard(timers, limits.stalledRouteMs, this);
  }

  get excess(): number {
    return this.bytes - this.limits.maxRelayBytes / 2;
  }

  get lines(): readonly RouteWaiting[] {
    return this.sources.inOrder().flatMap(({ lines }) => lines?.inOrder() ?? []);
  }

  add(from: SourceWaiting, route: RouteWaiting, octets: number): void {
    const { maxRouteBytes, maxSourceBytes, maxRelayBytes } = this.limits;
    if (from.bytes === 0) this.sources.add(from);
    if (route.waitingBytes === 0) (from.lines ??= new Members()).add(route);
    route.waitingBytes += octets;
    from.bytes += octets;
    this.bytes += octets;
    if (!from.full && from.bytes > maxSourceBytes) this.hold('source-full', from, from);
    if (this.bytes > maxRelayBytes) {
      if (!this.relayFull.any) this.guard.full();
      this.relayFull.hold(from.source);
    }
    if (!route.full && route.waitingBytes > maxRouteBytes) this.hold('route-full', from, route);
  }

  remove(from: SourceWaiting, route: RouteWaiting, octets: number): void {
    const { maxRouteBytes, maxSourceBytes } = this.limits;
    route.waitingBytes -= octets;
    from.bytes -= octets;
    this.bytes -= octets;
    if (from.bytes === 0) this.sources.delete(from);
    if (route.waitingBytes === 0) from.lines?.delete(route);
    if (from.stall?.watching === true) route.leftAtMs = this.timers.nowMs();
    if (from.full && from.bytes <= maxSourceBytes / 2) this.release(from, from);
    if (this.relayFull.any && this.excess <= 0) {
      this.guard.relieved();
      this.relayFull.releaseAll();
    }
    if (route.full && route.waitingBytes <= maxRouteBytes / 2) this.release(from, route);
  }

  private hold(reason: HoldReason, from: SourceWaiting, full: SourceWaiting | RouteWaiting): void {
    full.full = true;
    if (from.holds++ === 0) (from.stall ??= new StallGuard(this.timers, this.limits.stalledRouteMs, from)).held();
    from.source.hold(reason, full);
  }

  private release(from: SourceWaiting, full: SourceWaiting | RouteWaiting): void {
    full.full = false;
    if (--from.holds === 0) from.stall?.released();
    from.source.release(full);
  }
}
