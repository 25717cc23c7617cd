/** The place of something in a chain. Made once with it: joining and leaving cost no memory. */
export class Link<T> {
  chain: Chain<T> | undefined;
  next: Link<T> | undefined;
  previous: Link<T> | undefined;
  readonly of: T;

  constructor(of: T) {
    this.of = of;
  }
}

/**
 * A queue that is joined and left with each chunk, from any place. A Map or Set that is filled and emptied again and again
 * makes new tables in the old generation, and with them full collections.
 */
export class Chain<T> {
  size = 0;
  #first: Link<T> | undefined;
  #last: Link<T> | undefined;

  get first(): T | undefined {
    return this.#first?.of;
  }

  /** At the end, unless it is in this chain. It must not be in another one. */
  add(link: Link<T>): void {
    if (link.chain === this) return;
    link.chain = this;
    link.previous = this.#last;
    if (this.#last === undefined) this.#first = link;
    else this.#last.next = link;
    this.#last = link;
    this.size++;
  }

  /** False: it is not in this chain. */
  remove(link: Link<T>): boolean {
    if (link.chain !== this) return false;
    const { next, previous } = link;
    if (previous === undefined) this.#first = next;
    else previous.next = next;
    if (next === undefined) this.#last = previous;
    else next.previous = previous;
    link.chain = link.next = link.previous = undefined;
    this.size--;
    return true;
  }

  /** The first becomes the last. */
  rotate(): void {
    const link = this.#first;
    if (link === undefined) return;
    this.remove(link);
    this.add(link);
  }

  *[Symbol.iterator](): Iterator<T> {
    for (let link = this.#first; link !== undefined; link = link.next) yield link.of;
  }
}
