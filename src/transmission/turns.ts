import { Chain, Link } from '../chain.js';
import type { OutgoingRoute } from './types.js';

class SessionTurn {
  readonly key: object;
  credit = 0;
  readonly routes: Chain<OutgoingRoute> = new Chain();
  readonly inRing: Link<SessionTurn> = new Link(this);

  constructor(key: object) {
    this.key = key;
  }
}

/** So many sessions that have nothing to send are remembered in any case. */
const fewIdle = 8;

/**
 * Whose turn it is on one connection: deficit round-robin over sessions (token and direction, XMIT-24), inside a session
 * over its routes. Holds only routes that have something to send; the order inside a route is the route's own.
 */
export class Turns {
  /** Of the routes it holds. */
  size = 0;
  /** Not there before the first route waits: on most connections none ever does. */
  private ring: Chain<SessionTurn> | undefined;
  /** Sessions in the ring, and some more that were. */
  private byKey: Map<object, SessionTurn> | undefined;

  private readonly turnBytes: number;

  constructor(turnBytes: number) {
    this.turnBytes = turnBytes;
  }

  has(route: OutgoingRoute): boolean {
    return route.inTurn.chain !== undefined;
  }

  /** The route has something to send. */
  add(route: OutgoingRoute): void {
    if (this.has(route)) return;
    const turn = this.turnOf(route.turnKey);
    if (turn.routes.size === 0) {
      turn.credit = this.turnBytes;
      (this.ring ??= new Chain()).add(turn.inRing);
    }
    turn.routes.add(route.inTurn);
    this.size++;
  }

  /** The route has nothing to send for now. */
  remove(route: OutgoingRoute): void {
    if (!this.has(route)) return;
    this.size--;
    const turn = this.turnOf(route.turnKey);
    turn.routes.remove(route.inTurn);
    if (turn.routes.size > 0) return;
    this.ring!.remove(turn.inRing);
    if (this.byKey!.size > 2 * this.ring!.size + fewIdle) this.forgetIdle();
  }

  private turnOf(key: object): SessionTurn {
    const byKey = (this.byKey ??= new Map<object, SessionTurn>());
    let turn = byKey.get(key);
    if (turn === undefined) {
      turn = new SessionTurn(key);
      byKey.set(key, turn);
    }
    return turn;
  }

  private forgetIdle(): void {
    this.byKey = new Map();
    for (const turn of this.ring!) this.byKey.set(turn.key, turn);
  }

  /** The route whose turn it is. */
  current(): OutgoingRoute | undefined {
    return this.ring?.first?.routes.first;
  }

  /** The session at turn has sent so many octets; alone on the connection it owes nobody. */
  spent(bytes: number): void {
    const turn = this.ring?.first;
    if (turn === undefined) return;
    turn.credit -= bytes;
    if (this.ring!.size === 1 && turn.credit < 0) turn.credit = 0;
  }

  /** Octets the session at turn may still send; unlimited while no other is ready. */
  credit(): number {
    const { ring } = this;
    return ring !== undefined && ring.size > 1 ? ring.first!.credit : Infinity;
  }

  /** A chunk or a share is through: the next route of the session, and, if its credit is used up, the next session. */
  advance(): void {
    const { ring } = this;
    const turn = ring?.first;
    if (turn === undefined) return;
    turn.routes.rotate();
    if (ring!.size === 1 || turn.credit > 0) return;
    ring!.rotate();
    turn.credit += this.turnBytes;
    for (let next = ring!.first!; next.credit <= 0; next = ring!.first!) {
      next.credit += this.turnBytes;
      if (next.credit <= 0) ring!.rotate();
    }
  }
}
