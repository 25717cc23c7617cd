import { describe, expect, test } from 'vitest';
import { createTestClock } from '../../src/testing/test-clock.js';
import { Flusher, type Flushable } from '../../src/transmission/flusher.js';

function connection(name: string, pumped: string[], then?: () => void): Flushable {
  return {
    dirty: false,
    pump() {
      pumped.push(name);
      then?.();
    },
  };
}

describe('Flusher', () => {
  test('pumps each connection that was touched once, at the end of the turn, in the order of touching', () => {
    const clock = createTestClock();
    const flusher = new Flusher(clock, () => undefined);
    const pumped: string[] = [];
    const [a, b] = [connection('a', pumped), connection('b', pumped)];
    for (const each of [b, a, b, b, a]) flusher.touch(each);
    expect([pumped, a.dirty]).toEqual([[], true]);
    clock.run();
    expect([pumped, a.dirty, b.dirty]).toEqual([['b', 'a'], false, false]);
    clock.run();
    expect(pumped).toHaveLength(2);
    flusher.touch(a);
    clock.run();
    expect(pumped).toEqual(['b', 'a', 'a']);
  });

  test('pumps thirty-two and more as soon as a peer has been dealt with, and the rest at the end of the turn', () => {
    const clock = createTestClock();
    const flusher = new Flusher(clock, () => undefined);
    const pumped: string[] = [];
    const all = Array.from({ length: 33 }, (_, i) => connection(`${i}`, pumped));
    for (const each of all.slice(0, 31)) flusher.touch(each);
    flusher.relieve();
    expect(pumped).toHaveLength(0);
    flusher.touch(all[31]!);
    expect(pumped).toHaveLength(0);
    flusher.relieve();
    expect(pumped).toEqual(all.slice(0, 32).map((_, i) => `${i}`));
    flusher.touch(all[32]!);
    flusher.touch(all[0]!);
    clock.run();
    expect(pumped.slice(32)).toEqual(['32', '0']);
  });

  test('a socket that delivers while it is written to begins nothing anew', () => {
    const clock = createTestClock();
    const flusher = new Flusher(clock, () => undefined);
    const pumped: string[] = [];
    const later = Array.from({ length: 40 }, (_, i) => connection(`later ${i}`, pumped));
    const first = connection('first', pumped, () => {
      for (const each of later) flusher.touch(each);
      flusher.relieve();
      pumped.push('first done');
    });
    flusher.touch(first);
    clock.run();
    expect(pumped.slice(0, 3)).toEqual(['first', 'first done', 'later 0']);
    expect(pumped).toHaveLength(42);
  });

  test('what is touched by a pump has the next turn', () => {
    const clock = createTestClock();
    const flusher = new Flusher(clock, () => undefined);
    const pumped: string[] = [];
    const b = connection('b', pumped);
    let once = true;
    const a = connection('a', pumped, () => {
      if (once) flusher.touch(a);
      once = false;
      flusher.touch(b);
    });
    flusher.touch(b);
    flusher.touch(a);
    clock.run();
    expect(pumped).toEqual(['b', 'a', 'a', 'b']);
  });

  test('a connection whose socket throws keeps no other from being pumped, and its error is told', () => {
    const clock = createTestClock();
    const told: unknown[] = [];
    const flusher = new Flusher(clock, (error) => told.push(error));
    let pumped = 0;
    const bad = new Error('socket');
    flusher.touch({
      dirty: false,
      pump: () => {
        throw bad;
      },
    });
    flusher.touch({ dirty: false, pump: () => pumped++ });
    clock.run();
    expect([told, pumped]).toEqual([[bad], 1]);
  });
});
