import { expect } from 'vitest';
import { describeOverTransports, streams, withClock } from './harness.js';

const elsewhere = 'msrps://other.example:2855/x;tcp';
const megabyte = Buffer.alloc(1_000_000, 'm');

describeOverTransports('RELAY: is it for us?', (it) => {
  it('RELAY-01 what breaks a rule goes no further', async ({ world }) => {
    const a = await world.client('a');
    const f = await world.foreign();
    expect(await world.code(f.request('SEND', { to: [a.token, a.uri], body: 'no Message-ID' }))).toBe(400);
    await world.silence(a, { responses: 2 });
  });

  it.for(['yes', undefined, 'partial', 'no'] as const)(
    'RELAY-02, RELAY-03 a misaddressed SEND with Failure-Report %s gets a 481 at most, then the connection is dropped',
    async (failureReport, { world }) => {
      const a = await world.client('a');
      const f = await world.foreign();
      f.send({ to: [elsewhere, a.uri], body: 'x', ...(failureReport && { failureReport }) });
      f.send({ to: [a.token, a.uri], body: 'too late' });
      await world.closed(f);
      const codes = f.responses.map(({ code }) => code);
      expect([[], [481]]).toContainEqual(codes);
      await world.silence(a, { responses: 2 });
      expect(world.relay.stats().connections.closed).toEqual({ 'not-for-this-relay': 1 });
    },
  );

  it('RELAY-03 FR=no: nothing is said before the close', async ({ world }) => {
    const f = await world.foreign();
    f.send({ to: elsewhere, body: 'x', failureReport: 'no' });
    await world.closed(f);
    expect(f.responses).toEqual([]);
  });

  it.for(['REPORT', 'AUTH', 'NICKNAME'])(
    'RELAY-02 a misaddressed %s closes the connection without a word',
    async (method, { world }) => {
      const f = await world.foreign();
      const headers = [
        ['Message-ID', 'm1234'],
        ['Status', '000 200 OK'],
      ] as const;
      f.request(method, { to: [elsewhere, f.uri], headers });
      await world.closed(f);
      expect(f.responses).toEqual([]);
      expect(world.relay.stats().hops.dialled).toBe(0);
    },
  );

  it('RELAY-02 also a registered client, and a peer relay', async ({ world }) => {
    const [a, x] = [await world.client('a'), await world.peerRelay()];
    for (const party of [a, x]) {
      party.request('FOOBAR', { to: [elsewhere, party.uri] });
      await world.closed(party);
    }
    const f = await world.foreign();
    expect(await world.code(f.send({ to: [a.token, a.uri], body: 'gone' }))).toBe(481);
  });

  it('RELAY-04 no live token: 481 where an answer is due, the connection stays', async ({ world }) => {
    const a = await world.client('a');
    const f = await world.foreign();
    await world.works(f, a);
    for (const uri of [world.ownUri('guess'), world.relayUri]) {
      expect(await world.code(f.send({ to: [uri, a.uri], body: 'x' }))).toBe(481);
      f.send({ to: [uri, a.uri], body: 'x', failureReport: 'no' });
      expect(await world.code(f.send({ to: [uri, a.uri], body: 'x', failureReport: 'partial' }))).toBe(481);
    }
    await world.works(f, a);
    expect(f.responses.map(({ code }) => code)).toEqual([200, 481, 481, 481, 481, 200]);
    expect(world.relay.stats().requestsRefused).toEqual({ 'unknown-token': 6 });
  });

  it('RELAY-05, URI-06, URI-09 the host in any case, the session-id letter by letter', async ({ world }) => {
    const a = await world.client('a');
    const f = await world.foreign();
    const capitals = a.token.replace('msrps://relay.example', 'MSRPS://RELAY.Example').replace(';tcp', ';TCP;x=1');
    expect(await world.code(f.send({ to: [capitals, a.uri], body: 'x' }))).toBe(200);
    expect((await world.until(a.nextRequest())).fromPath).toEqual([capitals, f.uri]);
    const flipped = a.token.replace(/[A-Za-z](?=[^A-Za-z]*;tcp$)/, (letter) =>
      letter === letter.toUpperCase() ? letter.toLowerCase() : letter.toUpperCase(),
    );
    expect(flipped).not.toBe(a.token);
    expect(await world.code(f.send({ to: [flipped, a.uri], body: 'x' }))).toBe(481);
  });
});

