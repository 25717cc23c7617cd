import { expect } from 'vitest';
import { digestAuthorization, digestParameters } from '../../src/testing/index.js';
import { describeOverTransports, password, streams, withClock, type Party, type World } from './harness.js';

const carol = 'msrps://carol.invalid:2855/c1;tcp';

interface Credentials {
  readonly username?: string;
  readonly password?: string;
  readonly nc?: string;
  readonly nonce?: string;
}

/** An AUTH that answers this challenge. */
function authorization(world: World, challenge: string, credentials: Credentials = {}): [string, string] {
  const { username = 'alice', nc = '00000001', nonce } = credentials;
  const parameters = digestParameters(challenge.replace(/^Digest /, ''));
  return [
    'Authorization',
    digestAuthorization({
      algorithm: parameters.get('algorithm') === 'MD5' ? 'MD5' : 'SHA-256',
      username,
      password: credentials.password ?? password,
      realm: parameters.get('realm')!,
      nonce: nonce ?? parameters.get('nonce')!,
      nc,
      cnonce: 'c1',
      uri: world.relayUri,
      opaque: parameters.get('opaque'),
    }),
  ];
}

async function challengeTo(world: World, party: Party): Promise<string> {
  const answer = await world.until(party.request('AUTH', { to: world.relayUri }).answered());
  expect(answer.code).toBe(401);
  return answer.header('WWW-Authenticate')!;
}

