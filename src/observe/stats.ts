import type { EndReason } from '../session/types.js';
import type { TransportRefusal } from '../transport/types.js';
import type {
  AuthFailure,
  ConnectionEnd,
  DeliveryFailure,
  Fact,
  FactName,
  HoldReason,
  RefusalReason,
  Traffic,
} from './types.js';

/** Count by reason; reasons that have not occurred are absent. */
export type Counts<Reason extends string> = Readonly<Partial<Record<Reason, number>>>;

/** What `relay.stats()` returns: plain data, all counted since the relay was made, but for the two `open`. */
export interface RelayStats {
  readonly connections: {
    /** Now. */
    readonly open: number;
    readonly opened: number;
    readonly closed: Counts<ConnectionEnd>;
    /** Failed before they carried MSRP. */
    readonly refused: Counts<TransportRefusal>;
    /** How often reading was stopped, and for how many milliseconds in all (holds that ended). */
    readonly held: Counts<HoldReason>;
    readonly heldMs: number;
  };
  readonly sessions: {
    /** Now. */
    readonly open: number;
    readonly opened: number;
    readonly renewed: number;
    readonly closed: Counts<EndReason>;
  };
  readonly authFailures: Counts<AuthFailure>;
  readonly requestsRefused: Counts<RefusalReason>;
  readonly responsesDropped: Counts<Extract<Fact, { name: 'responseDropped' }>['reason']>;
  readonly deliveriesFailed: Counts<DeliveryFailure>;
  readonly hops: { readonly dialled: number; readonly failed: Counts<DeliveryFailure> };
  /** By place: `authenticator`, `sessions.find`, `logger`, … */
  readonly hostCodeFailures: Readonly<Record<string, number>>;
  readonly listenerErrors: number;
  readonly traffic: Readonly<Traffic>;
}

export function noTraffic(): Traffic {
  return { sendsIn: 0, sendsOut: 0, octetsIn: 0, octetsOut: 0, responsesIn: 0, responsesOut: 0, reportsMade: 0 };
}

/** Counts facts by name and, within it, by reason. */
export class Stats {
  listenerErrors = 0;
  readonly #traffic: Readonly<Traffic>;
  readonly #counts: Map<FactName, Map<string, number>> = new Map();
  #heldMs = 0;

  constructor(traffic: Readonly<Traffic>) {
    this.#traffic = traffic;
  }

  count(fact: Fact): void {
    const reason = 'reason' in fact ? fact.reason : 'where' in fact ? fact.where : '';
    const counts = this.#counts.get(fact.name);
    if (counts === undefined) this.#counts.set(fact.name, new Map([[reason, 1]]));
    else counts.set(reason, (counts.get(reason) ?? 0) + 1);
    if (fact.name === 'connectionReleased') this.#heldMs += fact.heldMs;
  }

  snapshot(): RelayStats {
    return {
      connections: {
        open: this.#total('connectionOpened') - this.#total('connectionClosed'),
        opened: this.#total('connectionOpened'),
        closed: this.#byReason('connectionClosed'),
        refused: this.#byReason('connectionRefused'),
        held: this.#byReason('connectionHeld'),
        heldMs: this.#heldMs,
      },
      sessions: {
        open: this.#total('sessionOpened') - this.#total('sessionClosed'),
        opened: this.#total('sessionOpened'),
        renewed: this.#total('sessionRenewed'),
        closed: this.#byReason('sessionClosed'),
      },
      authFailures: this.#byReason('authFailed'),
      requestsRefused: this.#byReason('requestRefused'),
      responsesDropped: this.#byReason('responseDropped'),
      deliveriesFailed: this.#byReason('deliveryFailed'),
      hops: { dialled: this.#total('hopDialled'), failed: this.#byReason('hopFailed') },
      hostCodeFailures: this.#byReason('hostCodeFailed'),
      listenerErrors: this.listenerErrors,
      traffic: { ...this.#traffic },
    };
  }

  #total(name: FactName): number {
    let total = 0;
    for (const count of this.#counts.get(name)?.values() ?? []) total += count;
    return total;
  }

  #byReason(name: FactName): Record<string, number> {
    return Object.fromEntries(this.#counts.get(name) ?? []);
  }
}
