import { describe, expect, it } from 'vitest';
import { Nonces } from '../../../src/auth/digest/nonce.js';
import { createTestClock } from '../../../src/testing/test-clock.js';

const key = Buffer.from('0123456789abcdef');
const lifeMs = 300_000;

function bench(maxUsed = 100) {
  const clock = createTestClock();
  return { clock, nonces: new Nonces(key, lifeMs, clock, maxUsed) };
}

describe('nonce', () => {
  it('SEC-15 is never the same and only of our own make', () => {
    const { nonces } = bench();
    const made = Array.from({ length: 100 }, () => nonces.make());
    expect(new Set(made).size).toBe(100);
    expect(made.every((nonce) => /^[A-Za-z0-9_-]{48}$/.test(nonce))).toBe(true);
    expect(made.map((nonce) => nonces.age(nonce))).toEqual(made.map(() => 'valid'));
    expect(['', 'bm9uY2UtMDAwMQ', 'A'.repeat(48)].map((nonce) => nonces.age(nonce))).toEqual([
      'foreign',
      'foreign',
      'foreign',
    ]);
  });

  it('SEC-15 can not be changed in any octet, nor spelt in another way', () => {
    const { nonces } = bench();
    const nonce = nonces.make();
    const changed = Array.from(nonce).map(
      (letter, i) => nonce.slice(0, i) + (letter === 'A' ? 'B' : 'A') + nonce.slice(i + 1),
    );
    expect(changed.map((other) => nonces.age(other))).toEqual(changed.map(() => 'foreign'));
    expect(nonces.age(`${nonce}=`)).toBe('foreign');
    expect(nonces.age(` ${nonce}`)).toBe('foreign');
  });

  it('SEC-15 is taken by every process that has the key, and by no other', () => {
    const { clock, nonces } = bench();
    const nonce = nonces.make();
    expect(new Nonces(key, lifeMs, clock, 100).age(nonce)).toBe('valid');
    expect(new Nonces(Buffer.from('fedcba9876543210'), lifeMs, clock, 100).age(nonce)).toBe('foreign');
    expect(new Nonces(key, lifeMs, clock, 100).opaque).toBe(nonces.opaque);
    expect(nonces.opaque).toMatch(/^[A-Za-z0-9_-]{20}$/);
  });

  it('SEC-15 lives for 300 s', () => {
    const { clock, nonces } = bench();
    const nonce = nonces.make();
    clock.advance(300_000);
    expect(nonces.age(nonce)).toBe('valid');
    clock.advance(1);
    expect(nonces.age(nonce)).toBe('outdated');
  });

  it('a nonce from the far future is outdated', () => {
    const ahead = new Nonces(key, lifeMs, createTestClock({ wallMs: 1_767_225_600_000 + 300_001 }), 100).make();
    expect(bench().nonces.age(ahead)).toBe('outdated');
  });

  it('SEC-16 counts must grow', () => {
    const { nonces } = bench();
    const nonce = nonces.make();
    expect([0, 1, 1, 0, 5, 4, 5, 6].map((count) => nonces.use(nonce, count))).toEqual([
      false,
      true,
      false,
      false,
      true,
      false,
      false,
      true,
    ]);
  });

  it('AUTH-37 remembers used nonces only, in a bounded number, and not beyond their life', () => {
    const { clock, nonces } = bench(10);
    for (let i = 0; i < 100; i++) nonces.make();
    expect(nonces.remembered).toBe(0);
    for (let i = 0; i < 100; i++) nonces.use(nonces.make(), 1);
    expect(nonces.remembered).toBe(10);
    clock.advance(300_001);
    nonces.use(nonces.make(), 1);
    expect(nonces.remembered).toBe(1);
  });

  it('SEC-16 a forgotten nonce can not be used again', () => {
    const { clock, nonces } = bench(2);
    const first = nonces.make();
    nonces.use(first, 1);
    clock.advance(10);
    const unused = nonces.make();
    clock.advance(10);
    for (let i = 0; i < 2; i++) nonces.use(nonces.make(), 1);
    expect(nonces.age(first)).toBe('outdated');
    expect(nonces.age(unused)).toBe('valid');
  });

  it('SEC-16 what is as old as a forgotten one, and not remembered as used, counts as used', () => {
    const { clock, nonces } = bench(2);
    const [old, older] = [nonces.make(), nonces.make()];
    clock.advance(10);
    const young = nonces.make();
    // Forgotten in the order of use: first the young one, then the old one; the old date must not win.
    for (const nonce of [young, old, nonces.make(), nonces.make()]) {
      nonces.use(nonce, 1);
      clock.advance(10);
    }
    expect([young, old, older].map((nonce) => nonces.age(nonce))).toEqual(['outdated', 'outdated', 'outdated']);
  });

  it('one that is remembered stays in use, though a younger one was forgotten', () => {
    const { clock, nonces } = bench(2);
    const old = nonces.make();
    clock.advance(10);
    nonces.use(nonces.make(), 1);
    nonces.use(old, 1);
    nonces.use(nonces.make(), 1);
    expect(nonces.age(old)).toBe('valid');
    expect([nonces.use(old, 1), nonces.use(old, 2)]).toEqual([false, true]);
  });
});
