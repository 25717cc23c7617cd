import { describe, expect, it } from 'vitest';
import type { Grant } from '../../src/session/grant.js';
import { memorySessionStore } from '../../src/session/memory-store.js';
import { createTestClock } from '../../src/testing/test-clock.js';

const grantUntil = (expiresAtMs: number): Grant => ({
  id: 'g',
  kind: 'auth',
  owner: { relay: 'x.example' },
  wayBack: 'msrps://x.example:2855/t;tcp',
  fromPath: 'msrps://x.example:2855/t;tcp',
  limits: {},
  expiresAtMs,
});

describe('memorySessionStore', () => {
  it('keeps, renews and revokes grants by token, all at once', () => {
    const store = memorySessionStore();
    const grant = grantUntil(5_000_000_000_000);
    const token = store.issue(grant) as string;
    expect(store.keeps).toEqual({ appData: true, revocation: true, renewal: true });
    expect(store.find(token)).toBe(grant);
    const longer = grantUntil(6_000_000_000_000);
    expect(store.renew(token, longer)).toBe(true);
    expect(store.find(token)).toBe(longer);
    expect(store.revoke(token)).toBeUndefined();
    expect(store.find(token)).toBeUndefined();
    expect(store.renew(token, grant)).toBe(false);
    expect(store.revoke(token)).toBeUndefined();
  });

  it('AUTH-15 tokens hold 128 random bits: 32 letters of 16, no repeat, all about equally frequent', () => {
    const store = memorySessionStore();
    const seen = new Set<string>();
    const count = new Map<string, number>();
    for (let i = 0; i < 10_000; i++) {
      const token = store.issue(grantUntil(5_000_000_000_000)) as string;
      expect(token).toMatch(/^[a-z0-9]{32}$/i);
      seen.add(token);
      for (const letter of token) count.set(letter, (count.get(letter) ?? 0) + 1);
    }
    expect(seen.size).toBe(10_000);
    expect(count.size).toBe(16);
    // 20 000 of each are expected; the bounds lie ten standard deviations off.
    expect(Math.min(...count.values())).toBeGreaterThan(18_600);
    expect(Math.max(...count.values())).toBeLessThan(21_400);
  });

  it('SEC-40 drops what has expired as new grants come, never what lives', () => {
    const clock = createTestClock({ wallMs: 1_000 });
    const store = memorySessionStore({ runtime: clock });
    const lasting = store.issue(grantUntil(100_000)) as string;
    const passing: string[] = [];
    for (let i = 0; i < 1_023; i++) passing.push(store.issue(grantUntil(2_000)) as string);
    clock.advance(1_000);
    expect(store.find(passing[0]!)).toBeDefined();
    const fresh = store.issue(grantUntil(100_000)) as string;
    expect(passing.filter((token) => store.find(token) !== undefined)).toEqual([]);
    expect(store.find(lasting)).toBeDefined();
    expect(store.find(fresh)).toBeDefined();
  });
});
