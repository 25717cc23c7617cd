import { CR, DOLLAR, HASH, HYPHEN, lesser, LF, noView, PLUS, sameText, viewOf } from './octets.js';
import type { Flag } from './types.js';

/** Octets of an end-line besides the transaction id: CR LF, seven hyphens, flag, CR LF. */
const around = 12;
const fourHyphens = 0x2d2d2d2d;
const crlf = 0x0a0d;
/** As HYPHEN, for the loop over every body: what is imported is looked up anew at each use. */
const hyphen = 0x2d;
/** Octets before the transaction id. */
const before = 9;
/** Bodies are stepped through in script up to here, a whole chunk of 2048 octets; beyond, the native search wins. */
const stepped = 2304;
/** A native search that was misled so often gives way to stepping, whose worst case is mild. */
const maxFalseHits = 8;

const longestTid = 32;
const nothing: Buffer = Buffer.alloc(0);

/** Length of CRLF, end-line and its CRLF. */
export function endLineLength(tidLength: number): number {
  return tidLength + around;
}

export function flagOf(octet: number): Flag | undefined {
  return octet === DOLLAR ? '$' : octet === PLUS ? '+' : octet === HASH ? '#' : undefined;
}

/**
 * Does an end-line stand at `at` (RFC 4975 section 7.1): seven hyphens, the id that `tids` shows, a flag, CRLF? The
 * CRLF before it is not looked at. Nothing at or behind `end` is read.
 */
export function isEndLine(
  view: DataView,
  at: number,
  end: number,
  tids: DataView,
  tidStart: number,
  tidEnd: number,
): boolean {
  const flagAt = at + 7 + tidEnd - tidStart;
  if (flagAt + 3 > end) return false;
  if (view.getInt32(at, true) !== fourHyphens || view.getInt32(at + 3, true) !== fourHyphens) return false;
  if (!isId(tids, tidStart, tidEnd - tidStart, view, at + 7)) return false;
  return view.getInt16(flagAt + 1, true) === crlf && flagOf(view.getUint8(flagAt)) !== undefined;
}

/** The id is at least four octets long. */
function isId(tids: DataView, start: number, length: number, view: DataView, at: number): boolean {
  if (length >= 8) return sameText(tids, start, length, view, at);
  if (tids.getInt32(start, true) !== view.getInt32(at, true)) return false;
  return tids.getInt32(start + length - 4, true) === view.getInt32(at + length - 4, true);
}

/**
 * Finds the first CRLF with a whole end-line of this transaction behind it in `bytes` from `from` on: the place of its
 * CR, or -1 when there is none.
 */
export function findEndLine(
  bytes: Buffer,
  view: DataView,
  from: number,
  tids: DataView,
  tidStart: number,
  tidEnd: number,
): number {
  const end = bytes.length;
  if (end - from <= stepped) return stepTo(bytes, view, from, end, tids, tidStart, tidEnd);
  const found = stepTo(bytes, view, from, from + stepped, tids, tidStart, tidEnd);
  if (found >= 0) return found;

  // All places whose end-line would lie within the octets stepped through are done. Six octets are the longest needle
  // that is searched for with memchr.
  const length = endLineLength(tidEnd - tidStart);
  const needle = Buffer.from(tids.buffer, tids.byteOffset + tidStart, Math.min(6, tidEnd - tidStart));
  let next = from + stepped - length + 1;
  for (let falseHits = 0; falseHits < maxFalseHits; falseHits++) {
    const at = bytes.indexOf(needle, next + before) - before;
    if (at < 0) return -1;
    if (isWhole(view, at, end, tids, tidStart, tidEnd)) return at;
    next = at + 1;
  }
  return stepTo(bytes, view, next, end, tids, tidStart, tidEnd);
}

function isWhole(view: DataView, at: number, end: number, tids: DataView, tidStart: number, tidEnd: number): boolean {
  return view.getInt16(at, true) === crlf && isEndLine(view, at + 2, end, tids, tidStart, tidEnd);
}