describeOverTransports('AUTH: the dialogue', (it) => {
  it('AUTH-01, AUTH-34 no credentials: a challenge and nothing more', async ({ world }) => {
    const f = await world.foreign();
    const answer = await world.until(f.request('AUTH', { to: world.relayUri }).answered());
    expect([answer.code, answer.comment]).toEqual([401, 'Unauthorized']);
    const names = new Set(answer.headers.map(([name]) => name));
    expect([...names]).toEqual(['WWW-Authenticate']);
    expect(answer.allHeaders('WWW-Authenticate').every((value) => value.includes('realm="relay.example"'))).toBe(
      true,
    );
  });

  it('AUTH-02 the answer names the relay as the request did, and the whole way back', async ({ world }) => {
    const x = await world.peerRelay();
    const to = world.relayUri.replace('relay.example', 'alice@Relay.EXAMPLE');
    const answer = await world.until(x.request('AUTH', { to, from: [x.uri, carol] }).answered());
    expect([answer.code, answer.toPath, answer.fromPath]).toEqual([401, [x.uri, carol], [to]]);
  });

  it('AUTH-03, AUTH-11, AUTH-13, AUTH-14, AUTH-18 the right ones: a URI, its life, and the proof of the relay', async ({
    world,
  }) => {
    const f = await world.foreign('f');
    const result = await world.authFrom(f, f.uri, { expires: 120 });
    expect([result.code, result.expires, result.relayProved]).toEqual([200, 120, true]);
    expect(result.usePath).toHaveLength(1);
    expect(result.usePath[0]).toMatch(
      new RegExp(`^msrps://relay\\.example:${world.ground.port}/[A-Za-z0-9._~-]{16,};tcp$`),
    );
    const names = result.response.headers.map(([name]) => name);
    expect(names.toSorted()).toEqual(['Authentication-Info', 'Expires', 'Use-Path']);
    const usual = await world.authFrom(f, f.uri.replace('/f1', '/f2'));
    expect(usual.expires).toBe(86_400);
  });

  it('AUTH-04 wrong password, unknown user, made-up nonce: another challenge', async ({ world }) => {
    const f = await world.foreign();
    const challenge = await challengeTo(world, f);
    for (const credentials of [{ password: 'wrong' }, { nonce: 'made up' }]) {
      const headers = [authorization(world, challenge, credentials)];
      const answer = await world.until(f.request('AUTH', { to: world.relayUri, headers }).answered());
      expect([answer.code, answer.header('Use-Path')]).toEqual([401, undefined]);
      expect(answer.header('WWW-Authenticate')).not.toBe(challenge);
    }
  });

  it('AUTH-05 a barred user: 403', async ({ world }) => {
    const f = await world.foreign();
    const { code, response } = await world.authFrom(f, f.uri, { username: 'barred' });
    expect([code, response.headers]).toEqual([403, []]);
  });

  it('AUTH-06, AUTH-07, AUTH-09, AUTH-10 the life that is asked for', async ({ world }) => {
    await world.start({ expires: { minS: 60, maxS: 3600 } });
    const f = await world.foreign();
    const ask = async (expires: number | string, username = 'alice'): Promise<unknown[]> => {
      const { code, response, usePath } = await world.authFrom(f, f.uri, { expires, username });
      return [code, response.header('Min-Expires'), response.header('Max-Expires'), usePath.length];
    };
    for (const small of [0, 1, 59]) expect(await ask(small)).toEqual([423, '60', undefined, 0]);
    for (const large of [3601, 999_999_999, '9'.repeat(30)])
      expect(await ask(large)).toEqual([423, undefined, '3600', 0]);
    expect(await ask(60)).toEqual([200, undefined, undefined, 1]);
    expect(await ask(3600)).toEqual([200, undefined, undefined, 1]);
    for (const bad of ['1.5', '-3', 'soon', '']) expect(await ask(bad)).toEqual([400, undefined, undefined, 0]);
    // AUTH-08: the order of the checks.
    expect(await world.code(f.request('AUTH', { to: world.relayUri, headers: [['Expires', '1']] }))).toBe(401);
    expect(await ask(1, 'barred')).toEqual([403, undefined, undefined, 0]);
  });

  it('AUTH-16, AUTH-17 another From-Path gives another URI, the same one renews', async ({ world }) => {
    const f = await world.foreign();
    const first = await world.authFrom(f, f.uri, { expires: 600 });
    const other = await world.authFrom(f, f.uri.replace('/f1', '/f2'), { expires: 600 });
    const renewed = await world.authFrom(f, f.uri, { expires: 1200 });
    expect(other.usePath).not.toEqual(first.usePath);
    expect([renewed.usePath, renewed.expires]).toEqual([first.usePath, 1200]);
    expect(world.events.of('sessionRenewed')).toHaveLength(1);
    const another = await world.authFrom(f, f.uri, { username: 'bob' });
    expect(another.usePath).not.toEqual(first.usePath);
    for (const { usePath } of [first, other, another]) {
      const to = [usePath[0]!, usePath === other.usePath ? f.uri.replace('/f1', '/f2') : f.uri];
      expect(await world.code(f.send({ to, body: 'x' }))).toBe(200);
    }
  });

  it('AUTH-17 by option a renewal gives another URI', async ({ world }) => {
    await world.start({ expires: { renew: 'new-uri' } });
    const f = await world.foreign();
    const first = await world.authFrom(f, f.uri);
    const second = await world.authFrom(f, f.uri);
    expect(second.usePath).not.toEqual(first.usePath);
    expect(await world.code(f.send({ to: [first.usePath[0]!, f.uri], body: 'x' }))).toBe(200);
  });

  it('AUTH-19 through two relays: Use-Path is the way from the client', async ({ world }) => {
    const x = await world.peerRelay();
    const y = 'msrps://y.example:2855/y1;tcp';
    const result = await world.authFrom(x, [x.uri, y, carol], { username: 'carol' });
    expect(result.usePath.slice(0, 2)).toEqual([y, x.uri]);
    expect(result.usePath).toHaveLength(3);
  });

  it('AUTH-20, XMIT-20 a URI is of the connection it was asked over', async ({ world }) => {
    const a = await world.client('a');
    const twin = await world.client('a', { uri: a.uri });
    const n = await world.listeningPeer();
    expect(await world.code(twin.send({ to: [a.token, n.uri], body: 'x' }))).toBe(403);
    const f = await world.foreign();
    await world.works(f, a);
    await world.silence(twin, { responses: 3 });
    expect(n.dialled).toBe(0);
    expect(await world.code(twin.send({ to: [twin.token, n.uri], body: 'x' }))).toBe(200);
  });

  it('AUTH-21 the URI of a relay is of every connection of that relay, and of no other', async ({ world }) => {
    const n = await world.listeningPeer();
    const x = await world.peerRelay();
    const token = (await world.authBehind(x, carol)).usePath[1]!;
    const again = await world.peerRelay();
    const send = (party: Party): Promise<number> =>
      world.code(party.send({ to: [token, n.uri], from: [party.uri, carol], body: 'x' }));
    expect(await send(again)).toBe(200);
    expect(await send(await world.peerRelay('y'))).toBe(403);
    expect(await send(x)).toBe(200);
  });

  it('AUTH-22 a relay whose From-Path names another host gets 403 and no challenge', async ({ world }) => {
    const x = await world.peerRelay();
    const from = ['msrps://other.example:2855/q;tcp', carol];
    const answer = await world.until(x.request('AUTH', { to: world.relayUri, from }).answered());
    expect([answer.code, answer.headers]).toEqual([403, []]);
  });

  it('AUTH-24 without TLS: 403, with and without credentials', async ({ world }) => {
    const f = await world.foreign();
    const challenge = await challengeTo(world, f);
    const p = await world.plain();
    for (const headers of [[], [authorization(world, challenge)]]) {
      const answer = await world.until(p.request('AUTH', { to: world.relayUri, headers }).answered());
      expect([answer.code, answer.headers]).toEqual([403, []]);
    }
  });

  it('AUTH-25 a client that names a relay in front of it: 403, no challenge', async ({ world }) => {
    const f = await world.foreign();
    const from = ['msrps://q.example:2855/q;tcp', f.uri];
    const answer = await world.until(f.request('AUTH', { to: world.relayUri, from }).answered());
    expect([answer.code, answer.headers, answer.toPath]).toEqual([403, [], from]);
  });

  it('AUTH-26, URI-07 the relay knows itself by any of its names', async ({ world }) => {
    const f = await world.foreign();
    const uris = [
      'msrps://RELAY.example;tcp',
      world.relayUri.replace('relay.', 'alice@relay.'),
      'msrps://example;tcp',
      'msrps://re%6cay.example;tcp',
      world.ownUri('whatever'),
    ];
    for (const to of uris) expect(await world.code(f.request('AUTH', { to }))).toBe(401);
  });

  it.for(['msrps://elsewhere.example;tcp', 'msrps://relay.example:1;tcp', 'msrps://192.0.2.1:2855;tcp'])(
    'AUTH-27 AUTH for %s: dropped, nothing is looked up or dialled',
    async (to, { world }) => {
      const f = await world.foreign();
      f.request('AUTH', { to });
      await world.closed(f);
      expect(f.responses).toEqual([]);
      expect(world.relay.stats().hops).toEqual({ dialled: 0, failed: {} });
    },
  );

  it('AUTH-32 Failure-Report has no meaning here', async ({ world }) => {
    const f = await world.foreign();
    expect(await world.code(f.request('AUTH', { to: world.relayUri, headers: [['Failure-Report', 'no']] }))).toBe(
      401,
    );
  });

  it('AUTH-33 AUTH is not chunked; a small body does not matter', async ({ world }) => {
    const f = await world.foreign();
    for (const flag of ['+', '#'] as const) {
      expect(await world.code(f.request('AUTH', { to: world.relayUri, flag }))).toBe(400);
    }
    expect(await world.code(f.request('AUTH', { to: world.relayUri, body: 'hello' }))).toBe(401);
  });

  it('AUTH-33 a body beyond 10240 octets: 400', async ({ world }) => {
    const f = await world.foreign();
    expect(await world.code(f.request('AUTH', { to: world.relayUri, body: 'x'.repeat(10_240) }))).toBe(401);
    expect(await world.code(f.request('AUTH', { to: world.relayUri, body: 'x'.repeat(10_241) }))).toBe(400);
    expect(await world.code(f.request('AUTH', { to: world.relayUri }))).toBe(401);
  });

  it('AUTH-35 the number of URIs is bounded; a renewal adds none, a relay has many users', async ({ world }) => {
    await world.start({ limits: { maxSessionsPerConnection: 2 } });
    const f = await world.foreign();
    const froms = [1, 2, 3].map((i) => f.uri.replace('/f1', `/s${i}`));
    const codes: number[] = [];
    for (const from of [...froms, froms[0]!]) codes.push((await world.authFrom(f, from)).code);
    expect(codes).toEqual([200, 200, 403, 200]);
    const x = await world.peerRelay();
    for (const i of [1, 2, 3]) {
      expect((await world.authBehind(x, carol.replace('/c1', `/c${i}`), { username: `user${i}` })).code).toBe(200);
    }
  });

  it('AUTH-35 per user too, over all connections', async ({ world }) => {
    await world.start({ limits: { maxSessionsPerUser: 2 } });
    const codes: number[] = [];
    for (const name of ['f1', 'f2', 'f3']) {
      const f = await world.foreign(name);
      codes.push((await world.authFrom(f, f.uri)).code);
    }
    expect(codes).toEqual([200, 200, 403]);
  });

  it('AUTH-36 a relay that the host does not want', async ({ world }) => {
    await world.start({ relays: { deny: ['x.example'] } });
    const a = await world.client('a');
    const x = await world.peerRelay();
    expect((await world.authBehind(x, carol)).code).toBe(403);
    expect(await world.code(x.send({ to: [a.token, a.uri], from: [x.uri, carol], body: 'x' }))).toBe(403);
    expect((await world.authBehind(await world.peerRelay('y'), carol)).code).toBe(200);
    await world.silence(a, { responses: 2 });
  });

  it('WIRE-41 escapes in a quoted user name', async ({ world }) => {
    const f = await world.foreign();
    expect((await world.authFrom(f, f.uri, { username: 'a"b\\c' })).code).toBe(200);
    expect(world.events.of('sessionOpened')).toMatchObject([{ session: { user: 'a"b\\c' } }]);
  });
});

