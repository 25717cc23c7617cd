import { Auth, type AuthDeps } from '../../src/auth/auth.js';
import { digestAuthenticator } from '../../src/auth/digest/authenticator.js';
import type { AuthVerdict, Authenticator } from '../../src/auth/types.js';
import type { ConnectionInfo, PeerClass } from '../../src/connection/info.js';
import type { Connection, ConnectionDependent } from '../../src/connection/types.js';
import type { CollectedRequest } from '../../src/forward/types.js';
import { defaultLimits, type Limits } from '../../src/limits.js';
import type { Fact, Observer } from '../../src/observe/types.js';
import { memorySessionStore } from '../../src/session/memory-store.js';
import { createSessionTable } from '../../src/session/session-table.js';
import type { SessionStore } from '../../src/session/types.js';
import { createTestClock } from '../../src/testing/test-clock.js';
import { createTimers } from '../../src/timers.js';
import type { Scheduler } from '../../src/transmission/types.js';
import type { AuthenticatedUser } from '../../src/transport/types.js';
import { authorization, readChallenge, type Answer, type Challenge } from './client.js';

export const relayUri = 'msrps://alice@relay.example;tcp';
export const U_A = 'msrps://alice.invalid:2855/a;tcp';

/** A response as its client reads it. */
export interface Seen {
  readonly start: string;
  readonly code: number;
  readonly toPath: string;
  readonly fromPath: string;
  /** Names of all headers but the paths, in order. */
  readonly names: readonly string[];
  readonly all: (name: string) => readonly string[];
  readonly header: (name: string) => string | undefined;
  readonly endLine: string;
}

export function readResponse(message: Buffer): Seen {
  const lines = message.toString('utf8').split('\r\n');
  const start = lines[0] ?? '';
  const pairs = lines.slice(1, -2).map((line): [string, string] => {
    const colon = line.indexOf(': ');
    return [line.slice(0, colon), line.slice(colon + 2)];
  });
  const all = (name: string): string[] => pairs.filter(([other]) => other === name).map(([, value]) => value);
  return {
    start,
    code: Number(start.split(' ')[2]),
    toPath: pairs[0]?.[0] === 'To-Path' ? pairs[0][1] : 'no To-Path',
    fromPath: pairs[1]?.[0] === 'From-Path' ? pairs[1][1] : 'no From-Path',
    names: pairs.slice(2).map(([name]) => name),
    all,
    header: (name) => all(name)[0],
    endLine: `${lines.at(-2) ?? ''}${lines.at(-1) ?? ''}`,
  };
}

/** A connection that writes down what is done to it. */
export class FakeConnection implements Connection {
  readonly info: ConnectionInfo;
  readonly facts: Connection['facts'];
  readonly dialled = false;
  state: Connection['state'] = 'open';
  readonly dependents = new Set<ConnectionDependent>();
  /** In order: status codes of responses, and calls. */
  readonly log: string[] = [];
  readonly responses: Seen[] = [];
  readonly holds = new Set<object>();
  readonly smallBytes = 0;
  readonly scheduler: Scheduler;

  readonly id: string;
  readonly class: PeerClass;
  readonly #names: readonly string[];

  constructor(id: string, peerClass: PeerClass, names: readonly string[] = [], user?: AuthenticatedUser) {
    this.id = id;
    this.class = peerClass;
    this.#names = names;
    const remote = { address: '192.0.2.1', port: 40000 };
    const secure = peerClass !== 'plain';
    this.info = { id, class: peerClass, dialled: false, transport: 'tls', secure, remote };
    this.facts = { transport: 'tls', secure, remote, user };
    const small = (message: Buffer, cause: unknown): void => {
      if (cause !== this) throw new Error('another cause');
      const seen = readResponse(message);
      this.responses.push(seen);
      this.log.push(String(seen.code));
    };
    this.scheduler = { small } as Partial<Scheduler> as Scheduler;
  }

  get codes(): number[] {
    return this.responses.map((seen) => seen.code);
  }

  get last(): Seen {
    const seen = this.responses.at(-1);
    if (seen === undefined) throw new Error('no response');
    return seen;
  }

