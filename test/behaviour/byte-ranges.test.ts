import { expect } from 'vitest';
import { describeOverTransports, streams, withClock } from './harness.js';
import { arrived, cut } from './cut.js';
import { octets, outcome, told } from './octets.js';

describeOverTransports('Byte-Range of what goes on', (it) => {
  it.for([
    ['FWD-33 unknown numbers are filled in or stay unknown', '1-*/*', 39, '$', /^1-(\*|39)\/(\*|39)$/],
    ['FWD-33 a true range stays', '1-39/100', 39, '+', /^1-39\/100$/],
    ['FWD-33 start and total of a later chunk stay', '101-*/200', 39, '+', /^101-(\*|139)\/200$/],
    ['FWD-41 a chunk longer than its range', '1-10/10', 12, '$', /^1-(\*|12)\/(\*|12)$/],
    ['FWD-41 a chunk shorter than its range', '1-10/20', 7, '+', /^1-(\*|7)\/20$/],
    ['FWD-41 a message shorter than its total', '1-10/10', 7, '$', /^1-(\*|7)\/(\*|7)$/],
    ['FWD-41 octets beyond the total', '11-*/20', 15, '+', /^11-(\*|25)\/\*$/],
    ['XMIT-03 2048 octets may have a number', '1-2048/2048', 2048, '$', /^1-(\*|2048)\/2048$/],
    ['XMIT-02 above that, range-end is open', '1-2049/2049', 2049, '$', /^1-\*\/2049$/],
    ['XMIT-02 whatever the sender wrote', '1-5000/5000', 5000, '$', /^1-\*\/5000$/],
    ['FWD-42, XMIT-02 or did not write', false, 5000, '$', /^1-\*\/(\*|5000)$/],
    ['FWD-42 no Byte-Range on a short message', false, 10, '$', /^(none|1-(\*|10)\/(\*|10))$/],
    ['an empty message', '1-0/0', 0, '$', /^1-0\/0$/],
    ['XMIT-22 beyond 32 bits', '5000000001-*/6000000000', 3000, '+', /^5000000001-\*\/6000000000$/],
    [
      'XMIT-22 up to the last exact number',
      '9007199254740982-9007199254740991/9007199254740991',
      10,
      '$',
      /^9007199254740982-9007199254740991\/9007199254740991$/,
    ],
  ] as const)('%s', async ([, range, bytes, flag, expected], { world }) => {
    const a = await world.client('a');
    const n = await world.listeningPeer();
    const sent = a.send({ to: [a.token, n.uri], range, flag, body: octets(bytes) });
    expect(await world.code(sent)).toBe(200);
    const chunk = await world.until((await n.connected()).nextRequest());
    expect(chunk.header('Byte-Range') ?? 'none').toMatch(expected);
    expect(chunk.body!.equals(octets(bytes))).toBe(true);
    expect(chunk.flag).toBe(flag);
    await world.silence(await n.connected(), { requests: 1 });
  });

  it('XMIT-22 one octet beyond the last exact number is refused', async ({ world }) => {
    const a = await world.client('a');
    const b = await world.client('b');
    const sent = b.send({ to: [a.token, a.uri], range: '9007199254740991-*/*', body: 'xx' });
    expect(await world.code(sent)).toBe(400);
    await world.silence(a, { responses: a.responses.length });
  });
});

