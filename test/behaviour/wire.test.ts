import { expect } from 'vitest';
import { describeOverTransports, streams, withClock } from './harness.js';
import { extra, HandWritten } from './hand-written.js';

const id = (length: number): string => 'i'.repeat(length);

describeOverTransports('WIRE: start line', (it) => {
  it('WIRE-01 a method in other letters is a 400', async ({ world }) => {
    const by = await HandWritten.begin(world);
    await by.refused(400, [
      { start: 'MSRP {tid} Send' },
      { start: 'MSRP {tid} SEND2' },
      { start: 'MSRP {tid} send' },
    ]);
  });

  it.for(['msrp {tid} SEND', 'GET / HTTP/1.1', 'MSRP  {tid} SEND', 'MSRP/2.0 {tid} SEND', ''])(
    'WIRE-01, WIRE-29 "%s" begins no message: closed without an answer',
    async (start, { world }) => {
      const by = await HandWritten.begin(world);
      await by.closes({ start });
      await world.when(() => world.events.of('connectionClosed').length > 0);
      expect(world.events.of('connectionClosed').map(({ reason }) => reason)).toEqual(['framing-lost']);
    },
  );

  it('WIRE-02 a third word that begins with a digit makes it a response, which gets no answer', async ({ world }) => {
    const by = await HandWritten.begin(world);
    const rest = { blank: [], body: [], messageId: [], byteRange: [], contentType: [] };
    const starts = [
      'MSRP {tid} 20 OK',
      'MSRP {tid} 2000 OK',
      'MSRP {tid} 20x OK',
      'MSRP {tid} 200',
      'MSRP {tid} 481 ',
    ];
    await by.ignored(starts.map((start) => ({ start, ...rest })));
    await by.ignored(starts.map((start) => ({ start })));
  });

  it.for(['abc', id(33), '+abc', 'ab_c', 'ab~c'])('WIRE-03 tid %s: closed', async (tid, { world }) => {
    const by = await HandWritten.begin(world);
    await by.closes({}, tid);
  });

  it.for(['a1+%', id(32), '0-.=', 'Zz99'])('WIRE-03 tid %s is good', async (tid, { world }) => {
    const by = await HandWritten.begin(world);
    expect(await by.answer({}, tid)).toBe(200);
  });
});

