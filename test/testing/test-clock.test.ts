import { describe, expect, test } from 'vitest';
import { createTestClock } from '../../src/testing/test-clock.js';

describe('test clock', () => {
  test('time stands still until it is told to pass; both clocks pass together', () => {
    const clock = createTestClock({ nowMs: 500, wallMs: 1_800_000_000_000 });
    clock.run();
    expect(clock.nowMs()).toBe(500);
    clock.advance(250);
    expect(clock.nowMs()).toBe(750);
    expect(clock.wallMs()).toBe(1_800_000_000_250);
  });

  test('wake-ups run in order of time, then of asking, each at its own time', () => {
    const clock = createTestClock({ nowMs: 0 });
    const seen: string[] = [];
    const note = (name: string) => () => seen.push(`${name}@${clock.nowMs()}`);
    clock.wakeAt(20, note('c'));
    clock.wakeAt(10, note('a'));
    clock.wakeAt(10, note('b'));
    clock.wakeAt(31, note('late'));
    expect(clock.pendingTimers).toBe(4);
    clock.advance(30);
    expect(seen).toEqual(['a@10', 'b@10', 'c@20']);
    expect(clock.pendingTimers).toBe(1);
  });

  test('a cancelled wake-up is gone, also when one due with it cancels it', () => {
    const clock = createTestClock({ nowMs: 0 });
    const seen: string[] = [];
    clock.wakeAt(10, () => {
      cancelB();
      cancelB();
    });
    const cancelB = clock.wakeAt(10, () => seen.push('b'));
    clock.wakeAt(10, () => seen.push('c'));
    clock.advance(10);
    expect(seen).toEqual(['c']);
  });

  test('afterInput work comes after all that is due, and what it begins has the next turn', () => {
    const clock = createTestClock({ nowMs: 0 });
    const seen: string[] = [];
    clock.wakeAt(10, () => {
      seen.push('first');
      clock.afterInput(() => {
        seen.push('flush');
        clock.afterInput(() => seen.push('flush again'));
        clock.wakeAt(0, () => seen.push('next turn'));
      });
    });
    clock.wakeAt(10, () => seen.push('second'));
    clock.advance(10);
    expect(seen).toEqual(['first', 'second', 'flush', 'next turn', 'flush again']);
  });

  test('an error comes out of advance() and the rest still runs', () => {
    const clock = createTestClock({ nowMs: 0 });
    const seen: string[] = [];
    clock.wakeAt(10, () => {
      throw new Error('broken');
    });
    clock.wakeAt(10, () => seen.push('b'));
    expect(() => {
      clock.advance(20);
    }).toThrow('broken');
    clock.advance(20);
    expect(seen).toEqual(['b']);
  });

  test('work that never comes to an end is an error, not an endless loop', () => {
    const clock = createTestClock();
    const again = (): void => {
      clock.afterInput(again);
    };
    again();
    expect(() => {
      clock.run();
    }).toThrow('no rest');
  });

  test('settle() lets chains of promises and work alternate', async () => {
    const clock = createTestClock();
    const seen: string[] = [];
    const afterInput = (): Promise<void> =>
      new Promise((resolve) => {
        clock.afterInput(resolve);
      });
    void (async () => {
      for (let i = 0; i < 3; i++) {
        await afterInput();
        for (let j = 0; j < 50; j++) await Promise.resolve();
        seen.push(`round ${i}`);
      }
    })();
    await clock.settle();
    expect(seen).toEqual(['round 0', 'round 1', 'round 2']);
  });

  test('elapse() lets promises go on at each step of time', async () => {
    const clock = createTestClock({ nowMs: 0 });
    const sleep = (ms: number): Promise<void> =>
      new Promise((resolve) => {
        clock.wakeAt(clock.nowMs() + ms, resolve);
      });
    const seen: number[] = [];
    void (async () => {
      for (;;) {
        await sleep(10);
        seen.push(clock.nowMs());
      }
    })();
    await clock.elapse(35);
    expect(seen).toEqual([10, 20, 30]);
    expect(clock.nowMs()).toBe(35);
  });

  test('until() lets pass as much time as a promise takes, and no more', async () => {
    const clock = createTestClock({ nowMs: 0 });
    const promise = new Promise<string>((resolve) => {
      clock.wakeAt(70, () => {
        resolve('done');
      });
    });
    clock.wakeAt(80, () => undefined);
    await expect(clock.until(promise)).resolves.toBe('done');
    expect(clock.nowMs()).toBe(70);
    await expect(clock.until(Promise.reject(new Error('no')))).rejects.toThrow('no');
  });

  test('until() gives up when nothing is left to do, or the time is over', async () => {
    const clock = createTestClock({ nowMs: 0 });
    const never = new Promise<void>(() => undefined);
    await expect(clock.until(never)).rejects.toThrow('still pending');
    clock.wakeAt(500, () => undefined);
    await expect(clock.until(never, 100)).rejects.toThrow('still pending');
    expect(clock.pendingTimers).toBe(1);
  });

  test('random octets are the same for the same seed, and distinct otherwise', () => {
    const draw = (seed: number): string[] => {
      const clock = createTestClock({ seed });
      return Array.from({ length: 2000 }, () => {
        const octets = Buffer.alloc(12);
        clock.randomFill(octets);
        return octets.toString('hex');
      });
    };
    expect(draw(1)).toEqual(draw(1));
    expect(new Set([...draw(1), ...draw(2)]).size).toBe(4000);
  });
});
