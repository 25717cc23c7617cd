import { setTimeout } from 'node:timers/promises';

/** For one step that moves little. */
const stepMs = 10_000;

/** Rejects when it takes longer than this. */
export async function within<T>(what: string, step: Promise<T>, limitMs: number = stepMs): Promise<T> {
  const late = new AbortController();
  const timeout = setTimeout(limitMs, undefined, { signal: late.signal }).then(() => {
    throw new Error(`${what} takes longer than ${limitMs / 1000} s`);
  });
  try {
    return await Promise.race([step, timeout]);
  } finally {
    late.abort();
    timeout.catch(() => undefined);
  }
}

/** Rejects what is not as it should be. */
export function expect(what: string, got: unknown, want: unknown): void {
  if (got !== want) throw new Error(`${what}: ${JSON.stringify(got)} instead of ${JSON.stringify(want)}`);
}
