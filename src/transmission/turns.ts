import { Fifo } from '../fifo.js';
import type { OutgoingRoute } from './types.js';

interface SessionTurn {
  readonly key: object;
  readonly routes: Fifo<OutgoingRoute>;
  credit: number;
}

/**
 * Whose turn it is on one connection: deficit round-robin over sessions (token and direction, XMIT-24), inside a session
 * over its routes. Holds only routes that have something to send; the order inside a route is the route's own.
 */
export class Turns {
  /** Of its members. A Set tells its size only by a call, and this is asked for each message. */
  size = 0;
  private readonly ring = new Fifo<SessionTurn>();
  /** These two are not there before the first route waits: on most connections none ever does. */
  private byKey: Map<object, SessionTurn> | undefined;
  private members: Set<OutgoingRoute> | undefined;

  private readonly turnBytes: number;

  constructor(turnBytes: number) {
    this.turnBytes = turnBytes;
  }

  has(route: OutgoingRoute): boolean {
    return this.members?.has(route) === true;
  }

  /** The route has something to send. */
  add(route: OutgoingRoute): void {
    const byKey = (this.byKey ??= new Map<object, SessionTurn>());
    const members = (this.members ??= new Set<OutgoingRoute>());
    if (members.has(route)) return;
    members.add(route);
    this.size++;
    let turn = byKey.get(route.turnKey);
    if (turn === undefined) {
      turn = { key: route.turnKey, routes: new Fifo(), credit: this.turnBytes };
      byKey.set(route.turnKey, turn);
      this.ring.push(turn);
    }
    turn.routes.push(route);
  }

  /** The route has nothing to send for now. */
  remove(route: OutgoingRoute): void {
    if (this.members?.delete(route) !== true) return;
    this.size--;
    const byKey = this.byKey!;
    const turn = byKey.get(route.turnKey)!;
    turn.routes.remove(route);
    if (turn.routes.size > 0) return;
    byKey.delete(turn.key);
    this.ring.remove(turn);
  }

  /** The route whose turn it is. */
  current(): OutgoingRoute | undefined {
    return this.ring.peek()?.routes.peek();
  }

  /** The session at turn has sent so many octets; alone on the connection it owes nobody. */
  spent(bytes: number): void {
    const turn = this.ring.peek();
    if (turn === undefined) return;
    turn.credit -= bytes;
    if (this.ring.size === 1 && turn.credit < 0) turn.credit = 0;
  }

  /** Octets the session at turn may still send; unlimited while no other is ready. */
  credit(): number {
    return this.ring.size > 1 ? this.ring.peek()!.credit : Infinity;
  }

  /** A chunk or a share is through: the next route of the session, and, if its credit is used up, the next session. */
  advance(): void {
    const turn = this.ring.peek();
    if (turn === undefined) return;
    if (turn.routes.size > 1) turn.routes.push(turn.routes.shift()!);
    if (this.ring.size === 1 || turn.credit > 0) return;
    this.ring.push(this.ring.shift()!);
    turn.credit += this.turnBytes;
    for (let next = this.ring.peek()!; next.credit <= 0; next = this.ring.peek()!) {
      next.credit += this.turnBytes;
      if (next.credit <= 0) this.ring.push(this.ring.shift()!);
    }
  }
}
