import type { Flaw } from './flaw.js';
import { isIdent } from './ident.js';
import { CR, SP } from './octets.js';

const pMSRP = Buffer.from('MSRP ');
const minTid = 4;
const maxTid = 32;

/** What readTid says instead of a place. */
export const MORE_NEEDED = 0;

/** Octets after which readTid always decides. */
export const maxStart: number = pMSRP.length + maxTid + 1;

/**
 * Reads `MSRP SP tid` (RFC 4975 section 9) at `start`: the place behind the tid, where a blank stands, or MORE_NEEDED, or
 * the flaw that the octets at hand already show.
 */
export function readTid(bytes: Uint8Array, start: number, end: number): number | Flaw {
  for (let i = 0; i < pMSRP.length; i++) {
    if (start + i >= end) return MORE_NEEDED;
    if (bytes[start + i] !== pMSRP[i]) return 'not-msrp';
  }
  const tid = start + pMSRP.length;
  const bound = Math.min(end, tid + maxTid + 1);
  let at = tid;
  while (at < bound && bytes[at] !== SP && bytes[at] !== CR) at++;
  if (at === bound && at - tid <= maxTid) {
    return at === tid || isIdent(bytes, tid, at, 1, maxTid) ? MORE_NEEDED : 'bad-transaction-id';
  }
  if (!isIdent(bytes, tid, at, minTid, maxTid)) return 'bad-transaction-id';
  return bytes[at] === SP ? at : 'bad-start-line';
}
