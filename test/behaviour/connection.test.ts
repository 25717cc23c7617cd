import { expect } from 'vitest';
import { testCertificate } from '../../src/testing/index.js';
import { describeOverTransports, streams, withClock, type Party } from './harness.js';

const isOpen = (party: Party): boolean => !party.ended && !party.closed;
const carol = 'msrps://carol.invalid:2855/c1;tcp';

describeOverTransports('Connection: classes', (it) => {
  it('CONN-02 a TLS client without certificate is challenged', async ({ world }) => {
    const f = await world.foreign();
    const answer = await world.until(f.request('AUTH', { to: world.relayUri }).answered());
    expect([answer.code, answer.header('WWW-Authenticate')?.slice(0, 7)]).toEqual([401, 'Digest ']);
    expect(world.events.of('connectionOpened')).toMatchObject([{ connection: { class: 'client', secure: true } }]);
  });

  it('CONN-03, AUTH-19, AUTH-23 a relay does AUTH for the client behind it, who is asked for the password', async ({
    world,
  }) => {
    const x = await world.peerRelay();
    const first = x.request('AUTH', { to: world.relayUri, from: [x.uri, carol] });
    const challenge = await world.until(first.answered());
    expect([challenge.code, challenge.toPath]).toEqual([401, [x.uri, carol]]);
    const result = await world.authBehind(x, carol);
    expect([result.code, result.usePath.length, result.usePath[0]]).toEqual([200, 2, x.uri]);
    expect(world.events.of('connectionOpened')).toMatchObject([{ connection: { class: 'relay' } }]);
  });

  it('CONN-06, RELAY-05 a plain peer may write the URI as handed out, or with msrp and the plain port', async ({
    world,
  }) => {
    const a = await world.client('a');
    const p = await world.plain();
    const msrp = a.token.replace('msrps:', 'msrp:').replace(/:\d+\//, `:${world.ground.plainPort}/`);
    for (const uri of [a.token, msrp]) {
      expect(await world.code(p.send({ to: [uri, a.uri], body: 'x' }))).toBe(200);
      expect((await world.until(a.nextRequest())).fromPath).toEqual([uri, p.uri]);
    }
    expect(world.events.of('connectionOpened').at(-1)).toMatchObject({
      connection: { class: 'plain', secure: false },
    });
  });

  it('CONN-06 plainTokens: the URI as handed out can be refused', async ({ world }) => {
    await world.start({ rules: { plainTokens: 'msrp-only' } });
    const a = await world.client('a');
    const p = await world.plain();
    p.send({ to: [a.token, a.uri], body: 'x' });
    await world.closed(p);
    await world.silence(a, { responses: 2 });
  });

  it('CONN-23 DC-04 the address in From-Path is neither resolved nor checked', async ({ world }) => {
    const a = await world.client('a', { uri: 'msrps://abc.invalid:2855/x;tcp' });
    const f = await world.foreign('f', { uri: 'msrps://192.0.2.1:9/y;tcp' });
    expect(await world.code(f.send({ to: [a.token, a.uri], body: 'in' }))).toBe(200);
    expect(await world.code(a.send({ to: [a.token, f.uri], body: 'out' }))).toBe(200);
    expect((await world.until(f.nextRequest())).text).toBe('out');
    expect(world.relay.stats().hops).toEqual({ dialled: 0, failed: {} });
  });

  it('CONN-24 two connections may address one token', async ({ world }) => {
    const a = await world.client('a');
    const [f1, f2] = [await world.foreign('f1'), await world.foreign('f2')];
    const codes = [f1, f2, f1].map((f) => world.code(f.send({ to: [a.token, a.uri], body: 'x' })));
    expect(await world.until(Promise.all(codes))).toEqual([200, 200, 200]);
    await world.when(() => a.requests.length === 3);
  });

  it('CONN-26, AUTH-16 many sessions, tokens and peers on one connection', async ({ world }) => {
    const a = await world.foreign('a');
    const froms = [1, 2, 3, 4, 5].map((i) => a.uri.replace('/a1;', `/s${i};`));
    const tokens: string[] = [];
    for (const from of froms) tokens.push((await world.authFrom(a, from)).usePath[0]!);
    expect(new Set(tokens).size).toBe(5);
    for (const [i, token] of tokens.entries()) {
      const peer = await world.foreign(`peer${i}`);
      expect(await world.code(peer.send({ to: [token, froms[i]!], body: `${i}` }))).toBe(200);
    }
    await world.when(() => a.requests.length === 5);
    expect(a.requests.map(({ text, fromPath }) => [text, fromPath[0]])).toEqual(
      tokens.map((token, i) => [`${i}`, token]),
    );
    expect(world.relay.stats().sessions.open).toBe(5);
  });
});

describeOverTransports('Connection: its end', (it) => {
  it('CONN-17 the URIs of a client end with its connection, for good', async ({ world }) => {
    const a = await world.client('a');
    const f = await world.foreign();
    await world.works(f, a);
    a.destroy();
    await world.when(() => world.relay.stats().sessions.open === 0);
    expect(await world.code(f.send({ to: [a.token, a.uri], body: 'x' }))).toBe(481);
    const again = await world.client('a');
    expect(again.token).not.toBe(a.token);
    expect(await world.code(f.send({ to: [a.token, a.uri], body: 'x' }))).toBe(481);
    await world.works(f, again);
    expect(world.events.of('sessionClosed')).toMatchObject([{ reason: 'connection-closed' }]);
  });

  it('CONN-18, FWD-09 the URI of a relay outlives its connection: the relay dials', async ({ world }) => {
    const listening = await world.listeningPeer({ host: 'x.example' });
    const x = await world.peerRelay('x', { uri: listening.uri });
    const { usePath } = await world.authBehind(x, carol);
    x.destroy();
    await world.when(() => x.closed && world.relay.stats().connections.open === 0);
    const f = await world.foreign();
    expect(await world.code(f.send({ to: [usePath[1]!, listening.uri, carol], body: 'still there' }))).toBe(200);
    const received = await world.until((await listening.connected()).nextRequest());
    expect([received.text, received.toPath]).toEqual(['still there', [listening.uri, carol]]);
    expect(world.events.of('hopDialled')).toMatchObject([{ host: 'x.example', connection: { class: 'relay' } }]);
  });

  it('CONN-27 what comes over a connection that R opened is judged like the rest', async ({ world }) => {
    const listening = await world.listeningPeer({ host: 'x.example' });
    const n = await world.listeningPeer();
    const x = await world.peerRelay('x', { uri: listening.uri });
    const token = (await world.authBehind(x, carol)).usePath[1]!;
    x.destroy();
    await world.when(() => x.closed && world.relay.stats().connections.open === 0);
    const f = await world.foreign();
    f.send({ to: [token, listening.uri, carol], body: 'x' });
    const opened = await listening.connected();
    const from = [listening.uri, carol];
    expect(await world.code(opened.send({ to: [token, n.uri], from, body: 'out' }))).toBe(200);
    expect((await world.until((await n.connected()).nextRequest())).fromPath).toEqual([token, ...from]);
    const evil = ['msrps://evil.example:1/e;tcp', carol];
    expect(await world.code(opened.send({ to: [token, n.uri], from: evil, body: 'x' }))).toBe(403);
  });

  it('CONN-25 a peer that has ended its sending side still gets its answer', async ({ world }) => {
    const a = await world.client('a');
    const f = await world.foreign();
    const sent = f.send({ to: [a.token, a.uri], body: 'last words' });
    f.end();
    expect(await world.code(sent)).toBe(200);
    await world.closed(f);
    expect((await world.until(a.nextRequest())).text).toBe('last words');
    await world.when(() => f.closed);
    expect(f.closeError).toBeUndefined();
  });

  it('CONN-28 closing: no more is taken, what is queued is written, then orderly ends', async ({ world }) => {
    const a = await world.client('a');
    const f = await world.foreign();
    await world.works(f, a);
    const sent = f.send({ to: [a.token, a.uri], body: 'just in time' });
    await world.when(() => a.requests.length === 2);
    await world.until(world.relay.close());
    await world.closed(a);
    await world.closed(f);
    expect(sent.answer?.code).toBe(200);
    expect(a.requests.at(-1)!.text).toBe('just in time');
    expect([a.closeError, f.closeError]).toEqual([undefined, undefined]);
    expect(world.relay.state).toBe('closed');
    expect(world.relay.stats().connections.closed).toEqual({ 'relay-closed': 2 });
    expect(world.events.of('sessionClosed')).toMatchObject([{ reason: 'relay-closed' }]);
  });

  it('CONN-13, AUTH-28 three wrong passwords: the last is answered, then the connection is closed', async ({
    world,
  }) => {
    const f = await world.foreign();
    for (const username of ['alice', 'nobody', 'alice']) {
      const result = await world.authFrom(f, f.uri, { username, password: 'wrong' });
      expect(result.code).toBe(401);
    }
    await world.closed(f);
    expect(f.responses.map(({ code }) => code)).toEqual([401, 401, 401, 401, 401, 401]);
    await world.when(() => world.events.of('connectionClosed').length === 1);
    expect(world.events.of('connectionClosed')).toMatchObject([{ reason: 'too-many-failures' }]);
  });

  it('CONN-13 the third bad request of a newcomer is the last; a relay and a proven peer are spared', async ({
    world,
  }) => {
    const a = await world.client('a');
    const [f, g, x] = [await world.foreign('f'), await world.foreign('g'), await world.peerRelay()];
    await world.works(g, a);
    for (const party of [f, g, x]) {
      const bad = [1, 2, 3].map(() => party.send({ to: [world.ownUri('guess'), a.uri], body: 'x' }));
      for (const sent of bad) expect(await world.code(sent)).toBe(481);
    }
    await world.closed(f);
    await world.quiet();
    expect([isOpen(f), isOpen(g), isOpen(x)]).toEqual([false, true, true]);
  });

  it('CONN-21 full: a flood of silent connections costs no registered client its place', async ({ world }) => {
    await world.start({ limits: { maxConnections: 3 } });
    const registered = [await world.client('a'), await world.client('b'), await world.client('c')];
    const flood: Party[] = [];
    for (let i = 0; i < 6; i++) flood.push(await world.foreign(`s${i}`));
    for (const silent of flood.slice(0, 5)) await world.closed(silent);
    expect(registered.map(isOpen)).toEqual([true, true, true]);
    for (const client of registered) await world.works(client, registered[0]!);
  });

  it('CONN-21 full: the longest unused gives way to a client that has proved itself', async ({ world }) => {
    await world.start({ limits: { maxConnections: 3 } });
    const a = await world.client('a');
    const [f, g] = [await world.foreign('f'), await world.foreign('g')];
    await world.works(f, a);
    await world.works(g, a);
    await world.works(f, a);
    const b = await world.client('b');
    await world.closed(g);
    expect([isOpen(a), isOpen(f), isOpen(b)]).toEqual([true, true, true]);
    await world.works(f, b);
    await world.when(() => world.events.of('connectionClosed').length === 1);
    expect(world.events.of('connectionClosed')).toMatchObject([{ reason: 'evicted' }]);
  });
});

describeOverTransports(
  'Connection: probation',
  (it) => {
    it('CONN-09 who says nothing is closed after 30 s, whatever its class', async ({ world }) => {
      const parties = [await world.foreign(), await world.plain(), await world.peerRelay()];
      await world.clock.elapse(28_000);
      expect(parties.map(isOpen)).toEqual([true, true, true]);
      await world.clock.elapse(5_000);
      expect(parties.map(isOpen)).toEqual([false, false, false]);
      expect(world.relay.stats().connections.closed).toEqual({ 'probation-over': 3 });
    });

    it('CONN-10 a challenge is no success, and does not begin a new 30 s', async ({ world }) => {
      const f = await world.foreign();
      await world.clock.elapse(20_000);
      expect(await world.code(f.request('AUTH', { to: world.relayUri }))).toBe(401);
      await world.clock.elapse(8_000);
      expect(isOpen(f)).toBe(true);
      await world.clock.elapse(3_000);
      expect(isOpen(f)).toBe(false);
    });

    it.for(['yes', 'no'] as const)(
      'CONN-11 a request accepted for forwarding is a success (Failure-Report: %s)',
      async (failureReport, { world }) => {
        const a = await world.client('a');
        const f = await world.foreign();
        await world.clock.elapse(5_000);
        f.send({ to: [a.token, a.uri], body: 'x', failureReport });
        await world.clock.elapse(60_000);
        expect(isOpen(f)).toBe(true);
      },
    );

    it('CONN-11 errors, dropped requests and responses are none', async ({ world }) => {
      const a = await world.client('a');
      const f = await world.foreign();
      f.send({ to: [world.ownUri('guess'), a.uri], body: 'x' });
      f.send({ to: [world.ownUri('guess'), a.uri], body: 'x', failureReport: 'no' });
      f.raw(`MSRP tid1 200 OK\r\nTo-Path: ${a.token}\r\nFrom-Path: ${f.uri}\r\n-------tid1$\r\n`);
      await world.clock.elapse(28_000);
      expect(isOpen(f)).toBe(true);
      await world.clock.elapse(3_000);
      expect(isOpen(f)).toBe(false);
    });

    it('CONN-12 success ends it for good', async ({ world }) => {
      const a = await world.client('a');
      for (let i = 0; i < 5; i++) {
        expect(await world.code(a.send({ to: [world.ownUri('guess'), a.uri], body: 'x' }))).toBe(481);
      }
      await world.clock.elapse(90_000);
      expect(isOpen(a)).toBe(true);
    });

    it('CONN-16 a connection that R opened is not on probation', async ({ world }) => {
      const a = await world.client('a');
      const n = await world.listeningPeer();
      a.send({ to: [a.token, n.uri], body: 'x' });
      const peer = await n.connected();
      await world.clock.elapse(60_000);
      expect(isOpen(peer)).toBe(true);
      peer.send({ to: [world.ownUri('guess'), a.uri], body: 'x' });
      peer.send({ to: [world.ownUri('guess'), a.uri], body: 'x' });
      peer.send({ to: [world.ownUri('guess'), a.uri], body: 'x' });
      await world.clock.elapse(60_000);
      expect(isOpen(peer)).toBe(true);
    });

    it('CONN-04, CONN-05 a certificate that does not verify, or names no host, gives no rights', async ({
      world,
    }) => {
      const certificates = [testCertificate('x.example', { verified: false }), testCertificate([])];
      for (const certificate of certificates) {
        const x = await world.peerRelay('x', { facts: { certificate } });
        expect(await world.code(x.request('AUTH', { to: world.relayUri, from: [x.uri, carol] }))).toBe(403);
        expect(await world.code(x.request('AUTH', { to: world.relayUri }))).toBe(401);
      }
    });

    it('CONN-04 by option the connection is closed instead', async ({ world }) => {
      await world.start({ rules: { unverifiedCertificate: 'close' } });
      const certificate = testCertificate('x.example', { verified: false });
      const x = await world.peerRelay('x', { facts: { certificate } });
      x.request('AUTH', { to: world.relayUri });
      await world.closed(x);
      expect(x.responses).toEqual([]);
    });
  },
  { only: withClock },
);

describeOverTransports(
  'Connection: idle',
  (it) => {
    it('CONN-19, CONN-22, DC-05 a registered client that says nothing is left alone', async ({ world }) => {
      const a = await world.client('a');
      await world.clock.elapse(15 * 60_000);
      expect(isOpen(a)).toBe(true);
      await world.works(await world.foreign(), a);
      await world.clock.elapse(3 * 3_600_000);
      await world.works(await world.foreign(), a);
    });

    it('CONN-20 unused, without live token: closed; with one: kept until that has expired', async ({ world }) => {
      await world.start({ limits: { idleMs: 5_000 } });
      const a = await world.client('a', { expires: 60 });
      const f = await world.foreign();
      await world.works(f, a);
      await world.clock.elapse(4_000);
      expect(isOpen(f)).toBe(true);
      await world.clock.elapse(3_000);
      expect([isOpen(f), isOpen(a)]).toEqual([false, true]);
      await world.clock.elapse(45_000);
      expect(isOpen(a)).toBe(true);
      await world.clock.elapse(15_000);
      expect(isOpen(a)).toBe(false);
      expect(world.relay.stats().connections.closed).toEqual({ idle: 2 });
    });

    it('CONN-20 a peer that has nothing more to say is let go after an hour', async ({ world }) => {
      const a = await world.client('a');
      const f = await world.foreign();
      await world.works(f, a);
      await world.clock.elapse(3_599_000);
      expect(isOpen(f)).toBe(true);
      await world.clock.elapse(2_000);
      expect([isOpen(f), isOpen(a)]).toEqual([false, true]);
    });
  },
  { only: withClock },
);

describeOverTransports(
  'Connection: at the end of the probation',
  (it) => {
    it('CONN-14 a head that is not complete does not help', async ({ world }) => {
      const f = await world.foreign();
      await world.clock.elapse(20_000);
      f.raw(`MSRP tid1 SEND\r\nTo-Path: ${world.ownUri('x')}`);
      await world.clock.elapse(11_000);
      expect(isOpen(f)).toBe(false);
    });

    it('CONN-14 an accepted one whose body is still coming does', async ({ world }) => {
      const a = await world.client('a');
      const f = await world.foreign();
      await world.clock.elapse(25_000);
      const sent = f.openSend({ to: [a.token, a.uri] });
      for (let i = 0; i < 15; i++) {
        sent.write(Buffer.alloc(70_000, 'd'));
        await world.clock.elapse(1_000);
      }
      sent.end();
      expect(await world.code(sent)).toBe(200);
      await world.quiet();
      expect(a.received(sent.messageId)).toHaveLength(15 * 70_000);
    });
  },
  { only: ['stream'] },
);

describeOverTransports(
  'Connection: hostile first octets',
  (it) => {
    it('CONN-08 plain octets on the TLS port get no MSRP answer', async ({ world }) => {
      const a = await world.client('a');
      const text = await world.ground.intoTlsPort!(`MSRP tid1 SEND\r\nTo-Path: ${a.token} ${a.uri}\r\n`);
      expect(text).not.toContain('MSRP');
      await world.when(() => world.events.of('connectionRefused').length === 1);
      expect(world.events.of('connectionRefused')).toMatchObject([{ transport: 'tls', reason: 'handshake-failed' }]);
    });

    it('CONN-08 a ClientHello on the plain port is no MSRP either', async ({ world }) => {
      const p = await world.plain();
      p.raw(Buffer.from('16030100c8010000c40303', 'hex'));
      p.raw(Buffer.alloc(200, 7));
      await world.closed(p);
      expect(p.responses).toEqual([]);
    });
  },
  { only: ['sockets'] },
);

describeOverTransports(
  'Connection: many chunks at the end',
  (it) => {
    it('CONN-25, FWD-40 all that was sent before the end is delivered', async ({ world }) => {
      const a = await world.client('a');
      const f = await world.foreign();
      for (let i = 0; i < 10; i++) f.send({ to: [a.token, a.uri], body: `${i}` });
      f.end();
      await world.closed(f);
      await world.when(() => a.requests.length === 10);
      expect(f.responses).toHaveLength(10);
    });
  },
  { only: streams },
);
