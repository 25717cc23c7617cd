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

type Header = readonly [name: string, value: string];
type Headers = readonly Header[];

/** One AUTH on its way through the chart. */
interface Exchange {
  readonly connection: Connection;
  readonly request: CollectedRequest;
  /** The connection is gone: whatever comes is too late. */
  readonly gone: () => boolean;
  /** The answer is out, or there is none to give. */
  readonly done: () => void;
  /** Verified host of the relay it came through; undefined: straight from the client. */
  readonly viaRelay: string | undefined;
  readonly askedS: number | undefined;
}

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
      this.#previousHop(connection, request, () => lane.ended, done);
    });
  }

  // Well formed? Type of connection, and what follows from it.
  #previousHop(connection: Connection, request: CollectedRequest, gone: () => boolean, done: () => void): void {
    const askedS = readExpires(request.header('Expires'));
    const wayBack = parseUri(request.fromPath[0] ?? '')?.host;
    const refusal = { connection, request, done };
    if (request.flag !== '$') { this.#refuse(refusal, 400, 'bad-flag'); return; }
    if (askedS === 'malformed') { this.#fail(refusal, 400, 'bad-expires'); return; }
    if (connection.class === 'plain') { this.#refuse(refusal, 403, 'auth-over-plain'); return; }
    if (connection.class === 'client') {
      if (request.fromPath.length !== 1) { this.#refuse(refusal, 403, 'proxying-client'); return; }
      this.#farEnd({ ...refusal, gone, askedS, viaRelay: undefined }); return;
    }
    if (wayBack === undefined || !connection.covers(wayBack))
      { this.#refuse(refusal, 403, 'relay-name-mismatch'); return; }
    if (!this.#deps.relayAllowed(wayBack, connection)) { this.#refuse(refusal, 403, 'relay-not-allowed'); return; }
    this.#farEnd({ ...refusal, gone, askedS, viaRelay: wayBack });
  }

  // Who is the client? A user known from below MSRP needs no challenge (WS-14), but no relay vouches for one (AUTH-23).
  #farEnd(exchange: Exchange): void {
    const { connection, request, viaRelay } = exchange;
    const { authenticator, timers, limits, observer } = this.#deps;
    const { facts } = connection;
    if (viaRelay === undefined && facts.user !== undefined) { this.#entitled(exchange, facts.user, []); return; }
    const authorization = request.header('Authorization');
    const uri = request.toPath[request.toPath.length - 1]!;
    withDeadline(
      timers,
      limits.hookTimeoutMs,
      () => authenticator.authenticate({ authorization, uri, peer: facts, viaRelay }),
      (outcome) => {
        if (exchange.gone()) { exchange.done(); return; }
        const verdict = checked(outcome);
        if (!('error' in verdict)) { this.#judged(exchange, verdict.value); return; }
        observer.note({ name: 'hostCodeFailed', where: 'authenticator', error: verdict.error });
        this.#fail(exchange, 403, 'authenticator-failed');
      },
    );
  }

  // Challenge, refuse, or accept.
  #judged(exchange: Exchange, verdict: AuthVerdict): void {
    if ('accept' in verdict) { this.#entitled(exchange, verdict.accept, verdict.headers ?? []); return; }
    if ('refuse' in verdict) { this.#fail(exchange, verdict.refuse, verdict.why, verdict.user); return; }
    const headers = verdict.challenge.map((value): Header => ['WWW-Authenticate', value]);
    this.#fail(exchange, 401, verdict.why, verdict.user, headers);
  }

  // Within the limits, unless it renews a URI? Is the life asked for acceptable?
  #entitled(exchange: Exchange, user: AuthenticatedUser, headers: Headers): void {
    const { request, viaRelay, askedS } = exchange;
    const { expires, renewal, sessions } = this.#deps;
    const owner = this.#ownerOf(exchange);
    const old = renewal === 'same-uri' ? sessions.renewable(owner, user.name, request.fromPath.join(' ')) : undefined;
    if (old === undefined && this.#hasTooMany(exchange, user))
      { this.#fail(exchange, 403, 'too-many-uris', user.name); return; }
    const lifeS = askedS ?? (viaRelay === undefined ? expires.clientDefaultS : expires.relayDefaultS);
    const bound = brokenBound(lifeS, expires);
    if (bound !== undefined) {
      const why = bound[0] === 'Min-Expires' ? 'expires-too-small' : 'expires-too-large';
      this.#fail(exchange, 423, why, user.name, [bound]); return;
    }
    if (old === undefined) { this.#newUri(exchange, user, owner, lifeS, headers); return; }
    this.#asked(exchange, user, sessions.renew(old, lifeS * 1000), (renewed) => {
      if (exchange.gone()) { exchange.done(); return; }
      if (renewed) this.#succeed(exchange, old, headers);
      else this.#newUri(exchange, user, owner, lifeS, headers);
    });
  }

  // A new URI, bound to this very connection or to the identity of the relay.
  #newUri(exchange: Exchange, user: AuthenticatedUser, owner: Owner, lifeS: number, headers: Headers): void {
    const { connection, request } = exchange;
    const opened = this.#deps.sessions.open({
      grant: {
        kind: 'auth',
        user: user.name,
        owner,
        wayBack: request.fromPath[0]!,
        fromPath: request.fromPath.join(' '),
        limits: {},
        appData: user.appData as Json | undefined,
      },
      expiresInMs: lifeS * 1000,
      connection: connection.info,
    });
    this.#asked(exchange, user, opened, (session) => {
      if (!exchange.gone()) { this.#succeed(exchange, session, headers); return; }
      // Nobody will ever learn this URI.
      session.end('relay' in owner ? 'replaced' : 'connection-closed');
      exchange.done();
    });
  }

  // 200 with Use-Path, Expires, and what the authenticator adds.
  #succeed(exchange: Exchange, session: Session, headers: Headers): void {
    const { connection, request, done } = exchange;
    const { ownAddress, timers } = this.#deps;
    const uri = tokenUri(ownAddress(), session.token);
    const expires = String(remainingSeconds(session.expiresAtMs, timers.nowMs()));
    answer(exchange, 200, [['Use-Path', usePath(request.fromPath, uri)], ['Expires', expires], ...headers]);
    connection.authSucceeded();
    connection.succeeded();
    done();
  }

  /** A session store answers now or later; its failures have been noted by the table. */
  #asked<T>(exchange: Exchange, user: AuthenticatedUser, asked: MaybePromise<T>, then: (value: T) => void): void {
    if (!isPromise(asked)) { then(asked); return; }
    asked.then(then, () => {
      if (exchange.gone()) exchange.done();
      else this.#fail(exchange, 403, 'store-failed', user.name);
    });
  }

  #hasTooMany({ connection, viaRelay }: Exchange, user: AuthenticatedUser): boolean {
    const { limits, sessions } = this.#deps;
    const ofConnection = viaRelay === undefined ? sessions.ownedBy(connection.id).length : 0;
    return (
      ofConnection >= limits.maxSessionsPerConnection || sessions.countOfUser(user.name) >= limits.maxSessionsPerUser
    );
  }

  #ownerOf({ connection, viaRelay }: Exchange): Owner {
    if (viaRelay !== undefined) return { relay: viaRelay };
    return { node: this.#deps.nodeId, connection: connection.id };
  }

  /** The previous hop may not do this, whoever the client is. */
  #refuse(refused: Refused, code: number, reason: RefusalReason): void {
    const { connection, done } = refused;
    answer(refused, code, []);
    this.#deps.observer.note({ name: 'requestRefused', connection: connection.info, method: 'AUTH', reason, code });
    connection.requestFailed();
    done();
  }

  #fail(refused: Refused, code: number, reason: AuthFailure, user?: string, headers: Headers = []): void {
    const { connection, done } = refused;
    answer(refused, code, headers);
    this.#deps.observer.note({ name: 'authFailed', connection: connection.info, reason, user, code });
    const counts = countsAs(code, reason);
    if (counts === 'failed-auth') connection.authFailed();
    else if (counts === 'failed-request') connection.requestFailed();
    done();
  }

  #laneOf(connection: Connection): AuthLane {
    let lane = this.#lanes.get(connection);
    if (lane === undefined) {
      lane = new AuthLane(connection, this.#deps.limits.maxWaitingAuths);
      this.#lanes.set(connection, lane);
    }
    return lane;
  }
}

