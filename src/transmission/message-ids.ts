const inlineBytes = 40;

/**
 * Message-IDs of outstanding transactions by slot, for the REPORTs that may be due: the usual lengths in one slab, longer
 * ones apart.
 */
export class MessageIds {
  private slab: Buffer = Buffer.alloc(0);
  private lengths: Uint8Array = new Uint8Array(0);
  private long: Map<number, Buffer> | undefined;

  grow(slots: number): void {
    const slab = Buffer.alloc(slots * inlineBytes);
    slab.set(this.slab);
    this.slab = slab;
    const lengths = new Uint8Array(slots);
    lengths.set(this.lengths);
    this.lengths = lengths;
  }

  set(slot: number, bytes: Buffer, start: number, end: number): void {
    const length = end - start;
    this.lengths[slot] = length;
    if (length <= inlineBytes) {
      const { slab } = this;
      for (let i = start, at = slot * inlineBytes; i < end; i++, at++) slab[at] = bytes[i]!;
    } else {
      (this.long ??= new Map<number, Buffer>()).set(slot, Buffer.from(bytes.subarray(start, end)));
    }
  }

  get(slot: number): Buffer {
    const at = slot * inlineBytes;
    return this.long?.get(slot) ?? Buffer.from(this.slab.subarray(at, at + this.lengths[slot]!));
  }

  clear(slot: number): void {
    if (this.lengths[slot]! > inlineBytes) this.long!.delete(slot);
    this.lengths[slot] = 0;
  }
}
