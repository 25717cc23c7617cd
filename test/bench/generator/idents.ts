/** `0000` to `ffff` as octets in a number, so that digits are written and compared four at a time. */
const hex4 = new Uint32Array(65_536);
for (let i = 0; i < hex4.length; i++) hex4[i] = Buffer.from(i.toString(16).padStart(4, '0')).readUInt32BE(0);

/** Transaction ids and Message-IDs: a letter for the kind, three of this run, session (4 digits), number (8 digits). */
export const identOctets = 16;

const run = Math.floor(Math.random() * 46_656)
  .toString(36)
  .padStart(3, '0');

/** First four octets of the idents of one kind. */
export function tagOf(kind: 'T' | 'M' | 'B'): number {
  return Buffer.from(kind + run).readUInt32BE(0);
}

export function writeIdent(into: DataView, at: number, tag: number, session: number, number: number): void {
  into.setUint32(at, tag);
  into.setUint32(at + 4, hex4[session]!);
  writeNumber(into, at + 8, number);
}

export function writeNumber(into: DataView, at: number, number: number): void {
  into.setUint32(at, hex4[number >>> 16]!);
  into.setUint32(at + 4, hex4[number & 0xffff]!);
}

export function holdsNumber(octets: DataView, at: number, number: number): boolean {
  return octets.getUint32(at) === hex4[number >>> 16]! && octets.getUint32(at + 4) === hex4[number & 0xffff]!;
}

/** The session an ident names. */
export function sessionAt(bytes: Uint8Array, at: number): number {
  let session = 0;
  for (let i = at + 4; i < at + 8; i++) session = (session << 4) | digit(bytes[i]!);
  return session;
}

export function numberAt(bytes: Uint8Array, at: number): number {
  let number = 0;
  for (let i = at; i < at + 8; i++) number = number * 16 + digit(bytes[i]!);
  return number;
}

function digit(octet: number): number {
  return (octet & 15) + 9 * (octet >> 6);
}