describeOverTransports('AUTH: failures', (it) => {
  it('AUTH-28 a registered client that fails three times loses its connection and its URIs', async ({ world }) => {
    const a = await world.client('a');
    const f = await world.foreign();
    await world.works(f, a);
    const other = a.uri.replace('/a1', '/a2');
    for (let i = 0; i < 3; i++) expect((await world.authFrom(a, other, { password: 'wrong' })).code).toBe(401);
    await world.closed(a);
    expect(a.responses.at(-1)!.code).toBe(401);
    expect(await world.code(f.send({ to: [a.token, a.uri], body: 'x' }))).toBe(481);
  });

  it('AUTH-29 challenges, 423 and limits do not count; a success begins anew', async ({ world }) => {
    await world.start({ limits: { maxSessionsPerConnection: 1 } });
    const f = await world.foreign();
    for (let i = 0; i < 5; i++) await challengeTo(world, f);
    for (let i = 0; i < 5; i++) expect((await world.authFrom(f, f.uri, { expires: 1 })).code).toBe(423);
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < 2; i++) expect((await world.authFrom(f, f.uri, { password: 'wrong' })).code).toBe(401);
      expect((await world.authFrom(f, f.uri)).code).toBe(200);
    }
    for (let i = 0; i < 5; i++) expect((await world.authFrom(f, f.uri.replace('/f1', '/f2'))).code).toBe(403);
    expect((await world.authFrom(f, f.uri)).code).toBe(200);
  });

  it('AUTH-30 a relay never loses its connection for the failures of its clients', async ({ world }) => {
    const x = await world.peerRelay();
    for (let i = 0; i < 20; i++) expect((await world.authBehind(x, carol, { password: 'wrong' })).code).toBe(401);
    expect((await world.authBehind(x, carol)).code).toBe(200);
  });

  it('AUTH-31 a client that fails at another relay, through this one', async ({ world }) => {
    const a = await world.client('a');
    const next = await world.listeningPeer({ host: 'x.example', answer: 'never' });
    const headers = [['Authorization', 'Digest username="a"']] as const;
    const codes: number[] = [];
    for (let i = 0; i < 3; i++) {
      const sent = a.request('AUTH', { to: [a.token, next.uri], headers });
      const x = await next.connected();
      const received = await world.until(x.nextRequest());
      x.respond(received, 401, { headers: [['WWW-Authenticate', 'Digest realm="x", nonce="n"']] });
      codes.push(await world.code(sent));
    }
    expect(codes).toEqual([401, 401, 401]);
    await world.closed(a);
    expect(world.events.of('remoteAuthFailed').map(({ host, failures }) => [host, failures])).toEqual([
      ['x.example', 1],
      ['x.example', 2],
      ['x.example', 3],
    ]);
  });
});

