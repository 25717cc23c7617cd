import type { HoldReason, Observer } from '../observe/types.js';
import type { Timers } from '../timers.js';
import type { ReadingClock } from '../transmission/types.js';
import type { RelaySocket } from '../transport/types.js';
import { Holds } from './holds.js';
import type { ConnectionInfo } from './info.js';

/** Pumps whoever has been touched once the input of this turn has been read; sooner, between two reads, when they are many. */
export interface TurnEnd {
  touch(one: { dirty: boolean; pump(): void }): void;
  relieve(): void;
}

export interface ReadingDeps {
  readonly limits: { readonly transactionMs: number };
  readonly timers: Pick<Timers, 'nowMs'>;
  readonly observer: Observer;
  readonly turnEnd: TurnEnd;
}

/**
 * Whether a connection is being read (XMIT-15): not while a hold stands, and, when it has brought more than can leave, not
 * before the output of this turn is written. The socket keeps what comes meanwhile, and in the end the sender does.
 */
export class Reading implements ReadingClock {
  /** Rests until the output of this turn is written. */
  dirty = false;
  /** Not there before the first hold. */
  private holds: Holds | undefined;
  private socket: RelaySocket | undefined;
  /** What it brings is thrown away. */
  private unwanted = false;
  private ended = false;
  private readonly deps: ReadingDeps;
  private readonly of: { readonly info: ConnectionInfo };

  constructor(deps: ReadingDeps, of: { readonly info: ConnectionInfo }) {
    this.deps = deps;
    this.of = of;
  }

  get running(): boolean {
    return this.holds?.running ?? true;
  }

  activeMs(): number {
    return this.holds?.activeMs() ?? this.deps.timers.nowMs();
  }

  /** The socket is there, and started. */
  begin(socket: RelaySocket): void {
    if (this.unwanted) return;
    this.socket = socket;
    if (!this.running) socket.pause();
  }

  hold(reason: HoldReason, key: object): void {
    if (this.ended) return;
    const { timers, limits } = this.deps;
    this.holds ??= new Holds(() => timers.nowMs(), limits.transactionMs);
    if (!this.holds.add(reason, key)) return;
    this.socket?.pause();
    this.deps.observer.note({ name: 'connectionHeld', connection: this.of.info, reason });
  }

  release(key: object): void {
    const heldMs = this.holds?.remove(key);
    if (heldMs === undefined || this.ended) return;
    if (!this.dirty) this.socket?.resume();
    this.deps.observer.note({ name: 'connectionReleased', connection: this.of.info, heldMs });
  }

  /** Not read again before the output of this turn is written. */
  rest(): void {
    if (this.dirty || this.socket === undefined) return;
    this.socket.pause();
    this.deps.turnEnd.touch(this);
  }

  /** It is. */
  pump(): void {
    if (this.running) this.socket?.resume();
  }

  /** What still comes is thrown away, but taken: left in the socket it would make the close a reset, and lose our last words. */
  throwAway(): void {
    this.socket?.resume();
    this.socket = undefined;
    this.unwanted = true;
  }

  /** Nothing comes any more. */
  end(): void {
    this.ended = true;
  }
}
