import { describe, expect, it } from 'vitest';
import type { AuthVerdict } from '../../src/auth/types.js';
import { authorization } from './client.js';
import { authRequest, bench, client, FakeConnection, relay, relayUri, U_A, verdicts } from './kit.js';

const V_X = 'msrps://x.example:2855/v;tcp';
const U_C = 'msrps://carol.invalid:2855/c;tcp';
const accept: AuthVerdict = { accept: { name: 'alice' } };

describe('AUTH, the challenge', () => {
  it('AUTH-01 AUTH-02 without Authorization: 401 along the whole path, and nothing else', () => {
    const { room } = bench();
    const connection = client();
    const request = authRequest();
    room.receive(connection, request);
    const { last } = connection;
    expect(last.start).toBe(`MSRP ${request.tidText} 401 Unauthorized`);
    expect(last.toPath).toBe(U_A);
    expect(last.fromPath).toBe('msrps://alice@relay.example;tcp');
    expect(last.names).toEqual(['WWW-Authenticate', 'WWW-Authenticate']);
    expect(last.endLine).toBe(`-------${request.tidText}$`);
  });

  it('AUTH-02 AUTH-23 through a relay: the client behind it is challenged, along the whole From-Path', () => {
    const { room } = bench();
    const connection = relay();
    room.receive(connection, authRequest({ from: [V_X, U_C] }));
    expect(connection.last.code).toBe(401);
    expect(connection.last.toPath).toBe(`${V_X} ${U_C}`);
    expect(connection.last.fromPath).toBe(relayUri);
  });

  it('AUTH-32 AUTH-33 whatever other headers say, it is answered', () => {
    const { room } = bench();
    const connection = client();
    room.receive(connection, authRequest({ headers: { 'Failure-Report': 'no', 'Message-ID': 'x' } }));
    expect(connection.codes).toEqual([401]);
  });

  it('AUTH-37 challenges leave nothing behind', () => {
    const { room, sessions, timers } = bench();
    const connection = client();
    for (let i = 0; i < 1000; i++) room.receive(connection, authRequest({ from: [`msrps://h${i}.invalid:1/a;tcp`] }));
    expect(connection.codes).toEqual(Array(1000).fill(401));
    expect([sessions.size, timers.size, connection.dependents.size]).toEqual([0, 0, 0]);
  });
});

