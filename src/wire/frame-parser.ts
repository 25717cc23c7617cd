import type { Limits } from '../limits.js';
import { EndLineSeam, endLineLength, findEndLine, flagOf } from './end-line.js';
import type { Flaw } from './flaw.js';
import { LOST, MORE_NEEDED, type HeadLimits, type HeadReader } from './head-reader.js';
import { HeadReaders } from './head-readers.js';
import { KnownLines } from './known-lines.js';
import { PendingHead } from './pending-head.js';
import type { Flag, MessageSink } from './types.js';

/** How a FrameParser reads. */
export interface FrameParserOptions {
  /** `stream`: messages follow one another, cut anywhere. `message`: each push is exactly one (RFC 7977 section 5.1). */
  readonly framing: 'stream' | 'message';
  /** Length of a Message-ID: 1 to 128 characters (many clients send UUIDs), or 4 to 32 as in the grammar (WIRE-21). */
  readonly identLength: 'lenient' | 'strict';
}

/**
 * Cuts what comes in on one connection into MSRP messages (RFC 4975 section 9), whatever the cuts of the transport:
 * those decide only whether a message is told with `head.whole`. Keeps at most one incomplete header section; bodies go
 * through, but for what may be the beginning of an end-line.
 */
export class FrameParser {
  readonly #sink: MessageSink;
  readonly #limits: HeadLimits;
  readonly #readers: HeadReaders;
  readonly #known: KnownLines = new KnownLines();
  /** While a push lasts. */
  #reader!: HeadReader;
  /** These two are not there before something comes in part: on many connections nothing ever does. */
  #pending: PendingHead | undefined;
  #seam: EndLineSeam | undefined;
  readonly #oneByOne: boolean;
  #inBody = false;
  #stopped = false;

  constructor(
    sink: MessageSink,
    limits: Pick<Limits, 'maxHeadBytes' | 'maxLineBytes' | 'maxHeaders'>,
    options: FrameParserOptions,
  );
  /** @hidden With readers that other parsers use as well. */
  constructor(
    sink: MessageSink,
    limits: HeadLimits,
    options: Pick<FrameParserOptions, 'framing'>,
    readers: HeadReaders,
  );
  constructor(
    sink: MessageSink,
    limits: HeadLimits,
    options: Pick<FrameParserOptions, 'framing'>,
    readers: HeadReaders = new HeadReaders(limits, (options as FrameParserOptions).identLength),
  ) {
    this.#sink = sink;
    this.#limits = limits;
    this.#readers = readers;
    this.#oneByOne = options.framing === 'message';
  }

  /** Inside a header section or body. */
  get midMessage(): boolean {
    return this.#inBody || this.#pendingBytes > 0;
  }

