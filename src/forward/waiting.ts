import { HeldSources } from '../held-sources.js';
import type { Limits } from '../limits.js';
import type { Source } from '../transmission/types.js';

/** Octets that wait because of one source connection. */
export interface SourceWaiting {
  readonly source: Source;
  bytes: number;
}

/** Octets that wait for one route. */
export interface RouteWaiting {
  readonly waitingKey: object;
  waitingBytes: number;
}

/**
 * Counts all octets that wait, against route, source connection and relay (XMIT-15): over a limit the source is held,
 * below half of it it reads on.
 */
export class Waiting {
  bytes = 0;
  private readonly relayFull = new HeldSources('relay-full');
  private readonly limits: Pick<Limits, 'maxRouteBytes' | 'maxSourceBytes' | 'maxRelayBytes'>;

  constructor(limits: Pick<Limits, 'maxRouteBytes' | 'maxSourceBytes' | 'maxRelayBytes'>) {
    this.limits = limits;
  }

  /** Returns true when this made the route hold its source. */
  add(from: SourceWaiting, route: RouteWaiting, octets: number): boolean {
    const { maxRouteBytes, maxSourceBytes, maxRelayBytes } = this.limits;
    const before = route.waitingBytes;
    route.waitingBytes += octets;
    from.bytes += octets;
    this.bytes += octets;
    if (from.bytes > maxSourceBytes) from.source.hold('source-full', from);
    if (this.bytes > maxRelayBytes) this.relayFull.hold(from.source);
    if (route.waitingBytes <= maxRouteBytes) return false;
    from.source.hold('route-full', route.waitingKey);
    return before <= maxRouteBytes;
  }

  /** Returns true when this made the route let go of its source. */
  remove(from: SourceWaiting, route: RouteWaiting, octets: number): boolean {
    const { maxRouteBytes, maxSourceBytes, maxRelayBytes } = this.limits;
    const before = route.waitingBytes;
    route.waitingBytes -= octets;
    from.bytes -= octets;
    this.bytes -= octets;
    if (from.bytes <= maxSourceBytes / 2 && from.bytes + octets > maxSourceBytes / 2) from.source.release(from);
    if (this.relayFull.any && this.bytes <= maxRelayBytes / 2) this.relayFull.releaseAll();
    const letsGo = route.waitingBytes <= maxRouteBytes / 2 && before > maxRouteBytes / 2;
    if (letsGo) from.source.release(route.waitingKey);
    return letsGo;
  }
}