describeOverTransports(
  'AUTH: several in one write',
  (it) => {
    it('AUTH-29 five challenges at once on a new connection', async ({ world }) => {
      const f = await world.foreign();
      const one = (i: number): string =>
        `MSRP tid${i} AUTH\r\nTo-Path: ${world.relayUri}\r\nFrom-Path: ${f.uri.replace('/f1', `/s${i}`)}\r\n-------tid${i}$\r\n`;
      f.raw([1, 2, 3, 4, 5].map(one).join(''));
      await world.when(() => f.responses.length === 5);
      expect(f.responses.map(({ code, tid }) => [code, tid])).toEqual([1, 2, 3, 4, 5].map((i) => [401, `tid${i}`]));
      await world.register(f);
    });

    it('AUTH-38 several on one nonce are answered in order, none of them counts as failed', async ({ world }) => {
      const f = await world.foreign();
      const challenge = await challengeTo(world, f);
      const all = ['00000001', '00000002', '00000003', '00000004'].map((nc, i) =>
        f.request('AUTH', {
          to: world.relayUri,
          from: f.uri.replace('/f1', `/s${i}`),
          headers: [authorization(world, challenge, { nc })],
        }),
      );
      const answers = await world.until(Promise.all(all.map((sent) => sent.answered())));
      expect(answers[0]!.code).toBe(200);
      const outcomes = answers.map((answer) => `${answer.code} ${answer.header('WWW-Authenticate') ?? ''}`);
      for (const outcome of outcomes) expect(outcome).toMatch(/^200|^401 .*stale=true/);
      expect(f.responses.slice(1).map(({ tid }) => tid)).toEqual(all.map(({ tid }) => tid));
      await world.register(f);
    });
  },
  { only: streams },
);

