import { describe, expect, it } from 'vitest';
import { memorySessionStore } from '../../src/session/memory-store.js';
import { createTestClock } from '../../src/testing/test-clock.js';
import { bench, connection, now, ofClient, ofRelay, opened } from './kit.js';

describe('opening', () => {
  it('AUTH-16 gives each session a token and a handle of its own, and tells it once', () => {
    const { clock, table, facts } = bench();
    const session = opened(table, ofClient());
    const other = opened(table, ofClient({ fromPath: 'msrps://alice.invalid:2855/b;tcp' }));
    expect(session.token).not.toBe(other.token);
    expect(session.id).not.toBe(other.id);
    expect(session.id).toMatch(/^[a-z]{20}$/);
    expect(session.live).toBe(true);
    expect(session.expiresAtMs).toBe(601_000);
    expect(session.grant).toMatchObject({ id: session.id, expiresAtMs: clock.wallMs() + 600_000, user: 'alice' });
    expect(Object.isFrozen(session.grant)).toBe(true);
    expect(table.find(session.token)).toBe(session);
    expect(table.bySessionId(other.id)).toBe(other);
    expect([...table.all()]).toEqual([session, other]);
    expect(facts).toHaveLength(2);
    expect(facts[0]).toEqual({
      name: 'sessionOpened',
      session: { id: session.id, user: 'alice', kind: 'auth' },
      connection,
      expiresInMs: 600_000,
    });
  });

  it('URI-20 no fact holds the token', () => {
    const { table, facts } = bench();
    const session = opened(table, ofClient());
    now(table.renew(session, 60_000));
    session.end('kicked');
    expect(facts).toHaveLength(3);
    expect(JSON.stringify(facts)).not.toContain(session.token);
  });

  it('AUTH-35 counts what is live by user and by connection', () => {
    const { table } = bench();
    const first = opened(table, ofClient({ fromPath: 'a' }));
    const second = opened(table, ofClient({ fromPath: 'b' }));
    const elsewhere = opened(table, ofClient({ connection: 'c2', fromPath: 'c' }));
    opened(table, ofRelay());
    expect(table.countOfUser('alice')).toBe(3);
    expect(table.countOfUser('bob')).toBe(1);
    expect(table.countOfUser('carol')).toBe(0);
    expect(table.ownedBy('c1')).toEqual([first, second]);
    expect(table.ownedBy('c2')).toEqual([elsewhere]);
    expect(table.ownedBy('r1')).toEqual([]);
    first.end('kicked');
    expect(table.countOfUser('alice')).toBe(2);
    expect(table.ownedBy('c1')).toEqual([second]);
  });
});