describeOverTransports('RELAY: which direction?', (it) => {
  it('RELAY-06, RELAY-16, DC-03 anybody reaches the client that got the token', async ({ world }) => {
    const a = await world.client('a');
    for (const party of [await world.foreign(), await world.plain(), await world.peerRelay()]) {
      const sent = party.send({ to: [a.token, a.uri], body: 'hello' });
      const { text, toPath, fromPath } = await world.until(a.nextRequest());
      expect({ text, toPath, fromPath }).toEqual({
        text: 'hello',
        toPath: [a.uri],
        fromPath: [a.token, party.uri],
      });
      const answer = await world.until(sent.answered());
      expect([answer.code, answer.toPath, answer.fromPath]).toEqual([200, [party.uri], [a.token]]);
      await world.silence(party, { responses: 1 });
    }
  });

  it('RELAY-07 the client that got the token reaches anybody', async ({ world }) => {
    const a = await world.client('a');
    const [n, plain] = [
      await world.listeningPeer(),
      await world.listeningPeer({ host: 'plain.example', plain: true }),
    ];
    for (const peer of [n, plain]) {
      const sent = a.send({ to: [a.token, peer.uri], body: 'hello' });
      const { text, toPath, fromPath } = await world.until((await peer.connected()).nextRequest());
      expect({ text, toPath, fromPath }).toEqual({
        text: 'hello',
        toPath: [peer.uri],
        fromPath: [a.token, a.uri],
      });
      expect(await world.code(sent)).toBe(200);
    }
  });

  it('RELAY-08, CONN-07 nobody else: the relay is no open relay', async ({ world }) => {
    const a = await world.client('a');
    const n = await world.listeningPeer();
    const others = [
      await world.foreign(),
      await world.plain(),
      await world.client('b'),
      await world.peerRelay(),
      await world.client('a', { uri: a.uri }),
    ];
    for (const party of others) {
      expect(await world.code(party.send({ to: [a.token, n.uri], body: 'x' }))).toBe(403);
    }
    await world.quiet();
    expect(n.dialled).toBe(0);
    expect(world.relay.stats().requestsRefused).toEqual({ 'wrong-direction': 5 });
  });

  it('RELAY-09 the hop back is a node: another session of it is reached, another host is not', async ({ world }) => {
    const a = await world.client('a');
    const f = await world.foreign();
    const other = a.uri.replace('/a1;', '/sess7;');
    expect(await world.code(f.send({ to: [a.token, other], body: 'x' }))).toBe(200);
    expect((await world.until(a.nextRequest())).toPath).toEqual([other]);
    const elsewhereToo = [
      a.uri.replace('a.invalid', 'b.invalid'),
      a.uri.replace(':2855', ':2856'),
      a.uri.replace('msrps:', 'msrp:'),
      a.uri.replace(/;\w+$/, ';foo'),
    ];
    for (const uri of elsewhereToo) expect(await world.code(f.send({ to: [a.token, uri], body: 'x' }))).toBe(403);
    await world.works(f, a);
  });

  it('RELAY-10, AUTH-25 a client that acts like a proxy is refused', async ({ world }) => {
    const a = await world.client('a');
    const [f, p] = [await world.foreign(), await world.plain()];
    for (const party of [f, p, a]) {
      const from = [party.uri, 'msrps://z.invalid:2855/z;tcp'];
      expect(await world.code(party.send({ to: [a.token, a.uri], from, body: 'x' }))).toBe(403);
      party.request('REPORT', {
        to: [a.token, a.uri],
        from,
        headers: [
          ['Message-ID', 'm1234'],
          ['Status', '000 200 OK'],
        ],
      });
    }
    await world.silence(f, { responses: 1 });
    await world.silence(a, { responses: 3 });
    await world.works(f, a);
  });

  it('RELAY-11 a relay speaks for the hosts of its certificate only', async ({ world }) => {
    const a = await world.client('a');
    const x = await world.peerRelay();
    const carol = 'msrps://carol.invalid:2855/c;tcp';
    const from = ['msrps://evil.example:1/x;tcp', carol];
    expect(await world.code(x.send({ to: [a.token, a.uri], from, body: 'x' }))).toBe(403);
    expect(await world.code(x.send({ to: [a.token, a.uri], from: [x.uri, carol], body: 'x' }))).toBe(200);
    expect((await world.until(a.nextRequest())).fromPath).toEqual([a.token, x.uri, carol]);
  });

  it('RELAY-12, WIRE-39 nowhere to go', async ({ world }) => {
    const a = await world.client('a');
    expect(await world.code(a.send({ to: a.token, body: 'x' }))).toBe(481);
    a.request('REPORT', {
      to: a.token,
      headers: [
        ['Message-ID', 'm1234'],
        ['Status', '000 200 OK'],
      ],
    });
    expect(await world.code(a.request('NICKNAME', { to: a.token }))).toBe(501);
    await world.silence(a, { responses: 4 });
  });

  it('RELAY-13 an AUTH for another relay is relayed, not challenged', async ({ world }) => {
    const a = await world.client('a');
    const next = await world.listeningPeer({ host: 'x.example', answer: 'never' });
    const sent = a.request('AUTH', { to: [a.token, next.uri] });
    const x = await next.connected();
    const received = await world.until(x.nextRequest());
    expect([received.method, received.toPath, received.fromPath]).toEqual(['AUTH', [next.uri], [a.token, a.uri]]);
    x.respond(received, 401, { headers: [['WWW-Authenticate', 'Digest realm="x"']] });
    const answer = await world.until(sent.answered());
    expect([answer.code, answer.fromPath]).toEqual([401, [a.token, next.uri]]);
  });

  it('RELAY-13, AUTH-24 not from a plain connection', async ({ world }) => {
    const a = await world.client('a');
    const p = await world.plain();
    expect(await world.code(p.request('AUTH', { to: [a.token, a.uri] }))).toBe(403);
    await world.silence(a, { responses: 2 });
  });

  it('RELAY-14 a chained AUTH without live token is refused', async ({ world }) => {
    const x = await world.listeningPeer({ host: 'x.example' });
    const f = await world.foreign();
    expect(await world.code(f.request('AUTH', { to: [world.relayUri, x.uri] }))).toBe(481);
    await world.quiet();
    expect(x.dialled).toBe(0);
  });

  it('RELAY-27 going out the connection says who it is, not From-Path', async ({ world }) => {
    const a = await world.client('a');
    const n = await world.listeningPeer();
    const from = 'msrps://a2.invalid:2855/a2;tcp';
    expect(await world.code(a.send({ to: [a.token, n.uri], from, body: 'x' }))).toBe(200);
    expect((await world.until((await n.connected()).nextRequest())).fromPath).toEqual([a.token, from]);
  });

  it('RELAY-32, RELAY-22 a REPORT in the wrong direction, or to nobody, is dropped in silence', async ({ world }) => {
    const a = await world.client('a');
    const n = await world.listeningPeer();
    const f = await world.foreign();
    await world.works(f, a);
    const status = ['Status', '000 200 OK'] as const;
    const messageId = ['Message-ID', 'm1234'] as const;
    f.request('REPORT', { to: [a.token, n.uri], headers: [messageId, status] });
    f.request('REPORT', { to: [world.ownUri('guess'), a.uri], headers: [messageId, status] });
    f.request('REPORT', { to: [a.token, a.uri], headers: [messageId] });
    await world.silence(f, { responses: 1 });
    await world.silence(a, { requests: 1, responses: 2 });
    f.request('REPORT', { to: [a.token, a.uri], headers: [messageId, status] });
    expect((await world.until(a.nextReport())).messageId).toBe('m1234');
    await world.silence(f, { responses: 1 });
    expect(n.dialled).toBe(0);
  });

  it('RELAY-33 each token is judged for itself', async ({ world }) => {
    const [a, b] = [await world.client('a'), await world.client('b')];
    const f = await world.foreign();
    const send = (to: typeof a): Promise<number> => world.code(f.send({ to: [to.token, to.uri], body: 'x' }));
    expect([await send(a), await send(b)]).toEqual([200, 200]);
    b.destroy();
    await world.when(() => world.relay.stats().sessions.open === 1);
    expect([await send(a), await send(b), await send(a)]).toEqual([200, 481, 200]);
  });
});

