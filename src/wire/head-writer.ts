import { writeByteRange } from './byte-range.js';
import { statusText } from './status.js';
import type { ByteRange } from './types.js';

/** Longest comment that is written, in UTF-16 units: what is meant for people needs no more. */
const maxComment = 128;
const maxRange = 50;

/** A response made here. Paths are URIs as they shall stand, single blanks between (RFC 4975 section 7.2). */
export interface ResponseText {
  readonly tid: string;
  readonly status: number;
  readonly comment?: string | undefined;
  readonly toPath: string;
  readonly fromPath: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
}

/** A whole response with flag `$` and without body. Comment and values are cleaned of controls. */
export function buildResponse(response: ResponseText): Buffer {
  const { tid, status, toPath, fromPath } = response;
  const fields = response.headers.map(([name, value]) => `${name}: ${cleaned(value)}\r\n`).join('');
  const start = `MSRP ${tid} ${codeText(status, response.comment)}\r\n`;
  return Buffer.from(`${start}${pathText(toPath, fromPath)}${fields}-------${tid}$\r\n`);
}

/**
 * All that stands between the two transaction ids of a response without further headers: code and comment, path lines, the
 * hyphens of the end-line. Ready once for all answers along the same paths.
 */
export function responseTail(status: number, paths: Buffer): Buffer {
  return Buffer.concat([Buffer.from(' '), statusText(status), Buffer.from('\r\n'), paths, Buffer.from('-------')]);
}

/** The path lines in such a tail. */
export function tailPaths(status: number, tail: Buffer): Buffer {
  return tail.subarray(statusText(status).length + 3, -7);
}

/** A failure REPORT made here (RFC 4975 section 7.1.2). */
export interface ReportText {
  readonly tid: string;
  /** To-Path and From-Path lines, see pathLines(). */
  readonly paths: Buffer;
  readonly messageId: Buffer;
  readonly byteRange: Readonly<ByteRange>;
  /** Code in namespace 000, and words for people. */
  readonly code: number;
  readonly comment?: string | undefined;
}

/** A whole REPORT: the paths, Message-ID, Byte-Range and Status, flag `$`, no body (FWD-19). */
export function buildReport(report: ReportText): Buffer {
  const { tid, paths, messageId, byteRange } = report;
  const range = Buffer.allocUnsafe(maxRange);
  const rangeEnd = writeByteRange(range, 0, byteRange.start, byteRange.end, byteRange.total);
  return Buffer.concat([
    Buffer.from(`MSRP ${tid} REPORT\r\n`),
    paths,
    Buffer.from('Message-ID: '),
    messageId,
    Buffer.from('\r\nByte-Range: '),
    range.subarray(0, rangeEnd),
    Buffer.from(`\r\nStatus: 000 ${codeText(report.code, report.comment)}\r\n-------${tid}$\r\n`),
  ]);
}

/** `To-Path: …` and `From-Path: …`, each with its CRLF. */
export function pathLines(toPath: string, fromPath: string): Buffer {
  return Buffer.from(pathText(toPath, fromPath));
}

function pathText(toPath: string, fromPath: string): string {
  return `To-Path: ${toPath}\r\nFrom-Path: ${fromPath}\r\n`;
}

/** Code and comment; without one given, the usual phrase for a code that the relay makes itself. */
function codeText(code: number, comment: string | undefined): string {
  const text = cleaned(comment ?? '')
    .slice(0, maxComment)
    .trim();
  return text === '' ? statusText(code).toString('latin1') : `${String(code).padStart(3, '0')} ${text}`;
}

/** Controls, CR and LF above all, would let a text forge header lines: each run of them becomes one blank. */
function cleaned(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ');
}
