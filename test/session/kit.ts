import type { ConnectionInfo } from '../../src/connection/info.js';
import type { Fact, Observer } from '../../src/observe/types.js';
import type { Grant } from '../../src/session/grant.js';
import { memorySessionStore } from '../../src/session/memory-store.js';
import { createSessionTable } from '../../src/session/session-table.js';
import type { NewGrant, Session, SessionStore, SessionTable } from '../../src/session/types.js';
import { createTestClock, type TestRuntime } from '../../src/testing/test-clock.js';
import { createTimers, type Timers } from '../../src/timers.js';

export const connection: ConnectionInfo = {
  id: 'c1',
  class: 'client',
  dialled: false,
  transport: 'tls',
  secure: true,
  remote: { address: '192.0.2.1', port: 40000 },
};

export interface Bench {
  readonly clock: TestRuntime;
  readonly timers: Timers;
  readonly table: SessionTable;
  readonly facts: Fact[];
  /** Facts of one name, in order. */
  readonly named: <N extends Fact['name']>(name: N) => Extract<Fact, { name: N }>[];
}

export function bench(store?: SessionStore, clock: TestRuntime = createTestClock(), nodeId = 'node1'): Bench {
  const timers = createTimers(clock);
  const facts: Fact[] = [];
  const observer: Observer = { note: (fact) => facts.push(fact) };
  const table = createSessionTable({
    store: store ?? memorySessionStore({ runtime: clock }),
    timers,
    observer,
    runtime: clock,
    nodeId,
    storeTimeoutMs: 2_000,
  });
  const named = <N extends Fact['name']>(name: N): Extract<Fact, { name: N }>[] =>
    facts.filter((fact): fact is Extract<Fact, { name: N }> => fact.name === name);
  return { clock, timers, table, facts, named };
}

/** A request of a client on connection c1 of node1, or of a peer relay. */
export function ofClient(
  over: { connection?: string; fromPath?: string; user?: string; expiresInMs?: number } = {},
): NewGrant {
  const id = over.connection ?? 'c1';
  return {
    grant: {
      kind: 'auth',
      owner: { node: 'node1', connection: id },
      wayBack: 'msrps://alice.invalid:2855/a;tcp',
      fromPath: over.fromPath ?? 'msrps://alice.invalid:2855/a;tcp',
      user: over.user ?? 'alice',
      limits: {},
    },
    expiresInMs: over.expiresInMs ?? 600_000,
    connection: { ...connection, id },
  };
}

export function ofRelay(over: { relay?: string; fromPath?: string; expiresInMs?: number } = {}): NewGrant {
  return {
    grant: {
      kind: 'auth',
      owner: { relay: over.relay ?? 'x.example' },
      wayBack: 'msrps://x.example:2855/t;tcp',
      fromPath: over.fromPath ?? 'msrps://x.example:2855/t;tcp msrps://bob.invalid:2855/b;tcp',
      user: 'bob',
      limits: {},
    },
    expiresInMs: over.expiresInMs ?? 600_000,
    connection: { ...connection, id: 'r1', class: 'relay' },
  };
}

/** What a table with a synchronous store answers. */
export function now<T>(answer: T | PromiseLike<T>): T {
  if (typeof answer === 'object' && answer !== null && 'then' in answer) throw new Error('not answered at once');
  return answer;
}

export function opened(table: SessionTable, request: NewGrant): Session {
  return now(table.open(request));
}

/** A memory store that answers later, counts queries and whose parts can be replaced. */
export function slowStore(
  clock: TestRuntime,
  over: Partial<SessionStore> = {},
): SessionStore & { readonly calls: string[] } {
  const inner = memorySessionStore({ runtime: clock });
  const calls: string[] = [];
  const later = async <T>(name: string, value: T | PromiseLike<T>): Promise<T> => {
    calls.push(name);
    await Promise.resolve();
    return value;
  };
  return {
    calls,
    keeps: inner.keeps,
    issue: (grant: Grant) => later('issue', inner.issue(grant)),
    find: (token) => later('find', inner.find(token)),
    renew: (token, grant) => later('renew', inner.renew(token, grant)),
    revoke: (token) => later('revoke', inner.revoke(token)),
    ...over,
  };
}