describeOverTransports('RELAY: what is answered', (it) => {
  it('RELAY-16, WIRE-38 to the previous hop alone', async ({ world }) => {
    const a = await world.client('a');
    const x = await world.peerRelay();
    const from = [x.uri, 'msrps://carol.invalid:2855/c;tcp'];
    const paths = async (sent: ReturnType<typeof x.send>): Promise<unknown[]> => {
      const { code, toPath, fromPath } = await world.until(sent.answered());
      return [code, toPath, fromPath];
    };
    expect(await paths(x.send({ to: [a.token, a.uri], from, body: 'x' }))).toEqual([200, [x.uri], [a.token]]);
    const guess = world.ownUri('guess');
    expect(await paths(x.send({ to: [guess, a.uri], from, body: 'x' }))).toEqual([481, [x.uri], [guess]]);
    expect(await paths(x.request('FOOBAR', { to: [guess, a.uri], from }))).toEqual([481, from, [guess]]);
  });

  it('RELAY-17 partial: no 200, but errors', async ({ world }) => {
    const a = await world.client('a');
    const f = await world.foreign();
    f.send({ to: [a.token, a.uri], body: 'x', failureReport: 'partial' });
    expect((await world.until(a.nextRequest())).header('Failure-Report')).toBe('partial');
    await world.silence(f);
    expect(
      await world.code(f.send({ to: [world.ownUri('guess'), a.uri], body: 'x', failureReport: 'partial' })),
    ).toBe(481);
  });

  it('RELAY-18 no: silence, whatever happens', async ({ world }) => {
    const a = await world.client('a');
    const n = await world.listeningPeer();
    await n.answers('refuse');
    const failureReport = 'no';
    a.send({ to: [a.token, a.uri], body: 'x', failureReport });
    a.send({ to: [world.ownUri('guess'), a.uri], body: 'x', failureReport });
    a.request('SEND', { to: [a.token, a.uri], body: 'x', headers: [['Failure-Report', 'no']] });
    a.send({ to: [a.token, n.uri], body: 'x', failureReport });
    await world.silence(a, { responses: 2, requests: 1 });
    await world.when(() => world.events.of('deliveryFailed').length === 1);
    expect(world.events.of('deliveryFailed')).toMatchObject([{ code: 408, told: 'nobody' }]);
    await world.silence(a, { responses: 2, requests: 1 });
  });

  it('RELAY-19 a failure known at once is told by a response and by no REPORT', async ({ world }) => {
    const a = await world.client('a');
    const f = await world.foreign();
    expect(await world.code(f.send({ to: [world.ownUri('guess'), a.uri], body: 'x' }))).toBe(481);
    await world.silence(f, { responses: 1 });
  });

  it('RELAY-20 one response per chunk', async ({ world }) => {
    const a = await world.client('a');
    const f = await world.foreign();
    const sent = f.sendChunks({ to: [a.token, a.uri], body: Buffer.alloc(10_000, 'x') }, 10);
    expect(sent).toHaveLength(1000);
    const answers = await world.until(Promise.all(sent.map((one) => one.answered())));
    expect(answers.filter(({ code }) => code === 200)).toHaveLength(1000);
    await world.silence(f, { responses: 1000 });
    expect(new Set(f.responses.map(({ tid }) => tid)).size).toBe(1000);
    expect(a.received(sent[0]!.messageId)).toHaveLength(10_000);
  });

  it('RELAY-21 a refused chunk is read to its end and answered once', async ({ world }) => {
    const a = await world.client('a');
    const f = await world.foreign();
    expect(await world.code(f.send({ to: [world.ownUri('guess'), a.uri], body: megabyte }))).toBe(481);
    await world.works(f, a);
    await world.silence(f, { responses: 2 });
  });

  it('RELAY-24 unknown methods are relayed and answered by the far end', async ({ world }) => {
    const a = await world.client('a');
    const n = await world.listeningPeer({ answer: 'never' });
    const sent = a.request('FOOBAR', { to: [a.token, n.uri], body: 'x' });
    const peer = await n.connected();
    const received = await world.until(peer.nextRequest());
    expect([received.method, received.text, received.flag]).toEqual(['FOOBAR', 'x', '$']);
    await world.silence(a, { responses: 2 });
    peer.respond(received, 425);
    expect(await world.code(sent)).toBe(425);
  });

  it('RELAY-25, WIRE-39 unknown methods can be blocked', async ({ world }) => {
    await world.start({ rules: { unknownMethods: 'block' } });
    const a = await world.client('a');
    const n = await world.listeningPeer();
    expect(await world.code(a.request('FOOBAR', { to: [a.token, n.uri] }))).toBe(501);
    expect(await world.code(a.send({ to: [a.token, n.uri], body: 'x' }))).toBe(200);
    const peer = await n.connected();
    const received = await world.until(peer.nextRequest());
    peer.report(received);
    expect((await world.until(a.nextReport())).header('Status')).toBe('000 200 OK');
    expect(peer.requests).toHaveLength(1);
    expect(await world.code(a.request('AUTH', { to: [a.token, n.uri] }))).toBe(200);
  });

  it('RELAY-26, WIRE-17 chunks with + or #, and SENDs without body, are answered like any other', async ({
    world,
  }) => {
    const a = await world.client('a');
    const f = await world.foreign();
    const to = [a.token, a.uri];
    for (const flag of ['+', '#'] as const) {
      expect(await world.code(f.send({ to, body: 'part', range: '1-4/9', flag }))).toBe(200);
      const { flag: arrived, text } = await world.until(a.nextRequest());
      expect([arrived, text]).toEqual([flag, 'part']);
    }
    expect(await world.code(f.send({ to }))).toBe(200);
    expect(await world.code(f.send({ to, body: '' }))).toBe(200);
    const bodies = [(await world.until(a.nextRequest())).body, (await world.until(a.nextRequest())).body];
    expect(bodies).toEqual([undefined, Buffer.alloc(0)]);
  });

  it('RELAY-29 what was accepted and can not be delivered is told by REPORT', async ({ world }) => {
    const a = await world.client('a');
    const n = await world.listeningPeer();
    await n.answers('refuse');
    const sent = a.send({ to: [a.token, n.uri], body: 'x' });
    expect(await world.code(sent)).toBe(200);
    const report = await world.until(a.nextReport());
    expect([report.header('Status')?.slice(0, 7), report.messageId]).toEqual(['000 408', sent.messageId]);
  });

  it('RELAY-31 only signed content, if the host wants that', async ({ world }) => {
    await world.start({ rules: { content: 'signed-only' } });
    const a = await world.client('a');
    const f = await world.foreign();
    const to = [a.token, a.uri];
    expect(await world.code(f.send({ to, body: 'x' }))).toBe(415);
    const contentType = 'multipart/signed; protocol="application/pkcs7-signature"; boundary=b';
    expect(await world.code(f.send({ to, body: 'x', contentType }))).toBe(200);
    expect((await world.until(a.nextRequest())).header('Content-Type')).toBe(contentType);
    await world.silence(a, { requests: 1, responses: 2 });
  });
});

