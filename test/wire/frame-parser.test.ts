import { describe, expect, it } from 'vitest';
import type { Head } from '../../src/wire/types.js';
import { each, fromPath, listen, Listener, message, parser, paths, sound, toPath, type Told } from './told.js';

const id = 'Message-ID: 1234';
const text = 'Content-Type: text/plain';

/** What is told of a message that a sound one follows, at once and octet by octet; `lost` when the sound one is not told. */
function judged(octets: string, options: Parameters<typeof parser>[1] = {}): Told | undefined {
  const all = octets + sound;
  const { told, lost } = listen(all, [], options);
  expect(listen(all, each(all), options)).toMatchObject({ told, lost });
  expect(lost).toBeUndefined();
  expect(told.at(-1)).toMatchObject({ messageId: 'sound', body: 'sound', flag: '$', flaw: undefined });
  expect(told).toHaveLength(2);
  return told[0];
}

const flawOf = (octets: string, options: Parameters<typeof parser>[1] = {}): string | undefined =>
  judged(octets, options)?.flaw;

function lostBy(octets: string, options: Parameters<typeof parser>[1] = {}): string | undefined {
  const { lost } = listen(octets, [], options);
  expect(listen(octets, each(octets), options).lost).toBe(lost);
  return lost;
}

describe('start line', () => {
  it('WIRE-01 request line: method of capitals, all else in place', () => {
    expect(judged(message('SEND', [id, 'Byte-Range: 1-3/3', text], 'abc'))).toEqual({
      kind: 'request',
      method: 'SEND',
      methodName: 'SEND',
      status: 0,
      comment: '',
      tid: 'abcd',
      paths,
      samePaths: false,
      toPath,
      fromPath,
      rest: 'Message-ID: 1234\r\nByte-Range: 1-3/3\r\nContent-Type: text/plain\r\n',
      canonical: true,
      messageId: '1234',
      messageIdLine: 'Message-ID: 1234\r\n',
      byteRangeLine: 'Byte-Range: 1-3/3\r\n',
      byteRange: { start: 1, end: 3, total: 3 },
      failureReport: 'yes',
      contentType: 'text/plain',
      hasBody: true,
      flaw: undefined,
      body: 'abc',
      flag: '$',
    });
  });

  it.each([
    ['SEND', 'SEND'],
    ['REPORT', 'REPORT'],
    ['AUTH', 'AUTH'],
    ['NICKNAME', 'other'],
    ['SENDX', 'other'],
    ['S', 'other'],
  ])('WIRE-01 %s is method %s', (word, method) => {
    const told = judged(message(word, [id, 'Status: 000 200 OK']));
    expect(told).toMatchObject({ kind: 'request', method, methodName: word, flaw: undefined });
  });

  it.each(['Send', 'send', 'SEND x', 'SEND ', '', ' SEND', 'S\0ND', 'SÉND', 'SEND1'])(
    'WIRE-01 WIRE-27 a method that is none, in sync: %j',
    (word) => {
      expect(judged(message(word, [id]))?.flaw).toMatch(/^(bad-method|control-octet)$/);
    },
  );

  it.each(['MSRP abcd Send x\r\n', 'MSRP abcd SEN\x7fD\r\n'])(
    'WIRE-01 no other kind of flaw comes of it: %j',
    (line) => {
      expect(listen(`${line}${paths}-------abcd$\r\n`).told[0]).toMatchObject({ kind: 'request', method: 'other' });
    },
  );

  it.each([
    ['200 OK', 200, 'OK'],
    ['200', 200, ''],
    ['200 ', 200, ''],
    ['481 No such  session', 481, 'No such  session'],
    ['000 x', 0, 'x'],
    ['404 ni\xc3\xb1o', 404, 'ni\xc3\xb1o'],
  ])('WIRE-02 response line %j', (word, status, comment) => {
    expect(judged(message(word))).toMatchObject({
      kind: 'response',
      status,
      comment,
      flaw: undefined,
      methodName: '',
    });
  });

  it.each(['20 OK', '2000 OK', '20x OK', '2', '200OK', '200\tOK'])(
    'WIRE-02 RESP-02 a response all the same: %j',
    (word) => {
      expect(judged(message(word))).toMatchObject({ kind: 'response', status: 0, flaw: 'bad-status' });
    },
  );

  it.each(['a1+%', 'a'.repeat(32), 'A.-=', '0123'])('WIRE-03 tid %s', (tid) => {
    expect(judged(message('SEND', [id], undefined, '$', tid))).toMatchObject({ tid, flaw: undefined });
  });

  it.each(['abc', 'a'.repeat(33), '+abc', 'ab_c', 'ab~cd', '', 'abc\xe9'])('WIRE-03 no tid: %j', (tid) => {
    expect(lostBy(message('SEND', [id], undefined, '$', tid))).toBe('bad-transaction-id');
  });

  it('WIRE-03 tids are compared with case', () => {
    const body = 'x\r\n-------ABCD$';
    expect(judged(message('SEND', [id, text], body))?.body).toBe(body);
  });

  it.each([
    ['G', 'not-msrp'],
    ['m', 'not-msrp'],
    ['MSRX', 'not-msrp'],
    ['MSRP\t', 'not-msrp'],
    ['\r', 'not-msrp'],
    ['MSRP +', 'bad-transaction-id'],
    ['MSRP abc ', 'bad-transaction-id'],
    [`MSRP ${'a'.repeat(33)}`, 'bad-transaction-id'],
    ['MSRP abcd\r', 'bad-start-line'],
    ['MSRP abcd_', 'bad-transaction-id'],
  ])('WIRE-29 told as soon as the octets show it: %j', (octets, flaw) => {
    expect(lostBy(octets)).toBe(flaw);
    expect(listen(octets).told).toEqual([]);
    expect(listen(octets.slice(0, -1)).lost).toBeUndefined();
  });

  it('WIRE-29 what is no MSRP is not answered', () => {
    expect(lostBy('GET / HTTP/1.1\r\nHost: x\r\n\r\n')).toBe('not-msrp');
    expect(lostBy('msrp abcd SEND\r\n')).toBe('not-msrp');
  });

  it('WIRE-14 lines that end with LF only: lost at once', () => {
    expect(lostBy('MSRP abcd SEND\n')).toBe('bad-start-line');
    expect(lostBy(sound.replaceAll('\r\n', '\n'))).toBe('bad-start-line');
  });
});

