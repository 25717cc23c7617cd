import { expect } from 'vitest';
import { describeOverTransports, streams, withClock, type GroundName } from './harness.js';

describeOverTransports('Forward: towards the owner', (it) => {
  it('FWD-08 a client is reached over its own connection, never dialled', async ({ world }) => {
    const n = await world.listeningPeer();
    const a = await world.client('a', { uri: n.uri });
    const f = await world.foreign();
    const sent = f.send({ to: [a.token, n.uri], body: 'to a' });
    expect((await world.until(a.nextRequest())).text).toBe('to a');
    expect(await world.code(sent)).toBe(200);
    a.destroy();
    await world.when(() => world.relay.stats().sessions.open === 0);
    expect(await world.code(f.send({ to: [a.token, n.uri], body: 'a has gone' }))).toBe(481);
    await world.quiet();
    expect(n.dialled).toBe(0);
  });

  it('FWD-09 a relay is reached over any connection of its own, else dialled with certificates', async ({
    world,
  }) => {
    const listening = await world.listeningPeer({ host: 'x.example' });
    const x = await world.peerRelay('x', { uri: listening.uriOf('x1') });
    const carol = 'msrps://carol.invalid:2855/c1;tcp';
    const { usePath } = await world.authBehind(x, carol);
    const token = usePath.at(-1)!;
    const f = await world.foreign();
    const send = (body: string): void => void f.send({ to: [token, x.uri, carol], body });
    send('over what is there');
    expect((await world.until(x.nextRequest())).toPath).toEqual([x.uri, carol]);
    const again = await world.peerRelay('x');
    x.destroy();
    await world.when(() => x.closed);
    await world.quiet();
    send('over another one of that relay');
    expect((await world.until(again.nextRequest())).text).toBe('over another one of that relay');
    expect(listening.dialled).toBe(0);
    again.destroy();
    await world.when(() => again.closed);
    await world.quiet();
    send('over a new one');
    const dialled = await listening.connected();
    expect((await world.until(dialled.nextRequest())).text).toBe('over a new one');
  });
});

