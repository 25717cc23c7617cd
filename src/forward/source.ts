import type { Connection } from '../connection/types.js';
import type { Limits } from '../limits.js';
import type { Members } from './members.js';
import { RefusedMessages } from './refused-messages.js';
import { RouteCache } from './route-cache.js';
import type { ForwardSource } from './types.js';
import type { StallGuard } from './stall-guard.js';
import type { RouteWaiting, SourceWaiting } from './waiting.js';

/** What the Forward room remembers of one incoming connection. */
export class Source implements ForwardSource, SourceWaiting {
  bytes = 0;
  full = false;
  holds = 0;
  lines: Members<RouteWaiting> | undefined;
  place = 0;
  joined = 0;
  stall: StallGuard | undefined;
  readonly connection: Connection;
  readonly routes: RouteCache;
  readonly refusedMessages: RefusedMessages;

  constructor(connection: Connection, limits: Limits) {
    this.connection = connection;
    this.routes = new RouteCache(limits.maxRoutes);
    this.refusedMessages = new RefusedMessages(limits.maxRefusedMessages);
  }

  get source(): Connection {
    return this.connection;
  }
}