describeOverTransports('RELAY: messages too large', (it) => {
  it('RELAY-30 the chunk that passes the limit, and all after it, get 413; others are not touched', async ({
    world,
  }) => {
    await world.start({ limits: { maxMessageBytes: 10_000 } });
    const a = await world.client('a');
    const [f, g] = [await world.foreign('f'), await world.foreign('g')];
    const to = [a.token, a.uri];
    const chunk = (party: typeof f, from: number, octets: number, messageId: string): Promise<number> =>
      world.code(
        party.send({
          to,
          messageId,
          body: Buffer.alloc(octets, 'c'),
          range: `${from}-${from + octets - 1}/*`,
          flag: '+',
        }),
      );
    expect(await chunk(f, 1, 2000, 'large')).toBe(200);
    expect(await chunk(f, 9001, 1001, 'large')).toBe(413);
    expect(await chunk(f, 2001, 100, 'large')).toBe(413);
    expect(await chunk(f, 1, 100, 'other')).toBe(200);
    expect(await chunk(g, 1, 100, 'large')).toBe(200);
    expect(await chunk(f, 9001, 1000, 'just')).toBe(200);
    const arrived = a.requests.map(({ messageId, body, fromPath }) => [messageId, body?.length, fromPath[1]]);
    expect(arrived).toEqual([
      ['large', 2000, f.uri],
      ['other', 100, f.uri],
      ['large', 100, g.uri],
      ['just', 1000, f.uri],
    ]);
  });
});

