import type { ByteRange } from '../../src/wire/index.js';

/** Where a message goes. */
export interface Taker {
  /** Keeps octets at their place, counted from 0. They may change once this has returned. */
  put(octets: Buffer, at: number): void;
  whole(message: Incoming): void;
}

/** A message on its way in, in as many pieces as sender and relays have made of it. */
export class Incoming {
  readonly contentType: string;
  pieces = 0;
  total: number | undefined;
  readonly taker: Taker;
  /** First and last octet, counted from 1, of what is here: in order, with gaps between. */
  #here: [first: number, last: number][] = [];
  #first = 1;
  #next = 1;

  constructor(contentType: string, taker: Taker) {
    this.contentType = contentType;
    this.taker = taker;
  }

  /** Of the pieces that have ended; what came twice counts once. */
  get octets(): number {
    return this.#here.reduce((sum, [first, last]) => sum + last - first + 1, 0);
  }

  /** A piece begins; one without Byte-Range is at the beginning (RFC 4975 section 7.1.1). */
  begin(range: Pick<ByteRange, 'start' | 'total'> | undefined): void {
    this.pieces++;
    this.#first = this.#next = range?.start ?? 1;
    this.total ??= range?.total;
  }

  add(octets: Buffer): void {
    this.taker.put(octets, this.#next - 1);
    this.#next += octets.length;
  }

  /** The piece is here; the one with `$` tells where the message ends. True: nothing is missing any more. */
  end(flag: '$' | '+' | '#'): boolean {
    if (flag === '$') this.total ??= this.#next - 1;
    if (this.#next > this.#first) this.#here = joined([...this.#here, [this.#first, this.#next - 1]]);
    this.#first = this.#next;
    const [begin] = this.#here;
    if (this.total === 0) return flag === '$';
    return this.#here.length === 1 && begin?.[0] === 1 && begin[1] === this.total;
  }
}

/** The same octets in the fewest ranges: a piece that was sent again counts once. */
function joined(ranges: [number, number][]): [number, number][] {
  const result: [number, number][] = [];
  for (const [first, last] of ranges.sort((a, b) => a[0] - b[0])) {
    const before = result.at(-1);
    if (before !== undefined && first <= before[1] + 1) before[1] = Math.max(before[1], last);
    else result.push([first, last]);
  }
  return result;
}