describeOverTransports('WIRE: header section', (it) => {
  it('WIRE-07, WIRE-27 the paths come first, in their order', async ({ world }) => {
    const by = await HandWritten.begin(world);
    await by.refused(400, [
      { toPath: 'From-Path: {from}', fromPath: 'To-Path: {to}' },
      { toPath: ['Message-ID: m1', 'To-Path: {to}'], messageId: [] },
      { toPath: ['To-Path: {to}', 'Message-ID: m1'], messageId: [] },
      { toPath: ['X: y', 'To-Path: {to}'] },
    ]);
  });

  it('WIRE-08 what may stand once is refused twice', async ({ world }) => {
    const by = await HandWritten.begin(world);
    const twice = (line: string): ReturnType<typeof extra> => extra(line, line);
    await by.refused(400, [
      { toPath: ['To-Path: {to}', 'To-Path: {to}'] },
      { fromPath: ['From-Path: {from}', 'From-Path: {from}'] },
      extra('Message-ID: m1234'),
      extra('Byte-Range: 1-3/3'),
      extra('Content-Type: text/plain'),
      extra('to-path: {to}'),
      twice('Failure-Report: yes'),
      twice('Success-Report: no'),
      twice('Status: 000 200 OK'),
      twice('Expires: 600'),
      twice('Authorization: Digest x'),
    ]);
  });

  it('WIRE-09 single blanks between URIs', async ({ world }) => {
    const by = await HandWritten.begin(world);
    await by.refused(400, [
      { toPath: `To-Path: {token}  ${by.a.uri}` },
      { toPath: 'To-Path: {to} ' },
      { fromPath: 'From-Path: {from} ' },
    ]);
  });

  it('WIRE-10, WIRE-31 unknown headers do not matter, nor does it that there are none', async ({ world }) => {
    const f = await world.foreign();
    expect(await world.code(f.request('AUTH', { to: world.relayUri }))).toBe(401);
    expect(await world.code(f.request('AUTH', { to: world.relayUri, headers: [['Foo', 'bar']] }))).toBe(401);
  });

  it('WIRE-11 no folding', async ({ world }) => {
    const by = await HandWritten.begin(world);
    await by.refused(400, [extra(' Message-ID: m2'), extra('X: a', '\tb'), extra('X: a', ' ')]);
  });

  it('WIRE-12 names and the words yes, no, partial in any case', async ({ world }) => {
    const by = await HandWritten.begin(world);
    const lower = { toPath: 'to-path: {to}', fromPath: 'FROM-PATH: {from}', messageId: 'message-id: m1234' };
    await by.accepted([lower, { contentType: 'content-TYPE: text/plain' }]);
    const bad = `to-path: ${world.ownUri('guess')} ${by.a.uri}`;
    await by.ignored([{ ...extra('FAILURE-REPORT: No'), toPath: bad }]);
  });

  it('WIRE-13, WIRE-33 none or several blanks after the colon are read, one is written', async ({ world }) => {
    const by = await HandWritten.begin(world);
    await by.accepted([
      {
        toPath: 'To-Path:  {to}',
        fromPath: 'From-Path:{from}',
        messageId: 'Message-ID:   m7777',
        contentType: 'Content-Type:a/b',
      },
    ]);
    const { messageId, headers } = by.a.requests[1]!;
    expect(messageId).toBe('m7777');
    expect(headers.at(-1)).toEqual(['Content-Type', 'a/b']);
  });

  it('WIRE-20 Content-Type anywhere is read, last is written', async ({ world }) => {
    const by = await HandWritten.begin(world);
    await by.accepted([{ messageId: ['Content-Type: text/x-early', 'Message-ID: m1234'], contentType: 'X-Last: y' }]);
    const names = by.a.requests[1]!.headers.map(([name]) => name);
    expect(names.at(-1)).toBe('Content-Type');
    expect(names).toContain('X-Last');
  });

  it('WIRE-22 Failure-Report and Success-Report', async ({ world }) => {
    const by = await HandWritten.begin(world);
    await by.refused(400, [
      extra('Failure-Report: maybe'),
      extra('Failure-Report: '),
      extra('Success-Report: partial'),
      extra('Success-Report: 1'),
    ]);
    await by.accepted([{}, extra('Failure-Report: YES'), extra('Success-Report: Yes')]);
  });

  it('WIRE-23 Byte-Range', async ({ world }) => {
    const by = await HandWritten.begin(world);
    const bad = ['0-5/5', '5-3/9', '1-9/5', '7-*/5', '1-5', 'a-b/c', '*-5/5', '', '1-5/5x', ' 1 - 5 / 5', '1--5/5'];
    await by.refused(
      400,
      bad.map((range) => ({ byteRange: `Byte-Range: ${range}` })),
    );
    const good = ['1-*/*', '1-*/5', '6-*/5', '1-3/3', '1-3/*', '0001-03/003'];
    await by.accepted(good.map((range) => ({ byteRange: `Byte-Range: ${range}` })));
    await by.accepted([{ byteRange: 'Byte-Range: 1-0/0', body: '' }]);
  });

  it('WIRE-24 huge numbers', async ({ world }) => {
    const by = await HandWritten.begin(world);
    const digits = '9'.repeat(40);
    const bad = [`${digits}-*/*`, `1-${digits}/*`, `1-*/${digits}`, '9007199254740990-*/*', '1-*/9007199254740992'];
    await by.refused(
      400,
      bad.slice(0, 3).map((range) => ({ byteRange: `Byte-Range: ${range}` })),
    );
    await by.refused(400, [{ byteRange: `Byte-Range: ${bad[4]!}` }]);
    await by.accepted([
      { byteRange: 'Byte-Range: 1-9000000000000000/9000000000000000' },
      { byteRange: 'Byte-Range: 9007199254740989-9007199254740991/*' },
    ]);
    expect(by.a.requests.at(-2)!.range).toMatchObject({ start: 9007199254740989 });
    await by.refused(400, [{ byteRange: `Byte-Range: ${bad[3]!}` }]);
  });

  it('WIRE-21 Message-ID', async ({ world }) => {
    const by = await HandWritten.begin(world);
    const bad = [[], ...['', 'a b', 'ab_c', '+abc', id(129)].map((text) => `Message-ID: ${text}`)];
    await by.refused(
      400,
      bad.map((messageId) => ({ messageId })),
    );
    for (const length of [1, 36, 128]) world.tolerate(`bad Message-ID: ${id(length)}`);
    await by.accepted([1, 4, 32, 36, 128].map((length) => ({ messageId: `Message-ID: ${id(length)}` })));
  });

  it('WIRE-21 Message-ID of the length in the grammar, if the host wants that', async ({ world }) => {
    await world.start({ rules: { identLength: 'strict' } });
    const by = await HandWritten.begin(world);
    await by.refused(
      400,
      [3, 33].map((length) => ({ messageId: `Message-ID: ${id(length)}` })),
    );
    await by.accepted([4, 32].map((length) => ({ messageId: `Message-ID: ${id(length)}` })));
  });

  it('WIRE-30 no controls, no broken UTF-8; text in any language', async ({ world }) => {
    const by = await HandWritten.begin(world);
    const bad = [
      'a\0b',
      'a\nTo-Path: b',
      'a\rb',
      '\xc0\x80',
      'a\x7f',
      'a\x1f',
      '\xed\xa0\x80',
      '\xf5\x80\x80\x80',
      '\xc3',
      '\xff',
    ];
    await by.refused(
      400,
      bad.map((value) => extra(`X: ${value}`)),
    );
    await by.refused(400, [{ contentType: 'Content-Type: text/\0plain' }]);
    await by.accepted([extra('X: \xc3\xbc'), extra('X: a\tb'), extra('X: \xf0\x9f\x98\x80')]);
    expect(by.a.requests.at(-4)!.header('X')).toBe('ü');
  });

  it('WIRE-31 values that are only carried are not judged', async ({ world }) => {
    const by = await HandWritten.begin(world);
    const contentTypes = ['text/plain; charset=utf-8', 'text/plain;charset="utf-8"', 'x', '*/*'];
    await by.accepted(contentTypes.map((type) => ({ contentType: `Content-Type: ${type}` })));
    expect(by.a.requests.slice(1, 5).map((one) => one.header('Content-Type'))).toEqual(contentTypes);
  });

  it('WIRE-43 a header line is a name, a colon, a value', async ({ world }) => {
    const by = await HandWritten.begin(world);
    const bad = ['Failure-Report : no', 'foo', ': x', '1X: y', 'X Y: z', '-X: y', 'X\t: y'];
    await by.refused(
      400,
      bad.map((line) => extra(line)),
    );
    await by.accepted([extra("X-!%'*+.^_`|~: y"), extra('X:')]);
  });
});

