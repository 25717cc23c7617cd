import { place, type ScratchHead } from './head.js';
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
  usualHeader,
  usualReach,
  usualWidth,
} from './header-name.js';
import { judgeValue } from './head-rules.js';
import { isIdent, isTokenChar } from './ident.js';
import { COLON, CR, isLetter, LF, skipBlanks, SP, TAB } from './octets.js';

/** What is said instead of a place when it does not lie in what is at hand. */
export const MORE_NEEDED = 0;

/** Length of a Message-ID (WIRE-21). */
export interface IdentLength {
  readonly min: number;
  readonly max: number;
}

/** One header line, the `index`th. The place behind its CRLF, or MORE_NEEDED when that does not stand before `bound`. */
export function readHeaderLine(
  head: ScratchHead,
  at: number,
  bound: number,
  index: number,
  idents: IdentLength,
): number {
  const { bytes } = head;
  let header = at + usualReach <= bound ? usualHeader(head.view, at) : 0;
  let value: number;
  let next: number;
  if (header !== 0) {
    value = at + usualWidth(header);
    next = textEnd(head, value, bound);
    if (next === MORE_NEEDED) return MORE_NEEDED;
    if (bytes[value] === SP || bytes[value] === TAB) {
      value = skipBlanks(bytes, value, next - 2);
      head.canonical = false;
    }
  } else {
    let colon = at;
    while (colon < bound && isTokenChar(bytes[colon]!)) colon++;
    next = textEnd(head, colon, bound);
    if (next === MORE_NEEDED) return MORE_NEEDED;
    if (bytes[colon] !== COLON || !isLetter(bytes[at]!)) {
      head.note(bytes[at] === SP || bytes[at] === TAB ? 'folded-line' : 'bad-header-line');
      return next;
    }
    header = knownHeader(bytes, at, colon);
    value = skipBlanks(bytes, colon + 1, next - 2);
    const path = header === TO_PATH || header === FROM_PATH;
    if (!path && (value !== colon + 2 || bytes[colon + 1] !== SP)) head.canonical = false;
  }

  const { seen } = head;
  if ((header & seen & ~OTHER_MIME) !== 0) {
    head.note('repeated-header');
    return next;
  }
  head.seen = seen | header;
  if ((seen & (CONTENT_TYPE | OTHER_MIME)) !== 0) judgeOrder(head, seen, header);
  const end = next - 2;
  switch (header) {
    case MESSAGE_ID:
      place(head.messageId, value, end);
      place(head.messageIdLine, at, next);
      judgeMessageId(head, idents);
      break;
    case BYTE_RANGE:
      place(head.byteRangeLine, at, next);
      judgeValue(head, header, value, end);
      break;
    case FAILURE_REPORT:
    case SUCCESS_REPORT:
    case STATUS:
      judgeValue(head, header, value, end);
      break;
    case CONTENT_TYPE:
      place(head.contentType, value, end);
      break;
    case TO_PATH:
      readToPath(head, value, end, index);
      break;
    case FROM_PATH:
      readFromPath(head, value, end, index);
      break;
  }
  return next;
}

function judgeMessageId(head: ScratchHead, { min, max }: IdentLength): void {
  if (head.method !== 'SEND' && head.method !== 'REPORT') return;
  const { start, end } = head.messageId;
  if (!isIdent(head.bytes, start, end, min, max)) head.note('bad-message-id');
}

/** MIME headers go last, Content-Type the very last (WIRE-20). */
function judgeOrder(head: ScratchHead, seen: number, header: number): void {
  if ((seen & CONTENT_TYPE) !== 0 || (header !== CONTENT_TYPE && header !== OTHER_MIME)) head.canonical = false;
}

/** Text up to a CRLF (WIRE-30): the place behind it, or MORE_NEEDED when there is none before `bound`. */
export function textEnd(head: ScratchHead, from: number, bound: number): number {
  const { bytes, view } = head;
  let at = from;
  for (;;) {
    while (at + 4 <= bound && arePlain(view.getInt32(at, true))) at += 4;
    while (at < bound && isPlain(bytes[at]!)) at++;
    if (at >= bound) return MORE_NEEDED;
    const octet = bytes[at++]!;
    if (octet === CR) {
      if (at >= bound) return MORE_NEEDED;
      if (bytes[at] === LF) return at + 1;
      head.note('control-octet');
    } else if (octet >= 0x80) head.high = true;
    else if (octet !== TAB) head.note('control-octet');
  }
}

function readToPath(head: ScratchHead, start: number, end: number, index: number): void {
  if (index === 0) head.inOrder |= TO_PATH;
  else head.note('path-order');
  place(head.toPath, start, end);
  const uri = endOfUri(head.bytes, start, end);
  if (uri < 0) head.note('bad-to-path');
  else if (!isPath(head.bytes, uri, end)) head.note('bad-path-uri');
}

function readFromPath(head: ScratchHead, start: number, end: number, index: number): void {
  if (index === 1) head.inOrder |= FROM_PATH;
  else head.note('path-order');
  place(head.fromPath, start, end);
  const uri = endOfUri(head.bytes, start, end);
  if (uri < 0) head.note('bad-from-path');
  else if (!isPath(head.bytes, uri, end)) head.note('bad-path-uri');
}

/** Place behind a word of visible ASCII that a blank or the end ends; -1 when there is none. */
function endOfUri(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && isVisible(bytes[at]!)) at++;
  return at > start && (at === end || bytes[at] === SP) ? at : -1;
}

/** Words with one blank before each. What URIs they are is read when the path is new to the router. */
function isPath(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end;) {
    at = endOfUri(bytes, at + 1, end);
    if (at < 0) return false;
  }
  return true;
}

/** ASCII without controls. */
function isPlain(octet: number): boolean {
  return octet >= 0x20 && octet < 0x7f;
}

/** Four of them: no octet with its high bit set, none that loses it less 0x20, none that gains it plus one. */
function arePlain(octets: number): boolean {
  return ((octets | (octets - 0x20202020) | (octets + 0x01010101)) & 0x80808080) === 0;
}

function isVisible(octet: number): boolean {
  return octet > 0x20 && octet < 0x7f;
}
