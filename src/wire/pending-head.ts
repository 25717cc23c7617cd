import type { HeadLimits } from './head-reader.js';
import { CR, HYPHEN, LF } from './octets.js';
import { maxStart } from './start-line.js';

const nothing: Buffer = Buffer.alloc(0);
const firstSize = 1024;
/** Shortest end-line with its CRLF: seven hyphens, four characters, flag. */
const minEndLine = 14;

/**
 * A header section that came in part. Looks at each octet once to tell when reading the whole again can have a result,
 * so that a section that trickles in costs no more than one that comes at once.
 */
export class PendingHead {
  octets: Buffer = nothing;
  length = 0;
  readonly #limits: HeadLimits;
  #scanned = 0;
  #lineStart = 0;
  #lines = 0;
  #loneLf = false;

  constructor(limits: HeadLimits) {
    this.#limits = limits;
  }

  /** Takes a copy of some of what comes next, never beyond the limit of a section; returns how many octets. */
  add(input: Buffer, from: number): number {
    const room = Math.min(this.#limits.maxHeadBytes - this.length, Math.max(firstSize, this.length));
    const taken = Math.min(input.length - from, room);
    const needed = this.length + taken;
    if (needed > this.octets.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(firstSize, 2 * this.octets.length, needed));
      this.octets.copy(grown, 0, 0, this.length);
      this.octets = grown;
    }
    input.copy(this.octets, this.length, from, from + taken);
    this.length = needed;
    return taken;
  }

  /** Can reading the whole have a result now? Looks only at what has been added since it was asked last. */
  worthReading(): boolean {
    const { octets, length } = this;
    const { maxHeadBytes, maxLineBytes, maxHeaders } = this.#limits;
    let worth = this.#scanned < maxStart || length >= maxHeadBytes;
    for (let at = this.#scanned; at < length; at++) {
      if (octets[at] === LF) {
        if (octets[at - 1] === CR) {
          const line = at + 1 - this.#lineStart;
          if (line === 2 || (line >= minEndLine && octets[this.#lineStart] === HYPHEN)) worth = true;
          this.#lineStart = at + 1;
          if (++this.#lines > maxHeaders + 1) worth = true;
        } else if (this.#lines === 0 && !this.#loneLf) {
          this.#loneLf = true;
          worth = true;
        }
      }
      // Else a line that is too long and ended would go unseen.
      if (at + 1 - this.#lineStart >= maxLineBytes + 2) worth = true;
    }
    this.#scanned = length;
    return worth;
  }

  clear(): void {
    this.octets = nothing;
    this.length = 0;
    this.#scanned = 0;
    this.#lineStart = 0;
    this.#lines = 0;
    this.#loneLf = false;
  }
}
