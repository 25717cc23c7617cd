import type { Connection } from '../connection/types.js';
import type {
  Admission,
  AdmissionOrRefusal,
  ForwardRoom,
  ForwardSource,
  Receiver,
  Refusal,
  Refuser,
} from '../forward/types.js';
import type { Limits } from '../limits.js';
import { isPromise, type MaybePromise } from '../policy/types.js';
import type { Session, SessionTable } from '../session/types.js';
import { flawKind } from '../wire/flaw.js';
import { splitPath, type Path } from '../wire/path.js';
import type { Head } from '../wire/types.js';
import { parseUri, type MsrpUri } from '../wire/uri.js';
import { admit, type Admitters } from './admit.js';
import type { RelayRoom } from './types.js';

export interface RelayDeps {
  readonly limits: Limits;
  readonly sessions: SessionTable;
  readonly forward: ForwardRoom;
  readonly refuser: Refuser;
  readonly admitters: Admitters;
  readonly nodeId: string;
  readonly isOwn: (uri: MsrpUri) => boolean;
  /** Local policy on peer relays (AUTH-36). */
  readonly relayAllowed: (name: string) => boolean;
}

/** What one walk through the chart knows. */
interface Walk {
  readonly connection: Connection;
  readonly method: Head['method'];
  readonly to: readonly string[];
  readonly from: readonly string[];
  readonly previousHop: MsrpUri;
}

/** Our own URIs passed so far: what their tokens name, and which way each is used. */
type Passed = Pick<Admission, 'sessions' | 'directions'>;

/** RELAY (chart 3): reception of requests that must be relayed. */
export class Relay implements RelayRoom {
  private readonly deps: RelayDeps;

  constructor(deps: RelayDeps) {
    this.deps = deps;
  }

  receive(source: ForwardSource, head: Head, toPath: Path): Receiver | 'taken' {
    const { connection } = source;
    const { refuser, forward, limits } = this.deps;
    const fromPath = splitPath(head.bytes, head.fromPath, limits.maxUrisPerPath, 'from');
    const flaw = firstFlaw(head, fromPath);
    if (flaw !== undefined) {
      return refuser.refuse(connection, head, { code: 400, reason: flaw, closes: flawKind(flaw) === 'excessive' });
    }
    const from = fromPath as Path;
    const walk = { connection, method: head.method, to: toPath.uris, from: from.uris, previousHop: from.first };
    const refusal = this.previousHop(walk);
    if (refusal !== undefined) return refuser.refuse(connection, head, refusal);
    const verdict = this.walk(walk, toPath.first, 0, { sessions: [], directions: [] });
    if (!isPromise(verdict) && 'code' in verdict) return refuser.refuse(connection, head, verdict);
    return forward.admitted(source, head, verdict, { toPath: toPath.uris, fromPath: from.uris });
  }

  /** "Type of connection", and what it may claim to be. */
  private previousHop({ connection, from, previousHop }: Walk): Refusal | undefined {
    const { host } = previousHop;
    // Over a connection we opened, a peer that is no relay may name itself as it likes: it gains nothing by it.
    const asRelay =
      connection.class === 'relay' && (!connection.dialled || connection.covers(host) || from.length > 1);
    if (!asRelay) {
      // This happens when a client tries to act like a proxy (R05).
      return from.length > 1 ? { code: 403, reason: 'proxying-client' } : undefined;
    }
    if (!connection.covers(host)) return { code: 403, reason: 'relay-name-mismatch' };
    return this.deps.relayAllowed(host) ? undefined : { code: 403, reason: 'relay-not-allowed' };
  }

  /** From "First To-Path URI is a live token?" on; again for each of our own URIs at the front (R36). */
  private walk(walk: Walk, own: MsrpUri, at: number, passed: Passed): MaybePromise<AdmissionOrRefusal> {
    const { sessionId } = own;
    const found = sessionId === undefined ? undefined : this.deps.sessions.find(sessionId);
    if (!isPromise(found)) return this.judge(walk, found, at, passed);
    return found.then((session) => this.judge(walk, session, at, passed));
  }

  private judge(
    walk: Walk,
    session: Session | undefined,
    at: number,
    passed: Passed,
  ): MaybePromise<AdmissionOrRefusal> {
    const { method, to, from } = walk;
    if (session === undefined) return { code: 481, reason: 'unknown-token' };
    const next = to[at + 1];
    if (next === undefined) {
      return { code: method === 'SEND' || method === 'REPORT' ? 481 : 501, reason: 'nowhere-to-go' };
    }
    const nextHop = parseUri(next);
    if (nextHop === undefined) return { code: 400, reason: 'bad-path-uri' };
    if (method !== 'AUTH' && (nextHop.port === undefined || walk.previousHop.port === undefined)) {
      return { code: 400, reason: 'bad-path-uri' };
    }
    const previous = at === 0 ? walk.connection : undefined;
    const { admitters, nodeId } = this.deps;
    const use = { nextHop, previous, previousHost: walk.previousHop.host, nodeId };
    const direction = admit(admitters, session.grant, use);
    if (typeof direction !== 'string') return direction;
    // Spreading would leave each route more places than it needs.
    const sessions = passed.sessions.concat(session);
    const directions = passed.directions.concat(direction);
    if (this.deps.isOwn(nextHop)) return this.walk(walk, nextHop, at + 1, { sessions, directions });
    const own = to.slice(0, at + 1);
    const { previousHop } = walk;
    return { remainingTo: to.slice(at + 1), fromPath: from, own, sessions, directions, nextHop, previousHop };
  }
}

/** The rule broken that matters: who can not be answered first. */
function firstFlaw(head: Head, from: ReturnType<typeof splitPath>): Head['flaw'] {
  const pathFlaw = 'flaw' in from ? from.flaw : undefined;
  if (pathFlaw !== undefined && flawKind(pathFlaw) === 'unanswerable') return pathFlaw;
  return head.flaw ?? pathFlaw;
}