describe('AUTH, success', () => {
  it('AUTH-03 AUTH-13 AUTH-14 AUTH-18 200 with Use-Path, Expires and Authentication-Info', () => {
    const { login, sessions, named } = bench();
    const connection = client();
    const response = login(connection);
    expect(response.start).toMatch(/^MSRP \S+ 200 OK$/);
    expect(response.names).toEqual(['Use-Path', 'Expires', 'Authentication-Info']);
    expect(response.header('Use-Path')).toMatch(/^msrps:\/\/relay\.example:2855\/[A-Za-z0-9]{22,};tcp$/);
    expect(response.toPath).toBe(U_A);
    expect(connection.log).toEqual(['401', '200', 'authSucceeded', 'succeeded']);
    expect(sessions.ownedBy('c1').map(({ grant }) => grant)).toEqual([
      expect.objectContaining({
        kind: 'auth',
        user: 'alice',
        owner: { node: 'node1', connection: 'c1' },
        wayBack: U_A,
        fromPath: U_A,
      }),
    ]);
    expect(named('sessionOpened')).toMatchObject([{ connection: { id: 'c1' }, expiresInMs: 3_000_000 }]);
  });

  it('AUTH-13 WS-11 the URI is the same kind for who came by WebSocket and another name', () => {
    const { login } = bench({ ownAddress: () => ({ host: 'r1.example', port: 4000 }) });
    const to = 'msrps://alice@relay.example:443;ws';
    const from = ['msrp://df7.invalid:2855/98;ws'];
    const response = login(client(), { to: [to], from }, { uri: to });
    expect(response.header('Use-Path')).toMatch(/^msrps:\/\/r1\.example:4000\/[A-Za-z0-9]{22,};tcp$/);
    expect(response.fromPath).toBe(to);
  });

  it('AUTH-19 AUTH-21 through relays: reversed, without the client, bound to the identity of the relay', () => {
    const { login, sessions } = bench();
    const one = login(relay('r1'), { from: [V_X, U_C] });
    expect(one.header('Use-Path')).toMatch(
      /^msrps:\/\/x\.example:2855\/v;tcp msrps:\/\/relay\.example:2855\/[A-Za-z0-9]{22,};tcp$/,
    );
    const two = login(relay('r2', ['y.example']), { from: ['msrps://Y.example:2855/w;tcp', V_X, U_C] });
    expect(two.header('Use-Path')).toMatch(
      /^msrps:\/\/x\.example:2855\/v;tcp msrps:\/\/Y\.example:2855\/w;tcp msrps:\/\/relay\.example:2855\/\w{22,};tcp$/,
    );
    expect([...sessions.all()].map(({ grant }) => grant)).toEqual([
      expect.objectContaining({ owner: { relay: 'x.example' }, wayBack: V_X, fromPath: `${V_X} ${U_C}` }),
      expect.objectContaining({ owner: { relay: 'y.example' }, wayBack: 'msrps://Y.example:2855/w;tcp' }),
    ]);
  });

  it('SEC-07 through a relay the digest is over the rightmost To-Path URI, as written', () => {
    const { login } = bench();
    const to = 'msrps://CAROL@Relay.example;tcp';
    expect(login(relay(), { to: [to], from: [V_X, U_C] }, { uri: to, username: 'bob' }).code).toBe(200);
  });

  it('SEC-15 a challenge got on one connection is answered on another', () => {
    const { challenge, room } = bench();
    const value = authorization(challenge(client('c1')));
    const other = client('c2');
    room.receive(other, authRequest({ headers: { Authorization: value } }));
    expect(other.codes).toEqual([200]);
  });

  it('WS-14 R28 a user known from below MSRP: 200 at once, without Authentication-Info', () => {
    const { room, sessions } = bench({ authenticator: verdicts(() => ({ refuse: 403, why: 'barred' })) });
    const connection = new FakeConnection('c1', 'client', [], { name: 'alice', appData: { desk: 7 } });
    room.receive(connection, authRequest());
    expect(connection.last.names).toEqual(['Use-Path', 'Expires']);
    expect([...sessions.all()][0]?.grant).toMatchObject({ user: 'alice', appData: { desk: 7 } });
  });

  it('AUTH-23 a relay known from below MSRP does not stand for its clients', () => {
    const { room } = bench();
    const connection = new FakeConnection('r1', 'relay', ['x.example'], { name: 'x' });
    room.receive(connection, authRequest({ from: [V_X, U_C] }));
    expect(connection.codes).toEqual([401]);
  });

  it('an authenticator sees the request and decides on further headers', () => {
    const seen: unknown[] = [];
    const { room } = bench({
      authenticator: {
        authenticate(request) {
          seen.push([request.authorization, request.uri, request.viaRelay, request.peer.transport]);
          return { ...accept, headers: [['X-Note', 'hello']] };
        },
      },
    });
    const connection = relay();
    room.receive(connection, authRequest({ from: [V_X, U_C], headers: { Authorization: 'Token t' } }));
    expect(seen).toEqual([['Token t', relayUri, 'x.example', 'tls']]);
    expect(connection.last.names).toEqual(['Use-Path', 'Expires', 'X-Note']);
  });
});