describe('end-line and body', () => {
  it.each(['$', '+', '#'])('WIRE-04 WIRE-05 flag %s', (flag) => {
    expect(judged(message('SEND', [id, text], 'abc', flag))).toMatchObject({ body: 'abc', flag, flaw: undefined });
    expect(judged(message('SEND', [id], undefined, flag))).toMatchObject({ flag, hasBody: false, flaw: undefined });
  });

  it.each(['REPORT', 'AUTH', 'NICKNAME', '200 OK'])('WIRE-06 RESP-21 only $ ends %s', (word) => {
    const headers = [id, 'Status: 000 200 OK'];
    expect(flawOf(message(word, headers, undefined, '$'))).toBeUndefined();
    expect(flawOf(message(word, headers, undefined, '+'))).toBe('bad-flag');
    expect(flawOf(message(word, headers, undefined, '#'))).toBe('bad-flag');
  });

  it('WIRE-06 a flag that is at hand with the head is judged there, body or not', () => {
    const flaws: unknown[] = [];
    const sink = {
      onHead: (head: { flaw: unknown }) => flaws.push(head.flaw) > 0,
      onBody() {},
      onEnd() {},
      onLost() {},
    };
    parser(sink).push(Buffer.from(message('NICKNAME', [text], 'abc', '+')));
    expect(flaws).toEqual(['bad-flag']);
  });

  it.each([
    ['body', message('200 OK', [text], 'abc'), 'body-in-response'],
    ['body without type', message('200 OK', [], 'abc'), 'body-in-response'],
    ['Content-Type', message('200 OK', [text]), 'content-type-without-body'],
  ])('RESP-21 a response with %s', (_, octets, flaw) => {
    expect(flawOf(octets)).toBe(flaw);
  });

  it('WIRE-15 WIRE-16 body and Content-Type come together', () => {
    expect(judged(message('SEND', [id], 'abc'))).toMatchObject({ flaw: 'body-without-content-type', body: 'abc' });
    expect(flawOf(message('SEND', [id, text]))).toBe('content-type-without-body');
    expect(flawOf(message('NICKNAME', [text]))).toBe('content-type-without-body');
  });

  it('WIRE-17 no body and an empty body differ', () => {
    expect(judged(message('SEND', [id]))).toMatchObject({ hasBody: false, body: '', flaw: undefined });
    expect(judged(message('SEND', [id, text], ''))).toMatchObject({ hasBody: true, body: '', flaw: undefined });
  });

  it.each(['abc\r\n', '\r\n', '\r\n\r\n', 'abc\r', 'a\n', '-', '-------', '\r\n-------', '\r\n-------abc'])(
    'WIRE-18 the body may end in %j',
    (body) => {
      expect(judged(message('SEND', [id, text], body))).toMatchObject({ body, flag: '$' });
    },
  );

  const lookAlikes = [
    '\r\n------abcd$\r\n',
    '\r\n--------abcd$\r\n',
    '\r\n-------abce$\r\n',
    '\r\n-------abc$\r\n',
    '\r\n-------abcde$\r\n',
    '\r\n-------abcd!\r\n',
    '\r\n-------abcd\r\n',
    '\r\n-------abcd$\n',
    '\r\n-------abcd$ \r\n',
    '\r\n-------abcd$\r\r\n',
    '\n-------abcd$\r\n',
    '\r-------abcd$\r\n',
    'x-------abcd$\r\n',
    '\r\n-------abcd$\r',
    '\r\n\r\n-------ABCD$\r\n',
  ];
  it.each([
    ...lookAlikes,
    lookAlikes.join(''),
    lookAlikes.join('yy'),
    '-'.repeat(100),
    lookAlikes.join('').repeat(60),
  ])('WIRE-19 look-alikes in the body are data: %j', (part) => {
    for (const body of [part, `abc${part}`, `${part}abc`, `${'z'.repeat(600)}${part}`]) {
      expect(judged(message('SEND', [id, text], `q${body}q`))?.body).toBe(`q${body}q`);
    }
  });

  it('WIRE-19 the first true end-line ends the message', () => {
    expect(lostBy(message('SEND', [id, text], 'abc\r\n-------abcd+\r\nrest'))).toBe('not-msrp');
  });

  it.each([0, 1, 2047, 2048, 2049, 70_000])('WIRE-37 %i octets', (length) => {
    const body = 'x'.repeat(length);
    expect(listen(message('SEND', [id, text], body) + sound, [65_536]).told.map((m) => m.body)).toEqual([
      body,
      'sound',
    ]);
  });

  it('WIRE-42 an end-line directly after the blank line ends the message', () => {
    const bare = (headers: string): string => `MSRP abcd SEND\r\n${paths}${headers}\r\n-------abcd$\r\n`;
    expect(judged(bare(`${id}\r\n${text}\r\n`))).toMatchObject({
      hasBody: true,
      body: '',
      flag: '$',
      flaw: undefined,
    });
    expect(judged(bare(`${id}\r\n`))).toMatchObject({ flaw: 'body-without-content-type', body: '', flag: '$' });
  });

  it('slices of a long body are views of the input; only what may be an end-line is held back', () => {
    const slices: Buffer[] = [];
    const sink = { onHead: () => false, onBody: (octets: Buffer) => slices.push(octets), onEnd() {}, onLost() {} };
    const to = parser(sink);
    to.push(Buffer.from(`MSRP abcd SEND\r\n${paths}${id}\r\n${text}\r\n\r\n`));
    const input = Buffer.from(`${'x'.repeat(50_000)}\r\n-------ab`);
    to.push(input);
    expect(slices.map((slice) => slice.length)).toEqual([50_000]);
    expect(slices[0]!.buffer).toBe(input.buffer);
    expect({ kept: to.keptBytes, midMessage: to.midMessage }).toEqual({ kept: 11, midMessage: true });
    to.push(Buffer.from('c'));
    to.push(Buffer.from('c'));
    expect(slices.slice(1).map(String)).toEqual(['\r\n-------abc', 'c']);
    to.push(Buffer.from('\r\n-------abcd$\r\n'));
    expect({ kept: to.keptBytes, midMessage: to.midMessage }).toEqual({ kept: 0, midMessage: false });
  });
});

