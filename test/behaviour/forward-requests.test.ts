import { expect } from 'vitest';
import { describeOverTransports, withClock } from './harness.js';
import { octets } from './octets.js';

const relayHop = 'msrps://z.invalid:2855/z1;tcp';

describeOverTransports('Forward: requests other than SEND', (it) => {
  it('FWD-25 an AUTH goes over TLS only', async ({ world }) => {
    const a = await world.client('a');
    const n = await world.listeningPeer({ plain: true });
    expect(await world.code(a.request('AUTH', { to: [a.token, n.uri.replace(/\/[^/;]*;/, ';')] }))).toBe(403);
    const p = await world.plain('p', { uri: 'msrp://p.invalid:2855;tcp' });
    p.send({ to: [a.token, a.uri], body: 'here I am' });
    await world.until(a.nextRequest());
    expect(await world.code(a.request('AUTH', { to: [a.token, p.uri] }))).toBe(403);
    await world.silence(p, { responses: 1 });
    expect(n.dialled).toBe(0);
  });

  it('FWD-26, RELAY-13, RESP-11, RESP-12 an AUTH and its answers keep every header', async ({ world }) => {
    const a = await world.client('a');
    const n = await world.listeningPeer({ answer: 'never' });
    const target = n.uri.replace(/\/[^/;]*;/, ';');
    const authorization = 'Digest username="Bob",realm="n.example", nonce="x\\"y", uri="msrps://n.example;tcp", x=y';
    const headers = [
      ['Expires', '600'],
      ['Authorization', authorization],
    ] as const;
    const sent = a.request('AUTH', { to: [a.token, target], tid: 'myOwnTid', headers });
    const hop = await n.connected();
    const request = await world.until(hop.nextRequest());
    expect([request.method, request.toPath, request.fromPath]).toEqual(['AUTH', [target], [a.token, a.uri]]);
    expect(request.headers).toEqual(headers);
    expect(request.tid).not.toBe('myOwnTid');
    const challenge = [
      ['WWW-Authenticate', 'Digest realm="n", nonce="1", qop="auth",algorithm=SHA-256'],
      ['WWW-Authenticate', 'Digest realm="n",nonce="2", qop="auth", algorithm=MD5'],
      ['Min-Expires', '60'],
      ['Max-Expires', '3600'],
    ] as const;
    hop.respond(request, 401, { comment: 'Who are you?', headers: challenge });
    const answer = await world.until(sent.answered());
    expect([answer.tid, answer.code, answer.comment]).toEqual(['myOwnTid', 401, 'Who are you?']);
    expect([answer.toPath, answer.fromPath]).toEqual([[a.uri], [a.token, target]]);
    expect(answer.headers).toEqual(challenge);

    const again = a.request('AUTH', { to: [a.token, target], headers });
    const second = await world.until(hop.nextRequest());
    const granted = [
      ['Use-Path', `${a.token} msrps://n.example:2855/granted;tcp`],
      ['Expires', '600'],
      ['Authentication-Info', 'nextnonce="abc",rspauth="0", cnonce="c"'],
    ] as const;
    hop.respond(second, 200, { headers: granted });
    expect((await world.until(again.answered())).headers).toEqual(granted);
  });

  it('FWD-27, XMIT-09 a body of 10240 octets passes whole, one of 10241 gets 400', async ({ world }) => {
    const a = await world.client('a');
    const b = await world.client('b');
    const body = octets(10_240);
    b.request('FOOBAR', { to: [a.token, a.uri], headers: [['X-Foo', 'bar']], body });
    const whole = await world.until(a.nextRequest());
    expect([whole.method, whole.flag, whole.body!.equals(body)]).toEqual(['FOOBAR', '$', true]);
    expect(whole.headers).toEqual([
      ['X-Foo', 'bar'],
      ['Content-Type', 'text/plain'],
    ]);
    const refused = b.request('FOOBAR', { to: [a.token, a.uri], body: octets(10_241) });
    expect(await world.code(refused)).toBe(400);
    await world.works(b, a);
    expect(a.requests.map(({ method }) => method)).toEqual(['FOOBAR', 'SEND']);
  });

  it('FWD-27 a REPORT that long is dropped without a word; one with a body passes', async ({ world }) => {
    const a = await world.client('a');
    const b = await world.client('b');
    const headers = [
      ['Message-ID', 'm-12345'],
      ['Byte-Range', '1-10/10'],
      ['Status', '000 200 OK'],
    ] as const;
    b.request('REPORT', { to: [a.token, a.uri], headers, body: octets(10_241) });
    b.request('REPORT', { to: [a.token, a.uri], headers, body: 'short' });
    expect((await world.until(a.nextReport())).text).toBe('short');
    await world.silence(b, { responses: b.responses.length });
  });

  it('FWD-28, FWD-44, RESP-11, RELAY-24 a NICKNAME finds its way back', async ({ world }) => {
    const a = await world.client('a');
    const n = await world.listeningPeer({ answer: 425 });
    const headers = [['Use-Nickname', '"Álïce ☃"']] as const;
    const sent = a.request('NICKNAME', { to: [a.token, n.uri], tid: 'nick0001', headers });
    const request = await world.until((await n.connected()).nextRequest());
    expect([request.method, request.toPath, request.fromPath]).toEqual(['NICKNAME', [n.uri], [a.token, a.uri]]);
    expect(request.headers).toEqual(headers);
    const answer = await world.until(sent.answered());
    expect([answer.tid, answer.code]).toEqual(['nick0001', 425]);
    expect([answer.toPath, answer.fromPath]).toEqual([[a.uri], [a.token, n.uri]]);
    await world.silence(a, { responses: a.responses.length });
  });

  it.for([200, 403, 424, 425, 599, 999])(
    'FWD-44, RESP-17 %i to an unknown method passes',
    async (code, { world }) => {
      const a = await world.client('a');
      const b = await world.client('b', { answer: code });
      expect(await world.code(a.request('X', { to: [b.token, b.uri] }))).toBe(code);
    },
  );

  it('FWD-28 answers find their requests in any order, by two senders with equal tids', async ({ world }) => {
    const a = await world.client('a');
    const b = await world.client('b');
    const n = await world.listeningPeer({ answer: 'never' });
    const sent = [a, b].flatMap((from) =>
      ['tid00001', 'tid00002'].map((tid) => from.request('FOOBAR', { to: [from.token, n.uri], tid })),
    );
    const hop = await n.connected();
    await world.when(() => hop.requests.length === 4);
    expect(new Set(hop.requests.map(({ tid }) => tid)).size).toBe(4);
    const codes = [201, 202, 203, 204];
    const order = [...hop.requests];
    for (const [i, request] of [...order.entries()].reverse()) hop.respond(request, codes[i]!);
    const came = [];
    for (const each of sent) came.push(await world.code(each));
    expect(came.sort()).toEqual(codes);
    const ofA = order.filter(({ fromPath }) => fromPath[1] === a.uri).map((request) => codes[order.indexOf(request)]);
    expect(
      a.responses
        .slice(-2)
        .map(({ code }) => code)
        .sort(),
    ).toEqual(ofA.sort());
  });

  it('FWD-29, RELAY-22 a REPORT has no answer, not even one that comes', async ({ world }) => {
    const a = await world.client('a');
    const n = await world.listeningPeer();
    a.request('REPORT', {
      to: [a.token, n.uri],
      headers: [
        ['Message-ID', 'm-12345'],
        ['Byte-Range', '1-10/10'],
        ['Status', '000 200 OK'],
      ],
    });
    const hop = await n.connected();
    const report = await world.until(hop.nextReport());
    expect([report.toPath, report.fromPath]).toEqual([[n.uri], [a.token, a.uri]]);
    expect(report.headers).toEqual([
      ['Message-ID', 'm-12345'],
      ['Byte-Range', '1-10/10'],
      ['Status', '000 200 OK'],
    ]);
    hop.respond(report, 200);
    hop.respond(report, 481);
    await world.when(() => world.events.of('responseDropped').length === 2);
    await world.silence(a, { responses: a.responses.length });
  });

  it('FWD-07 success REPORTs are those of endpoints', async ({ world }) => {
    const a = await world.client('a');
    const n = await world.listeningPeer();
    const sent = a.send({ to: [a.token, n.uri], body: 'hello', successReport: 'yes' });
    expect(await world.code(sent)).toBe(200);
    const hop = await n.connected();
    const received = await world.until(hop.nextRequest());
    await world.quiet();
    expect(a.reports).toEqual([]);
    hop.report(received);
    const report = await world.until(a.nextReport());
    expect([report.messageId, report.header('Status'), report.header('Byte-Range')]).toEqual([
      sent.messageId,
      '000 200 OK',
      '1-5/5',
    ]);
    expect([report.toPath, report.fromPath]).toEqual([[a.uri], [a.token, n.uri]]);
  });

  it('FWD-38 what can not be delivered is answered by 408', async ({ world }) => {
    const a = await world.client('a');
    const closed = await world.listeningPeer();
    await closed.answers('refuse');
    for (const method of ['FOOBAR', 'AUTH']) {
      const sent = a.request(method, { to: [a.token, closed.uri], tid: `tid-${method}` });
      const answer = await world.until(sent.answered());
      expect([answer.code, answer.toPath, answer.fromPath]).toEqual([408, [a.uri], [a.token]]);
    }
    expect(a.reports).toEqual([]);
  });

  it('FWD-38 the whole From-Path is told', async ({ world }) => {
    const x = await world.peerRelay();
    const carol = 'msrps://c.invalid:2855/c;tcp';
    const { usePath } = await world.authBehind(x, carol);
    const token = usePath.at(-1)!;
    const sent = x.request('FOOBAR', { to: [token, 'msrps://nowhere.invalid:1/x;tcp'], from: [x.uri, carol] });
    const answer = await world.until(sent.answered());
    expect([answer.code, answer.toPath, answer.fromPath]).toEqual([408, [x.uri, carol], [token]]);
  });

  it('FWD-38, FWD-39 a hop that breaks off before its answer: 408', async ({ world }) => {
    const a = await world.client('a');
    const n = await world.listeningPeer({ answer: 'never' });
    const sent = a.request('FOOBAR', { to: [a.token, n.uri] });
    const hop = await n.connected();
    await world.until(hop.nextRequest());
    hop.destroy();
    expect(await world.code(sent)).toBe(408);
  });

  it('FWD-37, RESP-11 a response comes back through both of our URIs', async ({ world }) => {
    const a = await world.client('a');
    const b = await world.client('b', { answer: 425 });
    const sent = a.request('NICKNAME', { to: [a.token, b.token, b.uri], tid: 'nick0002' });
    const request = await world.until(b.nextRequest());
    expect([request.toPath, request.fromPath]).toEqual([[b.uri], [b.token, a.token, a.uri]]);
    const answer = await world.until(sent.answered());
    expect([answer.tid, answer.code]).toEqual(['nick0002', 425]);
    expect([answer.toPath, answer.fromPath]).toEqual([[a.uri], [a.token, b.token, b.uri]]);
  });

  it('RESP-13 a response whose way back has gone is dropped, nothing is dialled for it', async ({ world }) => {
    const a = await world.client('a');
    const b = await world.client('b', { answer: 'never' });
    const n = await world.listeningPeer();
    const f = await world.foreign('f', { uri: n.uri });
    f.request('FOOBAR', { to: [b.token, b.uri] });
    const request = await world.until(b.nextRequest());
    f.destroy();
    await world.when(() => world.relay.stats().connections.open === 2);
    b.respond(request, 200);
    await world.when(() => world.relay.stats().responsesDropped['way-back-gone'] === 1);
    await world.works(a, b);
    expect(n.dialled).toBe(0);
  });
});