describeOverTransports('WIRE: body', (it) => {
  it('WIRE-15, WIRE-16 a body needs Content-Type, Content-Type needs a body', async ({ world }) => {
    const by = await HandWritten.begin(world);
    await by.refused(400, [
      { contentType: [] },
      { contentType: [], body: '' },
      { blank: [], body: [] },
      { blank: [], body: [], contentType: 'Content-ID: <x>' },
    ]);
  });

  it('WIRE-42 an end-line right after the blank line ends an empty body, or a malformed message', async ({
    world,
  }) => {
    const by = await HandWritten.begin(world);
    await by.accepted([{ byteRange: [], body: [] }]);
    expect(by.a.requests[1]!.body).toEqual(Buffer.alloc(0));
    await by.refused(400, [{ byteRange: [], contentType: [], body: [] }]);
  });

  it('WIRE-04, WIRE-18 the CRLF of the end-line is no body, any other is', async ({ world }) => {
    const by = await HandWritten.begin(world);
    await by.accepted([{}, { body: 'abc\r\n' }, { body: '\r\n\r\n' }].map((one) => ({ ...one, byteRange: [] })));
    expect(by.a.requests.slice(1, 4).map(({ text }) => text)).toEqual(['abc', 'abc\r\n', '\r\n\r\n']);
  });

  it('WIRE-05, WIRE-19 look-alikes of the end-line are data', async ({ world }) => {
    const by = await HandWritten.begin(world);
    const bodies = [
      '------{tid}$',
      '--------{tid}$x',
      '-------other$',
      '-------{tid}',
      '-------{tid}*',
      '-------{tid}$ ',
      'no CRLF -------{tid}$',
      '-------{tid}$\n',
      '-------{tid}$\r',
      'a\r',
      'a\r\n-------',
      'a\r\n-------{tid}',
      '\r\n\r\n------',
      'MSRP {tid} SEND\r\nTo-Path: x',
    ];
    await by.accepted(bodies.map((body) => ({ byteRange: [], body })));
    const tids = by.f.responses.slice(1).map(({ tid }) => tid);
    const wanted = bodies.map((body, i) => body.replaceAll('{tid}', tids[i]!));
    expect(by.a.requests.slice(1, -1).map(({ text }) => text)).toEqual(wanted);
  });

  it('WIRE-06 what is no SEND ends with $', async ({ world }) => {
    const by = await HandWritten.begin(world);
    await by.refused(400, [
      { start: 'MSRP {tid} FOOBAR', end: '-------{tid}+' },
      { start: 'MSRP {tid} FOOBAR', end: '-------{tid}#' },
    ]);
    await by.ignored([
      {
        start: 'MSRP {tid} REPORT',
        ...extra('Status: 000 200 OK'),
        blank: [],
        body: [],
        contentType: [],
        end: '-------{tid}+',
      },
    ]);
  });

  it('WIRE-32, FWD-27 what is no SEND has at most 10240 octets', async ({ world }) => {
    const by = await HandWritten.begin(world);
    await by.refused(400, [{ start: 'MSRP {tid} FOOBAR', body: 'x'.repeat(10_241) }]);
    const written = by.f.request('FOOBAR', { to: [by.a.token, by.a.uri], body: 'x'.repeat(10_240) });
    expect(await world.code(written)).toBe(200);
    expect(by.a.requests.at(-1)!.body).toHaveLength(10_240);
  });

  it.for([0, 1, 2047, 2048, 2049, 300_000])('WIRE-37 %i octets', async (octets, { world }) => {
    const a = await world.client('a');
    const f = await world.foreign();
    const body = Buffer.alloc(octets, 'octets');
    const sent = f.send({ to: [a.token, a.uri], body });
    expect(await world.code(sent)).toBe(200);
    await world.when(() => a.requests.at(-1)?.flag === '$');
    expect(a.received(sent.messageId).equals(body)).toBe(true);
  });
});