describe('header section', () => {
  it.each([
    ['From-Path first', `From-Path: ${fromPath}\r\nTo-Path: ${toPath}\r\n${id}\r\n`],
    ['Message-ID first', `${id}\r\n${paths}`],
    ['Message-ID between', `To-Path: ${toPath}\r\n${id}\r\nFrom-Path: ${fromPath}\r\n`],
  ])('WIRE-07 order of the paths: %s', (_, lines) => {
    const told = judged(`MSRP abcd SEND\r\n${lines}-------abcd$\r\n`);
    expect(told).toMatchObject({ flaw: 'path-order', paths: '', toPath, fromPath });
  });

  it.each([
    'Message-ID: 1234', 'message-id: 1235', 'Byte-Range: 1-*/*', 'Failure-Report: yes', 'Success-Report: no',
    'Status: 000 200', 'Content-Type: text/plain', 'Expires: 1', 'Authorization: Digest', `To-Path: ${toPath}`,
    `From-Path: ${fromPath}`,
  ])('WIRE-08 twice: %s', (line) => {
    const headers = [id, 'Byte-Range: 1-*/*', 'Failure-Report: yes', 'Success-Report: no', 'Status: 000 200', 'Expires: 1',
      'Authorization: Digest x', text]; // prettier-ignore
    expect(flawOf(message('SEND', headers, ''))).toBeUndefined();
    expect(flawOf(message('SEND', [line, ...headers], ''))).toBe('repeated-header');
    expect(flawOf(message('SEND', [...headers, line], ''))).toBe('repeated-header');
    expect(flawOf(message('NICKNAME', [...headers, line], ''))).toBe('repeated-header');
  }); // prettier-ignore

  it('WIRE-08 other headers may repeat', () => {
    expect(flawOf(message('SEND', [id, 'X: 1', 'X: 1', 'Content-ID: 1', 'Content-ID: 2', text], ''))).toBeUndefined();
  });

  const withPaths = (to: string, from: string): string => `MSRP abcd SEND\r\n${to}${from}${id}\r\n-------abcd$\r\n`;
  it.each([
    ['no-to-path', '', ''],
    ['no-to-path', '', 'From-Path: b\r\n'],
    ['bad-to-path', 'To-Path: \r\n', 'From-Path: b\r\n'],
    ['bad-to-path', 'To-Path:\r\n', 'From-Path: \r\n'],
    ['bad-to-path', 'To-Path: a\0b\r\n', 'From-Path: b\r\n'],
    ['bad-to-path', 'To-Path: \xc3\xbc\r\n', 'From-Path: b\r\n'],
    ['bad-to-path', 'To-Path: a\tb\r\n', ''],
    ['no-from-path', 'To-Path: a\r\n', ''],
    ['bad-from-path', 'To-Path: a\r\n', 'From-Path: \r\n'],
    ['bad-from-path', 'To-Path: a  b\r\n', 'From-Path: a\x01\r\n'],
    ['bad-path-uri', 'To-Path: a  b\r\n', 'From-Path: b\r\n'],
    ['bad-path-uri', 'To-Path: a\r\n', 'From-Path: b \r\n'],
    ['bad-path-uri', 'To-Path: a \xff\r\n', 'From-Path: b\r\n'],
    [undefined, 'To-Path: a b c\r\n', 'From-Path: d e\r\n'],
  ])('WIRE-09 WIRE-26 %s: %j %j', (flaw, to, from) => {
    expect(flawOf(withPaths(to, from))).toBe(flaw);
  });

  it('WIRE-26 what leaves nobody to ask or answer goes before all else', () => {
    expect(flawOf(`MSRP abcd Send\r\nfoo\r\nX: \0\r\n-------abcd+\r\n`)).toBe('no-to-path');
    expect(flawOf(`MSRP abcd Send\r\nTo-Path: a\r\nfoo\r\nX: \0\r\n-------abcd+\r\n`)).toBe('no-from-path');
  });

  it('WIRE-10 no further headers', () => {
    expect(judged(message('AUTH'))).toMatchObject({ method: 'AUTH', rest: '', flaw: undefined });
    expect(judged(message('200 OK'))).toMatchObject({ rest: '', flaw: undefined });
  });

  it.each([' folded', '\tfolded'])('WIRE-11 no folding: %j', (line) => {
    expect(flawOf(message('AUTH', ['Authorization: Digest a="b",', line]))).toBe('folded-line');
  });

  it('WIRE-12 names and yes, no, partial without case', () => {
    const lines = 'to-path: a b\r\nFROM-PATH: c\r\nmessage-ID: 1234\r\nFAILURE-REPORT: No\r\nsuccess-report: YES\r\n';
    expect(
      judged(`MSRP abcd SEND\r\n${lines}byte-RANGE: 1-*/*\r\ncontent-type: x\r\n\r\n\r\n-------abcd$\r\n`),
    ).toMatchObject({
      toPath: 'a b',
      fromPath: 'c',
      messageId: '1234',
      failureReport: 'no',
      byteRange: { start: 1, end: undefined, total: undefined },
      contentType: 'x',
      canonical: true,
      flaw: undefined,
    });
    expect(judged(message('SEND', [id, 'Failure-Report: PARTIAL']))?.failureReport).toBe('partial');
  });

  it('WIRE-13 no blank, or several, after a colon', () => {
    const told = judged(`MSRP abcd SEND\r\nTo-Path:   a b\r\nFrom-Path:c\r\nMessage-ID:1234\r\n-------abcd$\r\n`);
    expect(told).toMatchObject({
      toPath: 'a b',
      fromPath: 'c',
      messageId: '1234',
      canonical: false,
      flaw: undefined,
    });
    expect(judged(message('SEND', ['Message-ID:  1234', 'Failure-Report:   no']))).toMatchObject({
      messageId: '1234',
      failureReport: 'no',
      canonical: false,
      flaw: undefined,
    });
  });

  it.each([
    [true, [id, 'X: y', 'Content-ID: a', 'MIME-Version: 1.0', text]],
    [true, [id, 'X: ']],
    [false, [text, id]],
    [false, [id, text, 'Content-ID: a']],
    [false, [id, 'Content-ID: a', 'X: y', text]],
    [false, ['MIME-Version: 1', id, text]],
    [false, [id, 'X:y', text]],
    [false, [id, 'X:', text]],
    [false, [id, 'X:  y', text]],
    [false, [id, 'X:\ty', text]],
    [false, [id, 'Content-Type:  text/plain']],
  ])('WIRE-20 FWD-04 may be copied verbatim: %s, %j', (canonical, headers) => {
    expect(judged(message('SEND', headers, ''))?.canonical).toBe(canonical);
  });

  it.each(['1234', 'a'.repeat(32), 'a'.repeat(36), 'a'.repeat(128), '1'])('WIRE-21 Message-ID %s', (value) => {
    expect(flawOf(message('SEND', [`Message-ID: ${value}`]))).toBeUndefined();
    expect(flawOf(message('REPORT', [`Message-ID: ${value}`, 'Status: 000 200']))).toBeUndefined();
  });

  it.each(['a'.repeat(129), '', '+abc', 'ab_c', 'ab cd', '1234 '])('WIRE-21 no Message-ID: %j', (value) => {
    expect(flawOf(message('SEND', [`Message-ID: ${value}`]))).toBe('bad-message-id');
    expect(flawOf(message('REPORT', [`Message-ID: ${value}`, 'Status: 000 200']))).toBe('bad-message-id');
    expect(flawOf(message('AUTH', [`Message-ID: ${value}`]))).toBeUndefined();
    expect(flawOf(message('200 OK', [`Message-ID: ${value}`]))).toBeUndefined();
  });

  it('WIRE-21 Message-ID is missing; strict lengths', () => {
    expect(flawOf(message('SEND'))).toBe('no-message-id');
    expect(flawOf(message('REPORT', ['Status: 000 200']))).toBe('no-message-id');
    expect(flawOf(message('NICKNAME'))).toBeUndefined();
    for (const [length, flaw] of [[3, 'bad-message-id'], [4, undefined], [32, undefined], [33, 'bad-message-id']] as const) {
      const octets = message('SEND', [`Message-ID: ${'a'.repeat(length)}`]);
      const { told } = listen(octets, [], { identLength: 'strict' });
      expect(told[0]?.flaw).toBe(flaw);
    }
  }); // prettier-ignore

  it.each([
    ['Failure-Report: maybe', 'bad-failure-report'],
    ['Failure-Report:', 'bad-failure-report'],
    ['Failure-Report: no ', 'bad-failure-report'],
    ['Success-Report: partial', 'bad-success-report'],
    ['Success-Report: nope', 'bad-success-report'],
  ])('WIRE-22 %s is judged as if Failure-Report were yes', (line, flaw) => {
    expect(judged(message('SEND', [id, line]))).toMatchObject({ flaw, failureReport: 'yes' });
    expect(flawOf(message('NICKNAME', [line]))).toBeUndefined();
  });

  it('WIRE-22 a flaw elsewhere leaves Failure-Report readable', () => {
    expect(judged(message('SEND', ['Failure-Report: no', 'foo']))).toMatchObject({
      flaw: 'bad-header-line',
      failureReport: 'no',
    });
    expect(judged(message('NICKNAME', ['Failure-Report: no']))?.failureReport).toBe('yes');
  });

  it.each(['0-5/5', '5-3/9', '1-9/5', '7-*/5', '1-5', 'a-b/c', '*-5/5', '', '1-3/3 ', `1-${'9'.repeat(40)}/*`])(
    'WIRE-23 WIRE-24 no Byte-Range: %j',
    (value) => {
      expect(judged(message('SEND', [id, `Byte-Range: ${value}`]))).toMatchObject({
        flaw: 'bad-byte-range',
        byteRange: undefined,
      });
      expect(flawOf(message('REPORT', [id, 'Status: 000 200', `Byte-Range: ${value}`]))).toBeUndefined();
    },
  );

  it.each([
    ['1-0/0', { start: 1, end: 0, total: 0 }],
    ['6-*/5', { start: 6, end: undefined, total: 5 }],
    ['1-9000000000000000/9000000000000000', { start: 1, end: 9_000_000_000_000_000, total: 9_000_000_000_000_000 }],
  ])('WIRE-23 WIRE-24 Byte-Range %s', (value, byteRange) => {
    expect(judged(message('SEND', [id, `Byte-Range: ${value}`]))).toMatchObject({ flaw: undefined, byteRange });
  });

  it.each(['000 200 OK', '000 200', '001 123 x', '000 200 '])('WIRE-25 Status: %s', (value) => {
    expect(flawOf(message('REPORT', [id, `Status: ${value}`]))).toBeUndefined();
  });

  it.each(['200 OK', '000 20', '00 200', '000  200', '000 2000', 'abc 200', '000 2x0', ''])(
    'WIRE-25 no Status: %j',
    (value) => {
      expect(flawOf(message('REPORT', [id, `Status: ${value}`]))).toBe('bad-status');
      expect(flawOf(message('SEND', [id, `Status: ${value}`]))).toBeUndefined();
    },
  );

  it('WIRE-25 RELAY-22 a REPORT without Status, or with report headers', () => {
    expect(flawOf(message('REPORT', [id]))).toBe('bad-status');
    expect(flawOf(message('REPORT', [id, 'Status: 000 200', 'Failure-Report: no']))).toBe('report-header-in-report');
    expect(flawOf(message('REPORT', [id, 'Status: 000 200', 'Success-Report: no']))).toBe('report-header-in-report');
  });

  it.each(['a\0b', 'a\nTo-Path: b', 'a\rb', 'a\x7f', '\x1f', 'a\r\rb', 'a\r'])(
    'WIRE-30 control octet: %j',
    (value) => {
      expect(flawOf(message('SEND', [id, `X: ${value}`]))).toBe('control-octet');
      expect(flawOf(message('SEND', [id, `Failure-Report: ${value}`]))).toBe('control-octet');
      expect(flawOf(message('NICKNAME', [`X: ${value}`]))).toBe('control-octet');
      expect(flawOf(message('200 OK', [`X: ${value}`]))).toBe('control-octet');
      expect(flawOf(message(`200 ${value}`))).toBe('control-octet');
    },
  );

  it.each(['\xc0\x80', '\xff', '\xed\xa0\x80', '\xf4\x90\x80\x80', '\xc3', 'a\xa0'])(
    'WIRE-30 no UTF-8: %j',
    (value) => {
      expect(flawOf(message('SEND', [id, `X: ${value}`]))).toBe('bad-utf8');
      expect(flawOf(message(`200 ${value}`))).toBe('bad-utf8');
    },
  );

  it.each(['\xc3\xbc', 'a\tb', '\xf0\x9f\x98\x80', '~}|{ !"'])('WIRE-30 WIRE-31 text: %j', (value) => {
    expect(judged(message('SEND', [id, `X: ${value}`]))).toMatchObject({
      flaw: undefined,
      rest: `${id}\r\nX: ${value}\r\n`,
    });
    expect(judged(message(`200 ${value}`))).toMatchObject({ flaw: undefined, comment: value });
  });

  it('WIRE-31 a Content-Type that the grammar does not know', () => {
    const told = judged(message('SEND', [id, 'Content-Type: text/plain; charset=utf-8'], 'x'));
    expect(told).toMatchObject({ flaw: undefined, contentType: 'text/plain; charset=utf-8' });
  });

  it('WIRE-40 two CRLF after a header mean a body', () => {
    expect(flawOf(message('SEND', [id, 'X: y', '']))).toBe('body-without-content-type');
  });

  it.each([
    'Failure-Report : no',
    'foo',
    ': x',
    '1X: y',
    'X Y: z',
    '-X: y',
    'X(: y',
    '\xc3\xbc: x',
    '-------abcd',
    '--',
    'M',
  ])('WIRE-43 no header line: %j', (line) => {
    expect(flawOf(message('SEND', [id, line]))).toBe('bad-header-line');
  });
});