describeOverTransports(
  'Forward: requests other than SEND, in time',
  (it) => {
    it.for(['FOOBAR', 'AUTH'])('FWD-38, FWD-43 %s to a silent hop: 408 after 30 s', async (method, { world }) => {
      const a = await world.client('a');
      const n = await world.listeningPeer({ answer: 'never' });
      const sent = a.request(method, { to: [a.token, n.uri] });
      const hop = await n.connected();
      const request = await world.until(hop.nextRequest());
      const atMs = world.clock.nowMs();
      const answer = await world.until(sent.answered());
      const tookMs = world.clock.nowMs() - atMs;
      expect([answer.code, answer.toPath, answer.fromPath]).toEqual([408, [a.uri], [a.token]]);
      expect(tookMs).toBeGreaterThanOrEqual(28_000);
      expect(tookMs).toBeLessThanOrEqual(33_000);
      hop.respond(request, 200);
      await world.silence(a, { responses: a.responses.length });
    });

    it('RELAY-23, FWD-23 a REPORT that can not be delivered causes nothing', async ({ world }) => {
      const a = await world.client('a');
      const closed = await world.listeningPeer();
      await closed.answers('refuse');
      for (const to of [
        [a.token, closed.uri],
        [a.token, 'msrps://nowhere.invalid:1/x;tcp'],
        [a.token, closed.uri, relayHop],
      ]) {
        a.request('REPORT', {
          to,
          headers: [
            ['Message-ID', 'm-12345'],
            ['Byte-Range', '1-10/10'],
            ['Status', '000 408 Timeout'],
          ],
        });
      }
      await world.clock.elapse(40_000);
      await world.silence(a, { responses: 2 });
    });
  },
  { only: withClock },
);