describeOverTransports('Forward: outbound', (it) => {
  it('FWD-10 sessions of several clients to one hop share a connection', async ({ world }) => {
    const a = await world.client('a');
    const b = await world.client('b');
    const second = await world.register(a, 'a2');
    const n = await world.listeningPeer();
    const sent = [
      a.send({ to: [a.token, n.uri], body: '1' }),
      a.send({ to: [second, n.uriOf('other')], body: '2' }),
      b.send({ to: [b.token, n.uri], body: '3' }),
    ];
    for (const each of sent) expect(await world.code(each)).toBe(200);
    const hop = await n.connected();
    await world.when(() => hop.requests.length === 3);
    expect(n.dialled).toBe(1);
  });

  it('FWD-11 XMIT-21 messages wait for the connection, in their order', async ({ world }) => {
    const a = await world.client('a');
    const n = await world.listeningPeer();
    const bodies = ['one', 'two', 'x'.repeat(5_000), 'four', 'five'];
    for (const body of bodies) a.send({ to: [a.token, n.uri], body });
    const hop = await n.connected();
    await world.when(() => hop.requests.length === 5);
    expect(hop.requests.map(({ text }) => text)).toEqual(bodies);
    expect(n.dialled).toBe(1);
  });

  it('FWD-12 an msrp URI that is the last one is reached over TCP', async ({ world }) => {
    const a = await world.client('a');
    const n = await world.listeningPeer({ plain: true });
    expect(n.uri).toMatch(/^msrp:/);
    const sent = a.send({ to: [a.token, n.uri], body: 'plain' });
    expect((await world.until((await n.connected()).nextRequest())).text).toBe('plain');
    expect(await world.code(sent)).toBe(200);
  });

  it('FWD-12 an msrp URI with more behind it is not', async ({ world }) => {
    const a = await world.client('a');
    const n = await world.listeningPeer({ plain: true });
    const to = [a.token, n.uri, 'msrps://z.invalid:2855/z;tcp'];
    expect(await world.code(a.send({ to, body: 'plain' }))).toBe(403);
    a.send({ to, body: 'plain', failureReport: 'no' });
    await world.quiet();
    expect(n.dialled).toBe(0);
    expect(a.reports).toEqual([]);
  });

  it('FWD-12 SEC-34 a next relay that does not ask for our certificate gets no relay traffic', async ({ world }) => {
    const a = await world.client('a');
    const n = await world.listeningPeer({ asksForCertificate: false });
    const sent = a.send({ to: [a.token, n.uri, 'msrps://z.invalid:2855/z;tcp'], body: 'to a relay' });
    const report = await world.until(a.nextReport());
    expect([await world.code(sent), report.header('Status')]).toEqual([200, '000 408 Request Timeout']);
    a.send({ to: [a.token, n.uri], body: 'to an endpoint' });
    expect((await world.until((await n.connected()).nextRequest())).text).toBe('to an endpoint');
  });

  it('FWD-13 a peer that came in by itself is reached over its connection', async ({ world }) => {
    const a = await world.client('a');
    const n = await world.listeningPeer();
    const f = await world.foreign('f', { uri: n.uri });
    f.send({ to: [a.token, a.uri], body: 'hello' });
    await world.until(a.nextRequest());
    const sent = a.send({ to: [a.token, f.uri], body: 'hello yourself' });
    expect((await world.until(f.nextRequest())).text).toBe('hello yourself');
    expect(await world.code(sent)).toBe(200);
    const p = await world.plain('p');
    p.send({ to: [a.token, a.uri], body: 'plain hello' });
    await world.until(a.nextRequest());
    a.send({ to: [a.token, p.uri], body: 'plain hello yourself' });
    expect((await world.until(p.nextRequest())).text).toBe('plain hello yourself');
    expect(n.dialled).toBe(0);
  });

  it('FWD-13 what an msrps URI promises is not broken for a peer over TCP', async ({ world }) => {
    const a = await world.client('a');
    const p = await world.plain('p', { uri: 'msrps://p.invalid:2855/p1;tcp' });
    p.send({ to: [a.token, a.uri], body: 'hello' });
    await world.until(a.nextRequest());
    a.send({ to: [a.token, p.uri], body: 'secret' });
    const report = await world.until(a.nextReport());
    expect(report.header('Status')).toBe('000 408 Request Timeout');
    await world.silence(p, { responses: 1 });
  });

  it('FWD-13 a stranger that names itself like a relay does not get what goes to that relay', async ({ world }) => {
    const a = await world.client('a');
    const q = await world.listeningPeer({ host: 'q.example' });
    const f = await world.foreign('f', { uri: q.uri });
    f.send({ to: [a.token, a.uri], body: 'hello' });
    await world.until(a.nextRequest());
    a.send({ to: [a.token, q.uri, 'msrps://z.invalid:2855/z;tcp'], body: 'to the relay' });
    expect((await world.until((await q.connected()).nextRequest())).text).toBe('to the relay');
    await world.silence(f, { responses: 1 });
  });

  it('FWD-13 a peer relay that came in gets what goes to it', async ({ world }) => {
    const a = await world.client('a');
    const listening = await world.listeningPeer({ host: 'x.example' });
    const x = await world.peerRelay('x', { uri: listening.uri });
    x.send({ to: [a.token, a.uri], from: [x.uri, 'msrps://c.invalid:1/c;tcp'], body: 'hello' });
    await world.until(a.nextRequest());
    a.send({ to: [a.token, x.uri, 'msrps://c.invalid:1/c;tcp'], body: 'back' });
    expect((await world.until(x.nextRequest())).text).toBe('back');
    expect(listening.dialled).toBe(0);
  });

  it('FWD-13 the claim ends with the connection', async ({ world }) => {
    const a = await world.client('a');
    const n = await world.listeningPeer();
    const f = await world.foreign('f', { uri: n.uri });
    f.send({ to: [a.token, a.uri], body: 'hello' });
    await world.until(a.nextRequest());
    f.destroy();
    await world.when(() => world.relay.stats().connections.open === 1);
    a.send({ to: [a.token, n.uri], body: 'where are you?' });
    expect((await world.until((await n.connected()).nextRequest())).text).toBe('where are you?');
  });

  it('FWD-13 the first claim stands while its connection lives', async ({ world }) => {
    const a = await world.client('a');
    const f = await world.foreign('f');
    f.send({ to: [a.token, a.uri], body: 'it is me' });
    await world.until(a.nextRequest());
    const g = await world.foreign('g', { uri: f.uri });
    g.send({ to: [a.token, a.uri], body: 'no, it is me' });
    await world.until(a.nextRequest());
    a.send({ to: [a.token, f.uri], body: 'secret' });
    expect((await world.until(f.nextRequest())).text).toBe('secret');
    await world.silence(g, { responses: 1 });
  });

  it.for(['before', 'after'] as const)(
    'FWD-14 a claim made with another token diverts nothing, %s the true one',
    async (when, { world }) => {
      const a = await world.client('a');
      const b = await world.client('b');
      const f = await world.foreign('f');
      const g = await world.foreign('g', { uri: f.uri });
      const claims = [
        async (): Promise<void> => {
          g.send({ to: [b.token, b.uri], body: 'it is me' });
          await world.until(b.nextRequest());
        },
        async (): Promise<void> => {
          f.send({ to: [a.token, a.uri], body: 'hello' });
          await world.until(a.nextRequest());
        },
      ];
      for (const claim of when === 'before' ? claims : claims.reverse()) await claim();
      a.send({ to: [a.token, f.uri], body: 'for f alone' });
      expect((await world.until(f.nextRequest())).text).toBe('for f alone');
      await world.silence(g, { responses: 1 });
    },
  );

  it.for(['ws', 'dc', 'foo'])('FWD-15 DC-02 a hop over %s is never dialled', async (transport, { world }) => {
    const a = await world.client('a');
    const n = await world.listeningPeer();
    const uri = n.uri.replace(/;tcp$/, `;${transport}`);
    expect(await world.code(a.send({ to: [a.token, uri], body: 'hello' }))).toBe(481);
    expect(await world.code(a.request('NICKNAME', { to: [a.token, uri] }))).toBe(481);
    await world.quiet();
    expect(n.dialled).toBe(0);
    expect(a.reports).toEqual([]);
  });

  it('FWD-37 both tokens may be this relay’s: one 200, both URIs in From-Path', async ({ world }) => {
    const a = await world.client('a');
    const b = await world.client('b');
    const sent = a.send({ to: [a.token, b.token, b.uri], body: 'twice' });
    const received = await world.until(b.nextRequest());
    expect([received.toPath, received.fromPath]).toEqual([[b.uri], [b.token, a.token, a.uri]]);
    const answer = await world.until(sent.answered());
    expect([answer.code, answer.toPath, answer.fromPath]).toEqual([200, [a.uri], [a.token]]);
    await world.silence(a, { responses: a.responses.length });
  });

  it('FWD-37 the second token is checked like the first', async ({ world }) => {
    const a = await world.client('a');
    const b = await world.client('b');
    const n = await world.listeningPeer();
    const unknown = world.ownUri('guess');
    expect(await world.code(a.send({ to: [a.token, unknown, b.uri], body: 'x' }))).toBe(481);
    expect(await world.code(a.send({ to: [a.token, b.token, n.uri], body: 'x' }))).toBe(403);
    await world.silence(b, { responses: b.responses.length });
    expect(n.dialled).toBe(0);
  });

  it('FWD-37 R is passed twice the other way too: REPORT and its failure', async ({ world }) => {
    const a = await world.client('a');
    const b = await world.client('b', { answer: 415 });
    const { messageId } = a.send({ to: [a.token, b.token, b.uri], body: 'twice' });
    const report = await world.until(a.nextReport());
    expect([report.messageId, report.toPath, report.fromPath]).toEqual([messageId, [a.uri], [a.token]]);
    b.report(b.requests[0]!, { status: '000 200 OK' });
    const success = await world.until(a.nextReport());
    expect([success.toPath, success.fromPath]).toEqual([[a.uri], [a.token, b.token, b.uri]]);
  });
});