  /** Octets kept until more come. */
  get keptBytes(): number {
    return (this.#pending?.octets.length ?? 0) + (this.#seam?.held ?? 0);
  }

  /** Delivers nothing more; may be called from within a delivery. */
  stop(): void {
    this.#stopped = true;
    this.#inBody = false;
    if (this.#seam !== undefined) this.#seam.held = 0;
    this.#pending?.clear();
  }

  /** Takes what came in. Not to be called from within a delivery; slices of `octets` are given to the sink. */
  push(octets: Buffer): void {
    this.#reader = this.#readers.take(this.#known);
    if (this.#oneByOne) this.#message(octets);
    else {
      let at = 0;
      while (at < octets.length && !this.#stopped) {
        if (this.#inBody) at = this.#body(octets, at);
        else if (this.#pendingBytes > 0) at = this.#goOn(octets, at);
        else at = this.#begin(octets, at);
      }
    }
    this.#readers.give(this.#reader);
  }

  get #pendingBytes(): number {
    return this.#pending === undefined ? 0 : this.#pending.length;
  }

  #message(octets: Buffer): void {
    if (this.#stopped) return;
    this.#reader.head.use(octets);
    const end = this.#reader.read(0, octets.length);
    if (end === LOST) this.#lose();
    else if (end === MORE_NEEDED || this.#complete(octets, end) !== octets.length) this.#end('not-one-message');
    else this.#deliverWhole(octets);
  }

  /** Messages that begin in this buffer, one after the other: the hot loop. */
  #begin(octets: Buffer, from: number): number {
    const end = octets.length;
    const reader = this.#reader;
    let at = from;
    reader.head.use(octets);
    while (at < end && !this.#stopped) {
      const next = reader.read(at, end);
      if (next === MORE_NEEDED) return at + (this.#pending ??= new PendingHead(this.#limits)).add(octets, at);
      if (next === LOST) {
        this.#lose();
        return end;
      }
      at = this.#complete(octets, next);
      if (at < 0) return this.#beginBody(octets, next);
      this.#deliverWhole(octets);
    }
    return at;
  }

  /** More of a header section that has come in part. */
  #goOn(octets: Buffer, from: number): number {
    const reader = this.#reader;
    const pending = this.#pending!;
    const had = pending.length;
    const at = from + pending.add(octets, from);
    if (!pending.worthReading()) return at;

    reader.head.use(pending.octets);
    const next = reader.read(0, pending.length);
    if (next === MORE_NEEDED) return at;
    if (next === LOST) {
      this.#lose();
      return octets.length;
    }
    const { head } = reader;
    if (head.hasBody) {
      this.#inBody = true;
      (this.#seam ??= new EndLineSeam()).begin(head.bytes, head.tid.start, head.tid.end);
      this.#deliverHead();
    } else {
      this.#complete(head.bytes, next);
      this.#deliverWhole(head.bytes);
    }
    pending.clear();
    return from + next - had;
  }

  /** Place behind the message whose header section ends at `next`, if it is all here: then `whole` tells of it. Else -1. */
  #complete(octets: Buffer, next: number): number {
    const { head, flag, whole } = this.#reader;
    whole.body.start = next;
    if (!head.hasBody) {
      whole.body.end = next;
      whole.flag = flag;
      return next;
    }
    const { start, end } = head.tid;
    // From the CRLF of the blank line on: it may be all that stands before the end-line (WIRE-42).
    const at = findEndLine(octets, head.view, next - 2, head.view, start, end);
    if (at < 0) return -1;
    const after = at + endLineLength(end - start);
    whole.body.end = at < next ? next : at;
    whole.flag = flagOf(octets[after - 3]!)!;
    if (whole.flag !== '$' && head.method !== 'SEND') head.note('bad-flag');
    return after;
  }

  #deliverWhole(octets: Buffer): void {
    const { whole } = this.#reader;
    this.#reader.head.whole = whole;
    if (this.#deliverHead()) return;
    this.#deliverBody(octets, whole.body.start, whole.body.end);
    this.#deliverEnd(whole.flag);
  }

  #deliverHead(): boolean {
    this.#reader.remember();
    return this.#sink.onHead(this.#reader.head);
  }

  /** A body that begins in this buffer and does not end in it. */
  #beginBody(octets: Buffer, start: number): number {
    const { tid } = this.#reader.head;
    this.#inBody = true;
    const seam = (this.#seam ??= new EndLineSeam());
    seam.begin(octets, tid.start, tid.end);
    this.#deliverHead();
    if (this.#stopped) return octets.length;
    const tail = seam.holdTail(octets, start - 2, true);
    this.#deliverBody(octets, start, tail);
    return octets.length;
  }

  /** More of a body. */
  #body(octets: Buffer, from: number): number {
    const seam = this.#seam!;
    let at = from;
    while (seam.held > 0) {
      if (at === octets.length) return at;
      if (!seam.accept(octets[at]!)) {
        const given = seam.giveUp();
        this.#deliverBody(given, 0, given.length);
        continue;
      }
      at++;
      if (seam.whole) {
        this.#deliverEnd(seam.flag);
        return at;
      }
    }

    const found = seam.find(octets, at);
    const end = found < 0 ? seam.holdTail(octets, at, false) : found;
    this.#deliverBody(octets, at, end);
    if (found < 0) return octets.length;
    const after = found + seam.length;
    this.#deliverEnd(flagOf(octets[after - 3]!)!);
    return after;
  }

  #deliverBody(octets: Buffer, start: number, end: number): void {
    if (end > start && !this.#stopped) this.#sink.onBody(octets.subarray(start, end));
  }

  #deliverEnd(flag: Flag): void {
    this.#inBody = false;
    if (this.#seam !== undefined) this.#seam.held = 0;
    if (!this.#stopped) this.#sink.onEnd(flag);
  }

  /** Framing is gone. When a limit was the cause and the head tells whom to answer, it is told first. */
  #lose(): void {
    const { head, lost } = this.#reader;
    if (head.addressed) this.#sink.onHead(head);
    if (!this.#stopped) this.#end(lost);
  }

  #end(flaw: Flaw): void {
    this.stop();
    this.#sink.onLost(flaw);
  }
}