describe('AUTH, the previous hop', () => {
  it('AUTH-24 without TLS: 403, whatever it brings', () => {
    const { room, challenge, named } = bench();
    const value = authorization(challenge(client('c2')));
    const connection = new FakeConnection('p1', 'plain', [], { name: 'alice' });
    room.receive(connection, authRequest());
    room.receive(connection, authRequest({ headers: { Authorization: value } }));
    expect(connection.codes).toEqual([403, 403]);
    expect(connection.last.names).toEqual([]);
    expect(connection.log).toEqual(['403', 'requestFailed', '403', 'requestFailed']);
    expect(named('requestRefused')[0]).toEqual({
      name: 'requestRefused',
      connection: connection.info,
      method: 'AUTH',
      reason: 'auth-over-plain',
      code: 403,
    });
  });

  it('AUTH-25 a client acting as a proxy: 403, no challenge', () => {
    const { room, named } = bench();
    const connection = client();
    room.receive(connection, authRequest({ from: ['msrps://q.example:1/q;tcp', U_A] }));
    expect(connection.last.code).toBe(403);
    expect(connection.last.names).toEqual([]);
    expect(named('requestRefused').map((fact) => fact.reason)).toEqual(['proxying-client']);
  });

  it('AUTH-22 a relay whose certificate does not name the host of From-Path[0]: 403, no challenge', () => {
    const { room, named } = bench();
    const connection = relay();
    room.receive(connection, authRequest({ from: ['msrps://other.example:2855/q;tcp', U_C] }));
    room.receive(connection, authRequest({ from: ['msrps://X.EXAMPLE:2855/q;tcp', U_C] }));
    expect(connection.codes).toEqual([403, 401]);
    expect(connection.responses[0]?.names).toEqual([]);
    expect(named('requestRefused').map((fact) => fact.reason)).toEqual(['relay-name-mismatch']);
  });

  it('AUTH-36 a relay that policy denies: 403', () => {
    const asked: string[] = [];
    const { room, named } = bench({
      relayAllowed(name, connection) {
        asked.push(`${name} ${connection.id}`);
        return false;
      },
    });
    const connection = relay();
    room.receive(connection, authRequest({ from: [V_X, U_C] }));
    expect(connection.codes).toEqual([403]);
    expect(asked).toEqual(['x.example r1']);
    expect(named('requestRefused').map((fact) => fact.reason)).toEqual(['relay-not-allowed']);
  });

  it.each(['+', '#'] as const)('AUTH-33 flag %s: 400', (flag) => {
    const { room, named } = bench();
    const connection = client();
    room.receive(connection, authRequest({ flag }));
    expect(connection.codes).toEqual([400]);
    expect(named('requestRefused').map((fact) => fact.reason)).toEqual(['bad-flag']);
  });
});