describe('WIRE-28 limits', () => {
  const send = (headers: readonly string[]): string => message('SEND', [id, ...headers]);

  it('32 URIs and more pass here; a header section of 16 KiB passes, one octet more does not', () => {
    const size = send(['X: ', 'Y: ', 'Z: ']).length;
    const fill = 16_384 - size - 5000 - 5000;
    const lines = (more: number): string[] => [
      `X: ${'x'.repeat(5000)}`,
      `Y: ${'y'.repeat(5000)}`,
      `Z: ${'z'.repeat(fill + more)}`,
    ];
    expect(send(lines(0))).toHaveLength(16_384);
    expect(flawOf(send(lines(0)))).toBeUndefined();
    expect(lostBy(send(lines(1)))).toBe('header-section-too-long');
    expect(listen(send(lines(1))).told).toMatchObject([
      { flaw: 'header-section-too-long', toPath, fromPath, messageId: '1234' },
    ]);
  });

  it('a line of 8 KiB passes, one octet more does not, whether it ends or not', () => {
    const line = (length: number): string => `X: ${'x'.repeat(length - 3)}`;
    expect(flawOf(send([line(8192)]))).toBeUndefined();
    expect(lostBy(send([line(8193)]))).toBe('header-line-too-long');
    const told = listen(send([line(8193)]).slice(0, -15)).told;
    expect(told).toMatchObject([{ flaw: 'header-line-too-long', tid: 'abcd', flag: undefined, rest: `${id}\r\n` }]);
  });

  it.each(['To-Path', 'From-Path'])('a long %s line is measured like any other', (name) => {
    const long = `msrp://x/${'y'.repeat(8192)};tcp`;
    const octets = name === 'To-Path' ? send([]).replace(toPath, long) : send([]).replace(fromPath, long);
    expect(lostBy(octets)).toBe('header-line-too-long');
    expect(listen(octets).told).toEqual([]);
  });

  it('64 headers pass, 65 do not', () => {
    const lines = (count: number): string[] => Array.from({ length: count }, (_, i) => `X-${i}: y`);
    expect(flawOf(send(lines(61)))).toBeUndefined();
    expect(lostBy(send(lines(62)))).toBe('too-many-headers');
    expect(listen(send(lines(62))).told).toMatchObject([{ flaw: 'too-many-headers' }]);
  });

  it('Failure-Report no counts when it came before; without both paths nobody is told', () => {
    const long = `X: ${'x'.repeat(9000)}\r\n`;
    expect(listen(`MSRP abcd SEND\r\n${paths}Failure-Report: no\r\n${long}`).told).toMatchObject([
      { failureReport: 'no' },
    ]);
    for (const octets of [
      `MSRP abcd SEND\r\nTo-Path: a\r\n${long}`,
      `MSRP abcd SEND ${long}`,
      `MSRP abcd 200 ${long}`,
    ]) {
      expect(listen(octets)).toMatchObject({ told: [], lost: 'header-line-too-long' });
    }
    expect(listen(`MSRP abcd SEND\r\nTo-Path: \x01\r\nFrom-Path: b\r\n${long}`)).toMatchObject({
      told: [],
      lost: 'header-line-too-long',
    });
  });

  it('a megabyte without line end keeps no more than a section', () => {
    const listener = new Listener();
    const to = parser(listener);
    to.push(Buffer.from('MSRP abcd SEND\r\nX: '));
    let most = 0;
    for (let i = 0; i < 1_000_000; i += 1000) {
      to.push(Buffer.alloc(1000, 0x78));
      most = Math.max(most, to.keptBytes);
    }
    expect(listener.lost).toBe('header-line-too-long');
    expect(most).toBeLessThan(20_000);
    expect(to.keptBytes).toBe(0);
  });
});