/** Chunks as they come, cut where it says, and what goes on. */
const arithmetic: readonly {
  readonly title: string;
  readonly range: string | false;
  readonly writes: readonly number[];
  readonly flag: '$' | '+' | '#';
  readonly out: readonly RegExp[];
}[] = [
  {
    title: 'a total that is known stays in every piece',
    range: '1-*/10000',
    writes: [4097, 4096, 1807],
    flag: '$',
    out: [/^1-\*\/10000 4096 \+$/, /^4097-\*\/10000 4096 \+$/, /^8193-(\*|10000)\/10000 1808 \$$/],
  },
  {
    title: 'a later chunk is cut from its own start on',
    range: '8193-*/*',
    writes: [2049, 2048, 903],
    flag: '+',
    out: [/^8193-(\*|10240)\/\* 2048 \+$/, /^10241-(\*|12288)\/\* 2048 \+$/, /^12289-(\*|13192)\/\* 904 \+$/],
  },
  {
    title: 'FWD-42 without Byte-Range it begins at 1',
    range: false,
    writes: [3001, 1999],
    flag: '$',
    out: [/^1-\*\/\* 3000 \+$/, /^3001-(\*|5000)\/(\*|5000) 2000 \$$/],
  },
  {
    title: 'XMIT-26 one octet stays for the end-line',
    range: '1-*/*',
    writes: [4096, 0],
    flag: '$',
    out: [/^1-\*\/\* 4095 \+$/, /^4096-(\*|4096)\/(\*|4096) 1 \$$/],
  },
  {
    title: 'FWD-35 a broken-off chunk is broken off in its last piece',
    range: '1-*/9000',
    writes: [4097, 2003],
    flag: '#',
    out: [/^1-\*\/9000 4096 \+$/, /^4097-(\*|6100)\/9000 2004 #$/],
  },
];

describeOverTransports(
  'Byte-Range arithmetic',
  (it) => {
    it.for(arithmetic)('XMIT-08, FWD-30: $title', async ({ range, writes, flag, out }, { world }) => {
      const a = await world.client('a');
      const other = await world.client('b');
      const n = await world.listeningPeer();
      const total = writes.reduce((sum, bytes) => sum + bytes, 0);
      const body = octets(total, 3);
      const open = a.openSend({
        to: [a.token, n.uri],
        range,
        headers: [
          ['Success-Report', 'yes'],
          ['X-Foo', 'bar'],
        ],
        contentType: 'application/x-test',
      });
      const hop = await n.connected();
      let at = 0;
      for (const bytes of writes.slice(0, -1)) {
        open.write(body.subarray(at, at + bytes));
        await arrived(world, hop, at === 0 ? bytes - 1 : bytes);
        await cut(world, hop, other);
        at += bytes;
      }
      open.write(body.subarray(at));
      open.end(flag);
      expect(await world.code(open)).toBe(200);
      await world.when(() => hop.requests.length === writes.length);
      const pieces = hop.requests;
      for (const [i, piece] of pieces.entries()) {
        expect(told(piece)).toMatch(out[i]!);
        expect(piece.messageId).toBe(open.messageId);
        expect(piece.headers.filter(([name]) => name !== 'Byte-Range')).toEqual([
          ['Message-ID', open.messageId],
          ['Success-Report', 'yes'],
          ['X-Foo', 'bar'],
          ['Content-Type', 'application/x-test'],
        ]);
      }
      expect(new Set(pieces.map(({ tid }) => tid)).size).toBe(writes.length);
      expect(Buffer.concat(pieces.map((piece) => piece.body!)).equals(body)).toBe(true);
    });

    it('FWD-41 a total that the octets pass becomes unknown in the next piece', async ({ world }) => {
      const a = await world.client('a');
      const other = await world.client('b');
      const n = await world.listeningPeer();
      const open = a.openSend({ to: [a.token, n.uri], range: '1-*/3000' });
      const hop = await n.connected();
      open.write(octets(2500));
      await arrived(world, hop, 2499);
      open.write(octets(1597));
      await arrived(world, hop, 4096);
      await cut(world, hop, other);
      open.write(octets(903));
      open.end();
      await world.when(() => hop.requests.length === 2);
      expect(told(hop.requests[0]!)).toBe('1-*/3000 4096 +');
      expect(told(hop.requests[1]!)).toMatch(/^4097-(\*|5000)\/(\*|5000) 904 \$$/);
      // Nothing else is wrong with them; this much could not be known when the first header section was written.
      expect((hop.violations as string[]).splice(0)).toEqual(['octet 4096 of 3000']);
    });
  },
  { only: streams },
);

describeOverTransports(
  'Byte-Range of failed pieces',
  (it) => {
    it('FWD-20, XMIT-11, FWD-24 each piece that times out is reported with its own range', async ({ world }) => {
      const a = await world.client('a');
      const other = await world.client('b');
      const n = await world.listeningPeer({ answer: ({ range }) => (range!.start === 10_241 ? 'never' : 200) });
      const open = a.openSend({ to: [a.token, n.uri], range: '8193-*/*' });
      const hop = await n.connected();
      for (const bytes of [2049, 2048]) {
        open.write(octets(bytes));
        await arrived(world, hop, 2048);
        await cut(world, hop, other);
      }
      open.write(octets(903));
      open.end('+');
      expect(outcome(await world.until(a.nextReport()))).toBe('10241-12288/* 000 408 Request Timeout');
      await world.clock.elapse(40_000);
      expect(a.reports).toHaveLength(1);
    });

    it('FWD-24 three pieces time out: what is reported is the message, without overlap', async ({ world }) => {
      const a = await world.client('a');
      const other = await world.client('b');
      const n = await world.listeningPeer({ answer: 'never' });
      const open = a.openSend({
        to: [a.token, n.uri],
        range: '1-*/10000',
      });
      const hop = await n.connected();
      for (const bytes of [4097, 4096]) {
        open.write('x'.repeat(bytes));
        await arrived(world, hop, 4096);
        await cut(world, hop, other);
      }
      open.write(octets(1807));
      open.end();
      await world.clock.elapse(40_000);
      expect(a.reports.map(outcome).sort()).toEqual([
        '1-4096/10000 000 408 Request Timeout',
        '4097-8192/10000 000 408 Request Timeout',
        '8193-10000/10000 000 408 Request Timeout',
      ]);
    });
  },
  { only: ['stream'] },
);

describeOverTransports(
  'Byte-Range of REPORTs',
  (it) => {
    it.for([
      ['1-*/10000', 3000, '+', '1-3000/10000'],
      ['3001-*/10000', 500, '+', '3001-3500/10000'],
      ['1-10/10', 10, '$', '1-10/10'],
      ['1-*/*', 39, '$', /^1-39\/(\*|39)$/],
      [false, 39, '$', /^1-39\/(\*|39)$/],
      ['5000000001-*/6000000000', 3000, '+', '5000000001-5000003000/6000000000'],
      ['1-0/0', 0, '$', '1-0/0'],
    ] as const)('FWD-20, XMIT-22: %s of %i octets', async ([range, bytes, flag, expected], { world }) => {
      const a = await world.client('a');
      const n = await world.listeningPeer({ answer: 'never' });
      const closed = await world.listeningPeer({ host: 'closed.example' });
      await closed.answers('refuse');
      for (const uri of [n.uri, closed.uri]) {
        const { messageId } = a.send({ to: [a.token, uri], range, flag, body: octets(bytes) });
        const report = await world.until(a.nextReport());
        expect(report.messageId).toBe(messageId);
        expect(report.header('Byte-Range')).toMatch(expected);
        expect(report.header('Status')).toBe('000 408 Request Timeout');
      }
    });

    it('FWD-20 a message without body: 1-0/0', async ({ world }) => {
      const a = await world.client('a');
      const n = await world.listeningPeer({ answer: 'never' });
      a.send({ to: [a.token, n.uri] });
      expect(outcome(await world.until(a.nextReport()))).toBe('1-0/0 000 408 Request Timeout');
    });
  },
  { only: withClock },
);
