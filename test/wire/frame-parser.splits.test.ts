import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { each, limits, listen, Listener, message, parser, paths, type Told } from './told.js';

const tid = fc.constantFrom('abcd', 'a1+%', 'x'.repeat(32), 'ab.-=', '1234567');
const pieces = (id: string) => [
  '\r\n', '\r', '\n', '-', '--', '-------', '------', '--------', id, id.slice(0, 3), '$', '+', '#', '$\r', '$\r\n',
  'x', ':', ' ', 'To-Path: ', 'MSRP ', `\r\n-------${id}`, `\r\n-------${id}!`, `\r\n-------${id}$x`, `\r\n-------${id}+\r`,
  '\0', '\x7f', 'ü', '\xc0\x80', 'hello', 'y'.repeat(100), '\r\n'.repeat(20), '-'.repeat(60),
]; // prettier-ignore

const body = (id: string) =>
  fc.array(fc.constantFrom(...pieces(id)), { maxLength: 12 }).map((parts) => parts.join(''));
const line = fc.oneof(
  fc.constantFrom(
    'Message-ID: 12339sdqwer', 'message-id:1234', 'Byte-Range: 1-3/3', 'Byte-Range: 5-3/9', 'Byte-Range: 1-*/*',
    'Failure-Report: no', 'FAILURE-REPORT:  Partial', 'Failure-Report: maybe', 'Success-Report: yes', 'Success-Report: 1',
    'Status: 000 200 OK', 'Status: 0 200', 'Content-Type: text/plain', 'Content-ID: <x>', 'MIME-Version: 1.0', 'X: ü',
    'X: a\0b', 'X: a\rb', 'X: a\nb', 'X: \xc0\x80', ' folded', 'foo', ': x', '1X: y', 'X Y: z', 'X:', '-------abcd',
    'Expires: 10', 'Authorization: Digest x="y"', `Long: ${'z'.repeat(300)}`, 'To-Path: msrps://x:1/y;tcp', 'From-Path: z',
  ),
  fc.string({ maxLength: 12 }),
); // prettier-ignore
const start = fc.constantFrom(
  'SEND', 'SEND', 'SEND', 'REPORT', 'AUTH', 'NICKNAME', 'Send', 'SEND x', '', '200 OK', '200', '200 ', '20 OK', '2000', '4\n04 x',
  'SEND\n', 'S\nEND',
); // prettier-ignore
const pathLines = fc.constantFrom(
  paths, paths, paths, 'To-Path: a\r\nFrom-Path: b\r\n', 'to-path:a b\r\nFROM-PATH:   c\r\n', 'From-Path: b\r\nTo-Path: a\r\n',
  'To-Path: a\r\n', 'From-Path: a\r\n', '', 'To-Path: \r\nFrom-Path: b\r\n', 'To-Path: a  b\r\nFrom-Path: b\r\n',
  'To-Path: a\r\nTo-Path: a\r\nFrom-Path: b\r\n', 'To-Path: a \r\nFrom-Path: \0\r\n',
); // prettier-ignore

const anyMessage = tid.chain((id) =>
  fc
    .tuple(
      start,
      pathLines,
      fc.array(line, { maxLength: 7 }),
      fc.option(body(id)),
      fc.constantFrom('$', '+', '#', '$', '!'),
      fc.boolean(),
    )
    .map(([word, lines, headers, data, flag, crlf]) => {
      const content = data === null ? '' : `\r\n${data}${crlf ? '\r\n' : ''}`;
      return `MSRP ${id} ${word}\r\n${lines}${headers.map((h) => `${h}\r\n`).join('')}${content}-------${id}${flag}\r\n`;
    }),
);
const dialogue = fc
  .array(fc.oneof({ weight: 9, arbitrary: anyMessage }, { weight: 1, arbitrary: fc.string({ maxLength: 40 }) }), {
    minLength: 1,
    maxLength: 5,
  })
  .chain((messages) => {
    const octets = Buffer.from(messages.join(''), 'latin1');
    // Often without an end, so that what is told must be told as soon as it can be.
    return fc.oneof(
      fc.constant(octets),
      fc.nat(octets.length).map((end) => octets.subarray(0, end)),
    );
  });
const cuts = fc.array(fc.nat(2000), { maxLength: 12 }).map((list) => list.sort((a, b) => a - b));
const small = { maxHeadBytes: 420, maxLineBytes: 200, maxHeaders: 5 };

const outcome = ({ told, lost }: Listener) => ({ told, lost });

