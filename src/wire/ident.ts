const letter = 1;
const alphanumeric = 2;
const ident = 4;
const token = 8;

/** Kinds of each octet; octets beyond ASCII are none of them. */
const kinds: Readonly<Uint8Array> = kindsOfOctets();

function kindsOfOctets(): Uint8Array {
  const table = new Uint8Array(256);
  const add = (characters: string, kind: number): void => {
    for (let i = 0; i < characters.length; i++) table[characters.charCodeAt(i)]! |= kind;
  };
  const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';
  add(letters, letter | alphanumeric | ident | token);
  add('0123456789', alphanumeric | ident | token);
  add('.-+%=', ident);
  add("!#$%&'*+-.^_`{|}~", token);
  return table;
}

/** `ident` of RFC 4975 section 9 with the given bounds on its length: a letter or digit, then ident characters. */
export function isIdent(bytes: Uint8Array, start: number, end: number, min: number, max: number): boolean {
  const length = end - start;
  if (length < min || length > max || length === 0 || (kinds[bytes[start]!]! & alphanumeric) === 0) return false;
  for (let i = start + 1; i < end; i++) if ((kinds[bytes[i]!]! & ident) === 0) return false;
  return true;
}

/** Name of a header: a letter, then token characters (RFC 4975 section 9). */
export function isHeaderName(bytes: Uint8Array, start: number, end: number): boolean {
  if (start >= end || (kinds[bytes[start]!]! & letter) === 0) return false;
  for (let i = start + 1; i < end; i++) if (!isTokenChar(bytes[i]!)) return false;
  return true;
}

/** Character of a `token` (RFC 4975 section 9). */
export function isTokenChar(octet: number): boolean {
  return (kinds[octet]! & token) !== 0;
}

/** Place behind the ident characters that begin at `at`, at most `bound`. */
export function identEnd(bytes: Uint8Array, at: number, bound: number): number {
  let end = at;
  while (end < bound && (kinds[bytes[end]!]! & ident) !== 0) end++;
  return end;
}

export function isAlphanumeric(octet: number): boolean {
  return (kinds[octet]! & alphanumeric) !== 0;
}
