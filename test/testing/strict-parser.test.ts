import { describe, expect, test } from 'vitest';
import type { ReceivedRequest, ReceivedResponse } from '../../src/testing/received.js';
import { createStrictParser, type StrictParser } from '../../src/testing/strict-parser.js';

const to = 'To-Path: msrps://a.example:2855/a1;tcp\r\n';
const from = 'From-Path: msrps://r.example:2855/t1;tcp msrps://b.example:2855/b1;tcp\r\n';
const id = 'Message-ID: m001\r\n';
const plain = 'Content-Type: text/plain\r\n';

function reader(framing: 'stream' | 'message' = 'stream'): {
  parser: StrictParser;
  requests: ReceivedRequest[];
  responses: ReceivedResponse[];
  violations: string[];
  feed: (text: string) => void;
} {
  const requests: ReceivedRequest[] = [];
  const responses: ReceivedResponse[] = [];
  const violations: string[] = [];
  const parser = createStrictParser(framing, {
    request: (request) => requests.push(request),
    response: (response) => responses.push(response),
    violation: (what) => violations.push(what),
  });
  const feed = (text: string): void => {
    parser.feed(Buffer.from(text, 'latin1'));
  };
  return { parser, requests, responses, violations, feed };
}

function violationsOf(text: string): string[] {
  const { feed, violations } = reader();
  feed(text);
  return violations;
}

const send = (headers: string, body = 'hello', flag = '$'): string =>
  `MSRP t001 SEND\r\n${to}${from}${headers}\r\n${body}\r\n-------t001${flag}\r\n`;

describe('strict parser: what is right', () => {
  const dialogue =
    send(`${id}Byte-Range: 1-5/5\r\nFailure-Report: no\r\nX: 1\r\nx: 2\r\n${plain}`) +
    `MSRP t002 200 OK\r\n${to}${from}-------t002$\r\n` +
    `MSRP t003 AUTH\r\n${to}${from}-------t003$\r\n` +
    send(`${id}Byte-Range: 6-*/*\r\n${plain}`, 'x-------t001$\r\n\r\n-------t001x\r\n\r\n-------t002$\r\n', '+') +
    send(`${id}${plain}`, '', '#') +
    `MSRP t004 REPORT\r\n${to}${from}${id}Byte-Range: 1-5/5\r\nStatus: 000 408 Timeout\r\n-------t004$\r\n` +
    `MSRP t005 481\r\n${to}${from}-------t005$\r\n`;

  test.each([1, 2, 3, 7, 100, 100_000])('is delivered, cut every %i octets', (size) => {
    const { feed, parser, requests, responses, violations } = reader();
    for (let i = 0; i < dialogue.length; i += size) feed(dialogue.slice(i, i + size));
    parser.finish();
    expect(violations).toEqual([]);
    expect(requests.map(({ method, text, flag }) => [method, text, flag])).toEqual([
      ['SEND', 'hello', '$'],
      ['AUTH', '', '$'],
      ['SEND', 'x-------t001$\r\n\r\n-------t001x\r\n\r\n-------t002$\r\n', '+'],
      ['SEND', '', '#'],
      ['REPORT', '', '$'],
    ]);
    expect(requests.map(({ body }) => body?.length)).toEqual([5, undefined, 47, 0, undefined]);
    expect(requests.map(({ range }) => range)).toEqual([
      { start: 1, end: 5, total: 5 },
      undefined,
      { start: 6, end: undefined, total: undefined },
      undefined,
      { start: 1, end: 5, total: 5 },
    ]);
    expect(responses.map(({ code, comment }) => [code, comment])).toEqual([
      [200, 'OK'],
      [481, ''],
    ]);
    const [first] = requests;
    expect(first?.toPath).toEqual(['msrps://a.example:2855/a1;tcp']);
    expect(first?.fromPath).toEqual(['msrps://r.example:2855/t1;tcp', 'msrps://b.example:2855/b1;tcp']);
    expect(first?.header('message-id')).toBe('m001');
    expect(first?.messageId).toBe('m001');
    expect(first?.allHeaders('X')).toEqual(['1', '2']);
  });

  test('a request under way can be looked at', () => {
    const { feed, parser } = reader();
    feed(`MSRP t001 SEND\r\n${to}${from}${id}Byte-Range: 1-*/*\r\n${plain}`);
    expect(parser.incoming).toBeUndefined();
    feed(`\r\n${'x'.repeat(100)}`);
    expect(parser.incoming).toMatchObject({ method: 'SEND', messageId: 'm001', bodyBytes: 88 });
    feed('\r\n-------t001$\r\n');
    expect(parser.incoming).toBeUndefined();
  });

  test('a message of a message transport', () => {
    const { feed, requests, violations } = reader('message');
    feed(send(`${id}${plain}`));
    feed(send(`${id}${plain}`));
    expect(requests).toHaveLength(2);
    expect(violations).toEqual([]);
  });
});

