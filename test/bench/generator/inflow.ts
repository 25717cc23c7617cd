import type { Link } from './link.js';

const aheadBytes = 2048;

/** Octets of one connection, read message by message; what is cut off at the end of a read is kept for the next. */
export abstract class Inflow {
  private kept = 0;
  private readonly work: Buffer = Buffer.allocUnsafeSlow(2 * aheadBytes + 1);
  private readonly workView = new DataView(this.work.buffer);
  private readonly done: () => void;

  /** `done`: called when all of a read has been seen. */
  constructor(link: Link, done: () => void) {
    this.done = done;
    link.onRead = (bytes, view, end) => {
      this.read(bytes, view, end);
      this.done();
    };
  }

  /** Uses up what it can between `at` and `end`, behind which stands a CR; returns where the rest begins. */
  protected abstract take(bytes: Buffer, view: DataView, at: number, end: number): number;

  private read(bytes: Buffer, view: DataView, end: number): void {
    let at = 0;
    if (this.kept > 0) {
      const { work, kept } = this;
      const ahead = Math.min(end, aheadBytes);
      bytes.copy(work, kept, 0, ahead);
      work[kept + ahead] = 13;
      const used = this.take(work, this.workView, 0, kept + ahead);
      if (used < kept) {
        if (ahead < end) throw new Error('a head longer than this generator has sent');
        work.copyWithin(0, used, kept + ahead);
        this.kept = kept + ahead - used;
        return;
      }
      at = used - kept;
      this.kept = 0;
    }
    at = this.take(bytes, view, at, end);
    if (at === end) return;
    if (end - at > aheadBytes) throw new Error('a head longer than this generator has sent');
    this.kept = bytes.copy(this.work, 0, at, end);
  }
}
