import type { Flaw } from './flaw.js';
import { clear, place, type ScratchHead } from './head.js';
import { MORE_NEEDED, textEnd } from './header-line.js';
import { identEnd, isAlphanumeric } from './ident.js';
import { areDigits, CR, isDigit, lesser, LF, SP } from './octets.js';

const pMSRP = Buffer.from('MSRP ');
const minTid = 4;
const maxTid = 32;
/** The first four octets of what is compared as a number. */
const msrpWord = Buffer.from('MSRP').readInt32LE();
const sendWord = Buffer.from('SEND').readInt32LE();
const lineEnd = Buffer.from('\r\n').readInt16LE();
const reportLine = Buffer.from('REPORT\r\n');
const authLine = Buffer.from('AUTH\r\n');

/** Octets after which readTid always decides. */
export const maxStart: number = pMSRP.length + maxTid + 1;

/**
 * Reads `MSRP SP tid` (RFC 4975 section 9) at `start`: the place behind the tid, where a blank stands, or MORE_NEEDED, or
 * the flaw that the octets at hand already show.
 */
export function readTid({ bytes, view }: ScratchHead, start: number, end: number): number | Flaw {
  if (start + 5 > end || view.getInt32(start, true) !== msrpWord || bytes[start + 4] !== SP) {
    let same = start;
    while (same < end && bytes[same] === pMSRP[same - start]) same++;
    return same === end ? MORE_NEEDED : 'not-msrp';
  }
  const tid = start + 5;
  const bound = lesser(end, tid + maxTid + 1);
  const at = identEnd(bytes, tid, bound);
  const length = at - tid;
  if (at === bound && length <= maxTid && (length === 0 || isAlphanumeric(bytes[tid]!))) return MORE_NEEDED;
  if (length < minTid || length > maxTid || !isAlphanumeric(bytes[tid]!)) return 'bad-transaction-id';
  if (bytes[at] === SP) return at;
  return bytes[at] === CR ? 'bad-start-line' : 'bad-transaction-id';
}

/** The third word and what follows: the place behind the CRLF, MORE_NEEDED, or a flaw. */
export function readWord(head: ScratchHead, word: number, bound: number): number | Flaw {
  const { bytes, view } = head;
  clear(head.comment);
  head.status = 0;
  if (word + 6 <= bound && view.getInt32(word, true) === sendWord && view.getInt16(word + 4, true) === lineEnd) {
    head.kind = 'request';
    head.method = 'SEND';
    place(head.methodName, word, word + 4);
    return word + 6;
  }
  if (word >= bound) return MORE_NEEDED;
  head.method = 'other';
  if (isDigit(bytes[word]!)) return readStatus(head, word, bound);
  head.kind = 'request';
  const next = textEnd(head, word, bound);
  // A lone LF: nothing says that this peer ends its lines as it should (WIRE-14).
  if (head.flaw !== undefined && hasLoneLf(bytes, word, next === MORE_NEEDED ? bound : next)) return 'bad-start-line';
  if (next === MORE_NEEDED) return MORE_NEEDED;
  place(head.methodName, word, next - 2);
  if (!areCapitals(bytes, word, next - 2)) head.note('bad-method');
  else if (beginsWith(bytes, word, reportLine)) head.method = 'REPORT';
  else if (beginsWith(bytes, word, authLine)) head.method = 'AUTH';
  return next;
}

/** A response, be its status broken (WIRE-02). */
function readStatus(head: ScratchHead, word: number, bound: number): number {
  const { bytes } = head;
  head.kind = 'response';
  clear(head.methodName);
  const next = textEnd(head, word, bound);
  if (next === MORE_NEEDED) return MORE_NEEDED;
  const lineEnd = next - 2;
  const codeEnd = word + 3;
  if (codeEnd <= lineEnd && areDigits(bytes, word, codeEnd) && (codeEnd === lineEnd || bytes[codeEnd] === SP)) {
    head.status = bytes[word]! * 100 + bytes[word + 1]! * 10 + bytes[word + 2]! - 0x30 * 111;
    place(head.comment, Math.min(codeEnd + 1, lineEnd), lineEnd);
  } else head.note('bad-status');
  return next;
}

function hasLoneLf(bytes: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (bytes[i] === LF && bytes[i - 1] !== CR) return true;
  return false;
}

function areCapitals(bytes: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (bytes[i]! < 0x41 || bytes[i]! > 0x5a) return false;
  return start < end;
}

/** The caller knows that there are enough octets, or that a CRLF comes first. */
function beginsWith(bytes: Uint8Array, start: number, octets: Uint8Array): boolean {
  for (let i = 0; i < octets.length; i++) if (bytes[start + i] !== octets[i]) return false;
  return true;
}