describeOverTransports('WIRE: REPORTs and paths', (it) => {
  it('WIRE-25 a REPORT has a Status, and neither Failure-Report nor Success-Report', async ({ world }) => {
    const by = await HandWritten.begin(world);
    const report = { start: 'MSRP {tid} REPORT', blank: [], body: [], contentType: [] };
    const bad = [[], ['Status: 200'], ['Status: 0 200'], ['Status: 000 20'], ['Status: 000'], ['Status: 000 2000']];
    await by.ignored(bad.map((headers) => ({ ...report, ...extra(...headers) })));
    const status = 'Status: 000 200 OK';
    await by.ignored([
      { ...report, ...extra(status, 'Failure-Report: no') },
      { ...report, ...extra(status, 'Success-Report: no') },
      { ...report, ...extra(status), messageId: [] },
    ]);
    by.write({ ...report, ...extra('Status: 001 123 x') });
    expect((await world.until(by.a.nextReport())).header('Status')).toBe('001 123 x');
  });

  it.for([
    { toPath: [] },
    { toPath: 'To-Path:' },
    { toPath: 'To-Path: foo' },
    { toPath: 'To-Path: http://relay.example/x' },
    { toPath: 'To-Path: msrps:relay.example;tcp' },
  ])('WIRE-09, WIRE-26, URI-01 not to be shown to be for us: closed ($toPath)', async (changes, { world }) => {
    const by = await HandWritten.begin(world);
    by.write(changes);
    await world.closed(by.f);
    expect([[], [481]]).toContainEqual(by.f.responses.slice(1).map(({ code }) => code));
    await world.silence(by.a, { requests: 1, responses: 2 });
  });

  it('WIRE-26 nobody to answer: discarded', async ({ world }) => {
    const by = await HandWritten.begin(world);
    await by.ignored([{ fromPath: [] }, { fromPath: 'From-Path:' }, { fromPath: 'From-Path: foo' }]);
  });

  it('WIRE-26 discarded requests count as failed', async ({ world }) => {
    const a = await world.client('a');
    const f = await world.foreign();
    for (const tid of ['tid1', 'tid2', 'tid3']) {
      f.raw(`MSRP ${tid} SEND\r\nTo-Path: ${a.token} ${a.uri}\r\nMessage-ID: m1\r\n-------${tid}$\r\n`);
    }
    await world.closed(f);
    expect(f.responses).toEqual([]);
    await world.when(() => world.events.of('connectionClosed').length > 0);
    expect(world.events.of('connectionClosed')).toMatchObject([{ reason: 'too-many-failures' }]);
  });

  it('WIRE-26, WIRE-27 another bad URI in a path is a 400', async ({ world }) => {
    const by = await HandWritten.begin(world);
    await by.refused(400, [
      { toPath: 'To-Path: {token} foo' },
      { toPath: 'To-Path: {to} foo' },
      { fromPath: 'From-Path: {from} foo' },
    ]);
  });

  it('WIRE-28 20 URIs and 60 headers pass; beyond the limits the answer is the last', async ({ world }) => {
    const by = await HandWritten.begin(world);
    const uris = Array.from({ length: 18 }, (_, i) => `msrps://h${i}.invalid:2855/x;tcp`).join(' ');
    const headers = Array.from({ length: 50 }, (_, i) => `X-${i}: y`);
    await by.accepted([{ ...extra(...headers), toPath: `To-Path: {to} ${uris}` }, extra(`X: ${'y'.repeat(8000)}`)]);
  });

  it.for([
    ['a header line of 9 kB', extra(`X: ${'y'.repeat(9000)}`)],
    ['a header section of 20 kB', extra(...Array.from({ length: 20 }, () => `X: ${'y'.repeat(1000)}`))],
    ['70 headers', extra(...Array.from({ length: 70 }, () => 'X: y'))],
    [
      '40 URIs',
      { toPath: `To-Path: {to} ${Array.from({ length: 40 }, () => 'msrps://h.invalid:1/x;tcp').join(' ')}` },
    ],
  ] as const)('WIRE-28 %s: 400, then closed', async ([, changes], { world }) => {
    const by = await HandWritten.begin(world);
    by.write(changes);
    await world.closed(by.f);
    const codes = by.f.responses.slice(1).map(({ code }) => code);
    expect([[], [400]]).toContainEqual(codes);
    await world.silence(by.a, { requests: 1, responses: 2 });
    await world.when(() => world.events.of('connectionClosed').length > 0);
    expect(world.events.of('connectionClosed')).toMatchObject([{ reason: 'excessive' }]);
  });

  it('WIRE-28 a header line of 1 MB is not kept', async ({ world }) => {
    const by = await HandWritten.begin(world);
    by.f.raw(`MSRP abcd SEND\r\nTo-Path: ${'x'.repeat(1_000_000)}`);
    await world.closed(by.f);
    await world.silence(by.a, { requests: 1, responses: 2 });
  });
});

