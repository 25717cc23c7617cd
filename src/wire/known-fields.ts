import { place, type ScratchHead } from './head.js';
import { CONTENT_TYPE, FAILURE_REPORT, OTHER_MIME } from './header-name.js';
import { LF, sameText } from './octets.js';
import type { FailureReport } from './types.js';

/** Endings remembered at a time: texts, typing notices, receipts. */
const kept = 4;
const longestKept = 256;
const shortest = 8;
/** So many endings are learned without one of them coming again; a sender who never repeats himself is not worth more. */
const patience = 16;

/** The last header lines of a sound SEND and its blank line, to be recognised when they come again. */
class KnownEnding {
  readonly length: number;
  readonly lines: number;
  readonly seen: number;
  readonly #view: DataView;
  readonly #failureReport: FailureReport;
  readonly #typeStart: number;
  readonly #typeEnd: number;

  constructor(head: ScratchHead, start: number, end: number, seen: number) {
    const octets = new Uint8Array(head.bytes.subarray(start, end));
    this.length = octets.length;
    this.lines = octets.filter((octet) => octet === LF).length - 1;
    this.seen = seen;
    this.#view = new DataView(octets.buffer);
    this.#failureReport = head.failureReport;
    this.#typeStart = head.contentType.start - start;
    this.#typeEnd = head.contentType.end - start;
  }

  standsAt(view: DataView, at: number, limit: number): boolean {
    return at + this.length <= limit && sameText(this.#view, 0, this.length, view, at);
  }

  /** Writes what reading these octets at `at` would have written. */
  apply(head: ScratchHead, at: number): void {
    head.seen |= this.seen;
    if ((this.seen & FAILURE_REPORT) !== 0) head.failureReport = this.#failureReport;
    head.hasBody = true;
    place(head.contentType, at + this.#typeStart, at + this.#typeEnd);
  }
}

/**
 * How the header sections of SENDs end on one connection, behind the lines that differ in each (Message-ID, Byte-Range):
 * the same few lines up to the blank one, so comparing octets replaces reading them.
 */
export class KnownFields {
  readonly #known: KnownEnding[] = [];
  #turn = 0;
  #patience = patience;

  /** Recognises the lines at `at`, the `lines`th and following, and tells the head of them; the place behind the blank line, or -1. */
  recognise(head: ScratchHead, at: number, limit: number, lines: number, maxHeaders: number): number {
    const known = this.#known;
    for (let i = 0; i < known.length; i++) {
      const ending = known[i]!;
      if (!ending.standsAt(head.view, at, limit)) continue;
      const repeated = head.seen & (ending.seen | CONTENT_TYPE | OTHER_MIME);
      if (repeated !== 0 || lines + ending.lines > maxHeaders) return -1;
      ending.apply(head, at);
      this.#patience = patience;
      return at + ending.length;
    }
    return -1;
  }

  /** Remembers how the header section of a SEND ended that broke no rule, behind `start`. */
  learn(head: ScratchHead, start: number, end: number, seen: number): void {
    const length = end - start;
    if (this.#patience === 0 || length < shortest || length > longestKept) return;
    this.#patience--;
    this.#known[this.#turn] = new KnownEnding(head, start, end, seen);
    this.#turn = (this.#turn + 1) % kept;
  }
}
