import { place, type ScratchHead } from './head.js';
import { FROM_PATH, TO_PATH } from './header-name.js';
import { MORE_NEEDED } from './header-line.js';
import { CR, LF, SP } from './octets.js';

const toPath = Buffer.from('To-Path:').readDoubleBE();
const fromPath = Buffer.from('From-Pat').readDoubleBE();
/** `th: `: the `t` is looked at twice. */
const tail = 0x74683a20;

/**
 * The two path lines at `at` as everybody writes them, one pass over each: the place behind them. MORE_NEEDED when they
 * are anything else, not all here or not sound; nothing has been written then.
 */
export function readUsualPaths(head: ScratchHead, at: number, limit: number, maxLineBytes: number): number {
  const { bytes, view } = head;
  const to = at + 9;
  if (to > limit || view.getFloat64(at) !== toPath || bytes[at + 8] !== SP) return MORE_NEEDED;
  const second = endOfLine(bytes, to, Math.min(limit, at + maxLineBytes + 2));
  if (second === MORE_NEEDED) return MORE_NEEDED;
  const from = second + 11;
  if (from > limit || view.getFloat64(second) !== fromPath || view.getInt32(second + 7) !== tail) {
    return MORE_NEEDED;
  }
  const next = endOfLine(bytes, from, Math.min(limit, second + maxLineBytes + 2));
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
