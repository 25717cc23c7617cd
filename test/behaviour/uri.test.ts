import { expect } from 'vitest';
import { describeOverTransports, withClock } from './harness.js';
import { HandWritten } from './hand-written.js';

describeOverTransports('URI: form', (it) => {
  it('URI-01, URI-02 what R uses is checked: 400 for another form', async ({ world }) => {
    const by = await HandWritten.begin(world);
    const bad = [
      'foo',
      'msrps:n.example:2855/x;tcp',
      'http://n.example:2855/x;tcp',
      'msrps://n.example:2855/x',
      'msrps://n.example:2855/x;',
      'msrps://:2855/x;tcp',
      'msrps:///x;tcp',
    ];
    await by.refused(
      400,
      bad.map((uri) => ({ toPath: `To-Path: {token} ${uri}` })),
    );
  });

  it('URI-01, URI-05, RELAY-34 what R only carries needs the outer shape alone', async ({ world }) => {
    const by = await HandWritten.begin(world);
    const carried = ['msrps://2001:db8::1:2855/x;tcp', 'msrps://h.invalid/x;foo', 'msrp://[::1]/;dc;a=b'];
    for (const uri of carried) world.tolerate(`not a URI: ${uri}`);
    await by.accepted(carried.map((uri) => ({ toPath: `To-Path: {to} ${uri}` })));
    expect(by.a.requests.slice(1, 4).map(({ toPath }) => toPath[1])).toEqual(carried);
    await by.refused(400, [{ toPath: 'To-Path: {to} foo' }, { toPath: 'To-Path: {to} ;tcp' }]);
  });

  it('URI-02 any transport name in From-Path', async ({ world }) => {
    const a = await world.client('a');
    const f = await world.foreign('f', { uri: 'msrps://f.invalid:2855/f;dc' });
    await world.works(f, a);
    expect(await world.code(a.send({ to: [a.token, f.uri], body: 'back' }))).toBe(200);
    expect((await world.until(f.nextRequest())).text).toBe('back');
  });

  it('URI-03 session-ids are not decoded, and never empty', async ({ world }) => {
    const by = await HandWritten.begin(world);
    const bad = ['%41', '', 'a*b', 'a:b', 'a@b'].map((id) => `msrps://a.invalid:2855/${id};tcp`);
    await by.refused(
      400,
      bad.map((uri) => ({ toPath: `To-Path: {token} ${uri}` })),
    );
  });

  it('URI-04 an IP literal needs a port, also in AUTH', async ({ world }) => {
    const a = await world.client('a');
    for (const uri of ['msrps://192.0.2.1;tcp', 'msrps://[2001:db8::1];tcp']) {
      expect(await world.code(a.request('AUTH', { to: [a.token, uri] }))).toBe(400);
    }
    expect(world.relay.stats().hops).toEqual({ dialled: 0, failed: {} });
  });

  it('URI-05, URI-19, URI-22 outside AUTH there are ports, and they can be', async ({ world }) => {
    const by = await HandWritten.begin(world);
    const bad = ['n', 'n:', 'n:0', 'n:65536', 'n:99999999999', 'n:x', '2001:db8::1:2855'].map(
      (authority) => `msrps://${authority}/x;tcp`,
    );
    await by.refused(
      400,
      bad.map((uri) => ({ toPath: `To-Path: {token} ${uri}` })),
    );
    expect(world.relay.stats().hops).toEqual({ dialled: 0, failed: {} });
  });

  it('URI-05 a From-Path without port: 400', async ({ world }) => {
    const a = await world.client('a');
    const f = await world.foreign();
    const from = 'msrps://f.invalid/x;tcp';
    expect(await world.code(f.send({ to: [a.token, a.uri], from, body: 'x' }))).toBe(400);
    await world.silence(a, { responses: 2 });
  });

  it('URI-18 a password in a URI: malformed, and not logged', async ({ world }) => {
    const f = await world.foreign();
    f.request('AUTH', { to: world.relayUri.replace('relay.example', 'a:pwsecret@relay.example') });
    await world.when(() => f.responses.length === 1 || f.ended);
    expect([[400], []]).toContainEqual(f.responses.map(({ code }) => code));
    expect(world.logged.filter((line) => line.includes('pwsecret'))).toEqual([]);
  });
});

