import { describe, expect, it, vi } from 'vitest';
import type { Grant } from '../../src/session/grant.js';
import { memorySessionStore } from '../../src/session/memory-store.js';
import { createTestClock } from '../../src/testing/test-clock.js';
import { bench, ofClient, ofRelay, opened, slowStore } from './kit.js';

const token = 'abcdefghijklmnopqrstuvwxyz';
const grantUntil = (expiresAtMs: number): Grant => ({ ...(ofRelay().grant as Grant), id: 'g', expiresAtMs });

describe('a store that answers later', () => {
  it('opens, finds, renews and revokes', async () => {
    const clock = createTestClock();
    const store = slowStore(clock);
    const one = bench(store, clock);
    const two = bench(store, clock, 'node2');
    const session = await one.table.open(ofRelay());
    const revived = await two.table.find(session.token);
    expect(revived?.id).toBe(session.id);
    expect(await one.table.renew(session, 700_000)).toBe(true);
    expect(session.expiresAtMs).toBe(701_000);
    session.end('kicked');
    expect(store.calls).toEqual(['issue', 'find', 'renew', 'revoke']);
    expect([one.timers.size, two.timers.size]).toEqual([1, 1]);
  });

  it('is asked once for all who look for one token at one time', async () => {
    const clock = createTestClock();
    const store = slowStore(clock);
    const session = await bench(store, clock).table.open(ofRelay());
    const { table, named } = bench(store, clock, 'node2');
    const found = await Promise.all([
      table.find(session.token),
      table.find(session.token),
      table.find(session.token),
    ]);
    expect(new Set(found).size).toBe(1);
    expect(found[0]?.id).toBe(session.id);
    expect(store.calls.filter((call) => call === 'find')).toHaveLength(1);
    expect(named('sessionOpened')).toHaveLength(1);
  });

  it('SEC-40 is asked once for each request with an unknown token, and nothing is remembered', async () => {
    const clock = createTestClock();
    const store = slowStore(clock);
    const { table, timers } = bench(store, clock);
    expect(await table.find(token)).toBeUndefined();
    expect(await table.find(token)).toBeUndefined();
    expect(store.calls).toEqual(['find', 'find']);
    expect([table.size, timers.size]).toEqual([0, 0]);
  });

  it('CONN-17 a session whose connection closed meanwhile has ended when it comes', async () => {
    const { clock, table, named } = bench(slowStore(createTestClock()));
    const opening = table.open(ofClient());
    const others = table.open(ofClient({ connection: 'c2' }));
    table.connectionClosed('c1');
    await clock.settle();
    expect((await opening).live).toBe(false);
    expect((await others).live).toBe(true);
    expect(named('sessionClosed')).toMatchObject([{ reason: 'connection-closed' }]);
    expect(table.ownedBy('c1')).toEqual([]);
  });

  it('close() rejects those who wait, and what comes later opens nothing', async () => {
    const clock = createTestClock();
    const store = slowStore(clock);
    const known = await bench(store, clock).table.open(ofRelay());
    const { table, timers } = bench(store, clock, 'node2');
    const opening = table.open(ofClient());
    const finding = table.find(known.token);
    table.close();
    await expect(opening).rejects.toMatchObject({ code: 'closed' });
    await expect(finding).rejects.toMatchObject({ code: 'closed' });
    await clock.settle();
    expect([table.size, timers.size]).toEqual([0, 0]);
    expect(store.calls).toEqual(['issue', 'issue', 'find', 'revoke']);
  });

  it('a session kicked while its renewal was asked for stays ended', async () => {
    const clock = createTestClock();
    const store = slowStore(clock);
    const { table } = bench(store, clock);
    const session = await table.open(ofRelay());
    const renewing = table.renew(session, 900_000);
    session.end('kicked');
    expect(await renewing).toBe(false);
    expect(table.find(session.token)).toBeUndefined();
    expect(store.calls).toEqual(['issue', 'renew', 'revoke', 'revoke']);
  });
});

