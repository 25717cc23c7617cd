import { describe, expect, it } from 'vitest';

import { createBreaker, type Breaker } from '../../src/hop/breaker.js';

const fail = (breaker: Breaker, hop: string, times: number): void => {
  for (let i = 0; i < times; i++) breaker.failed(hop);
};

describe('breaker', () => {
  it('puts a hop to sleep for a second after five failures within ten, then lets one try pass', () => {
    let now = 100;
    const breaker = createBreaker(() => now);
    fail(breaker, 'n', 4);
    expect(breaker.asleep('n')).toBe(false);
    now = 9_000;
    breaker.failed('n');
    expect(breaker.asleep('n')).toBe(true);
    expect(breaker.asleep('other')).toBe(false);
    now = 9_999;
    expect(breaker.asleep('n')).toBe(true);
    now = 10_000;
    expect(breaker.asleep('n')).toBe(false);
    breaker.failed('n');
    expect(breaker.asleep('n')).toBe(true);
  });

  it('forgets failures older than the window', () => {
    let now = 0;
    const breaker = createBreaker(() => now);
    fail(breaker, 'n', 4);
    now = 10_001;
    fail(breaker, 'n', 4);
    expect(breaker.asleep('n')).toBe(false);
    breaker.failed('n');
    expect(breaker.asleep('n')).toBe(true);
  });

  it('success wakes a hop and clears its count', () => {
    const breaker = createBreaker(() => 0);
    fail(breaker, 'n', 5);
    breaker.succeeded('n');
    expect(breaker.asleep('n')).toBe(false);
    fail(breaker, 'n', 4);
    expect(breaker.asleep('n')).toBe(false);
  });

  it('remembers a bounded number of hops; the oldest is forgotten', () => {
    const breaker = createBreaker(() => 0);
    fail(breaker, 'first', 5);
    for (let i = 0; i < 1_023; i++) breaker.failed(`hop ${i}`);
    expect(breaker.asleep('first')).toBe(true);
    breaker.failed('one more');
    expect(breaker.asleep('first')).toBe(false);
  });
});