describeOverTransports('URI: which ones are equal', (it) => {
  it('URI-06, URI-07, URI-10, URI-22 spellings of one and the same', async ({ world }) => {
    const a = await world.client('a');
    const f = await world.foreign();
    const spellings = [
      a.token.replace('msrps:', 'MSRPS:'),
      a.token.replace('relay.example', 'RELAY.Example'),
      a.token.replace('relay.example', 're%6cay.example'),
      a.token.replace('relay.example', 'bob@relay.example'),
      a.token.replace('relay.example', 'example'),
      a.token.replace(';tcp', ';TCP'),
      a.token.replace(';tcp', ';tcp;x=1'),
      a.token.replace('.example:', '.example:0'),
    ];
    for (const uri of spellings) {
      expect(await world.code(f.send({ to: [uri, a.uri], body: 'x' }))).toBe(200);
      expect((await world.until(a.nextRequest())).fromPath).toEqual([uri, f.uri]);
    }
  });

  it.for([
    ['URI-08 without port', (token: string) => token.replace(/:\d+\//, '/')],
    ['URI-08 with another port', (token: string) => token.replace(/:\d+\//, ':1/')],
    ['URI-06 msrp over TLS', (token: string) => token.replace('msrps:', 'msrp:')],
    ['URI-10 another transport', (token: string) => token.replace(';tcp', ';ws')],
    ['URI-16 a name that is not configured', (token: string) => token.replace('relay.example', 'other.example')],
    ['URI-07 a trailing dot', (token: string) => token.replace('relay.example', 'relay.example.')],
  ] as const)('%s is not the same: not delivered', async ([, change], { world }) => {
    const a = await world.client('a');
    const f = await world.foreign();
    f.send({ to: [change(a.token), a.uri], body: 'x' });
    await world.when(() => f.responses.length === 1 || f.ended);
    expect([[], [481], [400]]).toContainEqual(f.responses.map(({ code }) => code));
    await world.silence(a, { responses: 2 });
  });

  it('URI-09 with and without session-id', async ({ world }) => {
    const a = await world.client('a');
    const f = await world.foreign();
    expect(await world.code(f.send({ to: [world.relayUri, a.uri], body: 'x' }))).toBe(481);
    expect(await world.code(f.send({ to: [a.token, a.uri.replace(/\/a1/, '')], body: 'x' }))).toBe(200);
  });
});

describeOverTransports(
  'URI: where it leads',
  (it) => {
    it('URI-15 AUTH without port and without SRV records: port 2855 of the name', async ({ world }) => {
      const a = await world.client('a');
      const x = await world.listeningPeer({ host: 'x.example', port: 2855 });
      expect(await world.code(a.request('AUTH', { to: [a.token, 'msrps://x.example;tcp'] }))).toBe(200);
      const received = await world.until((await x.connected()).nextRequest());
      expect([received.method, received.toPath]).toEqual(['AUTH', ['msrps://x.example;tcp']]);
    });

    it('URI-13 an address is dialled as it is', async ({ world }) => {
      const a = await world.client('a');
      const n = await world.listeningPeer({ host: '203.0.113.77', plain: true });
      expect(await world.code(a.send({ to: [a.token, n.uri], body: 'x' }))).toBe(200);
      expect((await world.until((await n.connected()).nextRequest())).text).toBe('x');
    });

    it('URI-20 what is logged holds no session-id', async ({ world }) => {
      const a = await world.client('a');
      const f = await world.foreign();
      await world.works(f, a);
      f.send({ to: [a.token, 'msrps://z.invalid:1/z;tcp'], body: 'x' });
      f.send({ to: [world.ownUri('wrongtoken'), a.uri], body: 'x' });
      await world.quiet();
      const token = /\/([^/;]+);/.exec(a.token)![1]!;
      expect(world.logged.length).toBeGreaterThan(3);
      expect(world.logged.filter((line) => line.includes(token) || line.includes('wrongtoken'))).toEqual([]);
    });
  },
  { only: withClock },
);