describe('AUTH, failures', () => {
  it('AUTH-04 AUTH-28 AUTH-29 wrong credentials: 401 first, then counted', () => {
    const { login, named } = bench();
    const connection = client();
    expect(login(connection, {}, { password: 'wrong' }).names).toEqual(['WWW-Authenticate', 'WWW-Authenticate']);
    expect(connection.log).toEqual(['401', '401', 'authFailed']);
    expect(named('authFailed').map(({ reason, user, code }) => [reason, user, code])).toEqual([
      ['challenged', undefined, 401],
      ['wrong-credentials', 'alice', 401],
    ]);
  });

  it('AUTH-28 after the close that follows the last failure no further AUTH is looked at', () => {
    const { challenge, room } = bench();
    const connection = client();
    connection.authFailed = () => {
      connection.state = 'closing';
    };
    const value = authorization(challenge(connection), { password: 'wrong' });
    room.receive(connection, authRequest({ headers: { Authorization: value } }));
    room.receive(connection, authRequest());
    expect(connection.codes).toEqual([401, 401]);
  });

  it('AUTH-05 AUTH-08 AUTH-29 a barred user: 403 before Expires is judged, counted', () => {
    const { login, sessions } = bench();
    const connection = client();
    const response = login(connection, { headers: { Expires: '1' } }, { username: 'barred' });
    expect([response.code, response.names]).toEqual([403, []]);
    expect(connection.log).toEqual(['401', '403', 'authFailed']);
    expect(sessions.size).toBe(0);
  });

  it('AUTH-29 challenges and stale nonces count for nothing', () => {
    const { challenge, room, clock } = bench();
    const connection = client();
    const value = authorization(challenge(connection));
    clock.advance(300_001);
    for (let i = 0; i < 5; i++) room.receive(connection, authRequest({ headers: { Authorization: value } }));
    for (let i = 0; i < 5; i++) room.receive(connection, authRequest());
    expect(connection.log).toEqual(Array(11).fill('401'));
    expect(connection.responses[5]?.header('WWW-Authenticate')).toMatch(/, stale=true$/);
  });

  it('SEC-13 SEC-08 unreadable Authorization, another uri: 400, counted in the probation', () => {
    const { challenge, room, named } = bench();
    const connection = client();
    const other = authorization(challenge(connection), { send: { uri: '"msrps://other.example;tcp"' } });
    room.receive(connection, authRequest({ headers: { Authorization: 'Digest' } }));
    room.receive(connection, authRequest({ headers: { Authorization: other } }));
    expect(connection.log).toEqual(['401', '400', 'requestFailed', '400', 'requestFailed']);
    expect(named('authFailed').map((fact) => fact.reason)).toEqual([
      'challenged',
      'bad-authorization',
      'uri-mismatch',
    ]);
  });

  it('SEC-24 facts tell user and peer, and no secret', () => {
    const { challenge, login, room, facts } = bench();
    const connection = client();
    const asked = challenge(connection);
    const value = authorization(asked, { password: 'guess-me' });
    room.receive(connection, authRequest({ headers: { Authorization: value } }));
    const response = /response="([^"]+)"/.exec(value)?.[1] ?? 'none';
    const path = login(connection).header('Use-Path') ?? 'none';
    const token = /2855\/(\w+);tcp/.exec(path)?.[1] ?? 'none';
    const text = JSON.stringify(facts);
    expect(text).toContain('"user":"alice"');
    expect(
      [asked.nonce, response, token, 'guess-me', 'wonderland'].filter((secret) => text.includes(secret)),
    ).toEqual([]);
    expect(token).toHaveLength(32);
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('out of order');
      },
    ],
    ['answers with nothing', () => undefined],
    ['answers with null', () => null],
    ['answers with an empty challenge', () => ({ challenge: [], why: 'challenged' })],
    ['answers with a user without name', () => ({ accept: {} })],
    ['refuses with a code of its own', () => ({ refuse: 500, why: 'barred' })],
    ['would break the header section', () => ({ challenge: ['Digest x\r\nUse-Path: y'], why: 'challenged' })],
    ['would break the 200', () => ({ accept: { name: 'a' }, headers: [['X', 'a\nb']] })],
    ['answers with a header that is none', () => ({ accept: { name: 'a' }, headers: ['X'] })],
  ])('an authenticator that %s: 403 and a fact', (_what, give) => {
    const { room, named, sessions } = bench({ authenticator: verdicts(give as unknown as () => AuthVerdict) });
    const connection = client();
    room.receive(connection, authRequest());
    expect([connection.last.code, connection.last.names]).toEqual([403, []]);
    expect(named('authFailed')).toMatchObject([{ reason: 'authenticator-failed', code: 403 }]);
    expect(named('hostCodeFailed')).toMatchObject([{ where: 'authenticator', error: expect.any(Error) as Error }]);
    expect(sessions.size).toBe(0);
  });

  it('an authenticator that rejects, or is late: 403; what it says later does not count', async () => {
    let give: (verdict: AuthVerdict) => void = () => undefined;
    const answers = [
      Promise.reject<AuthVerdict>(new Error('database')),
      new Promise<AuthVerdict>((resolve) => (give = resolve)),
    ];
    const { room, clock, named, sessions, timers } = bench({
      authenticator: verdicts(() => answers.shift() ?? accept),
    });
    const connection = client();
    room.receive(connection, authRequest());
    room.receive(connection, authRequest());
    await clock.settle();
    expect(connection.codes).toEqual([403]);
    await clock.elapse(1_999);
    expect(connection.codes).toEqual([403]);
    await clock.elapse(1);
    expect(connection.codes).toEqual([403, 403]);
    give(accept);
    await clock.settle();
    expect([connection.codes.length, sessions.size, timers.size]).toEqual([2, 0, 0]);
    expect(named('authFailed').map((fact) => fact.reason)).toEqual(['authenticator-failed', 'authenticator-failed']);
  });
});