describeOverTransports(
  'AUTH: in time',
  (it) => {
    it('AUTH-12 a URI serves to its last second, in both directions, and then no more', async ({ world }) => {
      const a = await world.client('a', { expires: 60 });
      const n = await world.listeningPeer();
      const f = await world.foreign();
      await world.works(f, a);
      await world.clock.elapse(50_000);
      await world.works(f, a);
      expect(await world.code(a.send({ to: [a.token, n.uri], body: 'x' }))).toBe(200);
      await world.clock.elapse(11_000);
      expect(await world.code(f.send({ to: [a.token, a.uri], body: 'x' }))).toBe(481);
      expect(await world.code(a.send({ to: [a.token, n.uri], body: 'x' }))).toBe(481);
      expect(world.events.of('sessionClosed')).toMatchObject([
        { reason: 'expired', totals: { toOwner: { messages: 2 }, fromOwner: { messages: 1 } } },
      ]);
      await world.register(a, 'a');
    });

    it('AUTH-17 a renewal lengthens the life of a URI, or shortens it', async ({ world }) => {
      const a = await world.client('a', { expires: 100 });
      const f = await world.foreign();
      await world.clock.elapse(20_000);
      expect(await world.register(a, 'a', 600)).toBe(a.token);
      await world.clock.elapse(500_000);
      await world.works(await world.foreign(), a);
      expect(await world.register(a, 'a', 60)).toBe(a.token);
      await world.clock.elapse(61_000);
      expect(await world.code((await world.foreign()).send({ to: [a.token, a.uri], body: 'x' }))).toBe(481);
      expect(f.ended).toBe(true);
    });

    it('AUTH-29 an outdated nonce is stale, not wrong', async ({ world }) => {
      const a = await world.client('a');
      const challenge = await challengeTo(world, a);
      await world.clock.elapse(400_000);
      for (let i = 0; i < 5; i++) {
        const headers = [authorization(world, challenge, { username: 'a' })];
        const answer = await world.until(a.request('AUTH', { to: world.relayUri, headers }).answered());
        expect([answer.code, answer.header('WWW-Authenticate')!.includes('stale=true')]).toEqual([401, true]);
      }
      await world.works(await world.foreign(), a);
    });

    it('AUTH-17 AUTH-21 the URI of a relay is renewed over any of its connections', async ({ world }) => {
      const x = await world.peerRelay();
      const first = await world.authBehind(x, carol, { expires: 100 });
      x.destroy();
      await world.clock.elapse(50_000);
      const again = await world.peerRelay();
      const renewed = await world.authBehind(again, carol, { expires: 100 });
      expect(renewed.usePath).toEqual(first.usePath);
    });
  },
  { only: withClock },
);
