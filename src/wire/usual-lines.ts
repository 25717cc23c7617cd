import { byteRangeEnd } from './byte-range.js';
import { place, type ScratchHead } from './head.js';
import {
  BYTE_RANGE,
  CONTENT_TYPE,
  FROM_PATH,
  MESSAGE_ID,
  OTHER_MIME,
  TO_PATH,
  usualHeader,
  usualReach,
} from './header-name.js';
import { MORE_NEEDED, type IdentLength } from './header-line.js';
import { identEnd, isAlphanumeric } from './ident.js';
import { CR, lesser, LF, SP } from './octets.js';

const toPath = Buffer.from('To-Path:').readDoubleLE();
const fromPath = Buffer.from('From-Pat').readDoubleLE();
const crlf = 0x0a0d;
/** Octets of `Message-ID: ` and of `Byte-Range: `. */
const nameBytes = 12;
/** Before a Message-ID or Byte-Range in its place none of these comes. */
const laterThanId = MESSAGE_ID | CONTENT_TYPE | OTHER_MIME;
const laterThanRange = BYTE_RANGE | CONTENT_TYPE | OTHER_MIME;
/** `th: `: the `t` is looked at twice. */
const tail = Buffer.from('th: ').readInt32LE();

/**
 * The two path lines at `at` as everybody writes them, one pass over each: the place behind them. MORE_NEEDED when they
 * are anything else, not all here or not sound; nothing has been written then.
 */
export function readUsualPaths(head: ScratchHead, at: number, limit: number, maxLineBytes: number): number {
  const { bytes, view } = head;
  const to = at + 9;
  if (to > limit || view.getFloat64(at, true) !== toPath || bytes[at + 8] !== SP) return MORE_NEEDED;
  const second = endOfLine(bytes, to, lesser(limit, at + maxLineBytes + 2));
  if (second === MORE_NEEDED) return MORE_NEEDED;
  const from = second + 11;
  if (from > limit || view.getFloat64(second, true) !== fromPath || view.getInt32(second + 7, true) !== tail) {
    return MORE_NEEDED;
  }
  const next = endOfLine(bytes, from, lesser(limit, second + maxLineBytes + 2));
  if (next === MORE_NEEDED) return MORE_NEEDED;
  place(head.paths, at, next);
  place(head.toPath, to, second - 2);
  place(head.fromPath, from, next - 2);
  head.seen = TO_PATH | FROM_PATH;
  return next;
}

/** Words of visible ASCII with one blank between, then CRLF: the place behind that, or MORE_NEEDED. */
function endOfLine(bytes: Uint8Array, start: number, bound: number): number {
  let at = start;
  for (;;) {
    const word = at;
    while (at < bound && bytes[at]! > 0x20 && bytes[at]! < 0x7f) at++;
    if (at === word || at + 1 >= bound) return MORE_NEEDED;
    const octet = bytes[at++];
    if (octet === CR) return bytes[at] === LF ? at + 1 : MORE_NEEDED;
    if (octet !== SP) return MORE_NEEDED;
  }
}

/** The Message-ID line as nearly everybody writes it. */
export function readUsualMessageId(head: ScratchHead, at: number, bound: number, { min, max }: IdentLength): number {
  const { bytes, view } = head;
  const start = at + nameBytes;
  if (at + usualReach > bound || (head.seen & laterThanId) !== 0 || usualHeader(view, at) !== MESSAGE_ID)
    return MORE_NEEDED;
  const end = identEnd(bytes, start, bound);
  const length = end - start;
  if (end + 2 > bound || view.getInt16(end, true) !== crlf) return MORE_NEEDED;
  if (length < min || length > max || !isAlphanumeric(bytes[start]!)) return MORE_NEEDED;
  head.seen |= MESSAGE_ID;
  place(head.messageId, start, end);
  place(head.messageIdLine, at, end + 2);
  return end + 2;
}

/** The Byte-Range line as everybody writes it. */
export function readUsualByteRange(head: ScratchHead, at: number, bound: number): number {
  const { view } = head;
  if (at + usualReach > bound || (head.seen & laterThanRange) !== 0 || usualHeader(view, at) !== BYTE_RANGE) {
    return MORE_NEEDED;
  }
  const end = byteRangeEnd(head.bytes, at + nameBytes, bound, head.range);
  if (end < 0 || end + 2 > bound || view.getInt16(end, true) !== crlf) return MORE_NEEDED;
  head.seen |= BYTE_RANGE;
  head.byteRange = head.range;
  place(head.byteRangeLine, at, end + 2);
  return end + 2;
}
