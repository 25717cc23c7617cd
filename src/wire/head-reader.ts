import { isUtf8 } from 'node:buffer';
import { readByteRange } from './byte-range.js';
import { flagOf, isEndLine } from './end-line.js';
import type { Flaw } from './flaw.js';
import { clear, place, ScratchHead } from './head.js';
import {
  BYTE_RANGE,
  CONTENT_TYPE,
  FAILURE_REPORT,
  FROM_PATH,
  knownHeader,
  MESSAGE_ID,
  OTHER_MIME,
  STATUS,
  SUCCESS_REPORT,
  TO_PATH,
} from './header-name.js';
import { isHeaderName, isIdent, isTokenChar } from './ident.js';
import { KnownPaths } from './known-paths.js';
import { areDigits, COLON, CR, HYPHEN, isDigit, isWord, LF, skipBlanks, SP, TAB } from './octets.js';
import { MORE_NEEDED, readTid } from './start-line.js';
import type { ByteRange, Flag, Span } from './types.js';

export { MORE_NEEDED };
/** What read() says when framing is lost. */
export const LOST = -1;

export interface HeadLimits {
  readonly maxHeadBytes: number;
  readonly maxLineBytes: number;
  readonly maxHeaders: number;
}

const sendLine = Buffer.from('SEND\r\n');
const reportLine = Buffer.from('REPORT\r\n');
const authLine = Buffer.from('AUTH\r\n');
const yes = Buffer.from('yes');
const no = Buffer.from('no');
const partial = Buffer.from('partial');

const minMessageId = { lenient: 1, strict: 4 } as const;
const maxMessageId = { lenient: 128, strict: 32 } as const;

/** Reads a header section that lies in one buffer. The same octets give the same head, however many follow them. */
export class HeadReader {
  readonly head: ScratchHead = new ScratchHead();
  /** Flag of the message, when its end-line follows the header section. */
  flag: Flag = '$';
  /** Why framing is lost. */
  lost: Flaw = 'not-msrp';
  readonly #limits: HeadLimits;
  readonly #minMessageId: number;
  readonly #maxMessageId: number;
  readonly #requestPaths = new KnownPaths();
  readonly #responsePaths = new KnownPaths();
  readonly #range: ByteRange = { start: 1, end: undefined, total: undefined };
  #view: DataView | undefined;

  // Of the message at hand.
  #high = false;
  #seen = 0;
  #inOrder = 0;
  readonly #byteRange: Span = { start: 0, end: 0 };
  readonly #failureReport: Span = { start: 0, end: 0 };
  readonly #successReport: Span = { start: 0, end: 0 };
  readonly #status: Span = { start: 0, end: 0 };

  constructor(limits: HeadLimits, identLength: 'lenient' | 'strict') {
    this.#limits = limits;
    this.#minMessageId = minMessageId[identLength];
    this.#maxMessageId = maxMessageId[identLength];
  }

  /** Lets go of the input: to be called before other octets than those of the last read() are read. */
  release(): void {
    this.#view = undefined;
    this.head.release();
  }

