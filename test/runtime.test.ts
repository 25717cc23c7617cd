import { execFileSync } from 'node:child_process';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { nodeRuntime } from '../src/runtime.js';

describe('nodeRuntime', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  test('the monotonic clock does not go back, the wall clock counts from 1970', () => {
    const runtime = nodeRuntime();
    const first = runtime.nowMs();
    expect(runtime.nowMs()).toBeGreaterThanOrEqual(first);
    expect(runtime.wallMs()).toBeGreaterThan(1_700_000_000_000);
  });

  test('a wake-up is never early', async () => {
    const runtime = nodeRuntime();
    const early: number[] = [];
    await Promise.all(
      Array.from({ length: 20 }, (_, i) => {
        const atMs = runtime.nowMs() + i * 0.7;
        return new Promise<void>((resolve) => {
          runtime.wakeAt(atMs, () => {
            if (runtime.nowMs() < atMs) early.push(i);
            resolve();
          });
        });
      }),
    );
    expect(early).toEqual([]);
  });

  test('a wake-up in the past comes after the caller has returned', async () => {
    const runtime = nodeRuntime();
    const order: string[] = [];
    await new Promise<void>((resolve) => {
      runtime.wakeAt(runtime.nowMs() - 1000, () => {
        order.push('woken');
        resolve();
      });
      order.push('returned');
    });
    expect(order).toEqual(['returned', 'woken']);
  });

  test('a delay longer than setTimeout can take is slept to its end', () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    const runtime = nodeRuntime();
    const fn = vi.fn();
    runtime.wakeAt(runtime.nowMs() + 5_000_000_000, fn);
    vi.advanceTimersByTime(4_999_999_999);
    expect(fn).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(fn).toHaveBeenCalledTimes(1);
  });

  test('a long delay can be cancelled after it was slept in part', () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    const runtime = nodeRuntime();
    const fn = vi.fn();
    const cancel = runtime.wakeAt(runtime.nowMs() + 5_000_000_000, fn);
    vi.advanceTimersByTime(3_000_000_000);
    cancel();
    cancel();
    expect(vi.getTimerCount()).toBe(0);
    vi.advanceTimersByTime(3_000_000_000);
    expect(fn).not.toHaveBeenCalled();
  });

  test('afterInput comes after the promises of this turn', async () => {
    const runtime = nodeRuntime();
    const order: string[] = [];
    await new Promise<void>((resolve) => {
      runtime.afterInput(() => {
        order.push('after input');
        resolve();
      });
      void Promise.resolve().then(() => order.push('promise'));
    });
    expect(order).toEqual(['promise', 'after input']);
  });

  test('random octets differ', () => {
    const runtime = nodeRuntime();
    const a = new Uint8Array(32);
    const b = new Uint8Array(32);
    runtime.randomFill(a);
    runtime.randomFill(b);
    expect(a).not.toEqual(b);
    expect(a).not.toEqual(new Uint8Array(32));
  });

  test('a wake-up does not keep the process alive', () => {
    const script = `const { nodeRuntime } = await import('./src/runtime.ts');
      const runtime = nodeRuntime();
      runtime.wakeAt(runtime.nowMs() + 60_000, () => console.log('woken'));
      console.log('set');`;
    const output = execFileSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
      timeout: 14_000,
      encoding: 'utf8',
    });
    expect(output).toBe('set\n');
  });
});
