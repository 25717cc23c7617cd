import { BYTE_RANGE, CONTENT_TYPE, knownHeader, MESSAGE_ID, OTHER_MIME } from './header-name.js';
import { isHeaderName, isTokenChar } from './ident.js';
import { COLON, CR, LF, skipBlanks } from './octets.js';
import type { Head, Span } from './types.js';

/** Where the header lines after the paths lie, ready to go out again, in three parts around the Byte-Range line. */
export interface FieldPlaces {
  bytes: Buffer;
  start: number;
  /** The Byte-Range line with its CRLF; where there is none, both are the place for one. */
  rangeStart: number;
  rangeEnd: number;
  end: number;
  /** Value of Message-ID. */
  readonly messageId: Span;
}

/**
 * The header lines of a message without flaw as they go out (WIRE-33): taken over from `head.bytes` when they are
 * canonical, else written anew. A missing Byte-Range line belongs behind the Message-ID line.
 */
export function fieldsOf(head: Head, into: FieldPlaces): void {
  if (!head.canonical) {
    placeFields(canonicalFields(head), into);
    return;
  }
  into.bytes = head.bytes;
  into.start = head.rest.start;
  into.end = head.rest.end;
  const { byteRangeLine, messageIdLine } = head;
  const without = messageIdLine.end === 0 ? head.rest.start : messageIdLine.end;
  into.rangeStart = byteRangeLine.end === 0 ? without : byteRangeLine.start;
  into.rangeEnd = byteRangeLine.end === 0 ? without : byteRangeLine.end;
  into.messageId.start = head.messageId.start;
  into.messageId.end = head.messageId.end;
}

/**
 * The header lines after the paths as the grammar wants them: one blank after each colon, MIME headers last, Content-Type
 * the very last, else in their order (FWD-04). Values are untouched. Always a copy.
 */
export function canonicalFields(head: Head): Buffer {
  const plain: Buffer[] = [];
  const mime: Buffer[] = [];
  const contentType: Buffer[] = [];
  eachLine(head.bytes, head.rest.start, head.rest.end, (start, colon, value, end) => {
    const header = knownHeader(head.bytes, start, colon);
    const part = header === CONTENT_TYPE ? contentType : header === OTHER_MIME ? mime : plain;
    part.push(head.bytes.subarray(start, colon), separator, head.bytes.subarray(value, end), lineEnd);
  });
  return Buffer.concat([...plain, ...mime, ...contentType]);
}

const separator = Buffer.from(': ');
const lineEnd = Buffer.from('\r\n');

function placeFields(bytes: Buffer, into: FieldPlaces): void {
  into.bytes = bytes;
  into.start = 0;
  into.end = bytes.length;
  into.messageId.start = 0;
  into.messageId.end = 0;
  into.rangeStart = 0;
  into.rangeEnd = 0;
  eachLine(bytes, 0, bytes.length, (start, colon, value, end) => {
    const header = knownHeader(bytes, start, colon);
    if (header === MESSAGE_ID) {
      into.messageId.start = value;
      into.messageId.end = end;
    } else if (header === BYTE_RANGE) {
      into.rangeStart = start;
      into.rangeEnd = end + 2;
    }
  });
  if (into.rangeEnd > 0 || into.messageId.end === 0) return;
  into.rangeStart = into.messageId.end + 2;
  into.rangeEnd = into.rangeStart;
}

/**
 * Value of the first header line of that name (compared without case) after the paths, as UTF-8 text without the blanks
 * around it; undefined when there is none. Slow: for headers that few messages have.
 */
export function headerValue(head: Pick<Head, 'bytes' | 'rest'>, name: string): string | undefined {
  const wanted = name.toLowerCase();
  let text: string | undefined;
  eachLine(head.bytes, head.rest.start, head.rest.end, (start, colon, value, end) => {
    if (text !== undefined || head.bytes.toString('latin1', start, colon).toLowerCase() !== wanted) return;
    text = head.bytes.toString('utf8', value, trimmedEnd(head.bytes, value, end));
  });
  return text;
}

function trimmedEnd(bytes: Buffer, start: number, end: number): number {
  let last = end;
  while (last > start && skipBlanks(bytes, last - 1, last) === last) last--;
  return last;
}

/** Calls `each` with the places of the name, its colon, the value and the CRLF of each well-formed line. */
function eachLine(
  bytes: Buffer,
  from: number,
  to: number,
  each: (start: number, colon: number, value: number, end: number) => void,
): void {
  for (let start = from; start < to;) {
    let end = start;
    while (end < to && !(bytes[end] === CR && bytes[end + 1] === LF)) end++;
    let colon = start;
    while (colon < end && isTokenChar(bytes[colon]!)) colon++;
    if (colon < end && bytes[colon] === COLON && isHeaderName(bytes, start, colon)) {
      each(start, colon, skipBlanks(bytes, colon + 1, end), end);
    }
    start = end + 2;
  }
}
