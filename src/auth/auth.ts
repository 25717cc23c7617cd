import type { Connection } from '../connection/types.js';
import type { CollectedRequest } from '../forward/types.js';
import type { Limits } from '../limits.js';
import type { AuthFailure, Observer, RefusalReason } from '../observe/types.js';
import { isPromise, type MaybePromise } from '../policy/types.js';
import type { Json, Owner } from '../session/grant.js';
import type { Session, SessionTable } from '../session/types.js';
import type { Timers } from '../timers.js';
import type { AuthenticatedUser } from '../transport/types.js';
import { buildResponse } from '../wire/head-writer.js';
import { parseUri } from '../wire/uri.js';
import { withDeadline, type Outcome } from './deadline.js';
import { brokenBound, readExpires, remainingSeconds, type ExpiresSettings } from './expires.js';
import { AuthLane } from './lane.js';
import type { Authenticator, AuthRoom, AuthVerdict } from './types.js';
import { tokenUri, usePath, type OwnAddress } from './use-path.js';
import { checked } from './verdict.js';

export interface AuthDeps {
  readonly authenticator: Authenticator;
  readonly sessions: SessionTable;
  readonly timers: Timers;
  readonly observer: Observer;
  readonly limits: Limits;
  readonly expires: ExpiresSettings;
  /** `same-uri`: an AUTH that renews gets the URI it has (AUTH-17); `new-uri`: another one, the old one lives on. */
  readonly renewal: 'same-uri' | 'new-uri';
  /** May the relay of this name use us (AUTH-36)? */
  readonly relayAllowed: (name: string, connection: Connection) => boolean;
  /** What Use-Path names; asked at each AUTH, as the port may be known only when listening. */
  readonly ownAddress: () => OwnAddress;
  readonly nodeId: string;
}

type Headers = readonly (readonly [name: string, value: string])[];

/** One AUTH on its way through the chart. */
interface Exchange {
  readonly connection: Connection;
  readonly request: CollectedRequest;
  /** The connection is gone: whatever comes is too late. */
  readonly gone: () => boolean;
  /** The answer is out, or there is none to give. */
  readonly done: () => void;
}

/** What the checks before the credentials have found. */
interface Asker {
  /** Verified host of the relay it came through; undefined: straight from the client. */
  readonly viaRelay: string | undefined;
  /** Life asked for. */
  readonly askedS: number | undefined;
}

/** An answer without URI: the previous hop may not ask (`refused`), or the asking failed. */
type NoUri =
  | { readonly code: 400 | 403; readonly refused: RefusalReason }
  | {
      readonly code: 400 | 401 | 403 | 423;
      readonly failed: AuthFailure;
      readonly user?: string | undefined;
      readonly headers?: Headers;
    };

/**
 * Chart 2: an AUTH whose only To-Path URI is this relay. First the previous hop (by certificate if it is a relay), then
 * the client at the far end, then its right to use the relay, then the life it asks for; only then a URI is made.
 */
export class Auth implements AuthRoom {
  readonly #deps: AuthDeps;
  readonly #lanes: WeakMap<Connection, AuthLane> = new WeakMap();

  constructor(deps: AuthDeps) {
    this.#deps = deps;
  }

  receive(connection: Connection, request: CollectedRequest): void {
    const lane = this.#laneOf(connection);
    lane.add((done) => {
      const exchange = { connection, request, gone: () => lane.ended, done };
      const asker = this.#previousHop(connection, request);
      if ('code' in asker) this.#answerNo(exchange, asker);
      else this.#farEnd(exchange, asker);
    });
  }

  // Well formed? Which type of connection? Exactly one From-Path URI, or a relay that is who it says and may use us?
  #previousHop(connection: Connection, request: CollectedRequest): Asker | NoUri {
    const askedS = readExpires(request.header('Expires'));
    if (request.flag !== '$') return { code: 400, refused: 'bad-flag' };
    if (askedS === 'malformed') return { code: 400, failed: 'bad-expires' };

