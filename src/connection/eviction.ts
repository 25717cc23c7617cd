import { UseOrder, type InUseOrder } from './use-order.js';

/** How a connection stands when room is needed; the kind named first gives way first (CONN-21). */
export type Standing = 'probation' | 'without-token' | 'with-token';

/** Newcomers may exceed the bound by this part of it, at least by one: how else could one of them prove itself? */
const newcomersShare = 16;

/** A connection's place in the order of giving way. */
export class Place<C> implements InUseOrder<Place<C>> {
  older: Place<C> | undefined;
  newer: Place<C> | undefined;
  readonly connection: C;
  standing: Standing;

  constructor(connection: C, standing: Standing) {
    this.connection = connection;
    this.standing = standing;
  }
}

/**
 * Who gives way when there are too many connections: the least recently used in its probation; else the least recently
 * used without live token; one with a live token only to a connection that has had its own success. So a flood of silent
 * connections costs no registered client its place. No decision takes longer for more connections.
 */
export class Eviction<C> {
  private readonly orders: Readonly<Record<Standing, UseOrder<Place<C>>>> = {
    probation: new UseOrder(),
    'without-token': new UseOrder(),
    'with-token': new UseOrder(),
  };
  private readonly maxConnections: number;
  private readonly maxWithNewcomers: number;
  private size = 0;

  constructor(maxConnections: number) {
    this.maxConnections = maxConnections;
    this.maxWithNewcomers = maxConnections + Math.max(1, Math.floor(maxConnections / newcomersShare));
  }

  add(connection: C, standing: Standing): Place<C> {
    const place = new Place(connection, standing);
    this.orders[standing].add(place);
    this.size++;
    return place;
  }

  remove(place: Place<C>): void {
    this.orders[place.standing].remove(place);
    this.size--;
  }

  used(place: Place<C>): void {
    this.orders[place.standing].use(place);
  }

  /** Keeps its turn among those it joins only as the one used last: a change of standing is a use. */
  stands(place: Place<C>, standing: Standing): void {
    this.orders[place.standing].remove(place);
    place.standing = standing;
    this.orders[standing].add(place);
  }

  /** Is there no place for one more? */
  get full(): boolean {
    return this.size >= this.maxWithNewcomers;
  }

  /** Who gives way to a newcomer; undefined: nobody has to. */
  toNewcomer(): C | undefined {
    return (this.orders.probation.oldest ?? this.orders['without-token'].oldest)?.connection;
  }

  /** Who gives way to a connection that has had its first success; undefined: nobody need, or there is nobody else. */
  toProved(proved: Place<C>): C | undefined {
    if (this.size <= this.maxConnections) return undefined;
    const { orders } = this;
    for (const { oldest } of [orders.probation, orders['without-token'], orders['with-token']]) {
      const other = oldest === proved ? oldest.newer : oldest;
      if (other !== undefined) return other.connection;
    }
    return undefined;
  }
}
