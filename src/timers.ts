import type { Cancel } from './runtime.js';

/** A deadline that has been set. Setting and clearing cost no allocation beyond this object. */
export interface Timer {
  /** True from the moment it was set until it fires or is cleared. */
  readonly pending: boolean;
  /** Fires `fn` at `atMs` (Runtime.nowMs); moves a pending deadline. */
  setAt(atMs: number): void;
  clear(): void;
}

/** All deadlines of one relay, on one wake-up of the Runtime. */
export interface Timers {
  nowMs(): number;
  /** A timer, not yet set, that calls `fn` each time it fires. Same deadline: first set, first fired. */
  timer(fn: () => void): Timer;
  /** One-shot: fires `fn` `delayMs` from now. */
  after(delayMs: number, fn: () => void): Cancel;
  /** Deadlines set and not yet fired: zero when nothing is left behind. */
  readonly size: number;
  /** Clears all of them and lets go of the Runtime. */
  close(): void;
}