  /**
   * Reads the header section that begins at `start`; what lies before `end` is at hand. Returns the place behind the
   * blank line or the end-line, or MORE_NEEDED, or LOST. Over a limit that is LOST, too; the head then tells what had
   * been read (see `head.addressed`).
   */
  read(bytes: Buffer, start: number, end: number): number {
    const head = this.head;
    const { maxHeadBytes, maxLineBytes, maxHeaders } = this.#limits;
    head.reset(bytes);
    this.#high = false;
    this.#seen = 0;
    this.#inOrder = 0;
    const limit = Math.min(end, start + maxHeadBytes);

    const tidEnd = readTid(bytes, start, limit);
    if (typeof tidEnd === 'string') return this.#lose(tidEnd);
    if (tidEnd === MORE_NEEDED) return this.#unfinished(start, start, end);
    const tid = start + 5;
    place(head.tid, tid, tidEnd);
    let at = this.#startLine(bytes, tidEnd + 1, Math.min(limit, start + maxLineBytes + 2));
    if (at === LOST) return this.#lose('bad-start-line');
    if (at === MORE_NEEDED) return this.#unfinished(start, start, end);

    let lines = 0;
    const firstLine = at;
    const known = head.kind === 'request' ? this.#requestPaths : this.#responsePaths;
    if (known.length > 0 && at + known.length <= limit) {
      const view = (this.#view ??= new DataView(bytes.buffer, bytes.byteOffset, bytes.length));
      if (known.standAt(view, at)) {
        known.apply(head, at);
        this.#seen = TO_PATH | FROM_PATH;
        at += known.length;
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
      if (at < bound && bytes[at] === HYPHEN && isEndLine(bytes, at, bound, bytes, tid, tidEnd)) break;
      const next = this.#line(bytes, at, bound, lines);
      if (next === MORE_NEEDED) return this.#unfinished(start, at, end);
      if (++lines > maxHeaders) return this.#exceed('too-many-headers');
      at = next;
      if (lines === 2 && this.#inOrder === (TO_PATH | FROM_PATH)) {
        place(head.paths, firstLine, at);
        head.rest.start = at;
      }
      head.rest.end = at;
    }
    this.#judge(bytes, start, at);
    if (head.hasBody) return at + 2;
    const flagAt = at + 7 + tidEnd - tid;
    this.flag = flagOf(bytes[flagAt]!)!;
    if (this.flag !== '$' && head.method !== 'SEND') head.note('bad-flag');
    return flagAt + 3;
  }

  /** To be called for a message that is sound as a whole: its paths are recognised next time. */
  remember(): void {
    const head = this.head;
    if (head.samePaths || head.flaw !== undefined) return;
    (head.kind === 'request' ? this.#requestPaths : this.#responsePaths).learn(head);
  }

  /** The third word and what follows. The place behind the CRLF, or MORE_NEEDED, or LOST. */
  #startLine(bytes: Buffer, word: number, bound: number): number {
    const head = this.head;
    clear(head.comment);
    head.status = 0;
    if (word + 6 <= bound && beginsWith(bytes, word, sendLine)) {
      head.kind = 'request';
      head.method = 'SEND';
      place(head.methodName, word, word + 4);
      return word + 6;
    }
    if (word >= bound) return MORE_NEEDED;
    head.method = 'other';
    head.kind = isDigit(bytes[word]!) ? 'response' : 'request';
    const next = this.#text(bytes, word, bound, head.kind === 'request');
    if (next <= 0) return next;
    const lineEnd = next - 2;
    if (head.kind === 'response') {
      clear(head.methodName);
      const codeEnd = word + 3;
      if (codeEnd <= lineEnd && areDigits(bytes, word, codeEnd) && (codeEnd === lineEnd || bytes[codeEnd] === SP)) {
        head.status = bytes[word]! * 100 + bytes[word + 1]! * 10 + bytes[word + 2]! - 0x30 * 111;
        place(head.comment, Math.min(codeEnd + 1, lineEnd), lineEnd);
      } else head.note('bad-status');
      return next;
    }
    place(head.methodName, word, lineEnd);
    if (!areCapitals(bytes, word, lineEnd)) head.note('bad-method');
    else if (beginsWith(bytes, word, reportLine)) head.method = 'REPORT';
    else if (beginsWith(bytes, word, authLine)) head.method = 'AUTH';
    return next;
  }

  /** One header line. The place behind its CRLF, or MORE_NEEDED when that does not stand before `bound`. */
  #line(bytes: Buffer, at: number, bound: number, index: number): number {
    const head = this.head;
    let colon = at;
    while (colon < bound && isTokenChar(bytes[colon]!)) colon++;
    const next = this.#text(bytes, colon, bound, false);
    if (next === MORE_NEEDED) return MORE_NEEDED;
    if (bytes[colon] !== COLON || !isHeaderName(bytes, at, colon)) {
      head.note(bytes[at] === SP || bytes[at] === TAB ? 'folded-line' : 'bad-header-line');
      return next;
    }

    const end = next - 2;
    const value = skipBlanks(bytes, colon + 1, end);
    const header = knownHeader(bytes, at, colon);
    const seen = this.#seen;
    if ((header & seen & ~OTHER_MIME) !== 0) {
      head.note('repeated-header');
      return next;
    }
    this.#seen = seen | header;
    if (header === TO_PATH || header === FROM_PATH) {
      this.#path(bytes, header, value, end, index);
      return next;
    }
    if (value !== colon + 2 || bytes[colon + 1] !== SP) head.canonical = false;
    if ((seen & CONTENT_TYPE) !== 0) head.canonical = false;
    if ((seen & OTHER_MIME) !== 0 && header !== CONTENT_TYPE && header !== OTHER_MIME) head.canonical = false;
    switch (header) {
      case MESSAGE_ID:
        place(head.messageId, value, end);
        place(head.messageIdLine, at, next);
        break;
      case BYTE_RANGE:
        place(this.#byteRange, value, end);
        place(head.byteRangeLine, at, next);
        break;
      case FAILURE_REPORT:
        place(this.#failureReport, value, end);
        break;
      case SUCCESS_REPORT:
        place(this.#successReport, value, end);
        break;
      case STATUS:
        place(this.#status, value, end);
        break;
      case CONTENT_TYPE:
        place(head.contentType, value, end);
        break;
    }
    return next;
  }

  /** Text up to a CRLF: the place behind it, or MORE_NEEDED when there is none before `bound`. LOST: a lone LF that counts. */
  #text(bytes: Buffer, from: number, bound: number, needsLines: boolean): number {
    let at = from;
    for (;;) {
      while (at < bound && isPlain(bytes[at]!)) at++;
      if (at >= bound) return MORE_NEEDED;
      const octet = bytes[at++]!;
      if (octet === CR) {
        if (at >= bound) return MORE_NEEDED;
        if (bytes[at] === LF) return at + 1;
        this.head.note('control-octet');
      } else if (octet >= 0x80) this.#high = true;
      else if (octet !== TAB) {
        if (octet === LF && needsLines) return LOST;
        this.head.note('control-octet');
      }
    }
  }

  /** Only what the relay's place in it hangs on: URIs are read when a path is new to the router. */
  #path(bytes: Buffer, header: number, start: number, end: number, index: number): void {
    const head = this.head;
    const to = header === TO_PATH;
    if (index === (to ? 0 : 1)) this.#inOrder |= header;
    else head.note('path-order');
    place(to ? head.toPath : head.fromPath, start, end);
    let at = start;
    while (at < end && isVisible(bytes[at]!)) at++;
    if (at === start || (at < end && bytes[at] !== SP)) {
      head.note(to ? 'bad-to-path' : 'bad-from-path');
      return;
    }
    while (at < end) {
      const uri = at + 1;
      at = uri;
      while (at < end && isVisible(bytes[at]!)) at++;
      if (at === uri || (at < end && bytes[at] !== SP)) {
        head.note('bad-path-uri');
        return;
      }
    }
  }

  /** Rules that hold for the section as a whole. */
  #judge(bytes: Buffer, start: number, end: number): void {
    const head = this.head;
    const seen = this.#seen;
    if (this.#high && !isUtf8(bytes.subarray(start, end))) head.note('bad-utf8');
    if ((seen & TO_PATH) === 0) head.note('no-to-path');
    if ((seen & FROM_PATH) === 0) head.note('no-from-path');
    if (head.method === 'SEND') this.#judgeSend(bytes);
    else if (head.method === 'REPORT') this.#judgeReport(bytes);
    if (head.hasBody) {
      if (head.kind === 'response') head.note('body-in-response');
      else if ((seen & CONTENT_TYPE) === 0) head.note('body-without-content-type');
    } else if ((seen & CONTENT_TYPE) !== 0) head.note('content-type-without-body');
  }

  #judgeSend(bytes: Buffer): void {
    const head = this.head;
    this.#judgeMessageId(bytes);
    this.#readFailureReport(bytes);
    if ((this.#seen & SUCCESS_REPORT) !== 0) {
      const { start, end } = this.#successReport;
      if (!isWord(bytes, start, end, yes) && !isWord(bytes, start, end, no)) head.note('bad-success-report');
    }
    if ((this.#seen & BYTE_RANGE) !== 0) {
      const { start, end } = this.#byteRange;
      if (readByteRange(bytes, start, end, this.#range)) head.byteRange = this.#range;
      else head.note('bad-byte-range');
    }
  }

  #judgeReport(bytes: Buffer): void {
    this.#judgeMessageId(bytes);
    if ((this.#seen & (FAILURE_REPORT | SUCCESS_REPORT)) !== 0) this.head.note('report-header-in-report');
    const { start, end } = this.#status;
    if ((this.#seen & STATUS) === 0 || !isStatus(bytes, start, end)) this.head.note('bad-status');
  }

  #judgeMessageId(bytes: Buffer): void {
    const { start, end } = this.head.messageId;
    if ((this.#seen & MESSAGE_ID) === 0) this.head.note('no-message-id');
    else if (!isIdent(bytes, start, end, this.#minMessageId, this.#maxMessageId)) this.head.note('bad-message-id');
  }

  #readFailureReport(bytes: Buffer): void {
    if ((this.#seen & FAILURE_REPORT) === 0) return;
    const { start, end } = this.#failureReport;
    if (isWord(bytes, start, end, no)) this.head.failureReport = 'no';
    else if (isWord(bytes, start, end, partial)) this.head.failureReport = 'partial';
    else if (!isWord(bytes, start, end, yes)) this.head.note('bad-failure-report');
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
    if (this.head.method === 'SEND') this.#readFailureReport(this.head.bytes);
    this.head.note(flaw);
    return this.#lose(flaw);
  }

  #lose(flaw: Flaw): number {
    this.lost = flaw;
    return LOST;
  }
}

/** Plain text: ASCII without controls. */
function isPlain(octet: number): boolean {
  return octet >= 0x20 && octet < 0x7f;
}

function isVisible(octet: number): boolean {
  return octet > 0x20 && octet < 0x7f;
}

function areCapitals(bytes: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (bytes[i]! < 0x41 || bytes[i]! > 0x5a) return false;
  return start < end;
}

/** The caller knows that there are enough octets, or that a CRLF comes first. */
function beginsWith(bytes: Uint8Array, start: number, octets: Uint8Array): boolean {
  for (let i = 0; i < octets.length; i++) if (bytes[start + i] !== octets[i]) return false;
  return true;
}

/** `namespace SP status-code [SP comment]`; which namespace is the endpoints' affair (WIRE-25). */
function isStatus(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start < 7 || bytes[start + 3] !== SP) return false;
  if (!areDigits(bytes, start, start + 3) || !areDigits(bytes, start + 4, start + 7)) return false;
  return end === start + 7 || bytes[start + 7] === SP;
}
