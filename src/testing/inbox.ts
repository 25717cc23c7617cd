/** All that has come of one kind, and those who wait for the next of it. */
export class Inbox<T> {
  readonly all: T[] = [];
  #taken = 0;
  #waiting: { resolve: (item: T) => void; reject: (why: Error) => void }[] = [];
  #closed: Error | undefined;

  put(item: T): void {
    this.all.push(item);
    const first = this.#waiting.shift();
    if (first === undefined) return;
    this.#taken += 1;
    first.resolve(item);
  }

  /** The first that was not given to anybody by this method. */
  next(): Promise<T> {
    if (this.#taken < this.all.length) {
      this.#taken += 1;
      return Promise.resolve(this.all[this.#taken - 1]!);
    }
    if (this.#closed) return Promise.reject(this.#closed);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
    });
  }

  close(why: Error): void {
    this.#closed = why;
    for (const { reject } of this.#waiting.splice(0)) reject(why);
  }
}