it.each([
  ['Message-ID:x1234', { messageId: 'x1234' }],
  ['Message-IDs: x1234', { messageId: '' }],
  ['Content-Type:x', { contentType: 'x', canonical: false }],
  ['Content-Types: x', { contentType: '' }],
  ['Content-Typo: x', { contentType: '' }],
  ['Failure-Report:no', { failureReport: 'no' }],
  ['Failure-Reports: no', { failureReport: 'yes' }],
  ['Failure-Retort: no', { failureReport: 'yes' }],
  ['Byte-Range:1-2/*', { byteRange: { start: 1, end: 2, total: undefined } }],
  ['Byte-Ranges: 1-2/*', { byteRange: undefined }],
  ['Success-Reports: maybe', { flaw: 'no-message-id' }],
  ['Success-Report:maybe', { flaw: 'bad-success-report', canonical: false }],
])('WIRE-12 WIRE-13 WIRE-31 near the usual spelling: %s', (line, expected) => {
  expect(judged(message('SEND', [line]))).toMatchObject(expected);
});

it('nothing of the input is kept between pushes', () => {
  const heads: Head[] = [];
  const sink = { onHead: (head: Head) => heads.push(head) === 0, onBody() {}, onEnd() {}, onLost() {} };
  const to = parser(sink);
  to.push(Buffer.from(sound));
  expect(heads.at(-1)?.bytes).toHaveLength(0);
  to.push(Buffer.from(sound.slice(0, -20)));
  expect(heads.at(-1)?.bytes).toHaveLength(0);
});