/** SENDs with the same few beginnings and endings again and again: what has been read before is recognised. */
const familiar = fc
  .tuple(
    tid,
    fc.constantFrom('SEND', 'SEND', 'SEND', 'SEND', 'REPORT', 'OTHER', '200 OK', `200 ${'long '.repeat(17)}`),
    fc.constantFrom(paths, paths, paths.replace('b1', 'b2'), 'To-Path: a b\r\nFrom-Path: c\r\n'),
    fc.constantFrom('', '', '', 'Failure-Report: no\r\n', 'Content-ID: <x>\r\n', 'Content-Type: a/b\r\n', 'X: ü\r\n'),
    fc.constantFrom('Message-ID: 12339sdqwer\r\n', 'Message-ID: 12339sdqwer\r\n', 'message-id: 1234\r\n', ''),
    fc.constantFrom('Byte-Range: 1-3/3\r\n', 'Byte-Range: 2-*/*\r\n', ''),
    fc.constantFrom(
      '',
      '',
      'Failure-Report: no\r\n',
      'X:y\r\n',
      'X: ü\r\n',
      'Content-ID: <x>\r\n',
      'Success-Report: no\r\nX: y\r\n',
    ),
    fc.constantFrom('\r\ntext\r\n', '\r\n\r\n', '\r\n\r\n-------abcdx\r\n', ''),
  ) // prettier-ignore
  .map(([id, word, lines, early, messageId, range, late, data]) => {
    const headers = `${early}${messageId}${range}${late}Content-Type: a/b\r\n`;
    return `MSRP ${id} ${word}\r\n${lines}${headers}${data}-------${id}$\r\n`;
  });

it.each([
  ['default limits', limits],
  ['small limits', { maxHeadBytes: 420, maxLineBytes: 104, maxHeaders: 5 }],
])('WIRE-36 a message is read the same whatever came before it: %s', (_, some) => {
  fc.assert(
    fc.property(fc.array(familiar, { minLength: 1, maxLength: 12 }), (messages) => {
      const alone = messages.map((one) => outcome(listen(one, [], some)));
      const lost = alone.findIndex((one) => one.lost !== undefined);
      const read = lost < 0 ? messages : messages.slice(0, lost + 1);
      const together = outcome(listen(read.join(''), [], some));
      const unlinked = (told: Told) => ({ ...told, samePaths: undefined });
      const expected = alone.slice(0, read.length).flatMap((one) => one.told);
      expect(together.told.map(unlinked)).toEqual(expected.map(unlinked));
      expect(together.lost).toEqual(lost < 0 ? undefined : alone[lost]!.lost);
    }),
    { numRuns: 2000 },
  );
});

it('WIRE-28 a start line that has been read before is too long with a longer transaction id', () => {
  const answer = (id: string) => `MSRP ${id} 200 ${'long '.repeat(17)}\r\n${paths}-------${id}$\r\n`;
  const some = { maxHeadBytes: 420, maxLineBytes: 104, maxHeaders: 5 };
  expect(listen(answer('abcd') + answer('efgh'), [], some).lost).toBe(undefined);
  expect(listen(answer('abcd') + answer('x'.repeat(32)), [], some).lost).toBe('header-line-too-long');
});

describe('WIRE-36 cuts of the transport change nothing', () => {
  it.each([
    ['default limits', limits],
    ['small limits (WIRE-28)', small],
  ])('any cuts, one octet at a time, taken whole or not: %s', (_, some) => {
    fc.assert(
      fc.property(dialogue, cuts, (octets, where) => {
        const atOnce = outcome(listen(octets, [], some));
        expect(outcome(listen(octets, where, some))).toEqual(atOnce);
        expect(outcome(listen(octets, each(octets), some))).toEqual(atOnce);
        expect(outcome(listen(octets, where, some, false))).toEqual(atOnce);
        expect(outcome(listen(octets, [], some, false))).toEqual(atOnce);
      }),
      { numRuns: 1500 },
    );
  });

  it('any limits', () => {
    fc.assert(
      fc.property(dialogue, cuts, fc.nat(500), fc.nat(250), fc.nat(6), (octets, where, head, line, headers) => {
        const some = { maxHeadBytes: head + 1, maxLineBytes: line, maxHeaders: headers };
        const atOnce = outcome(listen(octets, [], some));
        expect(outcome(listen(octets, where, some))).toEqual(atOnce);
        expect(outcome(listen(octets, each(octets), some))).toEqual(atOnce);
      }),
      { numRuns: 1000 },
    );
  });

  it('a hundred SENDs in one push are a hundred messages, each of them whole', () => {
    const sends = Array.from({ length: 100 }, (_, i) =>
      message('SEND', ['Message-ID: 1234', 'Content-Type: text/plain'], `text ${i}`),
    );
    const { told, wholes, slices } = listen(sends.join(''));
    expect(told.map((m) => m.body)).toEqual(Array.from({ length: 100 }, (_, i) => `text ${i}`));
    expect({ wholes, slices }).toEqual({ wholes: 100, slices: 0 });
  });

  it('random octets neither throw nor fill memory', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            fc.uint8Array({ maxLength: 300 }),
            body('abcd').map((t) => Buffer.from(t, 'latin1')),
          ),
        ),
        (all) => {
          const listener = new Listener();
          const to = parser(listener, small);
          to.push(Buffer.from('MSRP abcd '));
          for (const octets of all) {
            to.push(Buffer.from(octets));
            expect(to.keptBytes).toBeLessThan(1100);
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});
