import { beforeEach, describe, expect, it } from 'vitest';
import { Probation } from '../../src/connection/probation.js';
import { createTestClock, type TestRuntime } from '../../src/testing/test-clock.js';
import { createTimers, type Timers } from '../../src/timers.js';

let clock: TestRuntime;
let timers: Timers;
let closed: string[];

const probation = (peer: { dialled?: boolean; isRelay?: boolean } = {}): Probation =>
  new Probation(
    { probationMs: 30_000, maxFailures: 3 },
    timers,
    { dialled: false, isRelay: false, ...peer },
    { close: (reason) => closed.push(reason) },
  );

beforeEach(() => {
  clock = createTestClock();
  timers = createTimers(clock);
  closed = [];
});

describe('probation', () => {
  it('CONN-09 nothing in 30 s: closed, and not before', () => {
    expect(probation().passed).toBe(false);
    clock.advance(29_999);
    expect(closed).toEqual([]);
    clock.advance(1);
    expect(closed).toEqual(['probation-over']);
  });

  it('CONN-12 success ends it for good: no later failure counts', () => {
    const one = probation();
    one.requestFailed();
    one.requestFailed();
    one.succeeded();
    expect(one.passed).toBe(true);
    for (let i = 0; i < 5; i++) one.requestFailed();
    clock.advance(90_000);
    expect(closed).toEqual([]);
    expect(timers.size).toBe(0);
  });

  it('CONN-13 three unsuccessful requests: closed at once', () => {
    const one = probation();
    one.requestFailed();
    one.requestFailed();
    expect(closed).toEqual([]);
    one.requestFailed();
    expect(closed).toEqual(['too-many-failures']);
  });

  it('CONN-16 none for a connection that we opened', () => {
    const one = probation({ dialled: true });
    for (let i = 0; i < 5; i++) one.requestFailed();
    clock.advance(60_000);
    expect(one.passed).toBe(true);
    expect(closed).toEqual([]);
  });

  it('AUTH-28 three failed AUTHs: closed, also later; a success starts the count again', () => {
    const one = probation();
    one.succeeded();
    one.authFailed();
    one.authFailed();
    one.authSucceeded();
    one.authFailed();
    one.authFailed();
    expect(closed).toEqual([]);
    one.authFailed();
    expect(closed).toEqual(['too-many-failures']);
  });

  it('AUTH-30 a relay is not closed for failures, but for silence', () => {
    const relay = probation({ isRelay: true });
    for (let i = 0; i < 20; i++) {
      relay.authFailed();
      relay.requestFailed();
    }
    expect(closed).toEqual([]);
    clock.advance(30_000);
    expect(closed).toEqual(['probation-over']);
  });

  it('ended with its connection, it does nothing more', () => {
    probation().end();
    clock.advance(60_000);
    expect(closed).toEqual([]);
  });
});