describe('ending', () => {
  it('ends once, with totals and reason, and tells what depends on it', () => {
    const { timers, table, named } = bench();
    const session = opened(table, ofClient());
    let told = 0;
    const dependent = {
      sessionEnded: () => {
        told++;
        expect(session.live).toBe(false);
        session.dependents.delete(dependent);
      },
    };
    session.dependents.add(dependent);
    session.totals.toOwner.chunks = 2;
    session.totals.fromOwner.octets = 7;
    session.end('kicked');
    session.end('expired');
    session.totals.toOwner.chunks = 3;
    expect(told).toBe(1);
    expect(session.dependents.size).toBe(0);
    expect(named('sessionClosed')).toEqual([
      {
        name: 'sessionClosed',
        session: { id: session.id, user: 'alice', kind: 'auth' },
        reason: 'kicked',
        totals: {
          toOwner: { chunks: 2, messages: 0, octets: 0, refused: 0, failed: 0 },
          fromOwner: { chunks: 0, messages: 0, octets: 7, refused: 0, failed: 0 },
        },
      },
    ]);
    expect(table.find(session.token)).toBeUndefined();
    expect(table.bySessionId(session.id)).toBeUndefined();
    expect(table.size).toBe(0);
    expect(timers.size).toBe(0);
  });

  it('RELAY-04 expiry ends the session at its time, and not before', () => {
    const { clock, table, named } = bench();
    const session = opened(table, ofClient({ expiresInMs: 60_000 }));
    clock.advance(59_999);
    expect(table.find(session.token)).toBe(session);
    clock.advance(1);
    expect(session.live).toBe(false);
    expect(table.find(session.token)).toBeUndefined();
    expect(named('sessionClosed')).toMatchObject([{ reason: 'expired' }]);
  });

  it('RELAY-04 a token past its expiry is not found even if its timer is late', () => {
    const clock = createTestClock();
    let lateMs = 0;
    const late = bench(undefined, { ...clock, nowMs: () => clock.nowMs() + lateMs });
    const session = opened(late.table, ofClient({ expiresInMs: 60_000 }));
    const twin = opened(late.table, ofClient({ fromPath: 'b', expiresInMs: 60_000 }));
    lateMs = 60_000;
    expect(late.table.find(session.token)).toBeUndefined();
    expect(late.table.renewable({ node: 'node1', connection: 'c1' }, 'alice', 'b')).toBeUndefined();
    expect(late.table.renew(twin, 60_000)).toBe(false);
    expect(late.named('sessionClosed').map((fact) => fact.reason)).toEqual(['expired', 'expired']);
  });

  it('CONN-17 a connection takes its own sessions with it, and no others', () => {
    const { table, named } = bench();
    const mine = opened(table, ofClient());
    const others = opened(table, ofClient({ connection: 'c2' }));
    const relays = opened(table, ofRelay());
    table.connectionClosed('c1');
    table.connectionClosed('r1');
    expect([mine.live, others.live, relays.live]).toEqual([false, true, true]);
    expect(named('sessionClosed')).toMatchObject([{ session: { id: mine.id }, reason: 'connection-closed' }]);
  });

  it('close() ends all and leaves nothing behind', () => {
    const { timers, table, named } = bench();
    opened(table, ofClient());
    opened(table, ofRelay());
    opened(table, ofRelay({ fromPath: 'other' })).end('kicked');
    expect(timers.size).toBe(3);
    table.close();
    expect(named('sessionClosed').map((fact) => fact.reason)).toEqual(['kicked', 'relay-closed', 'relay-closed']);
    expect([table.size, timers.size]).toEqual([0, 0]);
    expect([table.countOfUser('alice'), table.countOfUser('bob'), table.ownedBy('c1').length]).toEqual([0, 0, 0]);
  });

  it('rejects to open a session after close()', async () => {
    const { table } = bench();
    table.close();
    await expect(table.open(ofClient())).rejects.toMatchObject({ code: 'closed' });
  });
});