  covers(host: string): boolean {
    return this.#names.includes(host);
  }

  succeeded(): void {
    this.log.push('succeeded');
  }

  requestFailed(): void {
    this.log.push('requestFailed');
  }

  authFailed(): void {
    this.log.push('authFailed');
  }

  authSucceeded(): void {
    this.log.push('authSucceeded');
  }

  decided(): void {}

  hold(reason: string, key: object): void {
    this.log.push(`hold ${reason}`);
    this.holds.add(key);
  }

  release(key: object): void {
    this.log.push('release');
    this.holds.delete(key);
  }

  rest(): void {}

  close(): void {
    this.state = 'closed';
    for (const dependent of this.dependents) dependent.connectionEnded();
  }
}

export interface Asked {
  readonly to?: readonly string[];
  readonly from?: readonly string[];
  readonly flag?: CollectedRequest['flag'];
  readonly headers?: Record<string, string>;
}

let requests = 0;

export function authRequest({
  to = [relayUri],
  from = [U_A],
  flag = '$',
  headers = {},
}: Asked = {}): CollectedRequest {
  const values = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  return {
    tidText: `tid${(requests += 1)}x`,
    method: 'AUTH',
    toPath: to,
    fromPath: from,
    flag,
    header: (name) => values.get(name.toLowerCase()),
  };
}

export interface BenchOptions extends Partial<Omit<AuthDeps, 'limits'>> {
  readonly limits?: Partial<Limits>;
  readonly store?: SessionStore;
}

/** The AUTH room with a real session table and the Digest authenticator; users alice, bob and barred. */
export function bench(options: BenchOptions = {}) {
  const clock = createTestClock();
  const timers = createTimers(clock);
  const facts: Fact[] = [];
  const observer: Observer = { note: (fact) => facts.push(fact) };
  const limits = { ...defaultLimits, ...options.limits };
  const nodeId = 'node1';
  const sessions = createSessionTable({
    store: options.store ?? memorySessionStore({ runtime: clock }),
    timers,
    observer,
    runtime: clock,
    nodeId,
    storeTimeoutMs: 2_000,
  });
  const authenticator = digestAuthenticator({
    credentials: ({ username }) =>
      ['alice', 'bob', 'barred'].includes(username)
        ? { password: 'wonderland', barred: username === 'barred' }
        : undefined,
  });
  authenticator.attach?.({ realm: 'relay.example', runtime: clock });
  const room = new Auth({
    authenticator,
    sessions,
    timers,
    observer,
    expires: { minS: 60, maxS: 7200, clientDefaultS: 3000, relayDefaultS: 600 },
    renewal: 'same-uri',
    relayAllowed: () => true,
    ownAddress: () => ({ host: 'relay.example', port: 2855 }),
    nodeId,
    ...options,
    limits,
  });

  const challenge = (connection: FakeConnection, asked: Asked = {}): Challenge => {
    room.receive(connection, authRequest(asked));
    const value = connection.last.header('WWW-Authenticate');
    return readChallenge(value ?? 'no challenge');
  };
  /** Challenge and answer, as a client does it; the last response. */
  const login = (connection: FakeConnection, asked: Asked = {}, answer: Answer = {}): Seen => {
    const value = authorization(challenge(connection, { ...asked, headers: {} }), answer);
    room.receive(connection, authRequest({ ...asked, headers: { ...asked.headers, Authorization: value } }));
    return connection.last;
  };
  const named = <N extends Fact['name']>(name: N): Extract<Fact, { name: N }>[] =>
    facts.filter((fact): fact is Extract<Fact, { name: N }> => fact.name === name);
  return { clock, timers, facts, named, sessions, room, challenge, login };
}

/** An authenticator that gives one verdict, now or later, or fails. */
export function verdicts(verdict: () => AuthVerdict | PromiseLike<AuthVerdict>): Authenticator {
  return { authenticate: verdict };
}

export function client(id = 'c1'): FakeConnection {
  return new FakeConnection(id, 'client');
}

export function relay(id = 'r1', names: readonly string[] = ['x.example']): FakeConnection {
  return new FakeConnection(id, 'relay', names);
}
