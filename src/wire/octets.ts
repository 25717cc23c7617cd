export const CR = 0x0d;
export const LF = 0x0a;
export const SP = 0x20;
export const TAB = 0x09;
export const HYPHEN = 0x2d;
export const COLON = 0x3a;
export const DOLLAR = 0x24;
export const PLUS = 0x2b;
export const HASH = 0x23;

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