describeOverTransports('WIRE: cuts', (it) => {
  it('WIRE-36 100 SENDs in one go', async ({ world }) => {
    const a = await world.client('a');
    const f = await world.foreign();
    const sent = Array.from({ length: 100 }, (_, i) => f.send({ to: [a.token, a.uri], body: `${i}` }));
    await world.until(Promise.all(sent.map((one) => one.answered())));
    await world.when(() => a.requests.length === 100);
    expect(a.requests.map(({ text }) => text)).toEqual(Array.from({ length: 100 }, (_, i) => `${i}`));
  });
});

describeOverTransports(
  'WIRE: one write',
  (it) => {
    it('WIRE-27, WIRE-36 good and bad requests in one write are each answered for themselves', async ({ world }) => {
      const by = await HandWritten.begin(world);
      const all = [{}, { messageId: [] }, {}, extra('X: \0'), { contentType: [] }, {}].map((one) => by.text(one));
      by.f.raw(Buffer.concat(all.map(({ octets }) => octets)));
      await world.when(() => by.f.responses.length === 7);
      expect(by.f.responses.slice(1).map(({ tid, code }) => [tid, code])).toEqual(
        all.map(({ tid }, i) => [tid, [200, 400, 200, 400, 400, 200][i]]),
      );
    });
  },
  { only: streams },
);

describeOverTransports(
  'WIRE: octet by octet',
  (it) => {
    it('WIRE-36, WIRE-19 the same results', async ({ world }) => {
      const a = await world.client('a');
      const f = await world.foreign();
      const to = [a.token, a.uri];
      const bodies = ['', 'x', '-------t0000001$', '\r\n-------t0000003', 'a\r', '\r\n\r\n'];
      for (const body of bodies) expect(await world.code(f.send({ to, body }))).toBe(200);
      expect(await world.code(f.send({ to: [world.ownUri('guess'), a.uri], body: 'x' }))).toBe(481);
      expect(await world.code(f.request('SEND', { to, body: 'x' }))).toBe(400);
      expect(a.requests.map(({ text }) => text)).toEqual(bodies);
    });
  },
  { only: ['stream'], link: { split: 1 } },
);

describeOverTransports(
  'WIRE: line ends',
  (it) => {
    it('WIRE-14 without CRs nothing is understood, answered or forwarded', async ({ world }) => {
      const a = await world.client('a');
      const f = await world.foreign();
      const lines = [
        'MSRP tid1 SEND',
        `To-Path: ${a.token} ${a.uri}`,
        `From-Path: ${f.uri}`,
        'Message-ID: m1',
        '-------tid1$',
        '',
      ];
      f.raw(lines.join('\n'));
      await world.closed(f);
      expect(f.responses).toEqual([]);
      await world.silence(a, { responses: 2 });
    });
  },
  { only: withClock },
);
