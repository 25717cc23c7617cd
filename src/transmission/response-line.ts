import { copyText } from '../wire/octets.js';

const msrpWord = Buffer.from('MSRP').readInt32LE();
const blank = 32;
const cr = 13;
const lf = 10;
const dollar = 36;
const tidAt = 'MSRP '.length;
/** All but the id (twice) and the ready tail. */
const aroundBytes = tidAt + 3;

/** How many octets the response takes. */
export function responseBytes(tidBytes: number, tail: Buffer): number {
  return 2 * tidBytes + tail.length + aroundBytes;
}

/** Writes one with the id of its request at `from`, which `view` shows as well. Returns the place behind it. */
export function writeResponse(
  into: Buffer,
  view: DataView,
  from: number,
  tids: DataView,
  tidStart: number,
  tidEnd: number,
  tail: Buffer,
): number {
  const tidBytes = tidEnd - tidStart;
  view.setInt32(from, msrpWord, true);
  into[from + 4] = blank;
  let at = from + tidAt;
  copyText(tids, tidStart, tidBytes, view, at);
  at += tidBytes;
  into.set(tail, at);
  at += tail.length;
  copyText(tids, tidStart, tidBytes, view, at);
  at += tidBytes;
  into[at++] = dollar;
  into[at++] = cr;
  into[at++] = lf;
  return at;
}
