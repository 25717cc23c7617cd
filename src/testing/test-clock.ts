import { nodeRuntime, type Cancel, type Runtime } from '../runtime.js';
import { createSeededRandom } from './seeded-random.js';

/** Options of `createTestClock()`. */
export interface TestClockOptions {
  /** Where `nowMs()` begins. Default: 1000. */
  readonly nowMs?: number;
  /** Where `wallMs()` begins, in milliseconds since 1970. Default: the first moment of 2026. */
  readonly wallMs?: number;
  /** Seed of all octets that `randomFill` gives. Default: 1. */
  readonly seed?: number;
}

/**
 * A Runtime that stands still until it is told to go on. Give it to the relay and to the memory network of a test and
 * nothing depends on real time: the same calls give the same octets in the same order.
 *
 * It goes in turns like Node's event loop: first all wake-ups and deliveries due, then all `afterInput` work. What these
 * begin anew has the next turn. An error thrown by such work comes out of the method that ran it.
 */
export interface TestRuntime extends Runtime {
  /** Runs all that is due, turn after turn, without time passing. */
  run(): void;
  /** Lets time pass, in steps: all that falls due on the way runs at its own time. For code without promises. */
  advance(ms: number): void;
  /** As `run()`, and lets promises (hooks, stores, authenticators) come to their ends between the turns. */
  settle(): Promise<void>;
  /** As `advance()`, and lets promises come to their ends at each step. */
  elapse(ms: number): Promise<void>;
  /**
   * Runs until the promise is settled, letting only as much time pass as that takes.
   *
   * @throws Error when it is still pending with nothing left to do, or after `withinMs` (default: 600 000).
   */
  until<T>(promise: PromiseLike<T>, withinMs?: number): Promise<T>;
  /** Wake-ups asked for and neither called nor cancelled: zero when nothing was left behind. */
  readonly pendingTimers: number;
}

interface WakeUp {
  readonly atMs: number;
  readonly fn: () => void;
}

/** Turns without time passing after which we no longer believe that it will ever end. */
const maxTurns = 100_000;

/** Makes a clock that stands still. */
export function createTestClock(options: TestClockOptions = {}): TestRuntime {
  const random = createSeededRandom(options.seed ?? 1);
  const startMs = options.nowMs ?? 1_000;
  const wallStartMs = options.wallMs ?? 1_767_225_600_000;
  const outside = nodeRuntime();
  let nowMs = startMs;
  /** Ordered by time, then by order of asking. */
  const wakeUps: WakeUp[] = [];
  const afterInput: (() => void)[] = [];

  const isBusy = (): boolean => afterInput.length > 0 || (wakeUps[0] !== undefined && wakeUps[0].atMs <= nowMs);

  const turn = (): void => {
    const due = wakeUps.filter((wakeUp) => wakeUp.atMs <= nowMs);
    for (const wakeUp of due) {
      const index = wakeUps.indexOf(wakeUp);
      if (index < 0) continue;
      wakeUps.splice(index, 1);
      wakeUp.fn();
    }
    for (let left = afterInput.length; left > 0; left--) afterInput.shift()?.();
  };

  const run = (): void => {
    for (let turns = 0; isBusy(); turns++) {
      if (turns === maxTurns) throw new Error(`no rest after ${maxTurns} turns at ${nowMs} ms`);
      turn();
    }
  };

  const settle = async (): Promise<void> => {
    do {
      run();
      // A turn of the real event loop: every promise that can go on has gone on.
      await new Promise<void>((resolve) => {
        outside.afterInput(resolve);
      });
    } while (isBusy());
  };

  /** Goes to the next time at which something is due; false if there is none up to `limitMs`. */
  const step = (limitMs: number): boolean => {
    const next = wakeUps[0];
    if (next === undefined || next.atMs > limitMs) return false;
    nowMs = Math.max(nowMs, next.atMs);
    return true;
  };

  return {
    nowMs: () => nowMs,
    wallMs: () => wallStartMs + nowMs - startMs,
    wakeAt(atMs, fn): Cancel {
      const wakeUp: WakeUp = { atMs, fn };
      const index = wakeUps.findIndex((other) => other.atMs > atMs);
      wakeUps.splice(index < 0 ? wakeUps.length : index, 0, wakeUp);
      return () => {
        const place = wakeUps.indexOf(wakeUp);
        if (place >= 0) wakeUps.splice(place, 1);
      };
    },
    afterInput(fn) {
      afterInput.push(fn);
    },
    randomFill(into) {
      random.fill(into);
    },
    run,
    advance(ms) {
      const endMs = nowMs + ms;
      run();
      while (step(endMs)) run();
      nowMs = endMs;
    },
    settle,
    async elapse(ms) {
      const endMs = nowMs + ms;
      await settle();
      while (step(endMs)) await settle();
      nowMs = endMs;
    },
    async until(promise, withinMs = 600_000) {
      const outcome = { known: false };
      const note = (): void => {
        outcome.known = true;
      };
      promise.then(note, note);
      const limitMs = nowMs + withinMs;
      await settle();
      while (!outcome.known) {
        if (!step(limitMs)) throw new Error(`still pending at ${nowMs} ms with nothing left to do`);
        await settle();
      }
      return await promise;
    },
    get pendingTimers() {
      return wakeUps.length;
    },
  };
}
