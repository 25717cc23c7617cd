import type { Cancel, Runtime } from '../runtime.js';

/** How octets travel on a link of the memory network, in each direction. */
export interface LinkOptions {
  /** Time from acceptance to arrival, in milliseconds. Default: 0. */
  readonly latencyMs?: number;
  /** Octets accepted ahead of the reader; when that many are under way, the writer waits. Default: 65536. */
  readonly bufferBytes?: number;
  /**
   * How a stream is cut on delivery: at most so many octets at a time, or `random` sizes. Default: as much as has
   * arrived, up to 65536. Messages are never cut.
   */
  readonly split?: number | 'random';
  /** Octets per millisecond. Default: no limit. */
  readonly bytesPerMs?: number;
  /** `onWritten` is called inside `write()`, or after the turn as sockets of an operating system do. Default: `later`. */
  readonly reportWritten?: 'at-once' | 'later';
}

/** What one direction of a link needs to know of its surroundings. */
export interface PipeContext {
  readonly runtime: Runtime;
  readonly framing: 'stream' | 'message';
  readonly link: LinkOptions;
  /** A size between 1 and something, for `split: 'random'`. */
  readonly randomSize: () => number;
}

/** Both sides of a pipe, as it calls them. Never inside a call of theirs, but for `accepted`. */
export interface PipeSides {
  accepted(totalBytes: number): void;
  /** The last octet and the end have been accepted. */
  flushed(): void;
  /** The reader is there and not paused. */
  reads(): boolean;
  data(octets: Buffer): void;
  end(): void;
}

interface Segment {
  octets: Buffer;
  readonly atMs: number;
  readonly isEnd: boolean;
}

const readBytes = 64 * 1024;
const nothing = Buffer.alloc(0);

/** One direction: what waits with the writer, and what has been accepted and is under way. */
export class Pipe {
  acceptedBytes = 0;
  deliveredBytes = 0;
  /** Accepted and not yet delivered. */
  underWayBytes = 0;
  waitingBytes = 0;
  readonly #context: PipeContext;
  readonly #sides: PipeSides;
  readonly #waiting: { parts: readonly Uint8Array[]; size: number }[] = [];
  readonly #segments: Segment[] = [];
  #lineFreeAtMs = -Infinity;
  #ending = false;
  #endSent = false;
  #delivering = false;
  #isVoid = false;
  #cancel: Cancel | undefined;

  constructor(context: PipeContext, sides: PipeSides) {
    this.#context = context;
    this.#sides = sides;
  }

  write(parts: readonly Uint8Array[]): void {
    const { framing } = this.#context;
    for (const group of framing === 'message' ? [parts] : parts.map((part) => [part])) {
      const size = group.reduce((sum, part) => sum + part.length, 0);
      this.#waiting.push({ parts: group, size });
      this.waitingBytes += size;
    }
    this.#accept();
  }

  end(): void {
    this.#ending = true;
    this.#accept();
  }

  /** The reader has become able to read. */
  resumed(): void {
    this.#schedule();
  }

  /** The writer is gone: what waits is lost, what has been accepted arrives. */
  abandon(): void {
    this.#waiting.length = 0;
    this.waitingBytes = 0;
    this.end();
  }

  /** The reader is gone: all is accepted and goes nowhere. */
  toVoid(): void {
    this.#isVoid = true;
    this.#segments.length = 0;
    this.underWayBytes = 0;
    this.#cancel?.();
    this.#cancel = undefined;
    this.#accept();
  }

  /** Both are gone. */
  drop(): void {
    this.#waiting.length = 0;
    this.waitingBytes = 0;
    this.toVoid();
  }

