export const CR = 0x0d;
export const LF = 0x0a;
export const SP = 0x20;
export const TAB = 0x09;
export const HYPHEN = 0x2d;
export const COLON = 0x3a;
export const DOLLAR = 0x24;
export const PLUS = 0x2b;
export const HASH = 0x23;

/** Of two places. `Math.min` would compute in doubles. */
export function lesser(a: number, b: number): number {
  return a < b ? a : b;
}

export function isDigit(octet: number): boolean {
  return octet >= 0x30 && octet <= 0x39;
}

/** Of an ASCII octet. */
export function isLetter(octet: number): boolean {
  return (octet | 0x20) >= 0x61 && (octet | 0x20) <= 0x7a;
}

export function areDigits(bytes: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (!isDigit(bytes[i]!)) return false;
  return true;
}

/** Are the octets this ASCII word, compared without case? `lower` holds small letters, hyphens and nothing else. */
export function isWord(bytes: Uint8Array, start: number, end: number, lower: Uint8Array): boolean {
  return end - start === lower.length && beginsWithWord(bytes, start, lower);
}

/** As isWord, for the octets from `start` on; the caller knows that there are enough. */
export function beginsWithWord(bytes: Uint8Array, start: number, lower: Uint8Array): boolean {
  // Setting bit 0x20 makes small letters of capitals and leaves a hyphen; CR would become a hyphen, but is in no name.
  for (let i = 0; i < lower.length; i++) if ((bytes[start + i]! | 0x20) !== lower[i]) return false;
  return true;
}

/** Place behind the blanks that begin at `at`, at most `end`. */
export function skipBlanks(bytes: Uint8Array, at: number, end: number): number {
  let next = at;
  while (next < end && (bytes[next] === SP || bytes[next] === TAB)) next++;
  return next;
}

/**
 * Does this text of `length` octets, eight at least, stand at `at`? Nothing is asked of the octets there but that there
 * are enough.
 */
export function sameText(text: DataView, from: number, length: number, view: DataView, at: number): boolean {
  // Eight octets at a time as doubles: of UTF-8 without controls there is no NaN and no zero, so equal doubles mean equal
  // octets. The last ones are compared once more if need be. The order of octets does not matter; this one costs least.
  const last = length - 8;
  for (let i = 0; i < last; i += 8) {
    if (text.getFloat64(from + i, true) !== view.getFloat64(at + i, true)) return false;
  }
  return text.getFloat64(from + last, true) === view.getFloat64(at + last, true);
}

/**
 * Copies a text of four octets at least, to where it does not overlap. As doubles: without controls no eight octets are a
 * NaN, whose bits might not be kept. The last ones are written once more if need be.
 */
export function copyText(text: DataView, from: number, length: number, into: DataView, at: number): void {
  const last = length - 8;
  if (last < 0) {
    into.setInt32(at, text.getInt32(from, true), true);
    into.setInt32(at + length - 4, text.getInt32(from + length - 4, true), true);
    return;
  }
  for (let i = 0; i < last; i += 8) into.setFloat64(at + i, text.getFloat64(from + i, true), true);
  into.setFloat64(at + last, text.getFloat64(from + last, true), true);
}

/** Shows nothing: for who has nothing to show yet. */
export const noView: DataView = new DataView(new ArrayBuffer(0));

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
