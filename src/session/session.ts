import type { SessionInfo } from '../observe/types.js';
import type { Timer, Timers } from '../timers.js';
import type { Grant } from './grant.js';
import type { Direction, EndReason, Session, SessionDependent, Totals } from './types.js';

/** A session as its table keeps it. The table alone changes grant and expiry. */
export class LiveSession implements Session {
  readonly token: string;
  readonly totals: Record<Direction, Totals> = { toOwner: noTotals(), fromOwner: noTotals() };
  readonly dependents: Set<SessionDependent> = new Set();
  readonly timer: Timer;
  readonly #onEnd: (session: LiveSession, reason: EndReason) => void;
  #live = true;
  #grant: Grant;
  #expiresAtMs: number;

  /** `onTimer` is called at the expiry; `onEnd` once, when the session ends, after its routes were told. */
  constructor(
    token: string,
    grant: Grant,
    expiresAtMs: number,
    timers: Timers,
    onTimer: (session: LiveSession) => void,
    onEnd: (session: LiveSession, reason: EndReason) => void,
  ) {
    this.token = token;
    this.#grant = grant;
    this.#expiresAtMs = expiresAtMs;
    this.#onEnd = onEnd;
    this.timer = timers.timer(onTimer, this);
    this.timer.setAt(expiresAtMs);
  }

  get id(): string {
    return this.#grant.id;
  }

  get grant(): Grant {
    return this.#grant;
  }

  get live(): boolean {
    return this.#live;
  }

  get expiresAtMs(): number {
    return this.#expiresAtMs;
  }

  /** What events tell of it. */
  get info(): SessionInfo {
    return { id: this.#grant.id, user: this.#grant.user, kind: this.#grant.kind };
  }

  moveExpiry(grant: Grant, expiresAtMs: number): void {
    this.#grant = grant;
    this.#expiresAtMs = expiresAtMs;
    this.timer.setAt(expiresAtMs);
  }

  end(reason: EndReason): void {
    if (!this.#live) return;
    this.#live = false;
    for (const dependent of this.dependents) dependent.sessionEnded();
    this.dependents.clear();
    this.#onEnd(this, reason);
  }
}

function noTotals(): Totals {
  return { chunks: 0, messages: 0, octets: 0, refused: 0, failed: 0 };
}