type Refused = Pick<Exchange, 'connection' | 'request' | 'done'>;

/** R08: wrong credentials and barred users count for good, other errors in the probation, challenges not at all. */
function countsAs(code: number, reason: AuthFailure): 'failed-auth' | 'failed-request' | 'nothing' {
  if (reason === 'challenged' || reason === 'stale' || code === 423) return 'nothing';
  return code === 401 || reason === 'barred' ? 'failed-auth' : 'failed-request';
}

/** To-Path is the whole From-Path of the request, From-Path the URI addressed, as written (AUTH-02). */
function answer(
  { connection, request }: Pick<Exchange, 'connection' | 'request'>,
  status: number,
  headers: Headers,
): void {
  const [toPath, fromPath] = [request.fromPath.join(' '), request.toPath[0]!];
  connection.scheduler.small(buildResponse({ tid: request.tidText, status, toPath, fromPath, headers }), connection);
}

/** An authenticator of the host may hand out anything; what is no verdict, or would break a header line, is an error. */
function checked(outcome: Outcome<AuthVerdict>): Outcome<AuthVerdict> {
  if ('error' in outcome || isVerdict(outcome.value)) return outcome;
  return { error: new TypeError('the answer of the authenticator is no verdict') };
}

function isVerdict(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { challenge, refuse, accept, headers } = value as Partial<Record<string, unknown>>;
  if (accept !== undefined) {
    const named = typeof accept === 'object' && accept !== null && 'name' in accept && isLine(accept.name);
    return (
      named &&
      (headers === undefined || (isList(headers) && headers.every((line) => isList(line) && line.every(isLine))))
    );
  }
  if (challenge !== undefined) return isList(challenge) && challenge.length > 0 && challenge.every(isLine);
  return refuse === 400 || refuse === 403;
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

function isLine(value: unknown): boolean {
  return typeof value === 'string' && !/\p{Cc}/u.test(value);
}
