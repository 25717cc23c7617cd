import { flagOf, isEndLine } from './end-line.js';
import type { Flaw } from './flaw.js';
import { place, ScratchHead } from './head.js';
import { judgeHead, readFailureReport, type IdentLength } from './head-rules.js';
import { MORE_NEEDED, readHeaderLine } from './header-line.js';
import { FROM_PATH, TO_PATH } from './header-name.js';
import { KnownPaths } from './known-paths.js';
import { CR, HYPHEN, LF } from './octets.js';
import { readTid, readWord } from './start-line.js';
import { readUsualPaths } from './usual-paths.js';
import type { Flag } from './types.js';

/** What read() says when framing is lost. */
export const LOST = -1;
export { MORE_NEEDED };

export interface HeadLimits {
  readonly maxHeadBytes: number;
  readonly maxLineBytes: number;
  readonly maxHeaders: number;
}

/** Reads a header section that lies in one buffer. The same octets give the same head, however many follow them. */
export class HeadReader {
  readonly head: ScratchHead = new ScratchHead();
  /** Flag of the message, when its end-line follows the header section. */
  flag: Flag = '$';
  /** Why framing is lost. */
  lost: Flaw = 'not-msrp';
  readonly #limits: HeadLimits;
  readonly #messageId: IdentLength;
  readonly #requestPaths = new KnownPaths();
  readonly #responsePaths = new KnownPaths();

  constructor(limits: HeadLimits, messageId: IdentLength) {
    this.#limits = limits;
    this.#messageId = messageId;
  }

  /**
   * Reads the header section of `head.bytes` that begins at `start`; what lies before `end` is at hand. Returns the place behind the
   * blank line or the end-line, or MORE_NEEDED, or LOST. Over a limit that is LOST, too; the head then tells what had
   * been read (see `head.addressed`).
   */
  read(start: number, end: number): number {
    const { head } = this;
    const { bytes } = head;
    const { maxHeadBytes, maxLineBytes, maxHeaders } = this.#limits;
    head.reset();
    const limit = Math.min(end, start + maxHeadBytes);

    const tid = start + 5;
    const tidEnd = readTid(head, start, limit);
    if (typeof tidEnd === 'string') return this.#lose(tidEnd);
    if (tidEnd === MORE_NEEDED) return this.#unfinished(start, start, end);
    place(head.tid, tid, tidEnd);
    const firstLine = readWord(head, tidEnd + 1, Math.min(limit, start + maxLineBytes + 2));
    if (typeof firstLine === 'string') return this.#lose(firstLine);
    if (firstLine === MORE_NEEDED) return this.#unfinished(start, start, end);

    let at = firstLine;
    let lines = 0;
    const known = head.kind === 'request' ? this.#requestPaths : this.#responsePaths;
    const recognised = known.recognise(head, at, limit);
    if (recognised >= 0) {
      head.seen = TO_PATH | FROM_PATH;
      at = recognised;
      lines = 2;
    } else if (maxHeaders >= 2) {
      const next = readUsualPaths(head, at, limit, maxLineBytes);
      if (next !== MORE_NEEDED) {
        at = next;
        lines = 2;
      }
    }
    place(head.rest, at, at);

    for (;;) {
      const bound = Math.min(limit, at + maxLineBytes + 2);
      if (at + 1 < bound && bytes[at] === CR && bytes[at + 1] === LF) {
        head.hasBody = true;
        break;
      }
      if (at < bound && bytes[at] === HYPHEN && isEndLine(head.view, at, bound, head.view, tid, tidEnd)) break;
      const next = readHeaderLine(head, at, bound, lines);
      if (next === MORE_NEEDED) return this.#unfinished(start, at, end);
      if (++lines > maxHeaders) return this.#exceed('too-many-headers');
      at = next;
      if (lines === 2 && head.inOrder === (TO_PATH | FROM_PATH)) {
        place(head.paths, firstLine, at);
        head.rest.start = at;
      }
      head.rest.end = at;
    }
    judgeHead(head, start, at, this.#messageId);
    if (head.hasBody) return at + 2;
    const flagAt = at + 7 + tidEnd - tid;
    this.flag = flagOf(bytes[flagAt]!)!;
    if (this.flag !== '$' && head.method !== 'SEND') head.note('bad-flag');
    return flagAt + 3;
  }

  /** To be called for a message that is sound as a whole: its paths are recognised next time. */
  remember(): void {
    const { head } = this;
    if (head.flaw !== undefined) head.memo = undefined;
    else if (head.memo === undefined)
      (head.kind === 'request' ? this.#requestPaths : this.#responsePaths).learn(head);
  }

  /** The line at `line` has no end in what is at hand: because it is too long, or because more must come. */
  #unfinished(start: number, line: number, end: number): number {
    const { maxHeadBytes, maxLineBytes } = this.#limits;
    const sectionBound = start + maxHeadBytes;
    const lineBound = line + maxLineBytes + 2;
    if (lineBound <= Math.min(end, sectionBound)) return this.#exceed('header-line-too-long');
    return end >= sectionBound ? this.#exceed('header-section-too-long') : MORE_NEEDED;
  }

  #exceed(flaw: Flaw): number {
    if (this.head.method === 'SEND') readFailureReport(this.head);
    this.head.note(flaw);
    return this.#lose(flaw);
  }

  #lose(flaw: Flaw): number {
    this.lost = flaw;
    return LOST;
  }
}
