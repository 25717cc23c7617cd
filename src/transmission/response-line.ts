import { copyText, CR, DOLLAR, LF, SP } from '../wire/octets.js';
import type { Block } from './outbox.js';

const msrpWord = Buffer.from('MSRP').readInt32LE();
const tidAt = 'MSRP '.length;
/** All but the id (twice) and the ready tail. */
const aroundBytes = tidAt + 3;

/** How many octets the response takes. */
export function responseBytes(tidBytes: number, tail: Buffer): number {
  return 2 * tidBytes + tail.length + aroundBytes;
}

/** Writes one at `from` with the id of its request, which `tids` shows. Returns the place behind it. */
export function writeResponse(
  { bytes, view }: Block,
  from: number,
  tids: DataView,
  tidStart: number,
  tidEnd: number,
  tail: Buffer,
): number {
  const tidBytes = tidEnd - tidStart;
  view.setInt32(from, msrpWord, true);
  bytes[from + 4] = SP;
  let at = from + tidAt;
  copyText(tids, tidStart, tidBytes, view, at);
  at += tidBytes;
  bytes.set(tail, at);
  at += tail.length;
  copyText(tids, tidStart, tidBytes, view, at);
  at += tidBytes;
  bytes[at++] = DOLLAR;
  bytes[at++] = CR;
  bytes[at++] = LF;
  return at;
}
