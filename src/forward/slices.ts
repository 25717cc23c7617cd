import { Fifo } from '../fifo.js';

/** Shorter slices are copied, and longer ones that are less than half of the read buffer they would keep alive. */
const copyBelowBytes = 16 * 1024;
/** A buffer for what is copied holds as much again as waits already, within these bounds. */
const leastOwnBytes = 256;
const mostOwnBytes = 16 * 1024;

/** May so many octets of a read buffer be kept by reference? */
export function isKeptAsItIs(read: Buffer, octets: number): boolean {
  return octets >= copyBelowBytes && 2 * octets >= read.buffer.byteLength;
}

/**
 * Octets of a chunk that wait. Long slices are kept by reference; short ones are copied together, so that neither a
 * dripping sender nor a small part of a large read holds more memory than its octets are worth.
 */
export class Slices {
  bytes = 0;
  private readonly queue = new Fifo<Buffer>();
  /** Octets of the first slice already consumed. */
  private skipped = 0;
  /** Buffer being filled with short slices; its filled part is the last slice of the queue. */
  private own: Buffer | undefined;
  private ownStart = 0;
  private ownEnd = 0;

  add(slice: Buffer): void {
    this.bytes += slice.length;
    if (isKeptAsItIs(slice, slice.length)) {
      this.sealOwn();
      this.queue.push(slice);
      return;
    }
    if (this.own !== undefined && this.ownEnd + slice.length > this.own.length) this.sealOwn();
    if (this.own === undefined) {
      // The first of a chunk is often all of it; what drips in afterwards is gathered.
      const wanted = Math.min(Math.max(2 * this.bytes, leastOwnBytes), mostOwnBytes);
      this.own = Buffer.allocUnsafeSlow(this.bytes === slice.length ? slice.length : Math.max(slice.length, wanted));
      this.ownStart = this.ownEnd = 0;
    }
    this.ownEnd += slice.copy(this.own, this.ownEnd);
  }

  /** The next octets, at most `max`, without taking them out. */
  peek(max: number): Buffer {
    if (this.queue.size === 0) this.sealPart();
    const first = this.queue.peek()!;
    return first.subarray(this.skipped, Math.min(first.length, this.skipped + max));
  }

  /** Takes out so many octets, no more than the last peek showed. */
  consume(octets: number): void {
    this.bytes -= octets;
    this.skipped += octets;
    if (this.skipped === this.queue.peek()!.length) {
      this.queue.shift();
      this.skipped = 0;
    }
  }

  clear(): void {
    while (this.queue.shift() !== undefined);
    this.own = undefined;
    this.bytes = this.skipped = 0;
  }

  /** What has been copied so far becomes a slice; the rest of the buffer goes on being filled. */
  private sealPart(): void {
    if (this.own === undefined || this.ownStart === this.ownEnd) return;
    this.queue.push(this.own.subarray(this.ownStart, this.ownEnd));
    this.ownStart = this.ownEnd;
  }

  private sealOwn(): void {
    this.sealPart();
    this.own = undefined;
  }
}
