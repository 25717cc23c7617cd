import { flagOf, isEndLine } from './end-line.js';
import type { Flaw } from './flaw.js';
import { place, ScratchHead } from './head.js';
import { judgeHead } from './head-rules.js';
import { MORE_NEEDED, readHeaderLine, type IdentLength } from './header-line.js';
import { FROM_PATH, TO_PATH } from './header-name.js';
import type { KnownLines } from './known-lines.js';
import { CR, HYPHEN, isDigit, lesser, LF } from './octets.js';
import { readTid, readWord } from './start-line.js';
import { readUsualByteRange, readUsualMessageId, readUsualPaths } from './usual-lines.js';
import type { Flag, Whole } from './types.js';

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
  /** For the parser, to be told with the head. */
  readonly whole: Whole = { body: { start: 0, end: 0 }, flag: '$' };
  /** Flag of the message, when its end-line follows the header section. */
  flag: Flag = '$';
  /** Why framing is lost. */
  lost: Flaw = 'not-msrp';
  /** Of the connection that is being read. */
  known: KnownLines;
  readonly #limits: HeadLimits;
  readonly #messageId: IdentLength;

  constructor(limits: HeadLimits, messageId: IdentLength, known: KnownLines) {
    this.known = known;
    this.#limits = limits;
    this.#messageId = messageId;
  }

  /**
   * Reads the header section of `head.bytes` that begins at `start`; what lies before `end` is at hand. Returns the place behind the
   * blank line or the end-line, or MORE_NEEDED, or LOST. Over a limit that is LOST, too; the head then tells what had
   * been read (see `head.addressed`).
   */
  read(start: number, end: number): number {
    const { head, known } = this;
    const { bytes } = head;
    const { maxHeadBytes, maxLineBytes, maxHeaders } = this.#limits;
    head.reset();
    const limit = lesser(end, start + maxHeadBytes);

    const tid = start + 5;
    const tidEnd = readTid(head, start, limit);
    if (typeof tidEnd === 'string') return this.#lose(tidEnd);
    if (tidEnd === MORE_NEEDED) return this.#unfinished(start, start, end);
    place(head.tid, tid, tidEnd);
    const lineLimit = start + maxLineBytes + 2;
    head.word = tidEnd + 1;
    const paths = tidEnd + 1 < limit && isDigit(bytes[tidEnd + 1]!) ? known.responses : known.requests;
    let at = paths !== undefined && maxHeaders >= 2 ? paths.recognise(head, head.word, limit, lineLimit) : -1;
    let lines = 2;
    if (at < 0) {
      const firstLine = readWord(head, head.word, lesser(limit, lineLimit));
      if (typeof firstLine === 'string') return this.#lose(firstLine);
      if (firstLine === MORE_NEEDED) return this.#unfinished(start, start, end);
      at = maxHeaders >= 2 ? readUsualPaths(head, firstLine, limit, maxLineBytes) : MORE_NEEDED;
      if (at === MORE_NEEDED) {
        at = firstLine;
        lines = 0;
      }
    }
    place(head.rest, at, at);
    const isSend = head.method === 'SEND';
    if (isSend && lines === 2 && maxHeaders >= 4) {
      const id = readUsualMessageId(head, at, lesser(limit, at + maxLineBytes + 2), this.#messageId);
      if (id !== MORE_NEEDED) {
        const range = readUsualByteRange(head, id, lesser(limit, id + maxLineBytes + 2));
        lines = range === MORE_NEEDED ? 3 : 4;
        at = range === MORE_NEEDED ? id : range;
        head.rest.end = at;
      }
    }

    /** Where the lines begin that may be the same in every message, and what had been seen before them. */
    let ending = at;
    let before = head.seen;
    for (;;) {
      if (at === ending && isSend && known.fields !== undefined) {
        const behind = known.fields.recognise(head, at, limit, lines, maxHeaders);
        if (behind >= 0) {
          at = behind - 2;
          head.rest.end = at;
          ending = -1;
          break;
        }
      }
      const bound = lesser(limit, at + maxLineBytes + 2);
      if (at + 1 < bound) {
        const octet = bytes[at]!;
        if (octet === CR && bytes[at + 1] === LF) {
          head.hasBody = true;
          break;
        }
        if (octet === HYPHEN && isEndLine(head.view, at, bound, head.view, tid, tidEnd)) break;
      }
      const line = at;
      const next = readHeaderLine(head, at, bound, lines, this.#messageId);
      if (next === MORE_NEEDED) return this.#unfinished(start, at, end);
      if (++lines > maxHeaders) return this.#exceed('too-many-headers');
      at = next;
      if (lines === 2 && head.inOrder === (TO_PATH | FROM_PATH)) {
        place(head.paths, head.rest.start, at);
        head.rest.start = at;
      }
      head.rest.end = at;
      if (head.messageIdLine.start === line || head.byteRangeLine.start === line) {
        ending = at;
        before = head.seen;
      }
    }
    judgeHead(head, start, at);
    if (head.hasBody) {
      if (ending >= 0 && isSend && head.flaw === undefined && head.canonical) {
        known.learnFields(head, ending, at + 2, head.seen & ~before);
      }
      return at + 2;
    }
    const flagAt = at + 7 + tidEnd - tid;
    this.flag = flagOf(bytes[flagAt]!)!;
    if (this.flag !== '$' && head.method !== 'SEND') head.note('bad-flag');
    return flagAt + 3;
  }

  /** To be called for a message that is sound as a whole: its paths are recognised next time, but for an AUTH's, which is rare. */
  remember(): void {
    const { head } = this;
    if (head.flaw !== undefined) head.memo = undefined;
    else if (head.method === 'AUTH') head.memo = { value: undefined };
    else if (head.memo === undefined) this.known.learnPaths(head);
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
    this.head.note(flaw);
    return this.#lose(flaw);
  }

  #lose(flaw: Flaw): number {
    this.lost = flaw;
    return LOST;
  }
}
