import { describe, expect, it } from 'vitest';
import { Holds } from '../../src/connection/holds.js';

describe('holds', () => {
  it('XMIT-15 a connection is held while any hold stands; one key is one hold', () => {
    const holds = new Holds(() => 0, 30_000);
    const [one, other] = [{}, {}];
    expect(holds.running).toBe(true);
    expect(holds.add('route-full', one)).toBe(true);
    expect(holds.add('relay-full', one)).toBe(false);
    expect(holds.add('source-full', other)).toBe(false);
    expect(holds.remove(one)).toBeUndefined();
    expect(holds.running).toBe(false);
    expect(holds.remove(other)).toBe(0);
    expect(holds.running).toBe(true);
    expect(holds.remove(other)).toBeUndefined();
  });

  it('XMIT-27 the clock of the peer stands still while it is held', () => {
    let nowMs = 1000;
    const holds = new Holds(() => nowMs, 30_000);
    const key = {};
    expect(holds.activeMs()).toBe(1000);
    holds.add('route-full', key);
    nowMs = 41_000;
    expect(holds.activeMs()).toBe(1000);
    expect(holds.remove(key)).toBe(40_000);
    nowMs = 41_500;
    expect(holds.activeMs()).toBe(1500);
    holds.add('route-full', key);
    nowMs = 42_000;
    expect(holds.remove(key)).toBe(500);
    expect(holds.activeMs()).toBe(1500);
  });

  it('XMIT-27 of one hold the clock stands still for a bounded time', () => {
    let nowMs = 1000;
    const holds = new Holds(() => nowMs, 30_000);
    const key = {};
    holds.add('small-messages', key);
    nowMs = 301_000;
    expect(holds.activeMs()).toBe(1000);
    nowMs = 301_500;
    expect(holds.activeMs()).toBe(1500);
    expect(holds.remove(key)).toBe(300_500);
    nowMs = 302_000;
    expect(holds.activeMs()).toBe(2000);
  });

  it('XMIT-27 and for a shorter one while it is held only until others have answered', () => {
    let nowMs = 1000;
    const holds = new Holds(() => nowMs, 30_000);
    const [answers, room] = [{}, {}];
    holds.add('transactions', answers);
    nowMs = 31_000;
    expect(holds.activeMs()).toBe(1000);
    nowMs = 32_000;
    expect(holds.activeMs()).toBe(2000);
    holds.add('route-full', room);
    nowMs = 92_000;
    expect(holds.activeMs()).toBe(2000);
    holds.remove(room);
    nowMs = 93_000;
    expect(holds.activeMs()).toBe(3000);
    expect(holds.remove(answers)).toBe(92_000);
    holds.add('transactions', answers);
    nowMs = 123_000;
    expect(holds.activeMs()).toBe(3000);
  });
});
