import { createHash, randomFillSync } from 'node:crypto';
import { closeSync, openSync, writeSync } from 'node:fs';

const blockBytes = 1024 * 1024;

/** Writes a file of random octets; gives its SHA-256. */
export function makeRandomFile(file: string, bytes: number): string {
  const hash = createHash('sha256');
  const fd = openSync(file, 'w');
  const block = Buffer.alloc(blockBytes);
  for (let left = bytes; left > 0; left -= block.length) {
    const part = randomFillSync(block).subarray(0, left);
    hash.update(part);
    writeSync(fd, part);
  }
  closeSync(fd);
  return hash.digest('hex');
}
