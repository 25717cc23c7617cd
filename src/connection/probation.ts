import type { Limits } from '../limits.js';
import type { Timer, Timers } from '../timers.js';
import type { ConnectionEnd } from '../observe/types.js';

interface Closable {
  close(reason: ConnectionEnd): void;
}

/**
 * What an incoming connection has to show for itself (RFC 4976 section 6.1): a successful request within 30 s, and not
 * several failures before it. Failed AUTHs count later as well, but never for a relay (AUTH-28, AUTH-30).
 */
export class Probation {
  private readonly limits: Pick<Limits, 'probationMs' | 'maxFailures'>;
  private readonly isRelay: boolean;
  private readonly connection: Closable;
  private timer: Timer | undefined;
  private over: boolean;
  private failures = 0;
  private authFailures = 0;

  constructor(
    limits: Pick<Limits, 'probationMs' | 'maxFailures'>,
    timers: Timers,
    peer: { readonly dialled: boolean; readonly isRelay: boolean },
    connection: Closable,
  ) {
    this.limits = limits;
    this.isRelay = peer.isRelay;
    this.connection = connection;
    this.over = peer.dialled;
    if (this.over) return;
    this.timer = timers.timer(() => {
      connection.close('probation-over');
    });
    this.timer.setAt(timers.nowMs() + limits.probationMs);
  }

  get passed(): boolean {
    return this.over;
  }

  succeeded(): void {
    if (this.over) return;
    this.over = true;
    this.end();
  }

  requestFailed(): void {
    if (this.over || this.isRelay) return;
    if (++this.failures >= this.limits.maxFailures) this.connection.close('too-many-failures');
  }

  authFailed(): void {
    if (this.isRelay) return;
    if (++this.authFailures >= this.limits.maxFailures) this.connection.close('too-many-failures');
  }

  authSucceeded(): void {
    this.authFailures = 0;
  }

  end(): void {
    this.timer?.clear();
    this.timer = undefined;
  }
}
