import type { ByteRangeText } from './received.js';

/** A header section, taken apart. */
export interface StrictHead {
  readonly tid: string;
  /** Undefined in a response. */
  readonly method: string | undefined;
  readonly code: number;
  readonly comment: string;
  readonly toPath: readonly string[];
  readonly fromPath: readonly string[];
  readonly headers: readonly (readonly [name: string, value: string])[];
  header(name: string): string | undefined;
  allHeaders(name: string): readonly string[];
  readonly messageId: string | undefined;
  readonly range: ByteRangeText | undefined;
}

const startLine = /^MSRP ([A-Za-z0-9][A-Za-z0-9.\-+%=]{3,31}) (?:([A-Z]+)|([0-9]{3})(?: (.*))?)$/;
const pathLine = /^(To|From)-Path: (\S+(?: \S+)*)$/;
const uri =
  /^msrps?:\/\/(?:[^@/;\s]+@)?(?:\[[0-9A-Fa-f:.]+\]|(?:[A-Za-z0-9._~-]|%[0-9A-F]{2})+)(?::[0-9]+)?(?:\/[A-Za-z0-9\-._~+=/]+)?;[A-Za-z0-9]+(?:;\S+)?$/i;
const headerLine = /^([A-Za-z][A-Za-z0-9!#$%&'*+\-.^_`|~]*): ((?:\S.*)?)$/;
const ident = /^[A-Za-z0-9][A-Za-z0-9.\-+%=]{2,127}$/;
const byteRange = /^([0-9]+)-([0-9]+|\*)\/([0-9]+|\*)$/;
const onceOnly = [
  'to-path',
  'from-path',
  'message-id',
  'byte-range',
  'failure-report',
  'success-report',
  'status',
  'content-type',
  'expires',
  'authorization',
  'use-path',
];

/** Reads the start line; undefined if it is none. */
export function readStartLine(line: string): RegExpExecArray | undefined {
  return startLine.exec(line) ?? undefined;
}

/** Reads a header section whose start line is one, and tells every rule of RFC 4975 section 9 that it breaks. */
export function readHead(lines: readonly string[], hasBody: boolean, violation: (what: string) => void): StrictHead {
  const [, tid = '', method, code = '0', comment = ''] = readStartLine(lines[0] ?? '') ?? [];
  for (const line of lines) if (hasControl(line)) violation(`control character in ${JSON.stringify(line)}`);
  const path = (line: string | undefined, name: string): string[] => {
    const match = pathLine.exec(line ?? '');
    if (match?.[1] !== name) violation(`no ${name}-Path where it belongs: ${line ?? 'nothing'}`);
    const uris = match?.[2]?.split(' ') ?? [];
    for (const each of uris) if (!uri.test(each)) violation(`not a URI: ${each}`);
    return uris;
  };
  const toPath = path(lines[1], 'To');
  const fromPath = path(lines[2], 'From');
  const headers = lines.slice(3).map((line): [string, string] => {
    const match = headerLine.exec(line);
    if (match === null) violation(`not a header: ${line}`);
    return [match?.[1] ?? '', match?.[2] ?? ''];
  });
  const allHeaders = (name: string): string[] =>
    headers.filter((entry) => entry[0].toLowerCase() === name.toLowerCase()).map((entry) => entry[1]);
  const header = (name: string): string | undefined => allHeaders(name)[0];

  const names = headers.map((entry) => entry[0].toLowerCase());
  for (const name of onceOnly) {
    const most = name.endsWith('-path') && name !== 'use-path' ? 0 : 1;
    if (names.filter((each) => each === name).length > most) violation(`${name} repeated`);
  }
  if (hasBody !== (names.at(-1) === 'content-type')) violation('a body needs Content-Type as its last header');
  if (!hasBody && names.includes('content-type')) violation('Content-Type without body');
  const allowed = (name: string, value: RegExp): void => {
    const given = header(name);
    if (given !== undefined && !value.test(given)) violation(`bad ${name}: ${given}`);
  };
  if (method !== undefined) {
    allowed('Message-ID', ident);
    allowed('Failure-Report', /^(?:yes|no|partial)$/i);
    allowed('Success-Report', /^(?:yes|no)$/i);
    allowed('Byte-Range', byteRange);
    allowed('Status', /^[0-9]{3} [0-9]{3}(?: .*)?$/);
    if ((method === 'SEND' || method === 'REPORT') && !names.includes('message-id')) violation('no Message-ID');
    if (method === 'REPORT') {
      if (!names.includes('status')) violation('REPORT without Status');
      if (names.includes('failure-report') || names.includes('success-report')) violation('REPORT asks for a report');
    }
  }
  const range = readByteRange(header('Byte-Range'), violation);
  return {
    tid,
    method,
    code: Number(code),
    comment,
    toPath,
    fromPath,
    headers,
    header,
    allHeaders,
    messageId: header('Message-ID'),
    range,
  };
}

function readByteRange(value: string | undefined, violation: (what: string) => void): ByteRangeText | undefined {
  const match = byteRange.exec(value ?? '');
  if (match === null) return undefined;
  const number = (text: string | undefined): number | undefined => (text === '*' ? undefined : Number(text));
  const range = { start: Number(match[1]), end: number(match[2]), total: number(match[3]) };
  const { start, end = Infinity, total = Infinity } = range;
  const isTrue = start >= 1 && end >= start - 1 && total >= start - 1 && (end === Infinity || total >= end);
  if (!isTrue) violation(`impossible Byte-Range: ${match[0]}`);
  return range;
}

/** Tells which rules a request breaks as a whole (RFC 4975 sections 5.1, 7.1 and 7.1.1). */
export function checkRequest(
  head: StrictHead,
  body: Buffer | undefined,
  flag: string,
  violation: (what: string) => void,
): void {
  const bytes = body?.length ?? 0;
  if (head.method !== 'SEND') {
    if (flag !== '$') violation(`${head.method ?? ''} ends with ${flag}`);
    if (bytes > 10_240) violation(`${head.method ?? ''} with ${bytes} octets of body`);
    return;
  }
  const { range } = head;
  if (bytes > 2048 && (range === undefined || range.end !== undefined)) {
    violation(`${bytes} octets that can not be interrupted: Byte-Range ${head.header('Byte-Range') ?? 'missing'}`);
  }
  if (range === undefined) return;
  const lastByte = range.start + bytes - 1;
  const isComplete = flag !== '#' && body !== undefined;
  if (isComplete && range.end !== undefined && range.end !== lastByte) {
    violation(`${bytes} octets, but Byte-Range ${head.header('Byte-Range') ?? ''}`);
  }
  if (range.total !== undefined && lastByte > range.total) violation(`octet ${lastByte} of ${range.total}`);
}

function hasControl(line: string): boolean {
  return Array.from(line).some((character) => (character < ' ' && character !== '\t') || character === '\x7f');
}
