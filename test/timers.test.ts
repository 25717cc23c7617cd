import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { createSeededRandom } from '../src/testing/seeded-random.js';
import { createTestClock } from '../src/testing/test-clock.js';
import { createTimers, type Timer, type Timers } from '../src/timers.js';
import type { Runtime } from '../src/runtime.js';

function setUp(failed?: (error: unknown) => void): {
  clock: ReturnType<typeof createTestClock>;
  timers: Timers;
  fired: string[];
  named: (name: string) => Timer;
} {
  const clock = createTestClock({ nowMs: 0 });
  const timers = createTimers(clock, failed);
  const fired: string[] = [];
  const named = (name: string): Timer => timers.timer(() => fired.push(`${name}@${clock.nowMs()}`));
  return { clock, timers, fired, named };
}

describe('timers', () => {
  test('fire in order of their deadlines, each at its own time', () => {
    const { clock, timers, fired, named } = setUp();
    named('c').setAt(30);
    named('a').setAt(10);
    named('b').setAt(20);
    expect(timers.size).toBe(3);
    clock.advance(25);
    expect(fired).toEqual(['a@10', 'b@20']);
    expect(timers.size).toBe(1);
    clock.advance(5);
    expect(fired).toEqual(['a@10', 'b@20', 'c@30']);
    expect(timers.size).toBe(0);
    expect(clock.pendingTimers).toBe(0);
  });

  test('same deadline: first set, first fired', () => {
    const { clock, fired, named } = setUp();
    for (const name of ['a', 'b', 'c', 'd', 'e']) named(name).setAt(10);
    clock.advance(10);
    expect(fired).toEqual(['a@10', 'b@10', 'c@10', 'd@10', 'e@10']);
  });

  test('setting again for the same deadline counts as setting anew', () => {
    const { clock, fired, named } = setUp();
    const a = named('a');
    a.setAt(10);
    named('b').setAt(10);
    a.setAt(10);
    clock.advance(10);
    expect(fired).toEqual(['b@10', 'a@10']);
  });

  test('a deadline moved later fires once, at the later time, behind those set for it before', () => {
    const { clock, fired, named } = setUp();
    const a = named('a');
    a.setAt(10);
    named('b').setAt(50);
    a.setAt(50);
    clock.advance(49);
    expect(fired).toEqual([]);
    expect(a.pending).toBe(true);
    clock.advance(1);
    expect(fired).toEqual(['b@50', 'a@50']);
    clock.advance(100);
    expect(fired).toHaveLength(2);
  });

  test('a deadline moved earlier fires at the earlier time, also after it had been moved later', () => {
    const { clock, fired, named } = setUp();
    const a = named('a');
    a.setAt(50);
    a.setAt(90);
    a.setAt(20);
    clock.advance(100);
    expect(fired).toEqual(['a@20']);
  });

  test('a cleared timer does not fire and can be set again', () => {
    const { clock, timers, fired, named } = setUp();
    const a = named('a');
    a.setAt(10);
    a.clear();
    a.clear();
    expect(a.pending).toBe(false);
    expect(timers.size).toBe(0);
    clock.advance(20);
    expect(fired).toEqual([]);
    a.setAt(30);
    clock.advance(20);
    expect(fired).toEqual(['a@30']);
    expect(a.pending).toBe(false);
  });

  test('a deadline in the past fires at the next turn, never inside setAt', () => {
    const { clock, fired, named } = setUp();
    clock.advance(100);
    named('a').setAt(10);
    expect(fired).toEqual([]);
    clock.run();
    expect(fired).toEqual(['a@100']);
  });

  test('after() fires once and its cancel may be called at any time', () => {
    const { clock, timers, fired } = setUp();
    const cancelA = timers.after(10, () => fired.push('a'));
    const cancelB = timers.after(10, () => fired.push('b'));
    cancelB();
    cancelB();
    clock.advance(10);
    cancelA();
    clock.advance(100);
    expect(fired).toEqual(['a']);
  });

  test('a callback may clear one that is due with it', () => {
    const { clock, timers, fired, named } = setUp();
    const b = named('b');
    timers.after(10, () => {
      fired.push('a');
      b.clear();
    });
    b.setAt(10);
    clock.advance(10);
    expect(fired).toEqual(['a']);
  });

  test('a callback may move one that is due with it', () => {
    const { clock, timers, fired, named } = setUp();
    const b = named('b');
    timers.after(10, () => {
      b.setAt(20);
    });
    b.setAt(10);
    named('c').setAt(10);
    clock.advance(30);
    expect(fired).toEqual(['c@10', 'b@20']);
  });

  test('a callback may set itself and is not pending meanwhile', () => {
    const { clock, timers, fired } = setUp();
    const tick: Timer = timers.timer(() => {
      fired.push(`${clock.nowMs()} ${tick.pending}`);
      tick.setAt(clock.nowMs() + 10);
    });
    tick.setAt(10);
    clock.advance(35);
    expect(fired).toEqual(['10 false', '20 false', '30 false']);
  });

  test('a callback that sets itself for the past can not keep others from firing', () => {
    const { clock, timers, fired, named } = setUp();
    let rounds = 0;
    const greedy: Timer = timers.timer(() => {
      rounds += 1;
      if (rounds < 10) greedy.setAt(0);
      if (rounds === 2) fired.push('second round');
    });
    greedy.setAt(10);
    named('a').setAt(10);
    named('b').setAt(11);
    clock.advance(10);
    expect(fired).toEqual(['a@10', 'second round']);
    expect(rounds).toBe(10);
    clock.advance(1);
    expect(fired).toEqual(['a@10', 'second round', 'b@11']);
  });

  test('what a callback sets for now waits until the rest of the turn has run', () => {
    const { clock, timers, fired } = setUp();
    timers.after(10, () => {
      clock.afterInput(() => fired.push('end of turn'));
      timers.after(0, () => fired.push('set by callback'));
    });
    clock.advance(10);
    expect(fired).toEqual(['end of turn', 'set by callback']);
  });

  test('hundreds of deadlines, many cleared out of the middle, fire in order', () => {
    const { clock, timers, fired } = setUp();
    const random = createSeededRandom(7);
    const entries = Array.from({ length: 600 }, (_, id) => {
      const at = random.between(1, 10_000);
      return { id, at, timer: timers.timer(() => fired.push(`${id}`)) };
    });
    for (const { timer, at } of entries) timer.setAt(at);
    const kept = entries.filter(({ timer }) => {
      if (random.next() < 0.6) timer.clear();
      return timer.pending;
    });
    kept.sort((a, b) => a.at - b.at || a.id - b.id);
    expect(timers.size).toBe(kept.length);
    clock.advance(10_000);
    expect(fired).toEqual(kept.map(({ id }) => `${id}`));
  });

  test('a throwing callback is told of and loses no other deadline', () => {
    const failed = vi.fn();
    const { clock, timers, fired, named } = setUp(failed);
    const error = new Error('broken');
    timers.after(10, () => {
      throw error;
    });
    named('a').setAt(10);
    named('b').setAt(20);
    clock.advance(20);
    expect(fired).toEqual(['a@10', 'b@20']);
    expect(failed.mock.calls).toEqual([[error]]);
  });

  test('close() clears all, lets go of the Runtime, and nothing can be set any more', () => {
    const { clock, timers, fired, named } = setUp();
    const a = named('a');
    a.setAt(10);
    named('b').setAt(20);
    timers.close();
    expect(a.pending).toBe(false);
    expect(timers.size).toBe(0);
    expect(clock.pendingTimers).toBe(0);
    a.setAt(30);
    timers.after(5, () => fired.push('c'));
    expect(timers.size).toBe(0);
    expect(clock.pendingTimers).toBe(0);
    clock.advance(100);
    expect(fired).toEqual([]);
  });

  test('close() inside a callback ends the round', () => {
    const { clock, timers, fired, named } = setUp();
    timers.after(10, () => {
      timers.close();
    });
    named('a').setAt(10);
    clock.advance(10);
    expect(fired).toEqual([]);
    expect(clock.pendingTimers).toBe(0);
  });

  test('moving a deadline later asks nothing of the Runtime', () => {
    const clock = createTestClock({ nowMs: 0 });
    const wakeAt = vi.fn(clock.wakeAt.bind(clock));
    const runtime: Runtime = { ...clock, wakeAt };
    const timers = createTimers(runtime);
    const timer = timers.timer(() => undefined);
    for (let i = 0; i < 1000; i++) timer.setAt(1000 + i);
    timer.clear();
    timer.setAt(5000);
    expect(wakeAt).toHaveBeenCalledTimes(1);
  });

  test('any sequence of set, clear and passing time fires as a sorted list does', () => {
    const command = fc.oneof(
      fc.record({ kind: fc.constant('set' as const), id: fc.nat(24), in: fc.integer({ min: -3, max: 20 }) }),
      fc.record({ kind: fc.constant('clear' as const), id: fc.nat(24) }),
      fc.record({ kind: fc.constant('pass' as const), ms: fc.nat(12) }),
      fc.record({
        kind: fc.constant('onFire' as const),
        id: fc.nat(24),
        set: fc.nat(24),
        in: fc.integer({ min: 1, max: 9 }),
      }),
      fc.record({ kind: fc.constant('onFireClear' as const), id: fc.nat(24), clear: fc.nat(24) }),
    );
    fc.assert(
      fc.property(fc.array(command, { maxLength: 120 }), (commands) => {
        const clock = createTestClock({ nowMs: 0 });
        const timers = createTimers(clock);
        const fired: string[] = [];
        const actions = new Map<number, () => void>();
        const all = Array.from({ length: 25 }, (_, id) =>
          timers.timer(() => {
            fired.push(`${id}@${clock.nowMs()}`);
            actions.get(id)?.();
          }),
        );

        let modelNow = 0;
        let model: { id: number; at: number }[] = [];
        const expected: string[] = [];
        const modelActions = new Map<number, () => void>();
        const modelClear = (id: number): void => {
          model = model.filter((entry) => entry.id !== id);
        };
        const modelSet = (id: number, at: number): void => {
          modelClear(id);
          model.push({ id, at });
        };
        const modelPass = (ms: number): void => {
          const end = modelNow + ms;
          for (;;) {
            const earliest = Math.min(...model.map((entry) => entry.at));
            if (earliest > end) break;
            modelNow = Math.max(modelNow, earliest);
            const entry = model.find(({ at }) => at === earliest)!;
            modelClear(entry.id);
            expected.push(`${entry.id}@${modelNow}`);
            modelActions.get(entry.id)?.();
          }
          modelNow = end;
        };

        for (const c of commands) {
          if (c.kind === 'set') {
            all[c.id]!.setAt(clock.nowMs() + c.in);
            modelSet(c.id, modelNow + c.in);
          } else if (c.kind === 'clear') {
            all[c.id]!.clear();
            modelClear(c.id);
          } else if (c.kind === 'onFire') {
            actions.set(c.id, () => {
              all[c.set]!.setAt(clock.nowMs() + c.in);
            });
            modelActions.set(c.id, () => {
              modelSet(c.set, modelNow + c.in);
            });
          } else if (c.kind === 'onFireClear') {
            actions.set(c.id, () => {
              all[c.clear]!.clear();
            });
            modelActions.set(c.id, () => {
              modelClear(c.clear);
            });
          } else {
            clock.advance(c.ms);
            modelPass(c.ms);
          }
          expect(timers.size).toBe(model.length);
          expect(all.map((timer) => timer.pending)).toEqual(all.map((_, id) => model.some((e) => e.id === id)));
        }
        clock.advance(20);
        modelPass(20);
        expect(fired).toEqual(expected);
      }),
      { numRuns: 500 },
    );
  });
});
