import type { MaybePromise } from '../policy/types.js';
import { isPromise } from '../policy/types.js';
import type { Timers } from '../timers.js';

export type Outcome<T> = { readonly value: T } | { readonly error: unknown };

/**
 * Calls code of the host and hands on what comes of it: a value, or the error of a throw, a rejection or an answer that
 * is later than `timeoutMs`. Exactly once; at once, without a promise, if the answer is a value.
 */
export function withDeadline<T>(
  timers: Timers,
  timeoutMs: number,
  call: () => MaybePromise<T>,
  done: (outcome: Outcome<T>) => void,
): void {
  let answer: MaybePromise<T>;
  try {
    answer = call();
  } catch (error) {
    done({ error });
    return;
  }
  if (!isPromise(answer)) {
    done({ value: answer });
    return;
  }
  let pending = true;
  const settle = (outcome: Outcome<T>): void => {
    if (!pending) return;
    pending = false;
    cancel();
    done(outcome);
  };
  const cancel = timers.after(timeoutMs, () => {
    settle({ error: new Error(`no answer within ${timeoutMs} ms`) });
  });
  // Promise.resolve: a thenable of the host may call back twice, at once, or throw.
  Promise.resolve(answer).then(
    (value) => {
      settle({ value });
    },
    (error: unknown) => {
      settle({ error });
    },
  );
}