describe('AUTH, Expires', () => {
  it('AUTH-06 AUTH-09 too small: 423 with Min-Expires alone; not counted', () => {
    const { login, sessions, named } = bench();
    const connection = client();
    expect(login(connection).code).toBe(200);
    connection.log.length = 0;
    const other = { from: ['msrps://alice.invalid:2855/b;tcp'] };
    for (const Expires of ['1', '59', '0', '000']) {
      const response = login(connection, { ...other, headers: { Expires } });
      expect([response.code, response.names, response.header('Min-Expires')]).toEqual([423, ['Min-Expires'], '60']);
    }
    expect(connection.log).toEqual(['401', '423', '401', '423', '401', '423', '401', '423']);
    expect(sessions.size).toBe(1);
    expect(named('authFailed').at(-1)).toMatchObject({ reason: 'expires-too-small', code: 423, user: 'alice' });
  });

  it('AUTH-07 too large: 423 with Max-Expires alone, also for 30 digits', () => {
    const { login, sessions, named } = bench();
    for (const Expires of ['7201', '999999999', '9'.repeat(30), '9'.repeat(400)]) {
      const response = login(client(), { headers: { Expires } });
      expect([response.code, response.names, response.header('Max-Expires')]).toEqual([423, ['Max-Expires'], '7200']);
    }
    expect(sessions.size).toBe(0);
    expect(named('authFailed').at(-1)).toMatchObject({ reason: 'expires-too-large', code: 423 });
  });

  it('AUTH-06 AUTH-07 the bounds named are acceptable', () => {
    const { login } = bench();
    const granted = ['60', '7200', '0060'].map((Expires) =>
      login(client(), { headers: { Expires } }).header('Expires'),
    );
    expect(granted).toEqual(['60', '7200', '60']);
  });

  it('AUTH-08 credentials come before the range of Expires', () => {
    const { room } = bench();
    const connection = client();
    room.receive(connection, authRequest({ headers: { Expires: '1' } }));
    expect(connection.codes).toEqual([401]);
  });

  it.each(['1.5', '-3', 'soon', '', '+60', '0x60', '1e3', '60 60'])(
    'AUTH-10 AUTH-08 Expires: %s is a 400',
    (Expires) => {
      const { room, named } = bench();
      const connection = client();
      room.receive(connection, authRequest({ headers: { Expires } }));
      expect(connection.log).toEqual(['400', 'requestFailed']);
      expect(named('authFailed')).toMatchObject([{ reason: 'bad-expires', code: 400 }]);
    },
  );

  it('AUTH-11 as asked, else the default for the kind of binding', () => {
    const { login } = bench();
    expect(login(client(), { headers: { Expires: '120' } }).header('Expires')).toBe('120');
    expect(login(client()).header('Expires')).toBe('3000');
    expect(login(relay(), { from: [V_X, U_C] }).header('Expires')).toBe('600');
  });

  it('AUTH-12 after that time the URI is gone', () => {
    const { login, sessions, clock } = bench();
    login(client(), { headers: { Expires: '60' } });
    clock.advance(59_999);
    expect(sessions.size).toBe(1);
    clock.advance(1);
    expect(sessions.size).toBe(0);
  });
});

