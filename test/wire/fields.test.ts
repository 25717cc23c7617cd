import { describe, expect, it } from 'vitest';
import { canonicalFields, fieldsOf, headerValue, type FieldPlaces } from '../../src/wire/fields.js';
import type { Head } from '../../src/wire/types.js';
import { message, parser } from './told.js';

/** Calls `look` with the head of a SEND with these header lines and an empty body. */
function withHead<T>(headers: readonly string[], look: (head: Head) => T): T {
  const seen: T[] = [];
  const sink = { onHead: (head: Head) => seen.push(look(head)) > 0, onBody() {}, onEnd() {}, onLost() {} }; // prettier-ignore
  parser(sink).push(Buffer.from(message('SEND', headers, ''), 'latin1'));
  expect(seen).toHaveLength(1);
  return seen[0]!;
}

function parts(headers: readonly string[]): Record<string, unknown> {
  return withHead(headers, (head) => {
    const into: FieldPlaces = {
      bytes: Buffer.alloc(0),
      start: 7,
      rangeStart: 7,
      rangeEnd: 7,
      end: 7,
      messageId: { start: 7, end: 7 },
    };
    fieldsOf(head, into);
    const text = (start: number, end: number): string => into.bytes.toString('latin1', start, end);
    return {
      copied: into.bytes !== head.bytes,
      before: text(into.start, into.rangeStart),
      range: text(into.rangeStart, into.rangeEnd),
      after: text(into.rangeEnd, into.end),
      messageId: text(into.messageId.start, into.messageId.end),
    };
  });
}

describe('fieldsOf', () => {
  it('FWD-04 takes canonical lines over as they lie', () => {
    expect(parts(['X: 1', 'Message-ID: 1234', 'Byte-Range: 1-0/0', 'Y: 2', 'Content-Type: text/plain'])).toEqual({
      copied: false,
      before: 'X: 1\r\nMessage-ID: 1234\r\n',
      range: 'Byte-Range: 1-0/0\r\n',
      after: 'Y: 2\r\nContent-Type: text/plain\r\n',
      messageId: '1234',
    });
  });

  it('FWD-42 a Byte-Range goes behind Message-ID where there is none', () => {
    expect(parts(['X: 1', 'Message-ID: 1234', 'Content-Type: text/plain'])).toEqual({
      copied: false,
      before: 'X: 1\r\nMessage-ID: 1234\r\n',
      range: '',
      after: 'Content-Type: text/plain\r\n',
      messageId: '1234',
    });
    expect(parts(['Content-Type: text/plain', 'X: 1', 'Message-ID: 1234', 'Y: 2'])).toEqual({
      copied: true,
      before: 'X: 1\r\nMessage-ID: 1234\r\n',
      range: '',
      after: 'Y: 2\r\nContent-Type: text/plain\r\n',
      messageId: '1234',
    });
  });

  it('without Message-ID a Byte-Range goes first', () => {
    expect(parts(['X: 1', 'Content-Type: a'])).toMatchObject({ copied: false, before: '', range: '', messageId: '' });
    expect(parts(['X:1', 'Content-Type: a'])).toMatchObject({ copied: true, before: '', range: '', messageId: '' });
  });

  it('XMIT-25 WIRE-20 WIRE-13 writes anew what is not canonical, in order, values untouched', () => {
    const headers = [
      'content-type:   text/plain ;x= "y" ',
      'MIME-Version: 1.0',
      'byte-range:1-0/0',
      'X:\t a  b\t',
      'Content-ID: <1>',
      'message-id:  1234',
      'Y:',
    ];
    expect(parts(headers)).toEqual({
      copied: true,
      before: '',
      range: 'byte-range: 1-0/0\r\n',
      after:
        'X: a  b\t\r\nmessage-id: 1234\r\nY: \r\nMIME-Version: 1.0\r\nContent-ID: <1>\r\n' +
        'content-type: text/plain ;x= "y" \r\n',
      messageId: '1234',
    });
  });

  it('XMIT-25 what was written anew is canonical when read again', () => {
    const again = withHead(['Content-Type:x', 'MIME-Version:  1', 'Message-ID:1234', 'X:'], (head) =>
      canonicalFields(head).toString('latin1'),
    );
    expect(again).toBe('Message-ID: 1234\r\nX: \r\nMIME-Version: 1\r\nContent-Type: x\r\n');
    expect(withHead(again.trimEnd().split('\r\n'), (head) => head.canonical)).toBe(true);
  });
});

describe('headerValue', () => {
  const headers = [
    'Message-ID: 1234',
    'Authorization:  Digest x="y" \t',
    'X: f\xc3\xbcr',
    'x: second',
    'Empty:',
    'foo',
  ];
  it.each([
    ['authorization', 'Digest x="y"'],
    ['AUTHORIZATION', 'Digest x="y"'],
    ['X', 'für'],
    ['empty', ''],
    ['Expires', undefined],
    ['foo', undefined],
    ['Content-Type', undefined],
  ])('%s', (name, value) => {
    expect(withHead(headers, (head) => headerValue(head, name))).toBe(value);
  });
});
