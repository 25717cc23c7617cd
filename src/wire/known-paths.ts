import { place, type ScratchHead } from './head.js';

/**
 * The path lines of the last sound message: they repeat for a whole session, so comparing octets replaces reading them.
 */
export class KnownPaths {
  #octets: Buffer = Buffer.alloc(0);
  #view: DataView = new DataView(new ArrayBuffer(0));
  /** Length of the two lines, 0 when none are known. */
  length = 0;
  #toStart = 0;
  #toEnd = 0;
  #fromStart = 0;
  #fromEnd = 0;

  /** Do these octets stand at `at`? The caller knows that enough are there. */
  standAt(view: DataView, at: number): boolean {
    // Eight octets at a time as doubles: what is known is visible ASCII, so there is no NaN, no zero of another sign
    // and no denormal among it, and equal doubles mean equal octets.
    const known = this.#view;
    const last = this.length - 8;
    for (let i = 0; i < last; i += 8) if (known.getFloat64(i) !== view.getFloat64(at + i)) return false;
    return known.getFloat64(last) === view.getFloat64(at + last);
  }

  /** Writes what reading the two lines at `at` would have written. */
  apply(head: ScratchHead, at: number): void {
    head.samePaths = true;
    place(head.paths, at, at + this.length);
    place(head.toPath, at + this.#toStart, at + this.#toEnd);
    place(head.fromPath, at + this.#fromStart, at + this.#fromEnd);
  }

  /** Remembers the paths of a message that broke no rule. */
  learn(head: ScratchHead): void {
    const { start, end } = head.paths;
    const length = end - start;
    if (length > this.#octets.length) {
      this.#octets = Buffer.allocUnsafeSlow(length);
      this.#view = new DataView(this.#octets.buffer);
    }
    head.bytes.copy(this.#octets, 0, start, end);
    this.length = length;
    this.#toStart = head.toPath.start - start;
    this.#toEnd = head.toPath.end - start;
    this.#fromStart = head.fromPath.start - start;
    this.#fromEnd = head.fromPath.end - start;
  }
}