describe('memo', () => {
  const one = message('SEND', [id]);
  const other = one.replace('a1;tcp', 'a2;tcp');

  it('of the last message of that kind without flaw', () => {
    const flawed = other.replace(id, 'foo');
    const response = message('200 OK');
    const same = (...messages: string[]): boolean[] => listen(messages.join('')).told.map((m) => m.samePaths);
    expect(same(one, one, other, other, one)).toEqual([false, true, false, true, false]);
    expect(same(one, response, one, response)).toEqual([false, false, true, true]);
    expect(same(one, flawed, one, flawed, other)).toEqual([false, false, true, false, false]);
  });

  it.each(each(paths))('a difference in octet %i of the path lines is seen', (at) => {
    const lines = `${paths.slice(0, at)}\x01${paths.slice(at + 1)}`;
    expect(listen(`${one}${one.replace(paths, lines)}`).told[1]?.samePaths ?? false).toBe(false);
  });

  it('path lines of several sessions are known together', () => {
    const host = 'msrps://relay.example.com:2855/';
    const session = (n: number): string => {
      const to = `To-Path: ${host}token${n}abcdefghijklmnop;tcp msrps://alice.example.com:9000/s${n};tcp`;
      return `MSRP abcd SEND\r\n${to}\r\nFrom-Path: ${host.replace('relay', 'b')}x${n};tcp\r\n${id}\r\n-------abcd$\r\n`;
    };
    const sessions = Array.from({ length: 10 }, (_, n) => session(n));
    const { told } = listen([...sessions, ...sessions, ...sessions].join(''));
    expect(told.slice(0, 10).some((m) => m.samePaths)).toBe(false);
    expect(told.slice(20).every((m) => m.samePaths)).toBe(true);
    expect(told.slice(20).map((m) => m.toPath)).toEqual(told.slice(0, 10).map((m) => m.toPath));
  });

  it('FWD-48 long ones are not kept for all sessions, only the last ones', () => {
    const session = (n: number): string =>
      one.replace(paths, `${paths.slice(0, -2)} msrps://${'x'.repeat(1024)}${n}.example:2855/x;tcp\r\n`);
    const sessions = [0, 1, 2, 3].map(session);
    const { told } = listen([...sessions, ...sessions, sessions[3]!].join(''));
    expect(told.map((m) => m.samePaths)).toEqual([...Array.from({ length: 8 }, () => false), true]);
  });

  it('tells the same as reading does', () => {
    const { told } = listen(one.repeat(2));
    expect(told[1]).toEqual({ ...told[0], samePaths: true });
  });
});

