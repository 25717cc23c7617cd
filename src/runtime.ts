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
