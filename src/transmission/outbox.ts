import { Copier } from './copier.js';

/** Sizes of output blocks, and how many of each a relay keeps for later: many connections write little, a few much. */
const sizes = [
  { bytes: 4 * 1024, kept: 2048 },
  { bytes: 16 * 1024, kept: 1024 },
  { bytes: 64 * 1024, kept: 128 },
] as const;
/** Shorter slices are copied into the block, since a write costs more; so are those that keep more than twice as much alive. */
const copyBelowBytes = 4096;

/** Octets, and a view of them for writing several at a time. */
export interface Block {
  readonly bytes: Buffer;
  readonly view: DataView;
}

function newBlock(bytes: number): Block {
  const octets = Buffer.allocUnsafeSlow(bytes);
  return { bytes: octets, view: new DataView(octets.buffer) };
}

/** Output blocks of one relay, used again: an idle connection owns none. */
export class BlockPool {
  readonly copier: Copier = new Copier();
  private readonly free: readonly Block[][] = sizes.map(() => []);

  /** A block of at least so many octets. */
  take(bytes: number): Block {
    const size = sizes.findIndex((one) => one.bytes >= bytes);
    return this.free[size]?.pop() ?? newBlock(sizes[size]?.bytes ?? bytes);
  }

  give(block: Block): void {
    const size = sizes.findIndex((one) => one.bytes === block.bytes.length);
    const free = this.free[size];
    if (free !== undefined && free.length < sizes[size]!.kept) free.push(block);
  }
}

/**
 * What is about to be written on one connection: small things copied one after the other into a block, long slices by
 * reference. Counts stream offsets, so that whoever waits for "written" compares two numbers.
 */
export class Outbox {
  /** Octets ever appended; offset of the next one in the stream. */
  total = 0;
  /** Octets the operating system has accepted. */
  written = 0;
  /** Octets appended and not yet taken. */
  pending = 0;
  /** Where a caller that has reserved room writes; it then moves `at` itself through `wrote()`. */
  block: Block;
  at = 0;
  private from = 0;
  private owned = false;
  /**
   * Octets that the largest recent write had in blocks, halved with each write since: what a block for the next one should
   * hold, since a turn with much to write may end with a small rest.
   */
  private usual = 0;
  /** Octets of those pending that stand in no block. */
  private slices = 0;
  private parts: Buffer[] = nothing;
  /** Full blocks not yet written, with the offset behind their last octet. */
  private readonly flying: { block: Block; end: number }[] = [];

  readonly copier: Copier;
  private readonly pool: BlockPool;

  constructor(pool: BlockPool) {
    this.pool = pool;
    this.copier = pool.copier;
    this.block = empty;
  }

  /** Octets appended that the operating system has not accepted yet. */
  get unwritten(): number {
    return this.total - this.written;
  }

  /** Makes `block` hold at least `bytes` more octets from `at` on. */
  reserve(bytes: number): void {
    if (this.owned && this.at + bytes <= this.block.bytes.length) return;
    this.seal();
    let wanted = Math.min(this.usual, largestBytes);
    if (this.owned) {
      this.flying.push({ block: this.block, end: this.total });
      wanted = Math.min(4 * this.block.bytes.length, largestBytes);
    }
    this.block = this.pool.take(Math.max(bytes, wanted));
    this.owned = true;
    this.at = this.from = 0;
  }

  /** The caller has filled `block` up to `at`. */
  wrote(at: number): void {
    const bytes = at - this.at;
    this.at = at;
    this.total += bytes;
    this.pending += bytes;
  }

  append(source: Buffer, start: number, end: number): void {
    const bytes = end - start;
    this.reserve(bytes);
    this.wrote(this.copier.copy(source, start, end, this.block.bytes, this.at));
  }

  /** Appends a slice nobody will change: by reference when that is cheaper. */
  appendSlice(slice: Buffer): void {
    if (slice.length < copyBelowBytes || 2 * slice.length < slice.buffer.byteLength) {
      this.append(slice, 0, slice.length);
      return;
    }
    this.seal();
    this.add(slice);
    this.slices += slice.length;
    this.total += slice.length;
    this.pending += slice.length;
  }

  /** What has been appended since the last call, in order. */
  take(): readonly Buffer[] {
    this.seal();
    const { parts } = this;
    this.parts = nothing;
    this.usual = Math.max(this.pending - this.slices, this.usual >> 1);
    this.slices = 0;
    this.pending = 0;
    return parts;
  }

  /** The operating system has accepted the first `total` octets: gives back what is no longer needed. */
  passed(total: number): void {
    this.written = total;
    while (this.flying.length > 0 && this.flying[0]!.end <= total) this.pool.give(this.flying.shift()!.block);
    if (total === this.total && this.owned && this.pending === 0) {
      this.pool.give(this.block);
      this.block = empty;
      this.owned = false;
      this.at = this.from = 0;
    }
  }

  /** Nothing will be written any more. */
  close(): void {
    this.parts = nothing;
    this.pending = 0;
  }

  /** An array that begins with its first part has room for no more: there rarely are two. */
  private add(part: Buffer): void {
    if (this.parts.length === 0) this.parts = [part];
    else this.parts.push(part);
  }

  private seal(): void {
    if (this.at === this.from) return;
    this.add(this.block.bytes.subarray(this.from, this.at));
    this.from = this.at;
  }
}

const empty = newBlock(0);
const nothing: Buffer[] = [];
const largestBytes = sizes[sizes.length - 1]!.bytes;