describe('message framing', () => {
  const framing = { framing: 'message' } as const;
  const several = (...pushes: string[]): Listener => {
    const listener = new Listener();
    const to = parser(listener, framing);
    for (const octets of pushes) to.push(Buffer.from(octets, 'latin1'));
    return listener;
  };

  it('each push is one message, told whole', () => {
    const listener = several(sound, message('200 OK'), sound);
    expect(listener.told.map((m) => m.kind)).toEqual(['request', 'response', 'request']);
    expect(listener).toMatchObject({ lost: undefined, wholes: 3 });
  });

  it.each([
    ['half a message', sound.slice(0, -30)],
    ['half a header section', sound.slice(0, 50)],
    ['all but the last octet', sound.slice(0, -1)],
    ['two messages', sound + sound],
    ['an octet more', `${sound}x`],
    ['an octet more, without body', `${message('200 OK')}x`],
    ['nothing', ''],
  ])('WS-06 %s is not one message, and nothing is told of it', (_, octets) => {
    expect(several(octets, sound)).toMatchObject({ told: [], lost: 'not-one-message' });
  });

  it('other flaws are told as on a stream', () => {
    expect(several('GET /')).toMatchObject({ told: [], lost: 'not-msrp' });
    expect(several(message('SEND', [id, `X: ${'x'.repeat(9000)}`]))).toMatchObject({
      told: [{ flaw: 'header-line-too-long' }],
      lost: 'header-line-too-long',
    });
    expect(several(message('SEND'), sound)).toMatchObject({ told: [{ flaw: 'no-message-id' }, { flaw: undefined }] });
  });
});

