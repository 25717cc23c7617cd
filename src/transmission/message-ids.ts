import type { Columns } from './columns.js';

const inlineBytes = 40;
/** Length, then the octets. */
export const messageIdBytes: number = 1 + inlineBytes;
const nothing = new Uint8Array(0);

/**
 * Message-IDs of outstanding transactions by slot, for the REPORTs that may be due: the usual lengths in one slab, longer
 * ones apart.
 */
export class MessageIds {
  private slab: Uint8Array = nothing;
  /** As texts: the memory of a buffer of its own costs more than a few octets, and a slice would keep much more. */
  private long: Map<number, string> | undefined;

  grow(columns: Columns): void {
    this.slab = columns.octets(messageIdBytes, this.slab);
  }

  /** No transaction is outstanding. */
  drop(): void {
    this.slab = nothing;
    this.long = undefined;
  }

  set(slot: number, bytes: Buffer, start: number, end: number): void {
    const length = end - start;
    const { slab } = this;
    let at = slot * messageIdBytes;
    slab[at++] = length;
    if (length <= inlineBytes) {
      for (let i = start; i < end; i++, at++) slab[at] = bytes[i]!;
    } else {
      (this.long ??= new Map<number, string>()).set(slot, bytes.toString('latin1', start, end));
    }
  }

  get(slot: number): Buffer {
    const at = slot * messageIdBytes;
    const length = this.slab[at]!;
    if (length > inlineBytes) return Buffer.from(this.long!.get(slot)!, 'latin1');
    return Buffer.from(this.slab.subarray(at + 1, at + 1 + length));
  }

  clear(slot: number): void {
    const at = slot * messageIdBytes;
    if (this.slab[at]! > inlineBytes) this.long!.delete(slot);
    this.slab[at] = 0;
  }
}
