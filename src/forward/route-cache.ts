import type { Head } from '../wire/types.js';
import type { Route } from './route.js';

/** Octets of path lines that each route may have on the average: far more than usual ones. */
const usualBytes = 1024;

/**
 * Routes of one source connection by the raw octets of their path lines: equal octets, equal decision. The note that the
 * parser keeps with the octets it knows leads there at once. Bounded in number and octets: the oldest is forgotten.
 */
export class RouteCache {
  /** Not there before the first route: many connections only receive. */
  private byPaths: Map<string, Route> | undefined;
  private readonly maxRoutes: number;
  /** Of the keys; what routes have prepared is a few times as much. */
  private bytes = 0;

  constructor(maxRoutes: number) {
    this.maxRoutes = maxRoutes;
  }

  find(head: Head): Route | undefined {
    const memo = head.memo!;
    const noted = memo.value as Route | undefined;
    if (noted !== undefined && noted.state !== 'ended') return noted;
    const { paths } = head;
    const route = this.byPaths?.get(head.bytes.toString('latin1', paths.start, paths.end));
    memo.value = route;
    return route;
  }

  add(head: Head, route: Route): void {
    const { paths } = head;
    const key = head.bytes.toString('latin1', paths.start, paths.end);
    const byPaths = (this.byPaths ??= new Map<string, Route>());
    while (this.isFull(byPaths, key.length)) this.makeRoom(byPaths);
    this.bytes += key.length;
    byPaths.set(key, route);
    route.cacheKey = key;
    head.memo!.value = route;
  }

  private isFull(byPaths: ReadonlyMap<string, Route>, moreBytes: number): boolean {
    const { maxRoutes } = this;
    return byPaths.size >= maxRoutes || (byPaths.size > 0 && this.bytes + moreBytes > maxRoutes * usualBytes);
  }

  /** The oldest goes that has nothing in line, so that a later chunk can not overtake on another route (FWD-34). */
  private makeRoom(byPaths: ReadonlyMap<string, Route>): void {
    let oldest: Route | undefined;
    for (const route of byPaths.values()) {
      oldest ??= route;
      if (route.hasChunks) continue;
      oldest = route;
      break;
    }
    oldest?.pushedOut();
  }

  delete(route: Route): void {
    const key = route.cacheKey;
    if (key === undefined) return;
    route.cacheKey = undefined;
    this.bytes -= key.length;
    this.byPaths?.delete(key);
  }

  /** Is a route of another session alive on this source? */
  servesOthersThan(route: Route): boolean {
    for (const other of this.byPaths?.values() ?? []) {
      if (other.state === 'open' && other.session !== route.session) return true;
    }
    return false;
  }
}