describeOverTransports(
  'RELAY: while a chunk is coming in',
  (it) => {
    it('RELAY-19, RESP-18 an answer to an outgoing chunk is told by REPORT; the inbound one still gets its 200', async ({
      world,
    }) => {
      const a = await world.client('a');
      const n = await world.listeningPeer({ answer: 'never' });
      const sent = a.openSend({ to: [a.token, n.uri], range: '1-*/1000000' });
      sent.write(megabyte.subarray(0, 500_000));
      const peer = await n.connected();
      await world.when(() => peer.incoming !== undefined);
      const { tid, fromPath, toPath } = peer.incoming!;
      peer.raw(
        `MSRP ${tid} 415 Unsupported\r\nTo-Path: ${fromPath[0]!}\r\nFrom-Path: ${toPath[0]!}\r\n-------${tid}$\r\n`,
      );
      const report = await world.until(a.nextReport());
      expect([report.header('Status')?.slice(0, 7), report.messageId]).toEqual(['000 415', sent.messageId]);
      sent.write(megabyte.subarray(500_000));
      sent.end();
      expect([200, 415]).toContain(await world.code(sent));
      await world.silence(a, { responses: 3, reports: 1 });
      expect(peer.requests.map(({ flag }) => flag)).toEqual(['#']);
    });

    it('RELAY-21 an error is answered when the head is known', async ({ world }) => {
      const a = await world.client('a');
      const f = await world.foreign();
      const sent = f.openSend({ to: [world.ownUri('guess'), a.uri] });
      expect(await world.code(sent)).toBe(481);
      sent.write(megabyte);
      sent.end();
      await world.works(f, a);
      await world.silence(f, { responses: 2 });
    });

    it('RELAY-30 the outgoing chunk of a message that becomes too large is ended with #', async ({ world }) => {
      await world.start({ limits: { maxMessageBytes: 100_000 } });
      const a = await world.client('a');
      const n = await world.listeningPeer();
      const sent = a.openSend({ to: [a.token, n.uri] });
      sent.write(megabyte.subarray(0, 90_000));
      const peer = await n.connected();
      await world.when(() => (peer.incoming?.bodyBytes ?? 0) > 50_000);
      sent.write(megabyte.subarray(0, 90_000));
      await world.when(() => peer.requests.length === 1);
      expect(peer.requests[0]!.flag).toBe('#');
      expect(peer.requests[0]!.body!.length).toBeLessThanOrEqual(100_000);
      sent.end();
      const told = (): (string | number)[] => [
        ...a.responses.slice(2).map(({ code }) => code),
        ...a.reports.map((report) => report.header('Status')!.slice(0, 7)),
      ];
      await world.when(() => told().includes('000 413') || told().includes(413));
      await world.quiet();
      // R02: one notice; beside a REPORT the inbound chunk has a final response.
      expect([[413], [200, '000 413'], [413, '000 413']]).toContainEqual(told());
    });
  },
  { only: streams },
);