describe('AUTH, which URI', () => {
  const U_A2 = 'msrps://alice.invalid:2855/a2;tcp';

  it('AUTH-17 the same From-Path over the same connection renews; another gets another URI (AUTH-16)', () => {
    const { login, sessions, clock } = bench();
    const connection = client();
    const first = login(connection, { headers: { Expires: '100' } }).header('Use-Path');
    clock.advance(90_000);
    const again = login(connection, { headers: { Expires: '200' } });
    expect([again.header('Use-Path'), again.header('Expires')]).toEqual([first, '200']);
    const other = login(connection, { from: [U_A2] }).header('Use-Path');
    expect(other).not.toBe(first);
    expect(sessions.size).toBe(2);
    clock.advance(199_999);
    expect(sessions.size).toBe(2);
    clock.advance(1);
    expect(sessions.size).toBe(1);
  });

  it('AUTH-17 renewal may also bring a sooner expiry', () => {
    const { login, sessions, clock } = bench();
    const connection = client();
    const first = login(connection, { headers: { Expires: '1000' } }).header('Use-Path');
    expect(login(connection, { headers: { Expires: '60' } }).header('Use-Path')).toBe(first);
    clock.advance(60_000);
    expect(sessions.size).toBe(0);
  });

  it('AUTH-17 another user, or another connection, gets another URI', () => {
    const { login } = bench();
    const connection = client();
    const paths = [
      login(connection),
      login(connection, {}, { username: 'bob' }),
      login(client('c2')),
      login(connection),
    ].map((response) => response.header('Use-Path'));
    expect(new Set(paths).size).toBe(3);
    expect(paths[3]).toBe(paths[0]);
  });

  it('AUTH-17 AUTH-21 through a relay: identity counts, not the connection, and the complete From-Path', () => {
    const { login } = bench();
    const paths = [
      login(relay('r1'), { from: [V_X, U_C] }),
      login(relay('r2'), { from: [V_X, U_C] }),
      login(relay('r3'), { from: [V_X, 'msrps://q.example:1/q;tcp', U_C] }),
      login(relay('r4', ['x.example', 'z.example']), { from: ['msrps://z.example:2855/v;tcp', U_C] }),
    ].map((response) => response.header('Use-Path')?.split(' ').at(-1));
    expect(paths[1]).toBe(paths[0]);
    expect(new Set(paths).size).toBe(3);
  });

  it('AUTH-17 option: a new URI instead; the old one lives to its own end', () => {
    const { login, sessions, clock } = bench({ renewal: 'new-uri' });
    const connection = client();
    const first = login(connection, { headers: { Expires: '100' } }).header('Use-Path');
    const second = login(connection, { headers: { Expires: '60' } }).header('Use-Path');
    expect(second).not.toBe(first);
    expect(sessions.size).toBe(2);
    clock.advance(60_000);
    expect(sessions.size).toBe(1);
  });

  it('AUTH-17 a store that can not renew: a new URI', () => {
    let issued = 0;
    const { login } = bench({
      store: {
        keeps: { appData: true, revocation: true, renewal: false },
        issue: () => `token${(issued += 1)}`.padEnd(22, 'x'),
        find: () => undefined,
        renew: () => false,
        revoke: () => undefined,
      },
    });
    const paths = [1, 2].map(() =>
      login(relay(), { from: [V_X, U_C] })
        .header('Use-Path')
        ?.split(' ')
        .at(-1),
    );
    expect(paths).toEqual([
      'msrps://relay.example:2855/token1xxxxxxxxxxxxxxxx;tcp',
      'msrps://relay.example:2855/token2xxxxxxxxxxxxxxxx;tcp',
    ]);
  });

  it('AUTH-35 as many URIs per client connection as the limit says; a renewal adds none', () => {
    const { login, named } = bench({ limits: { maxSessionsPerConnection: 2 } });
    const connection = client();
    const codes = [U_A, U_A2, 'msrps://alice.invalid:2855/a3;tcp', U_A].map(
      (uri) => login(connection, { from: [uri] }).code,
    );
    expect(codes).toEqual([200, 200, 403, 200]);
    expect(named('authFailed').filter((fact) => fact.code === 403)).toMatchObject([
      { reason: 'too-many-uris', user: 'alice' },
    ]);
    expect(connection.log).not.toContain('authFailed');
    expect(login(client('c2')).code).toBe(200);
  });

  it('AUTH-35 not per connection of a relay', () => {
    const { login } = bench({ limits: { maxSessionsPerConnection: 2 } });
    const connection = relay();
    const codes = [1, 2, 3, 4, 5, 6].map(
      (i) =>
        login(connection, { from: [V_X, `msrps://h${i}.invalid:1/a;tcp`] }, { username: i % 2 ? 'bob' : 'alice' })
          .code,
    );
    expect(codes).toEqual(Array(6).fill(200));
  });

  it('AUTH-35 as many URIs per user as the limit says, over all connections', () => {
    const { login } = bench({ limits: { maxSessionsPerUser: 2 } });
    expect([client('c1'), client('c2'), client('c3')].map((connection) => login(connection).code)).toEqual([
      200, 200, 403,
    ]);
    expect(login(client('c4'), {}, { username: 'bob' }).code).toBe(200);
    expect(login(client('c5'), { headers: { Expires: '1' } }).code).toBe(403);
  });
});

