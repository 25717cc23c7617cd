import type { Connection, Connections } from '../connection/types.js';
import type { Traffic } from '../observe/types.js';
import { isPromise, type MaybePromise } from '../policy/types.js';
import type { WayBacks } from '../response/types.js';
import { tidLetters } from '../transmission/types.js';
import { fieldsOf } from '../wire/fields.js';
import type { Ids } from '../wire/ids.js';
import { viewOf } from '../wire/octets.js';
import { pathLines } from '../wire/head-writer.js';
import type { Head } from '../wire/types.js';
import { Chunk, isKeptWhole } from './chunk.js';
import { Claims } from './claims.js';
import { nextHop } from './next-hop.js';
import type { RouteEnv } from './decision.js';
import { Route } from './route.js';
import { routePaths } from './route-paths.js';
import { ShortChunk, shortBytes } from './short-chunk.js';
import { SmallRequest, type RequestPaths, type RequestTaker } from './small-request.js';
import { Source } from './source.js';
import {
  isRefusal,
  type AdmissionOrRefusal,
  type ForwardRoom,
  type PathTexts,
  type Receiver,
  type Refusal,
} from './types.js';

export interface ForwardRules {
  readonly nodeId: string;
  readonly unknownMethods: 'relay' | 'block';
  readonly content: 'any' | 'signed-only';
  readonly relayCertificate: 'required' | 'lenient';
}

export interface ForwardDeps extends RouteEnv {
  readonly connections: Connections;
  readonly ids: Ids;
  readonly wayBacks: WayBacks;
  readonly rules: ForwardRules;
  readonly traffic: Pick<Traffic, 'sendsIn'>;
}

/** With so many octets waiting because of it, a connection that brings another whole chunk has a rest: reading on would only keep more. */
const restBytes = 16 * 1024;

/** Forward (chart 4): accepted requests on their way out. */
export class Forward implements ForwardRoom<Source> {
  private readonly deps: ForwardDeps;
  private readonly claims: Claims;
  private readonly short = new ShortChunk();

  constructor(deps: ForwardDeps) {
    this.deps = deps;
    this.claims = new Claims(deps.limits.maxClaims);
  }

  sourceOf(connection: Connection): Source {
    return new Source(connection, this.deps.limits);
  }

  known(from: Source, head: Head): Receiver | 'taken' | undefined {
    const route = from.routes.find(head);
    if (route === undefined) return undefined;
    if (route.outdated || (head.method === 'AUTH' && route.overClaim)) {
      route.end();
      return undefined;
    }
    if (route.peerClaim?.stands === false) route.peerClaim = route.peerClaim.renewedBy(from.connection);
    return this.forward(from, route, head);
  }

  admitted(
    from: Source,
    head: Head,
    admission: MaybePromise<AdmissionOrRefusal>,
    paths: PathTexts,
  ): Receiver | 'taken' {
    const route = new Route(
      this.deps,
      from,
      pathLines(paths.fromPath[0]!, paths.toPath[0]!),
      pathLines(paths.fromPath.join(' '), paths.toPath[0]!),
    );
    if (isPromise(admission)) {
      this.decideLater(route, admission, head.method === 'AUTH');
    } else {
      const refusal = this.decide(route, admission, head.method === 'AUTH');
      if (refusal !== undefined) {
        route.end();
        return this.deps.refuser.refuse(from.connection, head, refusal);
      }
    }
    from.routes.add(head, route);
    return this.forward(from, route, head);
  }

  private decideLater(route: Route, admission: PromiseLike<AdmissionOrRefusal>, forAuth: boolean): void {
    const { timers, limits } = this.deps;
    const late = timers.after(limits.hookTimeoutMs, () => {
      route.refuse({ code: 481, reason: 'store-failed' });
    });
    const settle = (verdict: AdmissionOrRefusal): void => {
      late();
      if (route.state !== 'deciding') return;
      const refusal = this.decide(route, verdict, forAuth);
      if (refusal !== undefined) {
        route.refuse(refusal);
        return;
      }
      for (let request = route.takeRequest(); request !== undefined; request = route.takeRequest())
        this.sendRequest(route, request);
      // Pushed out meanwhile: nobody would find it, nor end it. What it has in line is delivered.
      if (route.cacheKey === undefined) route.end();
    };
    admission.then(settle, () => {
      settle({ code: 481, reason: 'store-failed' });
    });
  }

  private decide(route: Route, verdict: AdmissionOrRefusal, forAuth: boolean): Refusal | undefined {
    if (isRefusal(verdict)) return verdict;
    const { connections, rules } = this.deps;
    // While the store was asked for the second token, the first may have ended.
    if (!verdict.sessions.every(({ live }) => live)) return { code: 481, reason: 'unknown-token' };
    const hop = nextHop(verdict, connections, this.claims, { ...rules, forAuth });
    if ('code' in hop) return hop;
    const { sessions, directions, remainingTo } = verdict;
    if (directions[0] === 'toOwner' && sessions.length === 1) {
      route.peerClaim = this.claims.learn(sessions[0]!, verdict.previousHop, route.source);
    }
    route.decide({
      next: hop.connection,
      claim: hop.claim,
      sessions,
      directions,
      nextHost: verdict.nextHop.host,
      paths: routePaths(verdict),
      relayTraffic: remainingTo.length > 1,
      authOnly: verdict.nextHop.port === undefined || verdict.previousHop.port === undefined,
    });
    return undefined;
  }