describe('renewal', () => {
  it('AUTH-17 moves the expiry later and sooner, and tells it', () => {
    const { clock, table, named } = bench();
    const session = opened(table, ofClient({ expiresInMs: 60_000 }));
    clock.advance(50_000);
    expect(table.renew(session, 100_000)).toBe(true);
    clock.advance(99_999);
    expect(session.live).toBe(true);
    expect(session.grant.expiresAtMs).toBe(clock.wallMs() + 1);
    expect(table.renew(session, 10_000)).toBe(true);
    expect(table.renew(session, 5_000)).toBe(true);
    clock.advance(5_000);
    expect(session.live).toBe(false);
    expect(named('sessionRenewed').map((fact) => fact.expiresInMs)).toEqual([100_000, 10_000, 5_000]);
    expect(table.renew(session, 10_000)).toBe(false);
  });

  it('AUTH-17 is for the same hop, user and whole From-Path', () => {
    const { table } = bench();
    const client = opened(table, ofClient());
    const relay = opened(table, ofRelay({ fromPath: 'p' }));
    const owner = { node: 'node1', connection: 'c1' };
    const fromPath = 'msrps://alice.invalid:2855/a;tcp';
    expect(table.renewable(owner, 'alice', fromPath)).toBe(client);
    expect(table.renewable(owner, 'bob', fromPath)).toBeUndefined();
    expect(table.renewable(owner, undefined, fromPath)).toBeUndefined();
    expect(table.renewable(owner, 'alice', `${fromPath} ${fromPath}`)).toBeUndefined();
    expect(table.renewable({ node: 'node1', connection: 'c2' }, 'alice', fromPath)).toBeUndefined();
    expect(table.renewable({ node: 'node2', connection: 'c1' }, 'alice', fromPath)).toBeUndefined();
    expect(table.renewable({ relay: 'X.example' }, 'bob', 'p')).toBe(relay);
    expect(table.renewable({ relay: 'y.example' }, 'bob', 'p')).toBeUndefined();
    client.end('kicked');
    expect(table.renewable(owner, 'alice', fromPath)).toBeUndefined();
  });

  it('AUTH-17 with a new URI for each AUTH the newest one counts, the older lives on', () => {
    const { table } = bench();
    const older = opened(table, ofClient());
    const newer = opened(table, ofClient());
    expect(table.renewable({ node: 'node1', connection: 'c1' }, 'alice', 'msrps://alice.invalid:2855/a;tcp')).toBe(
      newer,
    );
    older.end('kicked');
    expect(table.renewable({ node: 'node1', connection: 'c1' }, 'alice', 'msrps://alice.invalid:2855/a;tcp')).toBe(
      newer,
    );
  });
});

describe('two relays of one process with one store', () => {
  it('URI-21 a relay-bound token is served by both, and a renewal reaches the other', () => {
    const clock = createTestClock();
    const store = memorySessionStore({ runtime: clock });
    const one = bench(store, clock, 'node1');
    const two = bench(store, clock, 'node2');
    const session = opened(one.table, ofRelay({ expiresInMs: 60_000 }));
    clock.advance(10_000);
    const revived = now(two.table.find(session.token))!;
    expect(revived.id).toBe(session.id);
    expect(revived.expiresAtMs).toBe(61_000);
    expect(two.table.find(session.token)).toBe(revived);
    expect(two.named('sessionOpened')).toEqual([
      {
        name: 'sessionOpened',
        session: { id: session.id, user: 'bob', kind: 'auth' },
        connection: undefined,
        expiresInMs: 50_000,
      },
    ]);
    expect(
      two.table.renewable({ relay: 'x.example' }, 'bob', session.grant.kind === 'auth' ? session.grant.fromPath : ''),
    ).toBe(revived);
    now(one.table.renew(session, 100_000));
    clock.advance(50_000);
    expect(revived.live).toBe(false);
    expect(now(two.table.find(session.token))!.expiresAtMs).toBe(111_000);
    one.table.close();
    expect(now(two.table.find(session.token))!.live).toBe(true);
  });

  it("CONN-17 a client's token is nobody else's, and dies with its connection", () => {
    const clock = createTestClock();
    const store = memorySessionStore({ runtime: clock });
    const one = bench(store, clock, 'node1');
    const two = bench(store, clock, 'node2');
    const session = opened(one.table, ofClient());
    expect(store.find(session.token)).toBeDefined();
    expect(two.table.find(session.token)).toBeUndefined();
    one.table.connectionClosed('c1');
    expect(one.table.find(session.token)).toBeUndefined();
    expect(store.find(session.token)).toBeUndefined();
  });

  it('a relay-bound token that was kicked is gone for all who have not found it yet', () => {
    const clock = createTestClock();
    const store = memorySessionStore({ runtime: clock });
    const one = bench(store, clock, 'node1');
    const two = bench(store, clock, 'node2');
    const session = opened(one.table, ofRelay());
    session.end('kicked');
    expect(one.table.find(session.token)).toBeUndefined();
    expect(two.table.find(session.token)).toBeUndefined();
  });
});