describe('what a store is not believed', () => {
  it("a grant past its expiry, a client's grant and one of another kind are not revived", () => {
    const clock = createTestClock();
    const wallMs = clock.wallMs();
    const answers: Grant[] = [
      grantUntil(wallMs),
      { ...(ofClient().grant as Grant), id: 'c', expiresAtMs: wallMs + 1_000 },
      { kind: 'anchor', anchor: 'a', side: 'a', id: 'a', limits: {}, expiresAtMs: wallMs + 1_000 },
      grantUntil(wallMs + 1_000),
    ];
    const { table } = bench({ ...memorySessionStore(), find: () => answers.shift() }, clock);
    expect(table.find(token)).toBeUndefined();
    expect(table.find(token)).toBeUndefined();
    expect(table.find(token)).toBeUndefined();
    expect(table.find(token)).toMatchObject({ id: 'g', live: true });
  });

  it('a kicked relay-bound token stays refused by this relay when the store can not forget', () => {
    const clock = createTestClock();
    const inner = memorySessionStore({ runtime: clock });
    const revoke = vi.fn();
    const find = vi.fn((token: string) => inner.find(token));
    const store = { ...inner, find, revoke, keeps: { appData: false, revocation: false, renewal: false } };
    const { table, timers } = bench(store, clock);
    const session = opened(table, ofRelay({ expiresInMs: 60_000 }));
    expect(table.renew(session, 70_000)).toBe(false);
    session.end('kicked');
    expect(table.find(session.token)).toBeUndefined();
    expect(find).not.toHaveBeenCalled();
    expect(revoke).not.toHaveBeenCalled();
    expect(timers.size).toBe(1);
    clock.advance(60_000);
    expect(timers.size).toBe(0);
    expect(table.find(session.token)).toBeUndefined();
    expect(find).toHaveBeenCalledTimes(1);
  });

  it.each([
    ['no text', 5],
    ['too short for 128 bits', 'abcdefghijklmnopqrstu'],
    ['a character that ends a URI', 'abcdefghijklmnopqrstuvw;tcp'],
    ['a line end', 'abcdefghijklmnopqrstuvwxyz\r\n'],
  ])('a token that is %s', async (_, bad) => {
    const { table, named } = bench({ ...memorySessionStore(), issue: () => bad as string });
    await expect(table.open(ofClient())).rejects.toMatchObject({ code: 'store-failed' });
    expect(named('hostCodeFailed')).toMatchObject([{ where: 'sessions.issue' }]);
    expect(table.size).toBe(0);
  });

  it('a token given twice', async () => {
    const { table } = bench({ ...memorySessionStore(), issue: () => token });
    const first = opened(table, ofClient());
    await expect(table.open(ofClient())).rejects.toMatchObject({ code: 'store-failed' });
    expect(table.find(token)).toBe(first);
  });

  it.each([
    ['null', null],
    ['text', 'grant'],
    ['no expiry', { ...grantUntil(9e15), expiresAtMs: '9e15' }],
    ['no id', { ...grantUntil(9e15), id: undefined }],
    ['no limits', { ...grantUntil(9e15), limits: null }],
    ['no owner', { ...grantUntil(9e15), owner: null }],
    ['an owner without a name', { ...grantUntil(9e15), owner: { relay: 5 } }],
    ['no way back', { ...grantUntil(9e15), wayBack: undefined }],
    ['a user that is no text', { ...grantUntil(9e15), user: 7 }],
    ['an unknown kind', { ...grantUntil(9e15), kind: 'other' }],
  ])('a grant that is %s', async (_, bad) => {
    const { table, named } = bench({ ...memorySessionStore(), find: () => bad as never });
    await expect(table.find(token)).rejects.toMatchObject({ code: 'store-failed' });
    expect(named('hostCodeFailed')).toMatchObject([{ where: 'sessions.find' }]);
  });
});

describe('a store that fails', () => {
  const cause = new Error('down');
  const throws = (): never => {
    throw cause;
  };

  it.each([
    ['throws', throws],
    ['rejects', () => Promise.reject(cause)],
  ])('%s: whoever waits is told, and nothing throws', async (_, fail) => {
    const clock = createTestClock();
    const inner = memorySessionStore({ runtime: clock });
    const store = { ...inner, find: fail, revoke: fail, renew: fail };
    const { table, named } = bench(store, clock);
    const session = opened(table, ofRelay());
    await expect(table.find(token)).rejects.toMatchObject({ code: 'store-failed', cause });
    await expect(table.renew(session, 1_000)).rejects.toMatchObject({ code: 'store-failed', cause });
    session.end('kicked');
    await clock.settle();
    const failing = bench({ ...inner, issue: fail }, clock);
    await expect(failing.table.open(ofClient())).rejects.toMatchObject({ code: 'store-failed', cause });
    expect(named('hostCodeFailed').map((fact) => fact.where)).toEqual([
      'sessions.find',
      'sessions.renew',
      'sessions.revoke',
    ]);
  });

  it('never answers: 2 s are waited, and a token that comes later is revoked', async () => {
    const clock = createTestClock();
    const inner = memorySessionStore({ runtime: clock });
    let answer: (token: string) => void = () => undefined;
    const revoke = vi.fn();
    const store = {
      ...inner,
      revoke,
      issue: () => new Promise<string>((resolve) => (answer = resolve)),
      find: () => new Promise<undefined>(() => undefined),
    };
    const { table, timers, named } = bench(store, clock);
    const outcomes: unknown[] = [];
    const note = (error: unknown): unknown => outcomes.push(error);
    void Promise.resolve(table.open(ofClient())).catch(note);
    void Promise.resolve(table.find(token)).catch(note);
    await clock.elapse(1_999);
    expect(outcomes).toEqual([]);
    await clock.elapse(1);
    expect(outcomes).toMatchObject([{ code: 'store-failed' }, { code: 'store-failed' }]);
    expect(named('hostCodeFailed').map((fact) => fact.where)).toEqual(['sessions.issue', 'sessions.find']);
    answer(token);
    await clock.settle();
    expect(revoke).toHaveBeenCalledWith(token);
    expect([table.size, timers.size]).toEqual([0, 0]);
  });
});