describeOverTransports(
  'RELAY: in time',
  (it) => {
    it('RELAY-15 the 200 says that the chunk is here: it does not wait for the next hop', async ({ world }) => {
      const a = await world.client('a');
      const n = await world.listeningPeer();
      await n.answers('never');
      const before = world.clock.nowMs();
      expect(await world.code(a.send({ to: [a.token, n.uri], body: 'x' }))).toBe(200);
      expect(world.clock.nowMs() - before).toBeLessThan(1_000);
    });

    it('RELAY-23 a REPORT that can not be delivered causes none', async ({ world }) => {
      const a = await world.client('a');
      const n = await world.listeningPeer();
      await n.answers('refuse');
      const headers = [
        ['Message-ID', 'm1234'],
        ['Status', '000 200 OK'],
      ] as const;
      a.request('REPORT', { to: [a.token, n.uri], headers });
      await world.clock.elapse(40_000);
      await world.silence(a, { responses: 2 });
    });
  },
  { only: withClock },
);

describeOverTransports(
  'RELAY: in the middle of a chunk',
  (it) => {
    it('RELAY-28 a chunk that began before its token expired is completed, the next one gets 481', async ({
      world,
    }) => {
      const a = await world.client('a', { expires: 60 });
      await world.clock.elapse(55_000);
      const f = await world.foreign();
      const to = [a.token, a.uri];
      const sent = f.openSend({ to, range: '1-*/1000000' });
      for (let octets = 0; octets < 1_000_000; octets += 100_000) {
        sent.write(megabyte.subarray(0, 100_000));
        await world.clock.elapse(1_000);
      }
      sent.end();
      expect(await world.code(sent)).toBe(200);
      await world.quiet();
      expect(a.received(sent.messageId).equals(megabyte)).toBe(true);
      expect(a.requests.at(-1)!.flag).toBe('$');
      expect(await world.code(f.send({ to, body: 'x' }))).toBe(481);
    });
  },
  { only: ['stream'] },
);
