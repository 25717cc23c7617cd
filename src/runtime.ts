import { randomFillSync } from 'node:crypto';

/** Cancels what it was returned for; calling it again, or after the fact, does nothing. */
export type Cancel = () => void;

/**
 * All that is not deterministic. The relay reads no clock, sets no timer and draws no random octet elsewhere, so a
 * test that brings its own Runtime decides what time it is and when a turn ends.
 */
export interface Runtime {
  /** Monotonic milliseconds; every timer and every expiry counts in these. */
  nowMs(): number;
  /** Milliseconds since 1970; only nonces and sealed tokens, which other processes read too, use it. */
  wallMs(): number;
  /** Calls `fn` once, when `nowMs()` has reached `atMs` or later. */
  wakeAt(atMs: number, fn: () => void): Cancel;
  /** Calls `fn` once, after the input of this turn of the event loop has been read. */
  afterInput(fn: () => void): void;
  /** Fills with octets of a cryptographic generator. */
  randomFill(into: Uint8Array): void;
}

/** Longest delay setTimeout takes; beyond it Node would fire at once. */
const longestDelayMs = 2 ** 31 - 1;

/** The Runtime of a real process. Its timers do not keep the process alive: listening sockets do. */
export function nodeRuntime(): Runtime {
  // The global is a getter, and the time is asked for several times a turn.
  const { performance } = globalThis;
  return {
    nowMs: () => performance.now(),
    wallMs: () => Date.now(),
    wakeAt(atMs, fn) {
      let timeout: NodeJS.Timeout;
      const sleep = (): void => {
        const delayMs = Math.ceil(atMs - performance.now());
        timeout = setTimeout(wake, Math.min(Math.max(delayMs, 0), longestDelayMs)).unref();
      };
      // Node may fire a little early, and long delays are slept in several turns.
      const wake = (): void => {
        if (performance.now() < atMs) sleep();
        else fn();
      };
      sleep();
      return () => {
        // Of a timeout without ref Node would keep the list of its length until that time has passed.
        clearTimeout(timeout.ref());
      };
    },
    afterInput(fn) {
      setImmediate(fn);
    },
    randomFill(into) {
      randomFillSync(into);
    },
  };
}