describe('strict parser: what is wrong', () => {
  test.each([
    ['another protocol', 'GET / HTTP/1.1\r\n', 'not a start line'],
    ['a method in small letters', 'MSRP t001 Send\r\n', 'not a start line'],
    ['two blanks', 'MSRP t001  SEND\r\n', 'not a start line'],
    ['a tid too short', 'MSRP t01 SEND\r\n', 'not a start line'],
    ['a tid too long', `MSRP ${'t'.repeat(33)} SEND\r\n`, 'not a start line'],
    ['From-Path first', `MSRP t001 AUTH\r\n${from}${to}-------t001$\r\n`, 'no To-Path where it belongs'],
    ['no From-Path', `MSRP t001 AUTH\r\n${to}-------t001$\r\n`, 'no From-Path where it belongs'],
    ['To-Path twice', `MSRP t001 AUTH\r\n${to}${from}${to}-------t001$\r\n`, 'to-path repeated'],
    ['a path in small letters', `MSRP t001 AUTH\r\nto-path: x\r\n${from}-------t001$\r\n`, 'no To-Path where'],
    ['a bad URI', `MSRP t001 AUTH\r\nTo-Path: sip:a@b\r\n${from}-------t001$\r\n`, 'not a URI: sip:a@b'],
    ['a header without blank', `MSRP t001 AUTH\r\n${to}${from}X:y\r\n-------t001$\r\n`, 'not a header: X:y'],
    ['a header with two blanks', `MSRP t001 AUTH\r\n${to}${from}X:  y\r\n-------t001$\r\n`, 'not a header'],
    ['a folded line', `MSRP t001 AUTH\r\n${to}${from}X: y\r\n z: a\r\n-------t001$\r\n`, 'not a header'],
    ['a lone LF', `MSRP t001 AUTH\r\n${to}${from}X: y\nz\r\n-------t001$\r\n`, 'control character'],
    ['a NUL', `MSRP t001 AUTH\r\n${to}${from}X: y\0\r\n-------t001$\r\n`, 'control character'],
    ['broken UTF-8', `MSRP t001 AUTH\r\n${to}${from}X: \xc0\x80\r\n-------t001$\r\n`, 'not UTF-8'],
    ['no Message-ID', send(plain), 'no Message-ID'],
    ['a bad Message-ID', send(`Message-ID: a b\r\n${plain}`), 'bad Message-ID'],
    ['Message-ID twice', send(`${id}${id}${plain}`), 'message-id repeated'],
    ['a bad Failure-Report', send(`${id}Failure-Report: maybe\r\n${plain}`), 'bad Failure-Report'],
    ['a bad Success-Report', send(`${id}Success-Report: partial\r\n${plain}`), 'bad Success-Report'],
    ['a bad Byte-Range', send(`${id}Byte-Range: 1-5\r\n${plain}`), 'bad Byte-Range'],
    ['an impossible Byte-Range', send(`${id}Byte-Range: 0-4/5\r\n${plain}`), 'impossible Byte-Range'],
    ['a body without Content-Type', send(id), 'Content-Type as its last header'],
    ['Content-Type not last', send(`${plain}${id}`), 'Content-Type as its last header'],
    ['Content-Type without body', `MSRP t001 SEND\r\n${to}${from}${id}${plain}-------t001$\r\n`, 'Content-Type'],
    ['a Byte-Range that is not true', send(`${id}Byte-Range: 1-6/6\r\n${plain}`), '5 octets, but Byte-Range 1-6/6'],
    ['more octets than there are', send(`${id}Byte-Range: 1-*/4\r\n${plain}`), 'octet 5 of 4'],
    ['a long chunk without Byte-Range', send(`${id}${plain}`, 'x'.repeat(2049)), 'can not be interrupted'],
    [
      'a long chunk with an end',
      send(`${id}Byte-Range: 1-2049/2049\r\n${plain}`, 'x'.repeat(2049)),
      'can not be interrupted',
    ],
    ['AUTH that is not complete', `MSRP t001 AUTH\r\n${to}${from}-------t001+\r\n`, 'AUTH ends with +'],
    [
      'a long body of another method',
      `MSRP t001 FOO\r\n${to}${from}${plain}\r\n${'x'.repeat(10_241)}\r\n-------t001$\r\n`,
      'FOO with 10241 octets',
    ],
    ['a REPORT without Status', `MSRP t001 REPORT\r\n${to}${from}${id}-------t001$\r\n`, 'REPORT without Status'],
    [
      'a REPORT that asks for one',
      `MSRP t001 REPORT\r\n${to}${from}${id}Success-Report: no\r\nStatus: 000 200 OK\r\n-------t001$\r\n`,
      'REPORT asks for a report',
    ],
    ['a bad Status', `MSRP t001 REPORT\r\n${to}${from}${id}Status: 200 OK\r\n-------t001$\r\n`, 'bad Status'],
    ['a response with a body', `MSRP t001 200 OK\r\n${to}${from}${plain}\r\nx\r\n-------t001$\r\n`, 'with a body'],
    ['a response that is not complete', `MSRP t001 200 OK\r\n${to}${from}-------t001#\r\n`, 'response ends with #'],
    [
      'an end-line that may be body',
      `MSRP t001 SEND\r\n${to}${from}${id}${plain}\r\n-------t001$\r\n`,
      'CRLF of its own',
    ],
    ['an endless line', 'x'.repeat(70_000), 'endless header line'],
  ])('%s', (_, text, expected) => {
    const violations = violationsOf(text);
    expect(violations.join('\n')).toContain(expected);
  });

  test('an end-line that may be body, however it is cut', () => {
    const { feed, violations } = reader();
    const text = `MSRP t001 SEND\r\n${to}${from}${id}${plain}\r\n-------t001$\r\n`;
    for (const character of text) feed(character);
    expect(violations).toEqual(['an end-line without a CRLF of its own']);
  });

  test('an end in the middle of a message', () => {
    const { feed, parser, violations } = reader();
    feed('MSRP t001 SEND\r\n');
    parser.finish();
    expect(violations).toEqual(['ends inside a message']);
  });

  test.each([
    ['half a message', send(`${id}${plain}`).slice(0, -1)],
    ['two messages', send(`${id}${plain}`) + send(`${id}${plain}`)],
    ['a message and a half', `${send(`${id}${plain}`)}MSRP t001 SEND\r\n`],
  ])('%s in one message of a message transport', (_, text) => {
    const { feed, violations } = reader('message');
    feed(text);
    expect(violations).toEqual(['not exactly one message']);
  });
});