  collect(connection: Connection, head: Head, paths: PathTexts, done: (request: SmallRequest) => void): Receiver {
    const { toPath, fromPath } = paths;
    const answerPaths = pathLines(fromPath.join(' '), toPath[0]!);
    return this.small(connection, head, { toPath, fromPath, answerPaths }, done);
  }

  private forward(from: Source, route: Route, head: Head): Receiver | 'taken' {
    if (head.method === 'SEND') return this.send(from, route, head);
    const paths = { toPath: [], fromPath: [], answerPaths: route.backPaths };
    return this.small(from.connection, head, paths, (request) => {
      if (route.state === 'deciding') route.addRequest(request);
      else this.sendRequest(route, request);
    });
  }

  private small(
    connection: Connection,
    head: Head,
    paths: RequestPaths,
    take: (request: SmallRequest) => void,
  ): SmallRequest {
    const malformed: RequestTaker['malformed'] = (request, flaw) => {
      this.deps.refuser.refuseKept(connection, request, { code: 400, reason: flaw });
    };
    return new SmallRequest(connection, this.deps.limits, { take, malformed }, head, paths);
  }

  // --- SEND

  private send(from: Source, route: Route, head: Head): Receiver | 'taken' {
    const refusal = this.refuseSend(from, route, head);
    if (refusal !== undefined)
      return this.deps.refuser.refuse(
        from.connection,
        head,
        refusal,
        route.state === 'open' ? route.session : undefined,
      );
    if (route.state === 'open') from.connection.succeeded();
    this.deps.traffic.sendsIn++;
    const { whole } = head;
    if (whole !== undefined && route.state === 'open' && this.sendShort(from, route, head)) return 'taken';
    // A socket of the host's may close while it is written to.
    if (route.state === 'ended')
      return this.deps.refuser.refuse(from.connection, head, { code: 481, reason: 'client-gone' });
    if (whole === undefined || !isKeptWhole(head, whole.body.end - whole.body.start, route.lastPosition)) {
      const chunk = new Chunk(route, head, undefined);
      route.add(chunk);
      return chunk;
    }
    const chunk = new Chunk(route, head, whole);
    route.add(chunk);
    chunk.arrived(whole.flag);
    if (from.bytes > restBytes) from.connection.rest();
    return 'taken';
  }

  /** A whole small chunk while nothing waits: from the read buffer straight into the output block. */
  private sendShort(from: Source, route: Route, head: Head): boolean {
    const { body, flag } = head.whole!;
    const octets = body.end - body.start;
    const { scheduler } = route.to.next;
    if (octets > shortBytes || !scheduler.catchUp() || route.hasChunks) return false;
    const { short } = this;
    fieldsOf(head, short.fields);
    short.take(route, head, octets, flag);
    if (short.start - 1 + octets > route.lastPosition || !scheduler.sendWhole(short, head.bytes, body, flag))
      return false;
    route.chunkReceived(octets, flag);
    if (short.failureReport === 'yes') {
      const { connection } = from;
      connection.scheduler.response(head.view, head.tid.start, head.tid.end, route.okTail, connection);
    }
    return true;
  }

  private refuseSend(from: Source, route: Route, head: Head): Refusal | undefined {
    if (route.state === 'open' && route.to.authOnly) return { code: 400, reason: 'bad-path-uri' };
    const { bytes, messageId, contentType } = head;
    if (from.refusedMessages.any) {
      const code = from.refusedMessages.codeOf(
        route.messageKey(bytes.toString('latin1', messageId.start, messageId.end)),
      );
      if (code !== undefined) return { code, reason: 'message-refused-before' };
    }
    if (
      this.deps.rules.content === 'signed-only' &&
      head.hasBody &&
      !isSigned(bytes, contentType.start, contentType.end)
    ) {
      return { code: 415, reason: 'content-refused' };
    }
    return undefined;
  }

  // --- other requests

  private sendRequest(route: Route, request: SmallRequest): void {
    const { source } = route;
    const refusal = this.refuseRequest(route, request);
    if (refusal !== undefined) {
      this.deps.refuser.refuseKept(source, request, refusal, route.state === 'open' ? route.session : undefined);
      return;
    }
    source.succeeded();
    const { next, paths } = route.to;
    const tid = Buffer.allocUnsafe(tidLetters);
    if (request.method === 'REPORT') {
      this.deps.ids.write(viewOf(tid), 0, tidLetters);
      next.scheduler.small(request.message(paths.outPaths, tid).bytes, source, route.relayTraffic);
      return;
    }
    const { bytes, tidAt, tidAgainAt } = request.message(paths.outPaths, tid);
    const back = this.deps.wayBacks.open(source, request, route);
    next.scheduler.request(bytes, tidAt, tidAgainAt, back, source, route.relayTraffic);
  }

  private refuseRequest(route: Route, request: SmallRequest): Refusal | undefined {
    if (route.state === 'ended') return { code: 481, reason: 'client-gone' };
    const { next, authOnly } = route.to;
    if (request.method === 'AUTH') {
      if (!route.source.facts.secure) return { code: 403, reason: 'auth-over-plain' };
      if (route.overClaim) return { code: 481, reason: 'no-connection-to-hop' };
      return next.info.secure ? undefined : { code: 403, reason: 'plain-auth' };
    }
    if (authOnly) return { code: 400, reason: 'bad-path-uri' };
    const known = request.method === 'REPORT';
    return !known && this.deps.rules.unknownMethods === 'block' ? { code: 501, reason: 'method-blocked' } : undefined;
  }
}

function isSigned(bytes: Buffer, start: number, end: number): boolean {
  return /^multipart\/signed(;|\s|$)/i.test(bytes.toString('latin1', start, end));
}
