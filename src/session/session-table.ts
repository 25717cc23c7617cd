import { RelayError } from '../errors.js';
import type { Observer } from '../observe/types.js';
import { isPromise, type MaybePromise } from '../policy/types.js';
import type { Runtime } from '../runtime.js';
import type { Timers } from '../timers.js';
import { Ids } from '../wire/ids.js';
import { isRelayBound, type Grant, type Owner } from './grant.js';
import { LiveSession } from './session.js';
import { SessionIndex } from './session-index.js';
import { StoreGuard } from './store-guard.js';
import type { EndReason, NewGrant, Session, SessionLookup, SessionStore, SessionTable } from './types.js';

/** 80 bits, as the handle is public but should not be guessed by who may kick. */
const idLetters = 20;

export interface SessionTableDeps {
  readonly store: SessionStore;
  readonly timers: Timers;
  readonly observer: Observer;
  readonly runtime: Runtime;
  readonly nodeId: string;
  /** Answers of the store that come later do not count (`limits.hookTimeoutMs`). */
  readonly storeTimeoutMs: number;
  /** A client's connection has got a session more, or less. */
  readonly tokensChanged?: (connectionId: string) => void;
}

export function createSessionTable(deps: SessionTableDeps): SessionTable {
  return new Table(deps);
}

/** An open() whose token the store has not given yet. */
interface Opening {
  readonly connectionId: string;
  connectionClosed: boolean;
}

class Table implements SessionTable {
  readonly #deps: SessionTableDeps;
  readonly #store: StoreGuard;
  readonly #index: SessionIndex;
  readonly #ids: Ids;
  readonly #finding: Map<string, Promise<Session | undefined>> = new Map();
  readonly #opening: Set<Opening> = new Set();
  /** Relay-bound tokens ended before their expiry: not to be revived, whatever a store remembers. */
  readonly #barred: Map<string, LiveSession> = new Map();
  #closed = false;