describe('stop', () => {
  const two = sound + sound;

  it.each([
    ['at once', []],
    ['octet by octet', each(two)],
    ['within the end-line', [sound.length - 5]],
  ])('within onHead ends all deliveries, %s', (_, cuts) => {
    const listener = new Listener(false);
    const to = parser(listener);
    listener.onMessage = () => {
      to.stop();
    };
    let start = 0;
    for (const cut of [...cuts, two.length]) to.push(Buffer.from(two.slice(start, (start = cut))));
    expect(listener.told).toMatchObject([{ body: '', flag: undefined }]);
    expect(listener).toMatchObject({ lost: undefined, slices: 0 });
    expect({ kept: to.keptBytes, midMessage: to.midMessage }).toEqual({ kept: 0, midMessage: false });
  });

  it('within onHead of a message over a limit: no onLost', () => {
    const listener = new Listener();
    const to = parser(listener, { maxHeaders: 2 });
    listener.onMessage = () => {
      to.stop();
    };
    to.push(Buffer.from(sound));
    expect(listener).toMatchObject({ told: [{ flaw: 'too-many-headers' }], lost: undefined });
  });

  it('within onBody and onEnd', () => {
    for (const which of ['onBody', 'onEnd'] as const) {
      const calls: string[] = [];
      const sink = {
        onHead: () => (calls.push('onHead'), false),
        onBody: () => void calls.push('onBody'),
        onEnd: () => void calls.push('onEnd'),
        onLost: () => void calls.push('onLost'),
      };
      const to = parser({
        ...sink,
        [which]: () => {
          sink[which]();
          to.stop();
        },
      });
      to.push(Buffer.from(two));
      expect(calls).toEqual(which === 'onBody' ? ['onHead', 'onBody'] : ['onHead', 'onBody', 'onEnd']);
    }
  });

  it('nothing is told after framing is lost', () => {
    expect(listen(`GET ${sound}`, [4])).toMatchObject({ told: [], lost: 'not-msrp' });
  });

  it('midMessage: inside a header section or body', () => {
    const to = parser(new Listener());
    const seen = each(sound).map((at) => {
      to.push(Buffer.from(sound[at]!));
      return to.midMessage;
    });
    expect(seen.lastIndexOf(true)).toBe(sound.length - 2);
    expect(seen.indexOf(false)).toBe(sound.length - 1);
  });
});
