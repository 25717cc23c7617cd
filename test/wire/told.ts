import { FrameParser, type FrameParserOptions } from '../../src/wire/frame-parser.js';
import type { Flaw } from '../../src/wire/flaw.js';
import type { Flag, Head, MessageSink, Span } from '../../src/wire/types.js';

export const limits = { maxHeadBytes: 16_384, maxLineBytes: 8_192, maxHeaders: 64 };

/** One message as a sink was told of it, in text; the same whether it came whole or in slices. */
export interface Told {
  kind: string;
  method: string;
  methodName: string;
  status: number;
  comment: string;
  tid: string;
  paths: string;
  /** The parser knew the path lines: the note made at an earlier message stands there. */
  samePaths: boolean;
  toPath: string;
  fromPath: string;
  rest: string;
  canonical: boolean;
  messageId: string;
  messageIdLine: string;
  byteRangeLine: string;
  byteRange: unknown;
  failureReport: string;
  contentType: string;
  hasBody: boolean;
  flaw: Flaw | undefined;
  body: string;
  flag: Flag | undefined;
}

/** Writes down what it is told. Takes whole messages when `takes` says so. */
export class Listener implements MessageSink {
  readonly told: Told[] = [];
  lost: Flaw | undefined;
  wholes = 0;
  slices = 0;
  onMessage: () => void = () => undefined;
  readonly #takes: boolean;

  constructor(takes = true) {
    this.#takes = takes;
  }

  onHead(head: Head): boolean {
    const text = (span: Span): string => head.bytes.toString('latin1', span.start, span.end);
    const message: Told = {
      kind: head.kind,
      method: head.method,
      methodName: text(head.methodName),
      status: head.status,
      comment: text(head.comment),
      tid: text(head.tid),
      paths: text(head.paths),
      samePaths: head.memo?.value === 'seen',
      toPath: text(head.toPath),
      fromPath: text(head.fromPath),
      rest: text(head.rest),
      canonical: head.canonical,
      messageId: text(head.messageId),
      messageIdLine: text(head.messageIdLine),
      byteRangeLine: text(head.byteRangeLine),
      byteRange: head.byteRange && { ...head.byteRange },
      failureReport: head.failureReport,
      contentType: text(head.contentType),
      hasBody: head.hasBody,
      flaw: head.flaw,
      body: '',
      flag: undefined,
    };
    if (head.memo !== undefined) head.memo.value = 'seen';
    this.told.push(message);
    if (head.whole !== undefined) this.wholes++;
    this.onMessage();
    if (head.whole === undefined || !this.#takes) return false;
    message.body = text(head.whole.body);
    this.onEnd(head.whole.flag);
    return true;
  }

  onBody(octets: Buffer): void {
    this.slices++;
    this.told.at(-1)!.body += octets.toString('latin1');
  }

  onEnd(flag: Flag): void {
    const message = this.told.at(-1)!;
    message.flag = flag;
    // Of a body that comes in slices the flag is known only now; a sink judges it here.
    if (flag !== '$' && message.method !== 'SEND') message.flaw ??= 'bad-flag';
  }

  onLost(flaw: Flaw): void {
    this.lost = flaw;
  }
}

export function parser(
  listener: MessageSink,
  options: Partial<FrameParserOptions & typeof limits> = {},
): FrameParser {
  const { framing = 'stream', identLength = 'lenient', ...some } = options;
  return new FrameParser(listener, { ...limits, ...some }, { framing, identLength });
}

/** What is told of these octets, pushed in slices that end at `cuts` (none: at once). */
export function listen(
  octets: Buffer | string,
  cuts: readonly number[] = [],
  options: Partial<FrameParserOptions & typeof limits> = {},
  takes = true,
): Listener {
  const listener = new Listener(takes);
  const to = parser(listener, options);
  const bytes = typeof octets === 'string' ? Buffer.from(octets, 'latin1') : octets;
  let start = 0;
  for (const cut of [...cuts, bytes.length]) {
    // Slices of their own, scribbled over later: nothing may be read from input that has been pushed before.
    if (cut > start) {
      const slice = Buffer.from(bytes.subarray(start, cut));
      to.push(slice);
      slice.fill(0x2a);
    }
    start = cut;
  }
  return listener;
}

export const each = (octets: Buffer | string): number[] => Array.from({ length: octets.length }, (_, i) => i);

export const toPath = 'msrps://relay.example.com:2855/t0k3n;tcp msrps://b.example.com:2855/b1;tcp';
export const fromPath = 'msrps://a.example.com:2855/a1;tcp';
export const paths = `To-Path: ${toPath}\r\nFrom-Path: ${fromPath}\r\n`;

/** A message with sound paths: start line (after `MSRP abcd `), header lines, body, flag. */
export function message(
  word: string,
  headers: readonly string[] = [],
  body?: string,
  flag = '$',
  tid = 'abcd',
): string {
  const fields = headers.map((line) => `${line}\r\n`).join('');
  const data = body === undefined ? '' : `\r\n${body}\r\n`;
  return `MSRP ${tid} ${word}\r\n${paths}${fields}${data}-------${tid}${flag}\r\n`;
}

/** A sound request to show that the parser is still in step. */
export const sound: string = message('SEND', ['Message-ID: sound', 'Content-Type: text/plain'], 'sound');
