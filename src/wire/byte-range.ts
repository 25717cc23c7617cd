import type { ByteRange } from './types.js';

const asterisk = 0x2a;
const dash = 0x2d;
const slash = 0x2f;
const zero = 0x30;
const nine = 0x39;

/**
 * Reads the value of a Byte-Range header (RFC 4975 section 7.1.1), blanks around it left out. False, and `into` of no
 * use: not of the form, a number beyond 2^53-1, or numbers that contradict each other (WIRE-23). Allocates nothing.
 */
export function readByteRange(bytes: Uint8Array, start: number, end: number, into: ByteRange): boolean {
  return byteRangeEnd(bytes, start, end, into) === end;
}

/** As readByteRange, when only the value tells where it ends: the place behind it, at most `bound`, or -1. */
export function byteRangeEnd(bytes: Uint8Array, start: number, bound: number, into: ByteRange): number {
  const afterFirst = endOfDigits(bytes, start, bound);
  if (afterFirst >= bound || bytes[afterFirst] !== dash) return -1;
  const first = numberIn(bytes, start, afterFirst);

  const lastAt = afterFirst + 1;
  const openEnd = lastAt < bound && bytes[lastAt] === asterisk;
  const afterLast = openEnd ? lastAt + 1 : endOfDigits(bytes, lastAt, bound);
  if (afterLast >= bound || bytes[afterLast] !== slash) return -1;
  const last = openEnd ? undefined : numberIn(bytes, lastAt, afterLast);

  const totalAt = afterLast + 1;
  const openTotal = totalAt < bound && bytes[totalAt] === asterisk;
  const end = openTotal ? totalAt + 1 : endOfDigits(bytes, totalAt, bound);
  const total = openTotal ? undefined : numberIn(bytes, totalAt, end);

  // An unreadable number is NaN, and no comparison with NaN is true.
  if (!(first >= 1) || !(last === undefined || last >= first - 1)) return -1;
  if (!(total === undefined || total >= (last ?? first - 1))) return -1;
  into.start = first;
  into.end = last;
  into.total = total;
  return end;
}

function endOfDigits(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && bytes[at]! >= zero && bytes[at]! <= nine) at++;
  return at;
}

/** NaN when there is no digit or the number is not exact in a double. */
function numberIn(bytes: Uint8Array, start: number, end: number): number {
  const digits = end - start;
  if (digits === 0) return NaN;
  if (digits < 10) return smallNumberIn(bytes, start, end);
  if (digits < 16) return smallNumberIn(bytes, start, end - 9) * 1e9 + smallNumberIn(bytes, end - 9, end);
  let value = 0;
  for (let i = start; i < end; i++) {
    // The digit, not its octet, is added: the octet could carry a good number past 2^53 for a moment.
    value = value * 10 + (bytes[i]! - zero);
    if (value > Number.MAX_SAFE_INTEGER) return NaN;
  }
  return value;
}

/** Nine digits at most: no product leaves the small integers. */
function smallNumberIn(bytes: Uint8Array, start: number, end: number): number {
  let value = 0;
  for (let i = start; i < end; i++) value = value * 10 + (bytes[i]! - zero);
  return value;
}

/** Can a chunk that starts at position `start` hold so many octets? No position may pass 2^53-1 (WIRE-24). */
export function checkOctets(start: number, octets: number): boolean {
  return octets <= Number.MAX_SAFE_INTEGER - start + 1;
}

/**
 * Writes `start-end/total` at `at`, `*` for what is not known, and returns the place behind it. Takes at most 50 octets;
 * the numbers are integers from 0 to 2^53-1.
 */
export function writeByteRange(
  into: Uint8Array,
  at: number,
  start: number,
  end: number | undefined,
  total: number | undefined,
): number {
  let next = writeDecimal(into, at, start);
  into[next++] = dash;
  next = writeDecimal(into, next, end);
  into[next++] = slash;
  return writeDecimal(into, next, total);
}

function writeDecimal(into: Uint8Array, at: number, value: number | undefined): number {
  if (value === undefined) {
    into[at] = asterisk;
    return at + 1;
  }
  if (value < 1e9) return writeDigits(into, at, value, digitsOf(value));
  const low = value % 1e9;
  const high = (value - low) / 1e9;
  return writeDigits(into, writeDigits(into, at, high, digitsOf(high)), low, 9);
}

function digitsOf(value: number): number {
  let digits = 1;
  for (let bound = 10; value >= bound; bound *= 10) digits++;
  return digits;
}

/** Below 10^9 and so in 32 bit integers, which divide faster than doubles. */
function writeDigits(into: Uint8Array, at: number, value: number, digits: number): number {
  let rest = value;
  for (let i = at + digits - 1; i >= at; i--) {
    const tenth = (rest / 10) | 0;
    into[i] = zero + rest - tenth * 10;
    rest = tenth;
  }
  return at + digits;
}
