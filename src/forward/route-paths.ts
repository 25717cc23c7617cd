import { tidLetters } from '../transmission/types.js';
import type { Admission } from './types.js';

const blankTid = ' '.repeat(tidLetters);

/** Path octets a route has ready: prepared once, copied for each message. */
export interface RoutePaths {
  /** `MSRP <blanks for the tid> SEND`, To-Path without our URIs, From-Path with them in front (FWD-01, FWD-37). */
  readonly sendHead: Buffer;
  /** The two path lines of it alone, for other methods. */
  readonly outPaths: Buffer;
}

export function routePaths(admission: Admission): RoutePaths {
  const from = admission.fromPath.join(' ');
  const moved = [...admission.own].reverse().join(' ');
  const lines = `To-Path: ${admission.remainingTo.join(' ')}\r\nFrom-Path: ${moved} ${from}\r\n`;
  const start = `MSRP ${blankTid} SEND\r\n`;
  const sendHead = Buffer.from(start + lines, 'latin1');
  return { sendHead, outPaths: sendHead.subarray(start.length) };
}
