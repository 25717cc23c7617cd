import { expect } from 'vitest';
import { describeOverTransports } from './harness.js';
import { octets, sha256, told } from './octets.js';

describeOverTransports('Forward: what goes on', (it) => {
  it('FWD-01 our URI moves from the front of To-Path to the front of From-Path', async ({ world }) => {
    const a = await world.client('a');
    const n = await world.listeningPeer();
    a.send({ to: [a.token, n.uri], body: 'out' });
    const out = await world.until((await n.connected()).nextRequest());
    expect([out.toPath, out.fromPath]).toEqual([[n.uri], [a.token, a.uri]]);
    const x = await world.peerRelay();
    const carol = 'msrps://carol.invalid:2855/c1;tcp';
    x.send({ to: [a.token, a.uri], from: [x.uri, carol], body: 'in' });
    const inbound = await world.until(a.nextRequest());
    expect([inbound.toPath, inbound.fromPath]).toEqual([[a.uri], [a.token, x.uri, carol]]);
  });

  it('FWD-02, RELAY-34 all other URIs stay as they are written, whatever their transport', async ({ world }) => {
    const a = await world.client('a');
    const n = await world.listeningPeer();
    const tail = [
      'MSRPS://u@N.Example:2855/aB;TCP;x=1',
      'msrps://q.invalid/w;ws',
      'msrp://[2001:DB8::1]:09/d;dc',
      'msrps://foo.invalid:1/f;foo',
    ];
    a.send({ to: [a.token, n.uri, ...tail], body: 'tail' });
    expect((await world.until((await n.connected()).nextRequest())).toPath).toEqual([n.uri, ...tail]);
    const x = await world.peerRelay();
    x.send({ to: [a.token, a.uri, ...tail], from: [x.uri, ...tail], body: 'from' });
    const received = await world.until(a.nextRequest());
    expect([received.toPath, received.fromPath]).toEqual([
      [a.uri, ...tail],
      [a.token, x.uri, ...tail],
    ]);
  });

  it('FWD-03 equal tids of two senders become two, long and random', async ({ world }) => {
    const a = await world.client('a');
    const b = await world.client('b');
    const n = await world.listeningPeer();
    const sent = [a, b].map((from) => from.send({ to: [from.token, n.uri], tid: 'SameTid1', body: from.uri }));
    for (const each of sent) expect(await world.code(each)).toBe(200);
    const hop = await n.connected();
    await world.when(() => hop.requests.length === 2);
    const tids = hop.requests.map(({ tid }) => tid);
    expect(new Set(tids).size).toBe(2);
    for (const tid of tids) expect(tid).toMatch(/^[A-Za-z0-9]{16,32}$/);
    await world.silence(a, { responses: a.responses.length });
  });

  it('FWD-04 headers go on in their order, unknown ones too; MIME headers last', async ({ world }) => {
    const a = await world.client('a');
    const n = await world.listeningPeer();
    a.send({
      to: [a.token, n.uri],
      messageId: 'fwd4',
      headers: [
        ['Content-ID', '<1@a.invalid>'],
        ['X-Foo', 'bär  "x";y'],
        ['Use-Nickname', '"x"'],
        ['X-Empty', ''],
        ['Content-Disposition', 'render'],
        ['X-Foo', 'again'],
      ],
      contentType: 'text/plain; charset="utf-8"',
      body: 'äö',
    });
    const { headers, text } = await world.until((await n.connected()).nextRequest());
    expect(text).toBe('äö');
    expect(headers).toEqual([
      ['Message-ID', 'fwd4'],
      ['Byte-Range', '1-4/4'],
      ['X-Foo', 'bär  "x";y'],
      ['Use-Nickname', '"x"'],
      ['X-Empty', ''],
      ['X-Foo', 'again'],
      ['Content-ID', '<1@a.invalid>'],
      ['Content-Disposition', 'render'],
      ['Content-Type', 'text/plain; charset="utf-8"'],
    ]);
  });

  it('FWD-05 octets of any value and number arrive as they are', async ({ world }) => {
    const a = await world.client('a');
    const b = await world.client('b');
    const n = await world.listeningPeer();
    const body = octets(10_000_000);
    const sent = a.send({ to: [a.token, n.uri], messageId: 'big', body });
    const back = b.send({ to: [a.token, a.uri], messageId: 'back', body });
    expect(await world.code(sent)).toBe(200);
    expect(await world.code(back)).toBe(200);
    const hop = await n.connected();
    for (const [party, id] of [
      [hop, 'big'],
      [a, 'back'],
    ] as const) {
      await world.when(() => party.requests.at(-1)?.flag === '$');
      expect(sha256(party.received(id))).toBe(sha256(body));
    }
  });

  it('FWD-05 short bodies, empty ones and none', async ({ world }) => {
    const a = await world.client('a');
    const n = await world.listeningPeer();
    const to = [a.token, n.uri];
    const bodies = ['', '\r\n', '-------', '\0', '\r\n-------\r\n', 'x'.repeat(2048), 'x'.repeat(2049)];
    for (const body of bodies) a.send({ to, body });
    const none = a.send({ to });
    expect(await world.code(none)).toBe(200);
    const hop = await n.connected();
    await world.when(() => hop.requests.length === bodies.length + 1);
    expect(hop.requests.map(({ body }) => body?.toString())).toEqual([...bodies, undefined]);
    expect(hop.requests.at(-1)!.header('Byte-Range')).toBeUndefined();
  });

  it('FWD-06 report headers go on as received, absent ones stay absent, every piece has them', async ({ world }) => {
    const a = await world.client('a');
    const b = await world.client('b');
    const reports = [
      {},
      { failureReport: 'yes', successReport: 'yes' },
      { failureReport: 'no' },
      { failureReport: 'partial', successReport: 'no' },
    ] as const;
    for (const [i, each] of reports.entries()) {
      b.send({ to: [a.token, a.uri], messageId: `small${i}`, body: 'x', ...each });
      b.send({ to: [a.token, a.uri], messageId: `large${i}`, body: octets(100_000), ...each });
    }
    await world.when(() => a.requests.some(({ messageId, flag }) => messageId === 'large3' && flag === '$'));
    for (const piece of a.requests) {
      const { failureReport, successReport } = {
        failureReport: undefined,
        successReport: undefined,
        ...reports[Number(piece.messageId!.at(-1))],
      };
      expect([piece.header('Failure-Report'), piece.header('Success-Report')]).toEqual([
        failureReport,
        successReport,
      ]);
    }
    expect(sha256(a.received('large3'))).toBe(sha256(octets(100_000)));
  });

  it('FWD-31 chunks of two messages, one after the other, keep to their own', async ({ world }) => {
    const a = await world.client('a');
    const n = await world.listeningPeer();
    const [one, two] = [octets(9_000, 1), octets(9_000, 2)];
    const chunk = (messageId: string, all: Buffer, start: number): void =>
      void a.send({
        to: [a.token, n.uri],
        messageId,
        range: `${start + 1}-*/9000`,
        flag: start === 6_000 ? '$' : '+',
        body: all.subarray(start, start + 3_000),
      });
    for (const start of [0, 3_000, 6_000]) {
      chunk('one', one, start);
      chunk('two', two, start);
    }
    const hop = await n.connected();
    await world.when(() => hop.requests.filter(({ flag }) => flag === '$').length === 2);
    expect(hop.requests.map(({ messageId }) => messageId)).toEqual(['one', 'two', 'one', 'two', 'one', 'two']);
    expect(hop.received('one').equals(one)).toBe(true);
    expect(hop.received('two').equals(two)).toBe(true);
  });

  it('FWD-32 a gap between two chunks stays one', async ({ world }) => {
    const a = await world.client('a');
    const n = await world.listeningPeer();
    const send = (range: string, flag: '+' | '$'): void =>
      void a.send({ to: [a.token, n.uri], messageId: 'gap', body: '0123456789', range, flag });
    send('1-10/40', '+');
    send('31-40/40', '$');
    const hop = await n.connected();
    await world.when(() => hop.requests.length === 2);
    expect(hop.requests.map(told)).toEqual(['1-10/40 10 +', '31-40/40 10 $']);
  });

  it('FWD-34 100 small messages and a chunked one keep their order', async ({ world }) => {
    const a = await world.client('a');
    const n = await world.listeningPeer();
    const to = [a.token, n.uri];
    for (let i = 0; i < 50; i++) a.send({ to, messageId: `m${100 + i}`, body: `${i}` });
    a.sendChunks({ to, messageId: 'chunked', body: octets(40_000) }, 8_000);
    for (let i = 50; i < 100; i++) a.send({ to, messageId: `m${100 + i}`, body: `${i}` });
    const hop = await n.connected();
    await world.when(() => hop.requests.at(-1)?.messageId === 'm199');
    const order = [...new Set(hop.requests.map(({ messageId }) => messageId))];
    const names = (from: number): string[] => Array.from({ length: 50 }, (_, i) => `m${from + i}`);
    expect(order).toEqual([...names(100), 'chunked', ...names(150)]);
    expect(hop.received('chunked').equals(octets(40_000))).toBe(true);
  });

  it.for(['$', '+', '#'] as const)(
    'FWD-35 the last piece has the flag %s of the chunk, the others +',
    async (flag, { world }) => {
      const a = await world.client('a');
      const b = await world.client('b');
      for (const bytes of [0, 10, 6_000, 100_000]) {
        b.send({ to: [a.token, a.uri], messageId: `of${bytes}`, flag, body: octets(bytes) });
        await world.when(() =>
          a.requests.some(({ messageId, flag: last }) => messageId === `of${bytes}` && last === flag),
        );
        const flags = a.requests.filter(({ messageId }) => messageId === `of${bytes}`).map((piece) => piece.flag);
        expect(flags).toEqual([...flags.slice(1).map(() => '+'), flag]);
      }
    },
  );

  it('FWD-45 what is in a body is no concern of the relay', async ({ world }) => {
    const a = await world.client('a');
    const b = await world.client('b');
    const types = [
      'message/cpim',
      'multipart/signed; boundary="x"',
      'application/pkcs7-mime; smime-type=enveloped-data',
    ];
    for (const contentType of types) {
      b.send({ to: [a.token, a.uri], contentType, body: octets(1_500, contentType.length) });
      const received = await world.until(a.nextRequest());
      expect(received.header('Content-Type')).toBe(contentType);
      expect(received.body!.equals(octets(1_500, contentType.length))).toBe(true);
    }
  });

  it('FWD-46 chunks that overlap, repeat or come again pass, each with its answer', async ({ world }) => {
    const a = await world.client('a');
    const n = await world.listeningPeer();
    const ranges = ['1-100/200', '50-149/200', '50-149/200', '1-100/200'];
    const body = 'x'.repeat(100);
    const sent = ranges.map((range) => a.send({ to: [a.token, n.uri], messageId: 'over', range, flag: '+', body }));
    for (const each of sent) expect(await world.code(each)).toBe(200);
    const hop = await n.connected();
    await world.when(() => hop.requests.length === 4);
    expect(hop.requests.map((chunk) => chunk.header('Byte-Range'))).toEqual(ranges);
  });
});