/** The memory network's own addresses are public ones; here the built-in rules apply. */
const builtInEgress: readonly GroundName[] = withClock;

describeOverTransports(
  'Forward: egress',
  (it) => {
    it.for([
      'msrps://[::ffff:127.0.0.1]:22/x;tcp',
      'msrps://127.0.0.1:22/x;tcp',
      'msrp://[::1]:22/x;tcp',
      'msrps://0.0.0.0:2855/x;tcp',
      'msrps://10.0.0.1:2855/x;tcp',
      'msrps://169.254.169.254:80/x;tcp',
      'msrps://[64:ff9b::7f00:1]:2855/x;tcp',
      'msrps://224.0.0.1:2855/x;tcp',
      'msrps://255.255.255.255:2855/x;tcp',
    ])('FWD-47 %s is not dialled', async (uri, { world }) => {
      const a = await world.client('a');
      const sent = a.send({ to: [a.token, uri], body: 'hello' });
      const code = await world.code(sent);
      await world.quiet();
      const told = a.reports.map((report) => report.header('Status'));
      expect([code, ...told].join(' ')).toMatch(/^(403|200 000 403 Forbidden)$/);
      expect(world.relay.stats().hops).toMatchObject({ dialled: 0, failed: { 'egress-refused': 1 } });
    });

    it('FWD-47 what a name resolves to is checked, and connections that exist are not concerned', async ({
      world,
    }) => {
      await world.start({ egress: { deny: ['203.0.113.0/24'] } });
      const a = await world.client('a');
      const n = await world.listeningPeer();
      a.send({ to: [a.token, n.uri], body: 'hello' });
      expect((await world.until(a.nextReport())).header('Status')).toBe('000 403 Forbidden');
      expect(await world.code(a.request('FOOBAR', { to: [a.token, n.uri] }))).toBe(403);
      expect(n.dialled).toBe(0);
      const f = await world.foreign('f', { uri: n.uri });
      f.send({ to: [a.token, a.uri], body: 'I came by myself' });
      await world.until(a.nextRequest());
      a.send({ to: [a.token, n.uri], body: 'then it is all right' });
      expect((await world.until(f.nextRequest())).text).toBe('then it is all right');
    });
  },
  { only: builtInEgress },
);