describe('AUTH, a slow or broken session store', () => {
  function slowStore() {
    const waiting: ((token: string) => void)[] = [];
    const revoked: string[] = [];
    return {
      waiting,
      revoked,
      store: {
        keeps: { appData: true, revocation: true, renewal: true },
        issue: () => new Promise<string>((resolve) => waiting.push(resolve)),
        find: () => undefined,
        renew: () => Promise.reject<boolean>(new Error('store down')),
        revoke: (token: string) => {
          revoked.push(token);
        },
      },
    };
  }
  const token = 'x'.repeat(22);

  it('AUTH-11 the answer waits for it and shows what is left', async () => {
    const { store, waiting } = slowStore();
    const { login, clock } = bench({ store });
    const connection = client();
    login(connection, { headers: { Expires: '120' } });
    expect(connection.codes).toEqual([401]);
    clock.advance(1_500);
    waiting[0]?.(token);
    await clock.settle();
    expect([connection.last.code, connection.last.header('Expires')]).toEqual([200, '118']);
  });

  it('one that fails: 403, store-failed', async () => {
    const { store } = slowStore();
    const { login, clock, named } = bench({
      store: { ...store, issue: () => Promise.reject(new Error('store down')) },
    });
    const connection = client();
    login(connection);
    await clock.settle();
    expect([connection.last.code, connection.last.names]).toEqual([403, []]);
    expect(named('authFailed').at(-1)).toMatchObject({ reason: 'store-failed', code: 403, user: 'alice' });
    expect(connection.log.at(-1)).toBe('requestFailed');
  });

  it('one that fails to renew: 403, and the URI stays', async () => {
    const { store } = slowStore();
    const { login, clock, sessions } = bench({ store: { ...store, issue: () => token } });
    const connection = relay();
    expect(login(connection, { from: [V_X, U_C] }).code).toBe(200);
    login(connection, { from: [V_X, U_C] });
    await clock.settle();
    expect(connection.codes).toEqual([401, 200, 401, 403]);
    expect(sessions.size).toBe(1);
  });

  it.each([
    ['client', () => client(), [U_A]],
    ['relay', () => relay(), [V_X, U_C]],
  ] as const)('CONN-17 a %s that is gone meanwhile leaves no session', async (_class, connect, from) => {
    const { store, waiting, revoked } = slowStore();
    const { login, clock, sessions } = bench({ store });
    const connection = connect();
    login(connection, { from });
    sessions.connectionClosed(connection.id);
    connection.close();
    waiting[0]?.(token);
    await clock.settle();
    expect([connection.codes, sessions.size, revoked]).toEqual([[401], 0, [token]]);
  });

  it('a failure that nobody waits for any more is not told', async () => {
    let fail: (error: Error) => void = () => undefined;
    const { store } = slowStore();
    const { login, clock, named } = bench({
      store: { ...store, issue: () => new Promise<string>((_resolve, reject) => (fail = reject)) },
    });
    const connection = client();
    login(connection);
    connection.close();
    fail(new Error('store down'));
    await clock.settle();
    expect(connection.codes).toEqual([401]);
    expect(named('authFailed').map((fact) => fact.reason)).toEqual(['challenged']);
  });

  it('a renewal that comes too late leaves the URI as it is', async () => {
    let renewed: (can: boolean) => void = () => undefined;
    const { store } = slowStore();
    const { login, clock, sessions } = bench({
      store: { ...store, issue: () => token, renew: () => new Promise<boolean>((resolve) => (renewed = resolve)) },
    });
    const connection = relay();
    login(connection, { from: [V_X, U_C] });
    login(connection, { from: [V_X, U_C] });
    connection.close();
    renewed(true);
    await clock.settle();
    expect([connection.codes, sessions.size]).toEqual([[401, 200, 401], 1]);
  });

  it('a client that is gone before the authenticator has spoken gets no session', async () => {
    let give: (verdict: AuthVerdict) => void = () => undefined;
    const { room, clock, sessions, facts } = bench({
      authenticator: verdicts(() => new Promise((resolve) => (give = resolve))),
    });
    const connection = client();
    room.receive(connection, authRequest());
    room.receive(connection, authRequest());
    connection.close();
    give(accept);
    await clock.settle();
    expect([connection.codes, sessions.size, facts]).toEqual([[], 0, []]);
  });
});

