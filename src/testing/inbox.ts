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
    const promise = new Promise<T>((resolve, reject) => {
      if (this.#closed) reject(this.#closed);
      else this.#waiting.push({ resolve, reject });
    });
    // Whoever waits is told; a test that does not care for this one need not catch it.
    promise.catch(() => undefined);
    return promise;
  }

  close(why: Error): void {
    this.#closed = why;
    for (const { reject } of this.#waiting.splice(0)) reject(why);
  }
}
