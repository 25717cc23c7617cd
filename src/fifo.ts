const leastPlaces = 4;
const mostSparePlaces = 64;

/**
 * First in, first out: a ring of places, twice as many when all are taken. Few places stay when it is empty, since an
 * array that is emptied and filled again takes new memory each time.
 */
export class Fifo<T> {
  size = 0;
  #places: (T | undefined)[] = [];
  #head = 0;

  push(item: T): void {
    if (this.size === this.#places.length) this.#grow();
    this.#places[this.#at(this.size++)] = item;
  }

  peek(): T | undefined {
    return this.size === 0 ? undefined : this.#places[this.#head];
  }

  last(): T | undefined {
    return this.size === 0 ? undefined : this.#places[this.#at(this.size - 1)];
  }

  shift(): T | undefined {
    if (this.size === 0) return undefined;
    const item = this.#places[this.#head];
    this.#places[this.#head] = undefined;
    this.#head = this.#at(1);
    if (--this.size === 0 && this.#places.length > mostSparePlaces) {
      this.#places = [];
      this.#head = 0;
    }
    return item;
  }

  /** Takes one item out, wherever it stands; false when it is not there. */
  remove(item: T): boolean {
    for (let i = 0; i < this.size; i++) {
      if (this.#places[this.#at(i)] !== item) continue;
      for (; i > 0; i--) this.#places[this.#at(i)] = this.#places[this.#at(i - 1)];
      this.shift();
      return true;
    }
    return false;
  }

  /** Whoever takes items out meanwhile takes a copy before. */
  *[Symbol.iterator](): Iterator<T> {
    for (let i = 0; i < this.size; i++) yield this.#places[this.#at(i)] as T;
  }

  /** Where the item stands that is so many behind the first. */
  #at(behind: number): number {
    return (this.#head + behind) & (this.#places.length - 1);
  }

  #grow(): void {
    const places = new Array<T | undefined>(Math.max(2 * this.#places.length, leastPlaces)).fill(undefined);
    for (let i = 0; i < this.size; i++) places[i] = this.#places[this.#at(i)];
    this.#places = places;
    this.#head = 0;
  }
}
