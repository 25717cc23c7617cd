import type { Connection } from '../connection/types.js';
import type { Limits } from '../limits.js';
import type { Observer } from '../observe/types.js';
import type { Reporter } from '../response/types.js';
import type { Direction, Session } from '../session/types.js';
import type { Timers } from '../timers.js';
import type { Loss } from '../transmission/types.js';
import type { PeerClaim } from './claims.js';
import type { RoutePaths } from './route-paths.js';
import type { Refuser } from './types.js';
import type { Waiting } from './waiting.js';

/** What all routes of a relay share. */
export interface RouteEnv {
  readonly limits: Limits;
  readonly timers: Timers;
  readonly observer: Observer;
  readonly waiting: Waiting;
  readonly reporter: Reporter;
  readonly refuser: Refuser;
}

/** Where a decided route leads. */
export interface Decision {
  readonly next: Connection;
  readonly sessions: readonly Session[];
  /** Which way each of them is used. */
  readonly directions: readonly Direction[];
  readonly paths: RoutePaths;
  /** More To-Path URIs follow the next hop: it is a relay (SEC-34). */
  readonly relayTraffic: boolean;
  /** To-Path[1] or From-Path[0] has no port: good for AUTH only (URI-05). */
  readonly authOnly: boolean;
  readonly nextHost: string;
  /** The peer's own connection this route goes over (FWD-13). */
  readonly claim: PeerClaim | undefined;
}

/** What the loss of its next hop means for a chunk: a client that got the token is gone for good (R26). */
export function lossOf({ directions, sessions }: Decision): Loss {
  const { grant } = sessions.at(-1)!;
  const clientGone = directions.at(-1) === 'toOwner' && grant.kind === 'auth' && 'connection' in grant.owner;
  return clientGone ? { code: 481, reason: 'client-gone' } : { code: 408, reason: 'connection-lost' };
}