    if (connection.class === 'plain') return { code: 403, refused: 'auth-over-plain' };
    if (connection.class === 'client') {
      if (request.fromPath.length !== 1) return { code: 403, refused: 'proxying-client' };
      return { viaRelay: undefined, askedS };
    }
    const host = parseUri(request.fromPath[0]!)?.host;
    if (host === undefined || !connection.covers(host)) return { code: 403, refused: 'relay-name-mismatch' };
    if (!this.#deps.relayAllowed(host, connection)) return { code: 403, refused: 'relay-not-allowed' };
    return { viaRelay: host, askedS };
  }

  // Who is the client? One known from below MSRP needs no challenge (WS-14), but no relay vouches for one (AUTH-23).
  #farEnd(exchange: Exchange, asker: Asker): void {
    const { authenticator, timers, limits } = this.#deps;
    const { facts } = exchange.connection;
    const { viaRelay } = asker;
    if (viaRelay === undefined && facts.user !== undefined) {
      this.#known(exchange, asker, facts.user, []);
      return;
    }
    const authorization = exchange.request.header('Authorization');
    const uri = exchange.request.toPath.at(-1)!;
    withDeadline(
      timers,
      limits.hookTimeoutMs,
      () => authenticator.authenticate({ authorization, uri, peer: facts, viaRelay }),
      (outcome) => {
        this.#judged(exchange, asker, checked(outcome));
      },
    );
  }

  // Challenged, refused, or accepted.
  #judged(exchange: Exchange, asker: Asker, outcome: Outcome<AuthVerdict>): void {
    if (exchange.gone()) exchange.done();
    else if ('error' in outcome) {
      this.#deps.observer.note({ name: 'hostCodeFailed', where: 'authenticator', error: outcome.error });
      this.#answerNo(exchange, { code: 403, failed: 'authenticator-failed' });
    } else if ('accept' in outcome.value) {
      this.#known(exchange, asker, outcome.value.accept, outcome.value.headers ?? []);
    } else this.#answerNo(exchange, noUri(outcome.value));
  }

  // May the user have a URI (a renewal adds none), and for so long? Then it is the one it has, or a new one.
  #known(exchange: Exchange, asker: Asker, user: AuthenticatedUser, headers: Headers): void {
    const { connection, request } = exchange;
    const { expires, nodeId, renewal, sessions } = this.#deps;
    const { viaRelay } = asker;
    const byClient = viaRelay === undefined;
    const owner: Owner = byClient ? { node: nodeId, connection: connection.id } : { relay: viaRelay };
    const fromPath = request.fromPath.join(' ');
    const lifeS = asker.askedS ?? (byClient ? expires.clientDefaultS : expires.relayDefaultS);

    const old = renewal === 'same-uri' ? sessions.renewable(owner, user.name, fromPath) : undefined;
    const bound = brokenBound(lifeS, expires);
    if (old === undefined && this.#hasTooMany(connection, user)) {
      this.#answerNo(exchange, { code: 403, failed: 'too-many-uris', user: user.name });
    } else if (bound !== undefined) {
      const failed = bound[0] === 'Min-Expires' ? 'expires-too-small' : 'expires-too-large';
      this.#answerNo(exchange, { code: 423, failed, user: user.name, headers: [bound] });
    } else if (old === undefined) this.#newUri(exchange, user, owner, lifeS, headers);
    else {
      this.#asked(exchange, user, sessions.renew(old, lifeS * 1000), (renewed) => {
        if (renewed) this.#answerYes(exchange, old, headers);
        else this.#newUri(exchange, user, owner, lifeS, headers);
      });
    }
  }

  /** A relay's connection owns none: it carries many users (AUTH-35). */
  #hasTooMany(connection: Connection, user: AuthenticatedUser): boolean {
    const { limits, sessions } = this.#deps;
    return (
      sessions.ownedBy(connection.id).length >= limits.maxSessionsPerConnection ||
      sessions.countOfUser(user.name) >= limits.maxSessionsPerUser
    );
  }

  // A new URI, bound to this very connection or to the identity of the relay.
  #newUri(exchange: Exchange, user: AuthenticatedUser, owner: Owner, lifeS: number, headers: Headers): void {
    const { connection, request } = exchange;
    const [wayBack, fromPath] = [request.fromPath[0]!, request.fromPath.join(' ')];
    const appData = user.appData as Json | undefined;
    const opened = this.#deps.sessions.open({
      grant: { kind: 'auth', user: user.name, owner, wayBack, fromPath, limits: {}, appData },
      expiresInMs: lifeS * 1000,
      connection: connection.info,
    });
    this.#asked(
      exchange,
      user,
      opened,
      (session) => {
        this.#answerYes(exchange, session, headers);
      },
      // Nobody will ever learn this URI.
      (session) => {
        session.end('relay' in owner ? 'replaced' : 'connection-closed');
      },
    );
  }

  /** The session store answers now or later; its failures have been noted by the table. */
  #asked<T>(
    exchange: Exchange,
    user: AuthenticatedUser,
    asked: MaybePromise<T>,
    then: (value: T) => void,
    tooLate?: (value: T) => void,
  ): void {
    if (!isPromise(asked)) {
      then(asked);
      return;
    }
    asked.then(
      (value) => {
        if (!exchange.gone()) {
          then(value);
          return;
        }
        tooLate?.(value);
        exchange.done();
      },
      () => {
        if (exchange.gone()) exchange.done();
        else this.#answerNo(exchange, { code: 403, failed: 'store-failed', user: user.name });
      },
    );
  }

  // 200 with Use-Path, Expires, and what the authenticator adds.
  #answerYes(exchange: Exchange, session: Session, headers: Headers): void {
    const { connection, request, done } = exchange;
    const uri = tokenUri(this.#deps.ownAddress(), session.token);
    const expires = String(remainingSeconds(session.expiresAtMs, this.#deps.timers.nowMs()));
    answer(exchange, 200, [['Use-Path', usePath(request.fromPath, uri)], ['Expires', expires], ...headers]);
    connection.authSucceeded();
    connection.succeeded();
    done();
  }

  // Any other answer, then the count of failures: the last answer is out before the connection is closed (AUTH-28).
  #answerNo(exchange: Exchange, no: NoUri): void {
    const { connection, done } = exchange;
    const { observer } = this.#deps;
    const { info } = connection;
    const { code } = no;
    answer(exchange, code, ('headers' in no && no.headers) || []);
    if ('refused' in no) {
      observer.note({ name: 'requestRefused', connection: info, method: 'AUTH', reason: no.refused, code });
      connection.requestFailed();
    } else {
      observer.note({ name: 'authFailed', connection: info, reason: no.failed, user: no.user, code });
      const counts = countsAs(code, no.failed);
      if (counts === 'failed-auth') connection.authFailed();
      else if (counts === 'failed-request') connection.requestFailed();
    }
    done();
  }

  #laneOf(connection: Connection): AuthLane {
    let lane = this.#lanes.get(connection);
    if (lane === undefined) {
      lane = new AuthLane(connection, this.#deps.limits.maxWaitingAuths, () => this.#lanes.delete(connection));
      this.#lanes.set(connection, lane);
    }
    return lane;
  }
}

function noUri(verdict: Exclude<AuthVerdict, { accept: unknown }>): NoUri {
  const { why: failed, user } = verdict;
  if ('refuse' in verdict) return { code: verdict.refuse, failed, user };
  return { code: 401, failed, user, headers: verdict.challenge.map((value) => ['WWW-Authenticate', value]) };
}

/** R08: wrong credentials and barred users count for good, other errors in the probation, challenges not at all. */
function countsAs(code: number, reason: AuthFailure): 'failed-auth' | 'failed-request' | 'nothing' {
  if (reason === 'challenged' || reason === 'stale' || code === 423) return 'nothing';
  return code === 401 || reason === 'barred' ? 'failed-auth' : 'failed-request';
}

/** To-Path is the whole From-Path of the request, From-Path the URI addressed, as written (AUTH-02). */
function answer({ connection, request }: Exchange, status: number, headers: Headers): void {
  const [toPath, fromPath] = [request.fromPath.join(' '), request.toPath[0]!];
  connection.scheduler.small(buildResponse({ tid: request.tidText, status, toPath, fromPath, headers }), connection);
}
