import { tidLetters } from '../transmission/types.js';
import { responseTail, tailPaths } from '../wire/head-writer.js';
import type { Admission } from './types.js';

const sendStart = `MSRP ${' '.repeat(tidLetters)} SEND\r\n`;

/** Path octets a route has ready: prepared once, copied for each message. */
export class RoutePaths {
  /** `MSRP <blanks for the tid> SEND`, To-Path without our URIs, From-Path with them in front (FWD-01, FWD-37). */
  readonly sendHead: Buffer;

  constructor(lines: string) {
    this.sendHead = ownCopy(Buffer.from(sendStart + lines, 'latin1'));
  }

  /** The two path lines of it alone, for other methods. */
  get outPaths(): Buffer {
    return this.sendHead.subarray(sendStart.length);
  }
}

export function routePaths(admission: Admission): RoutePaths {
  const from = admission.fromPath.join(' ');
  const moved = [...admission.own].reverse().join(' ');
  return new RoutePaths(`To-Path: ${admission.remainingTo.join(' ')}\r\nFrom-Path: ${moved} ${from}\r\n`);
}

/** The 200 to a SEND, ready but for the id: what responseTail() makes. */
export function okTail(paths: Buffer): Buffer {
  return ownCopy(responseTail(200, paths));
}

/** The path lines in it: they are kept once. */
export function pathsIn(tail: Buffer): Buffer {
  return tailPaths(200, tail);
}

/** What is kept for long lies in memory of its own: a slice of the pool that Node cuts buffers from would keep all of it. */
export function ownCopy(bytes: Buffer): Buffer {
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  bytes.copy(copy);
  return copy;
}