  constructor(deps: SessionTableDeps) {
    this.#deps = deps;
    this.#store = new StoreGuard(deps.store, deps.timers, deps.observer, deps.storeTimeoutMs);
    this.#ids = new Ids((into) => {
      deps.runtime.randomFill(into);
    });
    this.#index = new SessionIndex(deps.nodeId);
  }

  find(token: string): SessionLookup {
    const session = this.#index.byToken.get(token);
    if (session !== undefined) {
      if (!this.#expire(session)) return session;
      if (!isRelayBound(session.grant)) return undefined;
    }
    if (this.#closed || this.#barred.has(token)) return undefined;
    const found = this.#finding.get(token);
    if (found !== undefined) return found;
    const answer = this.#store.find(token);
    if (!isPromise(answer)) return this.#revive(token, answer);
    const revived = Promise.resolve(answer)
      .then((grant) => this.#revive(token, grant))
      .finally(() => this.#finding.delete(token));
    this.#finding.set(token, revived);
    return revived;
  }

  open(request: NewGrant): MaybePromise<Session> {
    if (this.#closed) return Promise.reject(closedError());
    const { runtime, timers } = this.#deps;
    const id = this.#ids.text(idLetters);
    const expiresAtMs = timers.nowMs() + request.expiresInMs;
    // The spread stands last: properties behind it would give each object a hidden class of its own.
    const grant = Object.freeze({ id, expiresAtMs: runtime.wallMs() + request.expiresInMs, ...request.grant });
    const answer = this.#store.issue(grant);
    if (!isPromise(answer)) return this.#opened(answer, grant, expiresAtMs, request) ?? this.#tokenTaken();
    return this.#openLater(answer, grant, expiresAtMs, request);
  }

  renew(session: Session, expiresInMs: number): MaybePromise<boolean> {
    const held = this.#index.byToken.get(session.token);
    if (held === undefined || held !== session || this.#expire(held)) return false;
    const expiresAtMs = this.#deps.timers.nowMs() + expiresInMs;
    const expiry = { expiresAtMs: this.#deps.runtime.wallMs() + expiresInMs };
    const grant = Object.freeze(Object.assign({}, held.grant, expiry));
    const answer = isRelayBound(grant) ? this.#store.renew(held.token, grant) : true;
    if (!isPromise(answer)) return answer && this.#renewed(held, grant, expiresAtMs);
    return Promise.resolve(answer).then((can) => can && this.#renewed(held, grant, expiresAtMs));
  }

  renewable(owner: Owner, user: string | undefined, fromPath: string): Session | undefined {
    const session = this.#index.renewable(owner, user, fromPath);
    return session === undefined || this.#expire(session) ? undefined : session;
  }

  ownedBy(connectionId: string): readonly Session[] {
    return [...this.#index.ownedBy(connectionId)];
  }

  countOfUser(user: string): number {
    return this.#index.countOfUser(user);
  }

  connectionClosed(connectionId: string): void {
    for (const session of this.#index.ownedBy(connectionId)) session.end('connection-closed');
    for (const opening of this.#opening) {
      if (opening.connectionId === connectionId) opening.connectionClosed = true;
    }
  }

  bySessionId(id: string): Session | undefined {
    return this.#index.byId.get(id);
  }

  get size(): number {
    return this.#index.byToken.size;
  }

  all(): Iterable<Session> {
    return this.#index.byToken.values();
  }

  close(): void {
    this.#closed = true;
    for (const session of this.#index.byToken.values()) session.end('relay-closed');
    for (const session of this.#barred.values()) session.timer.clear();
    this.#barred.clear();
    this.#store.close();
  }

  /** A session found past its expiry ends now, whenever its timer is to fire. */
  #expire(session: LiveSession): boolean {
    if (session.expiresAtMs > this.#deps.timers.nowMs()) return false;
    session.end('expired');
    return true;
  }

  #revive(token: string, grant: Grant | undefined): Session | undefined {
    if (this.#closed || grant === undefined || !isRelayBound(grant) || this.#barred.has(token)) return undefined;
    const held = this.#index.byToken.get(token);
    if (held !== undefined) return held;
    const expiresInMs = grant.expiresAtMs - this.#deps.runtime.wallMs();
    if (!(expiresInMs > 0)) return undefined;
    const session = this.#add(token, grant, this.#deps.timers.nowMs() + expiresInMs);
    this.#deps.observer.note({ name: 'sessionOpened', session: session.info, connection: undefined, expiresInMs });
    return session;
  }

  async #openLater(
    answer: PromiseLike<string>,
    grant: Grant,
    expiresAtMs: number,
    request: NewGrant,
  ): Promise<Session> {
    const opening: Opening = { connectionId: request.connection.id, connectionClosed: false };
    this.#opening.add(opening);
    try {
      const token = await answer;
      if (this.#closed) {
        this.#store.revoke(token);
        throw closedError();
      }
      const session = this.#opened(token, grant, expiresAtMs, request) ?? (await this.#tokenTaken());
      if (opening.connectionClosed && !isRelayBound(grant)) session.end('connection-closed');
      return session;
    } finally {
      this.#opening.delete(opening);
    }
  }

  /** Undefined: the store gave a token it had given before. */
  #opened(token: string, grant: Grant, expiresAtMs: number, request: NewGrant): Session | undefined {
    if (this.#index.byToken.has(token) || this.#barred.has(token)) return undefined;
    const session = this.#add(token, grant, expiresAtMs);
    const { connection, expiresInMs } = request;
    this.#deps.observer.note({ name: 'sessionOpened', session: session.info, connection, expiresInMs });
    return session;
  }

  #tokenTaken(): Promise<never> {
    return Promise.reject(this.#store.failed('issue', new Error('the store gave out one token twice')));
  }

  #renewed(session: LiveSession, grant: Grant, expiresAtMs: number): boolean {
    if (!session.live) {
      this.#store.revoke(session.token);
      return false;
    }
    session.moveExpiry(grant, expiresAtMs);
    const expiresInMs = expiresAtMs - this.#deps.timers.nowMs();
    this.#deps.observer.note({ name: 'sessionRenewed', session: session.info, expiresInMs });
    return true;
  }

  #tokensChanged({ grant }: LiveSession): void {
    if (grant.kind === 'auth' && 'connection' in grant.owner) this.#deps.tokensChanged?.(grant.owner.connection);
  }

  #add(token: string, grant: Grant, expiresAtMs: number): LiveSession {
    const session = new LiveSession(token, grant, expiresAtMs, this.#deps.timers, this.#onTimer, this.#onEnd);
    this.#index.add(session);
    this.#tokensChanged(session);
    return session;
  }

  readonly #onTimer = (session: LiveSession): void => {
    if (session.live) session.end('expired');
    else this.#barred.delete(session.token);
  };

  readonly #onEnd = (session: LiveSession, reason: EndReason): void => {
    this.#index.remove(session);
    this.#tokensChanged(session);
    const relayBound = isRelayBound(session.grant);
    if (relayBound && (reason === 'kicked' || reason === 'replaced')) {
      this.#barred.set(session.token, session);
      this.#store.revoke(session.token);
    } else {
      session.timer.clear();
      // A relay-bound grant stays: another relay may have renewed it, or will serve it when this one is closed.
      if (!relayBound) this.#store.revoke(session.token);
    }
    const { toOwner, fromOwner } = session.totals;
    const totals = { toOwner: { ...toOwner }, fromOwner: { ...fromOwner } };
    this.#deps.observer.note({ name: 'sessionClosed', session: session.info, reason, totals });
  };
}

function closedError(): RelayError {
  return new RelayError('closed', 'the relay is closed');
}
