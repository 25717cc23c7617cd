/** What can stand in an order of use: the links are the order's own. */
export interface InUseOrder<T> {
  older: T | undefined;
  newer: T | undefined;
}

/** Things by last use, oldest first. To use, add or remove one costs a few assignments, however many there are. */
export class UseOrder<T extends InUseOrder<T>> {
  oldest: T | undefined;
  private newest: T | undefined;

  add(item: T): void {
    item.older = this.newest;
    if (this.newest === undefined) this.oldest = item;
    else this.newest.newer = item;
    this.newest = item;
  }

  remove(item: T): void {
    const { older, newer } = item;
    if (older === undefined) this.oldest = newer;
    else older.newer = newer;
    if (newer === undefined) this.newest = older;
    else newer.older = older;
    item.older = item.newer = undefined;
  }

  use(item: T): void {
    if (item === this.newest) return;
    this.remove(item);
    this.add(item);
  }
}
