import type { Head } from '../wire/types.js';
import type { Route } from './route.js';

/**
 * Routes of one source connection by the raw octets of their path lines: equal octets, equal decision. The parser says
 * when the octets are those of the message before, then the last route is the one. Bounded: the oldest is forgotten.
 */
export class RouteCache {
  private last: Route | undefined;
  private readonly byPaths = new Map<string, Route>();
  private readonly keys = new Map<Route, string>();
  private readonly maxRoutes: number;

  constructor(maxRoutes: number) {
    this.maxRoutes = maxRoutes;
  }

  find(head: Head): Route | undefined {
    if (head.samePaths && this.last !== undefined) return this.last;
    const { paths } = head;
    this.last = this.byPaths.get(head.bytes.toString('latin1', paths.start, paths.end));
    return this.last;
  }

  add(head: Head, route: Route): void {
    const { paths } = head;
    const key = head.bytes.toString('latin1', paths.start, paths.end);
    this.byPaths.get(key)?.end();
    for (const oldest of this.byPaths.values()) {
      if (this.byPaths.size < this.maxRoutes) break;
      oldest.end();
    }
    this.byPaths.set(key, route);
    this.keys.set(route, key);
    this.last = route;
  }

  delete(route: Route): void {
    const key = this.keys.get(route);
    if (key === undefined) return;
    this.keys.delete(route);
    this.byPaths.delete(key);
    if (this.last === route) this.last = undefined;
  }

  /** Is a route of another session alive on this source? */
  servesOthersThan(route: Route): boolean {
    for (const other of this.byPaths.values()) {
      if (other.state === 'open' && other.session !== route.session) return true;
    }
    return false;
  }
}
