/**
 * So many octets are searched for with memchr, which is fast where the first of them is rare. Where a sample shows that it is
 * not, or the search has been misled so often, all letters are searched for at once.
 */
const fastLetters = 6;
const sampled = 64;
const mostInSample = 4;
const maxFalseHits = 8;

/**
 * Keeps our own end-line out of the body (XMIT-19). Octets at hand when the transaction id was made can not hold it: the
 * id is random. Octets that come later can, if their sender has learned the id meanwhile, so they are searched for its
 * random letters, whatever stands around them, also across the seam of two slices.
 */
export class EndLineGuard {
  private readonly needle: Buffer;
  private readonly needleStart: Buffer;
  /** Last octets handed on, for look-alikes that straddle two slices. */
  private readonly seam: Buffer;
  private tail = 0;
  /** Octets still to pass that were at hand when the id was made. */
  private innocent = 0;

  private readonly letters: number;

  constructor(letters: number) {
    this.letters = letters;
    this.needle = Buffer.alloc(letters);
    this.needleStart = this.needle.subarray(0, fastLetters);
    this.seam = Buffer.alloc(2 * letters);
  }

  /** A piece begins: its id stands at `at`, and so many octets were at hand before it was made. */
  begin(bytes: Buffer, at: number, atHand: number): void {
    bytes.copy(this.needle, 0, at, at + this.letters);
    this.innocent = atHand;
    this.tail = 0;
  }

  /** How many leading octets of `slice` may go out before a look-alike is complete: all of them, nearly always. */
  allow(slice: Buffer): number {
    if (slice.length <= this.innocent) return slice.length;
    if (this.tail > 0) {
      const head = Math.min(this.letters - 1, slice.length);
      slice.copy(this.seam, this.tail, 0, head);
      const found = this.seam.subarray(0, this.tail + head).indexOf(this.needle);
      if (found >= 0) return found + this.letters - 1 - this.tail;
    }
    const found = this.find(slice, Math.max(0, this.innocent - this.letters));
    return found < 0 ? slice.length : found + this.letters - 1;
  }

  private find(slice: Buffer, from: number): number {
    let at = from;
    const tries = this.firstIsRare(slice) ? maxFalseHits : 0;
    for (let falseHits = 0; falseHits < tries; falseHits++) {
      at = slice.indexOf(this.needleStart, at);
      if (at < 0) return -1;
      const end = at + this.letters;
      if (end <= slice.length && this.needle.compare(slice, at, end) === 0) return at;
      at++;
    }
    return slice.indexOf(this.needle, at);
  }

  private firstIsRare(slice: Buffer): boolean {
    const first = this.needle[0];
    const step = Math.ceil(slice.length / sampled);
    let seen = 0;
    for (let at = 0; at < slice.length; at += step) if (slice[at] === first) seen++;
    return seen <= mostInSample;
  }

  /** These octets have gone out. */
  passed(slice: Buffer): void {
    this.innocent = Math.max(0, this.innocent - slice.length);
    const keep = this.letters - 1;
    if (slice.length >= keep) {
      slice.copy(this.seam, 0, slice.length - keep);
      this.tail = keep;
      return;
    }
    const stay = Math.min(this.tail, keep - slice.length);
    this.seam.copy(this.seam, 0, this.tail - stay, this.tail);
    slice.copy(this.seam, stay);
    this.tail = stay + slice.length;
  }
}