describeOverTransports(
  'Forward: a claim and silence',
  (it) => {
    it('FWD-13 R24 a claimant that does not answer makes room for the next one', async ({ world }) => {
      const a = await world.client('a');
      const f = await world.foreign('f', { answer: 'never' });
      f.send({ to: [a.token, a.uri], body: 'hello' });
      await world.until(a.nextRequest());
      a.send({ to: [a.token, f.uri], body: 'first' });
      await world.until(f.nextRequest());
      expect((await world.until(a.nextReport())).header('Status')).toBe('000 408 Request Timeout');
      const again = await world.foreign('f');
      again.send({ to: [a.token, a.uri], body: 'hello again' });
      await world.until(a.nextRequest());
      a.send({ to: [a.token, f.uri], body: 'second' });
      expect((await world.until(again.nextRequest())).text).toBe('second');
    });
  },
  { only: withClock },
);

describeOverTransports(
  'Forward: many names',
  (it) => {
    it('FWD-48 F sends under 1000 names: all delivered, memory does not grow with them', async ({ world }) => {
      const a = await world.client('a');
      const f = await world.foreign();
      const before = world.relay.stats();
      for (let i = 0; i < 1_000; i++) {
        f.send({ to: [a.token, a.uri], from: `msrps://f.invalid:2855/f${i};tcp`, messageId: `name${i}`, body: 'x' });
      }
      await world.when(() => a.requests.length === 1_000);
      await world.when(() => f.responses.length === 1_000);
      expect(new Set(f.responses.map(({ code }) => code))).toEqual(new Set([200]));
      expect(world.relay.stats().sessions).toEqual(before.sessions);
    });

    it('FWD-48 at most 64 names are remembered per token, the oldest is forgotten', async ({ world }) => {
      const a = await world.client('a');
      const f = await world.foreign();
      const name = (i: number): string => `msrps://f${i}.invalid:2855/f;tcp`;
      for (let i = 0; i < 100; i++) f.send({ to: [a.token, a.uri], from: name(i), body: 'x' });
      await world.when(() => a.requests.length === 100);
      a.send({ to: [a.token, name(99)], body: 'known' });
      expect((await world.until(f.nextRequest())).text).toBe('known');
      a.send({ to: [a.token, name(0)], body: 'forgotten' });
      expect((await world.until(a.nextReport())).header('Status')).toBe('000 408 Request Timeout');
      await world.silence(f, { responses: 100, requests: 1 });
    });
  },
  { only: streams },
);
