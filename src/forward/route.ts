import type { Connection, ConnectionDependent } from '../connection/types.js';
import { Link } from '../chain.js';
import { Fifo } from '../fifo.js';
import type { DeliveryFailure, RefusalReason } from '../observe/types.js';
import type { Session, SessionDependent, Totals } from '../session/types.js';
import type { FailedPiece, Loss, OutgoingRoute } from '../transmission/types.js';
import { responseTail } from '../wire/head-writer.js';
import { viewOf } from '../wire/octets.js';
import type { Flag } from '../wire/types.js';
import type { Chunk, ChunkRoute } from './chunk.js';
import type { PeerClaim } from './claims.js';
import type { Decision, RouteEnv } from './decision.js';
import { noteFailure, type Told } from './failure.js';
import { ownBytes } from './own-bytes.js';
import { okTail, ownCopy, pathsIn } from './route-paths.js';
import type { SmallRequest } from './small-request.js';
import { breakOff, giveWay, refuseLate, stopMessage } from './stopping.js';
import type { Refusal } from './types.js';
import type { RouteWaiting, SourceWaiting } from './waiting.js';

/** What a route needs of the memory of its source. */
export interface RouteSource extends SourceWaiting {
  readonly connection: Connection;
  readonly routes: {
    delete(route: Route): void;
    /** Is a route of another session alive on this source? */
    servesOthersThan(route: Route): boolean;
  };
  readonly refusedMessages: { add(message: string, code: number): void };
}

/**
 * Where requests with these two path headers, from this connection, go; found again by comparing octets. Undecided while
 * the session store is asked: its requests wait. Ends with its source, next hop or session; what was accepted before is
 * still delivered (FWD-40, RELAY-28).
 */
export class Route implements ChunkRoute, RouteWaiting, ConnectionDependent, SessionDependent {
  state: 'deciding' | 'open' | 'ended' = 'deciding';
  readonly from: RouteSource;
  /** Where its source finds it. */
  cacheKey: string | undefined;
  /** The 200 to a SEND, ready but for the id. */
  readonly okTail: Buffer;
  /** Path lines of REPORTs and of answers to other requests: the whole way back. */
  readonly backPaths: Buffer;
  /** What stands for From-Path[0] of inbound requests; once it has fallen, the next request claims it anew (R24). */
  peerClaim: PeerClaim | undefined;
  waitingBytes = 0;
  full = false;
  leftAtMs = 0;
  place = 0;
  joined = 0;
  readonly inLine: Link<OutgoingRoute> = new Link(this);
  readonly inTurn: Link<OutgoingRoute> = new Link(this);
  /** Octets of a message may come up to this position: its size limit, or the last one that numbers hold exactly. */
  lastPosition: number;
  readonly chunks: Fifo<Chunk> = new Fifo();
  /** What it costs itself, once that counts as waiting. */
  private ownBytes = 0;
  private readonly env: RouteEnv;
  private requests: Fifo<SmallRequest> | undefined;
  private decision: Decision | undefined;
  private totals: readonly Totals[] = [];

  constructor(env: RouteEnv, from: RouteSource, answerPaths: Buffer, backPaths: Buffer) {
    this.env = env;
    this.from = from;
    this.okTail = okTail(answerPaths);
    this.backPaths = backPaths.equals(answerPaths) ? this.answerPaths : ownCopy(backPaths);
    this.lastPosition = Math.min(env.limits.maxMessageBytes, Number.MAX_SAFE_INTEGER);
    from.connection.dependents.add(this);
  }

  /** Path lines of responses to SENDs: the previous hop alone. */
  get answerPaths(): Buffer {
    return pathsIn(this.okTail);
  }

  get source(): Connection {
    return this.from.connection;
  }

  get to(): Decision {
    return this.decision!;
  }

  get session(): Session {
    return this.to.sessions[0]!;
  }

  get turnKey(): object {
    return this.totals[0]!;
  }

  get sendHead(): Buffer {
    return this.to.paths.sendHead;
  }

  get relayTraffic(): boolean {
    return this.to.relayTraffic;
  }

  /** How many of our URIs a request passes on this route: two when R is passed twice. */
  get ownUris(): number {
    return this.to.sessions.length;
  }

  get nextHost(): string {
    return this.to.nextHost;
  }

  /** It leads to a peer's own connection that no longer counts as the peer's: another way must be found. */
  get outdated(): boolean {
    return this.decision?.claim?.stands === false;
  }

  /** It leads to a peer's own connection, whose name nobody has verified: no way for an AUTH. */
  get overClaim(): boolean {
    return this.decision?.claim !== undefined;
  }

  get hasChunks(): boolean {
    return this.chunks.size > 0;
  }

  get undecided(): boolean {
    return this.state === 'deciding' && this.hasLine;
  }

  private get hasLine(): boolean {
    return this.chunks.size + (this.requests?.size ?? 0) > 0;
  }

  decide(decision: Decision): void {
    this.decision = decision;
    this.state = 'open';
    const { sessions, directions, next } = decision;
    this.totals = sessions.map((session, i) => session.totals[directions[i]!]);
    this.lastPosition = Math.min(this.lastPosition, this.session.grant.limits.maxMessageBytes ?? Infinity);
    next.dependents.add(this);
    for (const session of sessions) session.dependents.add(this);
    if (this.chunks.size > 0) this.source.succeeded();
    for (const chunk of this.chunks) chunk.answer();
    this.changed();
    // The peer has hung up meanwhile: no way back (R24), and maybe nothing more to wait for.
    if (this.source.state === 'closing' && this.peerClaim?.connection === this.source) this.peerClaim.end();
    this.source.decided();
  }

