/**
 * Copies parts of read buffers. A Buffer tells where its memory lies only by a call into the engine, and one of them holds
 * many messages: what the last one said is kept.
 */
export class Copier {
  private source: Buffer = none;
  private memory: ArrayBufferLike = none.buffer;
  private base = 0;

  /** Copies `source` from `start` to `end`; returns the place behind the copy. */
  copy(source: Buffer, start: number, end: number, into: Buffer, at: number): number {
    if (end <= start) return at;
    if (source !== this.source) {
      this.source = source;
      this.memory = source.buffer;
      this.base = source.byteOffset;
    }
    into.set(new Uint8Array(this.memory, this.base + start, end - start), at);
    return at + end - start;
  }
}

const none: Buffer = Buffer.alloc(0);
