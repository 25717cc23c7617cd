import type { Cancel } from '../runtime.js';

interface Dial {
  readonly user: string;
  readonly cancel: Cancel;
}

/** Dials under way, and how many of them are whose doing: nobody makes the relay knock at many doors at once (FWD-47). */
export class Dials<C> {
  private readonly underWay = new Map<C, Dial>();
  private readonly counts = new Map<string, number>();
  private readonly maxPerUser: number;

  constructor(maxPerUser: number) {
    this.maxPerUser = maxPerUser;
  }

  mayBegin(user: string): boolean {
    return (this.counts.get(user) ?? 0) < this.maxPerUser;
  }

  begin(connection: C, user: string, cancel: Cancel): void {
    this.underWay.set(connection, { user, cancel });
    this.counts.set(user, (this.counts.get(user) ?? 0) + 1);
  }

  /** It has come to an end; if nobody has told so yet, it is given up. */
  end(connection: C): void {
    const dial = this.underWay.get(connection);
    if (dial === undefined) return;
    this.underWay.delete(connection);
    const others = this.counts.get(dial.user)! - 1;
    if (others === 0) this.counts.delete(dial.user);
    else this.counts.set(dial.user, others);
    dial.cancel();
  }
}