  /** The store or the RELAY chart said no: everything that waited is refused. */
  refuse(refusal: Refusal): void {
    for (const chunk of this.chunks) this.env.refuser.refuseKept(this.source, chunk, refusal);
    for (const request of this.requests ?? []) this.env.refuser.refuseKept(this.source, request, refusal);
    this.end();
  }

  /** Takes no more requests. What waits for a decision has nobody to answer to and is let go. */
  end(): void {
    if (this.state === 'ended') return;
    const undecided = this.state === 'deciding';
    this.state = 'ended';
    this.from.routes.delete(this);
    this.source.dependents.delete(this);
    this.decision?.next.dependents.delete(this);
    for (const session of this.decision?.sessions ?? []) session.dependents.delete(this);
    if (!undecided) return;
    for (let chunk = this.chunks.shift(); chunk !== undefined; chunk = this.chunks.shift()) chunk.refused();
    while (this.takeRequest() !== undefined);
    this.source.decided();
  }

  /** Others take its place in the memory of its source. What it has in line keeps it alive: it counts as waiting, too. */
  pushedOut(): void {
    if (this.state === 'deciding') this.from.routes.delete(this);
    else this.end();
    if (!this.hasLine) return;
    this.ownBytes = ownBytes(this, this.decision);
    this.waits(this.ownBytes);
  }

  connectionEnded(peerReads = false): void {
    if (peerReads && this.undecided) return;
    this.end();
    if (this.decision?.next.state === 'closing') breakOff(this);
  }

  sessionEnded(): void {
    this.end();
  }

  addRequest(request: SmallRequest): void {
    (this.requests ??= new Fifo()).push(request);
    this.waits(request.bytes);
  }

  takeRequest(): SmallRequest | undefined {
    const request = this.requests?.shift();
    if (request !== undefined) this.waits(-request.bytes);
    this.lineShorter();
    return request;
  }

  add(chunk: Chunk): void {
    this.chunks.push(chunk);
    this.changed();
  }

  firstChunk(): Chunk | undefined {
    return this.chunks.peek();
  }

  shiftChunk(): void {
    this.chunks.shift();
    this.lineShorter();
  }

  remove(chunk: Chunk): void {
    this.chunks.remove(chunk);
    this.lineShorter();
  }

  private lineShorter(): void {
    if (this.ownBytes === 0 || this.hasLine) return;
    this.waits(-this.ownBytes);
    this.ownBytes = 0;
  }

  /** Something about the first chunk has changed: the scheduler of the next hop looks again. */
  changed(): void {
    this.decision?.next.scheduler.offer(this);
  }

  passOn(): void {
    this.changed();
    this.decision?.next.scheduler.catchUp();
  }

  chunkReceived(octets: number, flag: Flag): void {
    for (const totals of this.totals) {
      totals.chunks++;
      totals.octets += octets;
      if (flag === '$') totals.messages++;
    }
  }

  waits(octets: number): void {
    const { waiting } = this.env;
    if (octets < 0) waiting.remove(this.from, this, -octets);
    else waiting.add(this.from, this, octets);
  }

  respond(bytes: Buffer, tidEnd: number, code: number): void {
    const { source } = this;
    const tail = code === 200 ? this.okTail : responseTail(code, this.answerPaths);
    source.scheduler.response(viewOf(bytes), 0, tidEnd, tail, source);
  }

  /** A chunk of which nothing has been sent on can not be delivered while its answer is still due. */
  refusedAtHop(chunk: Chunk, code: number, reason: DeliveryFailure): void {
    this.respond(chunk.fields.bytes, chunk.fields.start, code);
    this.noteFailure('SEND', code, reason, 'response');
  }

  /** The relay itself refuses a chunk whose octets are already coming: too long, or past the last position there is. */
  refuseLate(chunk: Chunk, code: number, reason: RefusalReason): void {
    refuseLate(this, this.env.refuser, chunk, { code, reason });
  }

  pieceFailed(piece: FailedPiece): void {
    if (piece.reason === 'timeout') this.to.claim?.end();
    const refused = piece.reason === 'error-response' && (piece.chunk !== undefined || piece.code === 413);
    const told = piece.failureReport !== 'no' && this.env.reporter.report(this.source, this.backPaths, piece);
    this.noteFailure('SEND', piece.code, piece.reason, told ? 'report' : 'nobody', piece);
    if (refused) this.stopMessage(piece.messageId, { code: piece.code, reason: 'refused-late' });
  }

  noteFailure(method: string, code: number, reason: DeliveryFailure, told: Told, piece?: FailedPiece): void {
    const { directions, sessions } = this.to;
    noteFailure(this.env.observer, sessions[0]!, directions[0]!, { method, code, reason, told }, piece);
  }

  /** Names a message for as long as it is refused: our URI with its token, From-Path and Message-ID (RESP-18). */
  messageKey(messageId: string): string {
    return `${this.backPaths.toString('latin1')}${messageId}`;
  }

  stopMessage(messageId: Buffer, loss: Loss): void {
    stopMessage(this, messageId, loss);
  }

  /** Nothing of this route has left for long, and it keeps others of its source waiting. */
  giveWay(): boolean {
    return giveWay(this);
  }

  get coming(): Chunk | undefined {
    const chunk = this.state === 'deciding' ? undefined : this.chunks.last();
    return chunk?.end === undefined ? chunk : undefined;
  }
}