  #accept(): void {
    const { runtime, framing, link } = this.#context;
    const capacity = link.bufferBytes ?? readBytes;
    const before = this.acceptedBytes;
    for (let first = this.#waiting[0]; first !== undefined; first = this.#waiting[0]) {
      const room = this.#isVoid ? Infinity : capacity - this.underWayBytes;
      if (framing === 'message' ? this.underWayBytes > 0 && first.size > room : first.size > 0 && room <= 0) break;
      const size = framing === 'message' ? first.size : Math.min(first.size, room);
      // Copied: from now on the writer may use its octets for something else, and the reader owns what it gets.
      const octets = Buffer.concat(first.parts, size);
      if (size === first.size) this.#waiting.shift();
      else this.#waiting[0] = { parts: [first.parts[0]!.subarray(size)], size: first.size - size };
      this.waitingBytes -= size;
      this.acceptedBytes += size;
      if (this.#isVoid || (size === 0 && framing === 'stream')) continue;
      this.underWayBytes += size;
      const startMs = Math.max(this.#lineFreeAtMs, runtime.nowMs());
      this.#lineFreeAtMs = startMs + size / (link.bytesPerMs ?? Infinity);
      this.#segments.push({ octets, atMs: this.#arrivalMs(), isEnd: false });
    }
    if (this.acceptedBytes > before) this.#sides.accepted(this.acceptedBytes);
    if (this.#ending && !this.#endSent && this.#waiting.length === 0) {
      this.#endSent = true;
      if (!this.#isVoid) this.#segments.push({ octets: nothing, atMs: this.#arrivalMs(), isEnd: true });
      this.#sides.flushed();
    }
    this.#schedule();
  }

  #arrivalMs(): number {
    const { runtime, link } = this.#context;
    return Math.max(this.#lineFreeAtMs, runtime.nowMs()) + (link.latencyMs ?? 0);
  }

  #schedule(): void {
    const first = this.#segments[0];
    if (first === undefined || this.#delivering || this.#cancel !== undefined || !this.#sides.reads()) return;
    const { runtime } = this.#context;
    const deliver = (): void => {
      this.#cancel = undefined;
      this.#deliver();
    };
    if (first.atMs > runtime.nowMs()) {
      this.#cancel = runtime.wakeAt(first.atMs, deliver);
      return;
    }
    runtime.afterInput(deliver);
    this.#cancel = () => undefined;
  }

  #deliver(): void {
    const nowMs = this.#context.runtime.nowMs();
    let dueBytes = 0;
    for (const segment of this.#segments) if (segment.atMs <= nowMs) dueBytes += segment.octets.length;
    this.#delivering = true;
    for (let first = this.#segments[0]; first !== undefined; first = this.#segments[0]) {
      if (first.atMs > nowMs || !this.#sides.reads()) break;
      if (first.isEnd) {
        this.#segments.shift();
        this.#sides.end();
        break;
      }
      if (dueBytes === 0 && first.octets.length > 0) break;
      const octets = this.#take(nowMs, dueBytes);
      dueBytes -= octets.length;
      this.underWayBytes -= octets.length;
      this.deliveredBytes += octets.length;
      this.#sides.data(octets);
      this.#accept();
    }
    this.#delivering = false;
    this.#schedule();
  }

  /** What one read gives: one message, or as much of the stream as has arrived and `split` allows. */
  #take(nowMs: number, dueBytes: number): Buffer {
    const { framing, link, randomSize } = this.#context;
    if (framing === 'message') return this.#segments.shift()?.octets ?? nothing;
    const split = link.split === 'random' ? randomSize() : (link.split ?? readBytes);
    let left = Math.min(split, dueBytes);
    const taken: Buffer[] = [];
    for (
      let first = this.#segments[0];
      left > 0 && first !== undefined && first.atMs <= nowMs;
      first = this.#segments[0]
    ) {
      if (first.octets.length <= left) {
        this.#segments.shift();
        taken.push(first.octets);
        left -= first.octets.length;
      } else {
        taken.push(first.octets.subarray(0, left));
        first.octets = first.octets.subarray(left);
        left = 0;
      }
    }
    return taken.length === 1 ? taken[0]! : Buffer.concat(taken);
  }
}
