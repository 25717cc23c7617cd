import { createHash } from 'node:crypto';
import type { ReceivedRequest } from '../../src/testing/index.js';

/** So many octets that look random and hold every value, among them what resembles an end-line. */
export function octets(count: number, seed = 1): Buffer {
  const bytes = Buffer.alloc(count);
  let state = seed;
  for (let i = 0; i < count; i++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    bytes[i] = state >>> 16;
  }
  const disturbing = Buffer.from('\0\r\n-------t0000001$\r\n-------\r\n\r\nMSRP abcd SEND\r\n');
  for (let at = 100; at + disturbing.length < count; at += 50_000) disturbing.copy(bytes, at);
  return bytes;
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** What matters of a chunk when its pieces are compared: Byte-Range as written, octets, flag. */
export function told(chunk: ReceivedRequest): string {
  return `${chunk.header('Byte-Range') ?? 'none'} ${chunk.body?.length ?? 'no body'} ${chunk.flag}`;
}

/** Range of a REPORT and its status, as written. */
export function outcome(report: ReceivedRequest): string {
  return `${report.header('Byte-Range')} ${report.header('Status')}`;
}
