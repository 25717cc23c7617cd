import { place, type ScratchHead } from './head.js';
import type { PathsMemo } from './types.js';

const tableBits = 6;
const waysBits = 2;
const ways = 1 << waysBits;
/** Octets of the path lines that decide their place in the table: where the session-id of the first URI lies. */
const sampledFrom = 24;
const sampledBytes = 88;
/** Longer lines are known only while they are the last ones: a table of them would be a peer's way to fill our memory. */
const longestKept = 1024;

/** The two path lines of a sound message, to be recognised when they come again. */
class KnownLines implements PathsMemo {
  value: unknown = undefined;
  readonly length: number;
  readonly #view: DataView;
  readonly #toStart: number;
  readonly #toEnd: number;
  readonly #fromStart: number;
  readonly #fromEnd: number;

  constructor({ bytes, paths, toPath, fromPath }: ScratchHead) {
    const { start, end } = paths;
    const octets = new Uint8Array(bytes.subarray(start, end));
    this.length = octets.length;
    this.#view = new DataView(octets.buffer);
    this.#toStart = toPath.start - start;
    this.#toEnd = toPath.end - start;
    this.#fromStart = fromPath.start - start;
    this.#fromEnd = fromPath.end - start;
  }

  /** Do these octets stand at `at`? */
  standAt(view: DataView, at: number, limit: number): boolean {
    if (at + this.length > limit) return false;
    // Eight octets at a time as doubles: what is known is visible ASCII, so there is no NaN, no zero of another sign
    // and no denormal among it, and equal doubles mean equal octets.
    const known = this.#view;
    const last = this.length - 8;
    for (let i = 0; i < last; i += 8) if (known.getFloat64(i) !== view.getFloat64(at + i)) return false;
    return known.getFloat64(last) === view.getFloat64(at + last);
  }

  /** Writes what reading the two lines at `at` would have written. */
  apply(head: ScratchHead, at: number): void {
    head.memo = this;
    place(head.paths, at, at + this.length);
    place(head.toPath, at + this.#toStart, at + this.#toEnd);
    place(head.fromPath, at + this.#fromStart, at + this.#fromEnd);
  }
}

/**
 * Path lines of the sound messages of one connection: they repeat for a whole session, so comparing octets replaces reading
 * them. The last ones are tried first; those of connections with several sessions stand in a table, a few in each place.
 */
export class KnownPaths {
  #last: KnownLines | undefined;
  #table: (KnownLines | undefined)[] | undefined;
  #turn = 0;

  /** Recognises the lines at `at` and places them; the place behind them, or -1. */
  recognise(head: ScratchHead, at: number, limit: number): number {
    const { view } = head;
    let lines = this.#last;
    if (lines?.standAt(view, at, limit) !== true) {
      lines = this.#lookUp(view, at, limit);
      if (lines === undefined) return -1;
      this.#last = lines;
    }
    lines.apply(head, at);
    return at + lines.length;
  }

  /** Remembers the lines of a message that broke no rule. */
  learn(head: ScratchHead): void {
    const lines = new KnownLines(head);
    const alone = this.#last === undefined;
    this.#last = head.memo = lines;
    if (alone || lines.length < sampledBytes || lines.length > longestKept) return;
    this.#table ??= new Array<KnownLines | undefined>(ways << tableBits).fill(undefined);
    this.#turn = (this.#turn + 1) & (ways - 1);
    this.#table[placeOf(head.view, head.paths.start) + this.#turn] = lines;
  }

  #lookUp(view: DataView, at: number, limit: number): KnownLines | undefined {
    if (this.#table === undefined || at + sampledBytes > limit) return undefined;
    const place = placeOf(view, at);
    for (let i = place; i < place + ways; i++) {
      const lines = this.#table[i];
      if (lines?.standAt(view, at, limit) === true) return lines;
    }
    return undefined;
  }
}

function placeOf(view: DataView, at: number): number {
  let hash = 0;
  for (let i = sampledFrom; i < sampledBytes; i += 4) hash = Math.imul(hash ^ view.getInt32(at + i), 0x9e3779b1);
  return (hash >>> (32 - tableBits)) << waysBits;
}