describe('AUTH, several at once', () => {
  it('AUTH-38 are answered one after the other, in the order they came', async () => {
    const gives: ((verdict: AuthVerdict) => void)[] = [];
    const { room, clock, timers } = bench({
      authenticator: verdicts(() => new Promise((resolve) => gives.push(resolve))),
    });
    const connection = client();
    const tids = [U_A, 'msrps://alice.invalid:2855/b;tcp', 'msrps://alice.invalid:2855/c;tcp'].map((uri) => {
      const request = authRequest({ from: [uri] });
      room.receive(connection, request);
      return request.tidText;
    });
    expect(gives.length).toBe(1);
    for (let i = 0; i < 3; i++) {
      gives[i]?.(accept);
      await clock.settle();
      expect(gives.length).toBe(Math.min(i + 2, 3));
    }
    expect(timers.size).toBe(3);
    expect(connection.responses.map((seen) => seen.start)).toEqual(tids.map((tid) => `MSRP ${tid} 200 OK`));
  });

  it('AUTH-38 two on one nonce, nc 1 and 2: 200 and 200', () => {
    const { challenge, room } = bench();
    const connection = client();
    const asked = challenge(connection);
    for (const nc of ['00000001', '00000002']) {
      room.receive(connection, authRequest({ headers: { Authorization: authorization(asked, { nc }) } }));
    }
    expect(connection.codes).toEqual([401, 200, 200]);
  });

  it('AUTH-38 when as many wait as may, the connection is held until fewer do', async () => {
    const gives: ((verdict: AuthVerdict) => void)[] = [];
    const { room, clock } = bench({
      authenticator: verdicts(() => new Promise((resolve) => gives.push(resolve))),
      limits: { maxWaitingAuths: 2 },
    });
    const connection = client();
    for (let i = 0; i < 2; i++) room.receive(connection, authRequest());
    expect(connection.log).toEqual([]);
    for (let i = 0; i < 2; i++) room.receive(connection, authRequest());
    expect(connection.log).toEqual(['hold auth-lane']);
    for (let i = 0; i < 4; i++) {
      gives[i]?.({ challenge: ['Token'], why: 'challenged' });
      await clock.settle();
    }
    expect(connection.log).toEqual(['hold auth-lane', '401', '401', 'release', '401', '401']);
    expect(connection.holds.size).toBe(0);
  });

  it('a slow AUTH on one connection does not delay another', () => {
    const answers = [new Promise<AuthVerdict>(() => undefined), accept];
    const { room } = bench({ authenticator: verdicts(() => answers.shift() ?? accept) });
    room.receive(client('c1'), authRequest());
    const other = client('c2');
    room.receive(other, authRequest());
    expect(other.codes).toEqual([200]);
  });

  it('thousands that wait behind one are answered without a deep stack', async () => {
    let give: (verdict: AuthVerdict) => void = () => undefined;
    const answers: (AuthVerdict | Promise<AuthVerdict>)[] = [new Promise<AuthVerdict>((resolve) => (give = resolve))];
    const { room, clock } = bench({ authenticator: verdicts(() => answers.shift() ?? accept) });
    const connection = client();
    for (let i = 0; i < 20_000; i++) room.receive(connection, authRequest());
    give(accept);
    await clock.settle();
    expect(connection.codes.length).toBe(20_000);
  });
});
