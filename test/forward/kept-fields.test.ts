import { describe, expect, test } from 'vitest';
import { KeptFields } from '../../src/forward/kept-fields.js';
import { FrameParser } from '../../src/wire/frame-parser.js';
import type { Head } from '../../src/wire/types.js';

/** What is kept of a SEND with these header lines and this body; of the body so many octets. */
function kept(lines: string, body: string | undefined, bodyBytes: number): KeptFields {
  const found: KeptFields[] = [];
  const sink = {
    onHead: (head: Head) => found.push(new KeptFields(head, bodyBytes)) > 0,
    onBody() {},
    onEnd() {},
    onLost() {},
  };
  const paths = 'To-Path: msrps://r.example:2855/t;tcp\r\nFrom-Path: msrps://f.example:2855/f;tcp\r\n';
  const content = body === undefined ? '' : `\r\n${body}\r\n`;
  const read = Buffer.from(`ahead MSRP abcd1234 SEND\r\n${paths}${lines}${content}-------abcd1234$\r\n`).subarray(6);
  const limits = { maxHeadBytes: 16_384, maxLineBytes: 8192, maxHeaders: 64 };
  new FrameParser(sink, limits, { framing: 'stream', identLength: 'lenient' }).push(read);
  read.fill('?');
  return found[0]!;
}

/** Its parts, in text. */
function parts(fields: KeptFields): readonly string[] {
  const { bytes, start, rangeStart, rangeEnd, end, messageId, bodyStart, bodyEnd } = fields;
  const places = [start, rangeStart, rangeEnd, end, bodyStart, bodyEnd];
  const between = places.slice(1).map((place, i) => bytes.toString('latin1', places[i], place));
  return [fields.tid.toString(), ...between, bytes.toString('latin1', messageId.start, messageId.end)];
}

const id = 'Message-ID: m123\r\n';
const range = 'Byte-Range: 1-5/5\r\n';
const type = 'Content-Type: text/plain\r\n';

describe('KeptFields', () => {
  test.each([
    ['as they stand', `${id}${range}${type}`, [id, range, type]],
    ['without range', `${id}${type}`, [id, '', type]],
    ['written anew', `Content-Type:text/plain\r\n${range}${id}`, ['', range, `${id}${type}`]],
  ])('id, header lines, blank line and body lie in one buffer of their own: %s', (_which, lines, fields) => {
    const whole = kept(lines, 'hello', 5);
    expect(parts(whole)).toEqual(['abcd1234', ...fields, '\r\n', 'hello', 'm123']);
    expect([whole.bytes.byteOffset, whole.bytes.buffer.byteLength]).toEqual([0, whole.bodyEnd]);
  });

  test('without body there is no blank line', () => {
    const fields = kept(id, undefined, 0);
    expect(parts(fields)).toEqual(['abcd1234', id, '', '', '', '', 'm123']);
    expect(fields.bytes.buffer.byteLength).toBe(26);
  });

  test('XMIT-15 what drips in stands behind them, up to 1 KiB, with little room', () => {
    const fields = kept(`${id}${type}`, 'hello', 0);
    const shown = fields.bytes;
    expect([fields.add(Buffer.from('he')), fields.add(Buffer.from('llo'))]).toEqual([true, true]);
    expect(parts(fields)).toEqual(['abcd1234', id, '', type, '\r\n', 'hello', 'm123']);
    expect([shown.length, fields.bytes.buffer.byteLength]).toEqual([54, 54 + 32]);
    for (let i = 0; i < 1019; i++) expect(fields.add(Buffer.of(120))).toBe(true);
    expect(fields.add(Buffer.of(120))).toBe(false);
    expect(parts(fields)[5]).toBe(`hello${'x'.repeat(1019)}`);
    expect(fields.bytes.buffer.byteLength).toBe(54 + 1024);
  });

  test('cleared, it holds nothing', () => {
    const fields = kept(`${id}${type}`, 'hello', 5);
    fields.clear();
    expect(fields.bytes).toHaveLength(0);
  });
});