/** Looks at every seventh octet: one of seven hyphens must be among them. */
function stepTo(
  bytes: Uint8Array,
  view: DataView,
  from: number,
  end: number,
  tids: DataView,
  tidStart: number,
  tidEnd: number,
): number {
  // The last hyphen of the first and of the last end-line that there can be.
  const lastHyphen = end - endLineLength(tidEnd - tidStart) + 8;
  for (let at = from + 8; at < lastHyphen + 7; at += 7) {
    at = nextHyphen(bytes, at, lastHyphen);
    const probe = lesser(at, lastHyphen);
    if (probe < from || bytes[probe] !== HYPHEN) return -1;
    let first = probe;
    while (first > probe - 6 && bytes[first - 1] === HYPHEN) first--;
    const start = first - 2;
    if (start >= from && isWhole(view, start, end, tids, tidStart, tidEnd)) return start;
  }
  return -1;
}

/** The first of every seventh octets that is a hyphen, or the first place behind `last`. */
function nextHyphen(bytes: Uint8Array, from: number, last: number): number {
  let at = from;
  while (at <= last && bytes[at] !== hyphen) at += 7;
  return at;
}

/**
 * The part of a search that goes over the seams of a body that comes in slices: holds back a beginning of the end-line
 * until it proves to be one or not. What is held is known from the id, so nothing is stored.
 */
export class EndLineSeam {
  /** Not there before the first body that comes in slices. */
  #tid: Buffer = nothing;
  #tidView: DataView = noView;
  #tidLength = 0;
  #flag = 0;
  /** Octets of the end-line seen, from its CR on. */
  held = 0;
  /** So many of those held are not body: the CRLF of the blank line (WIRE-42). */
  #foreign = 0;

  /** Begins a body; the CRLF of the blank line has been seen and may be that of the end-line. */
  begin(tids: Buffer, start: number, end: number): void {
    if (this.#tid === nothing) {
      this.#tid = Buffer.alloc(longestTid);
      this.#tidView = viewOf(this.#tid);
    }
    this.#tidLength = tids.copy(this.#tid, 0, start, end);
    this.held = 2;
    this.#foreign = 2;
  }

  find(bytes: Buffer, from: number): number {
    return findEndLine(bytes, viewOf(bytes), from, this.#tidView, 0, this.#tidLength);
  }

  get length(): number {
    return endLineLength(this.#tidLength);
  }

  get whole(): boolean {
    return this.held === this.length;
  }

  get flag(): Flag {
    return flagOf(this.#flag)!;
  }

  /** Holds the next octet if it goes on with the end-line. */
  accept(octet: number): boolean {
    const at = this.held;
    const afterTid = at - before - this.#tidLength;
    let fits: boolean;
    if (at === 0 || afterTid === 1) fits = octet === CR;
    else if (at === 1 || afterTid === 2) fits = octet === LF;
    else if (at < before) fits = octet === HYPHEN;
    else if (afterTid < 0) fits = octet === this.#tid[at - before];
    else {
      fits = flagOf(octet) !== undefined;
      this.#flag = octet;
    }
    if (fits) this.held++;
    return fits;
  }

  /** What was held is body after all: a copy of it, maybe empty. */
  giveUp(): Buffer {
    const octets = Buffer.alloc(this.length, HYPHEN);
    octets[0] = CR;
    octets[1] = LF;
    this.#tid.copy(octets, before, 0, this.#tidLength);
    octets[before + this.#tidLength] = this.#flag;
    octets[before + this.#tidLength + 1] = CR;
    const given = octets.subarray(this.#foreign, Math.max(this.held, this.#foreign));
    this.held = 0;
    this.#foreign = 0;
    return given;
  }

  /**
   * Holds the longest end of `bytes` that may become an end-line, none before `from`; returns where it begins. `blank`:
   * `from` is the CRLF of the blank line, which is not body.
   */
  holdTail(bytes: Buffer, from: number, blank: boolean): number {
    const end = bytes.length;
    for (let start = Math.max(from, end - this.length + 1); start < end; start++) {
      if (bytes[start] !== CR) continue;
      this.held = 0;
      let next = start;
      while (next < end && this.accept(bytes[next]!)) next++;
      if (next < end) continue;
      this.#foreign = blank && start === from ? 2 : 0;
      return start;
    }
    this.held = 0;
    this.#foreign = 0;
    return end;
  }
}
