import { describe, expect, it } from 'vitest';
import { createEngine } from '../src/engine.js';
import { createObserver } from '../src/observe/observe.js';
import { noTraffic } from '../src/observe/stats.js';
import { admitters } from '../src/relay/admit.js';
import { resolveOptions } from '../src/settings.js';
import {
  digestAuthenticator,
  memorySessionStore,
  type AuthenticatorHost,
  type AuthVerdict,
  type Grant,
  type SessionStore,
} from '../src/index.js';
import { createMemoryNetwork, createMsrpClient, createTestClock, type MsrpClient } from '../src/testing/index.js';
import { EventEmitter } from 'eventemitter3';
import { describeOverTransports, withClock, type World } from './behaviour/harness.js';

const carol = 'msrps://carol.invalid:2855/c1;tcp';

/** Gives the value after so many milliseconds of the test clock. */
async function later<T>(world: World, ms: number, value: () => T): Promise<T> {
  await new Promise<void>((resolve) => world.clock.wakeAt(world.clock.nowMs() + ms, resolve));
  return value();
}

describe('a second kind of grant', () => {
  /** Anybody who has the URI may reach the one host it was made for. */
  async function toyRelay() {
    const clock = createTestClock();
    const network = createMemoryNetwork(clock);
    const transport = network.transport({ host: 'relay.example' });
    const settings = resolveOptions({
      hosts: ['relay.example'],
      transports: [transport],
      authenticator: digestAuthenticator({ credentials: () => undefined }),
      runtime: clock,
      resolver: network.resolver,
    });
    const traffic = noTraffic();
    const observer = createObserver({ emitter: new EventEmitter(), logger: undefined, nodeId: 'toy', traffic });
    const engine = createEngine(settings, observer, traffic, {
      ...admitters,
      anchor: (grant, { nextHop }) =>
        nextHop.host === grant.anchor ? 'fromOwner' : { code: 403, reason: 'wrong-direction' },
    });
    engine.listeningAt([
      await transport.listen!({
        accept: (socket, facts) => void engine.connections.accept(socket, facts),
        refused: () => undefined,
      }),
    ]);
    const connect = (name: string): MsrpClient =>
      createMsrpClient(network.connect('relay.example:2855'), { uri: `msrps://${name}.invalid:2855/${name};tcp` });
    return { clock, network, engine, connect };
  }

  it('has rules of its own, and routes like the first', async () => {
    const { clock, network, engine, connect } = await toyRelay();
    const arrived: MsrpClient[] = [];
    network.peer({ host: 'n.example' }, (end) => {
      arrived.push(createMsrpClient(end, { uri: 'msrps://n.example:2855/n;tcp' }));
    });
    const f = connect('f');
    await clock.settle();
    const session = await engine.sessions.open({
      grant: { kind: 'anchor', anchor: 'n.example', side: 'a', limits: { maxMessageBytes: 5 } },
      expiresInMs: 60_000,
      connection: [...engine.connections.all()][0]!.info,
    });
    const own = `msrps://relay.example:2855/${session.token};tcp`;
    const send = async (hop: string, body: string): Promise<number> =>
      (await clock.until(f.send({ to: [own, hop], body }).answered())).code;
    expect(await send('msrps://n.example:2855/n;tcp', 'hello')).toBe(200);
    expect(await send('msrps://elsewhere.example:2855/n;tcp', 'hello')).toBe(403);
    expect(await send('msrps://n.example:2855/n;tcp', 'too long')).toBe(413);
    await clock.settle();
    expect(arrived.map(({ requests }) => requests.map(({ text, fromPath }) => [text, fromPath]))).toEqual([
      [['hello', [own, f.uri]]],
    ]);
    expect(session.totals.fromOwner).toMatchObject({ messages: 1, octets: 5 });
    await clock.elapse(61_000);
    expect(await send('msrps://n.example:2855/n;tcp', 'late')).toBe(481);
    await clock.until(engine.connections.close());
    expect(f.violations).toEqual([]);
  });

  it('lends nothing to the first: AUTH goes on as before', async () => {
    const { clock, engine, connect } = await toyRelay();
    const f = connect('f');
    const sent = f.request('AUTH', { to: 'msrps://relay.example:2855;tcp' });
    expect((await clock.until(sent.answered())).code).toBe(401);
    await clock.until(engine.connections.close());
  });
});

describeOverTransports(
  'A user known from below MSRP',
  (it) => {
    const user = { name: 'dora', appData: { shift: 'night' } };

    it('WS-14, R28 AUTH is accepted without challenge and without Authentication-Info', async ({ world }) => {
      const grants: Grant[] = [];
      const store = memorySessionStore({ runtime: world.clock });
      await world.start({ sessions: { ...store, issue: (grant) => (grants.push(grant), store.issue(grant)) } });
      const f = await world.foreign('f', { facts: { user } });
      const answer = await world.until(f.request('AUTH', { to: world.relayUri }).answered());
      expect([answer.code, answer.header('Authentication-Info')]).toEqual([200, undefined]);
      expect(grants).toMatchObject([{ kind: 'auth', user: 'dora', appData: { shift: 'night' } }]);
      expect(world.events.of('sessionOpened')).toMatchObject([{ session: { user: 'dora' } }]);
      const token = answer.header('Use-Path')!;
      expect(await world.code(f.send({ to: [token, f.uri], body: 'to myself' }))).toBe(200);
    });

    it('AUTH-23 a relay vouches for none of its clients', async ({ world }) => {
      const x = await world.peerRelay('x', { facts: { user } });
      expect(await world.code(x.request('AUTH', { to: world.relayUri, from: [x.uri, carol] }))).toBe(401);
    });
  },
  { only: withClock },
);

describeOverTransports(
  'Message framing',
  (it) => {
    it('WS-07 a long message from a stream comes as several messages, each whole', async ({ world }) => {
      const a = await world.client('a');
      const x = await world.peerRelay();
      const body = Buffer.alloc(100_000, 'long');
      const sent = x.send({ to: [a.token, a.uri], body });
      expect(await world.code(sent)).toBe(200);
      await world.when(() => a.requests.at(-1)?.flag === '$');
      expect(a.received(sent.messageId).equals(body)).toBe(true);
      expect(a.requests.length).toBeGreaterThan(3);
      expect(Math.max(...a.requests.map((request) => request.body!.length))).toBeLessThanOrEqual(32 * 1024);
    });

    it.for([
      ['half a message', (text: string) => text.slice(0, -10)],
      ['two in one', (text: string) => text + text.replaceAll('tid1', 'tid2')],
      ['something behind it', (text: string) => `${text}more`],
      ['nothing', () => ''],
    ] as const)(
      'R34 %s is no message: the connection is closed, nothing is delivered',
      async ([, change], { world }) => {
        const a = await world.client('a');
        const f = await world.foreign();
        await world.works(f, a);
        const text = `MSRP tid1 SEND\r\nTo-Path: ${a.token} ${a.uri}\r\nFrom-Path: ${f.uri}\r\nMessage-ID: m1234\r\n-------tid1$\r\n`;
        f.raw(change(text));
        await world.closed(f);
        await world.silence(a, { requests: 1, responses: 2 });
      },
    );
  },
  { only: ['messages'] },
);

describeOverTransports(
  'A session store that takes its time',
  (it) => {
    /** X's token, known to the store and not to this relay. */
    function farmStore(world: World, wayBack: string, find: (grant: Grant) => ReturnType<SessionStore['find']>) {
      const store = memorySessionStore({ runtime: world.clock });
      const grant: Grant = {
        kind: 'auth',
        id: 'public-id',
        user: 'carol',
        owner: { relay: 'x.example' },
        wayBack,
        fromPath: `${wayBack} ${carol}`,
        expiresAtMs: world.clock.wallMs() + 600_000,
        limits: {},
      };
      const asked: string[] = [];
      const sessions: SessionStore = {
        ...store,
        find(token) {
          asked.push(token);
          return token === 'elsewhere' ? find(grant) : undefined;
        },
      };
      return { sessions, asked };
    }
    const wayBack = 'msrps://x.example:2855/x1;tcp';

    it('what comes meanwhile waits in its order; other sessions go on', async ({ world }) => {
      const { sessions, asked } = farmStore(world, wayBack, (grant) => later(world, 1_000, () => grant));
      await world.start({ sessions });
      const a = await world.client('a');
      const x = await world.peerRelay();
      const f = await world.foreign();
      const to = [world.ownUri('elsewhere'), wayBack, carol];
      const sent = ['one', 'two', 'three'].map((body) => f.send({ to, body }));
      const other = f.request('NICKNAME', { to });
      await world.clock.elapse(500);
      expect([x.requests, f.responses]).toEqual([[], []]);
      await world.works(f, a);
      await world.clock.elapse(600);
      const sends = x.requests.filter(({ method }) => method === 'SEND');
      expect(sends.map(({ text }) => text)).toEqual(['one', 'two', 'three']);
      expect(x.requests).toHaveLength(4);
      for (const one of [...sent, other]) expect(await world.code(one)).toBe(200);
      expect(await world.code(f.send({ to, body: 'four' }))).toBe(200);
      expect(asked.filter((token) => token === 'elsewhere')).toHaveLength(1);
      expect(world.events.of('sessionOpened').at(-1)).toMatchObject({ session: { user: 'carol' } });
    });

    it.for([
      ['rejects', () => Promise.reject(new Error('no database'))],
      [
        'throws',
        () => {
          throw new Error('no database');
        },
      ],
      ['answers nonsense', () => ({ kind: 'nonsense' }) as unknown as Grant],
      ['never answers', () => new Promise<undefined>(() => undefined)],
    ] as const)('find %s: 481, noted, and no harm to the connection', async ([, find], { world }) => {
      const { sessions } = farmStore(world, wayBack, find);
      await world.start({ sessions });
      const a = await world.client('a');
      const f = await world.foreign();
      await world.works(f, a);
      const to = [world.ownUri('elsewhere'), wayBack, carol];
      const before = world.clock.nowMs();
      const sent = [f.send({ to, body: 'one' }), f.send({ to, body: 'two' })];
      expect([await world.code(sent[0]!), await world.code(sent[1]!)]).toEqual([481, 481]);
      expect(world.clock.nowMs() - before).toBeLessThan(2_100);
      expect(world.events.of('hostCodeFailed')[0]).toMatchObject({ where: 'sessions.find' });
      expect(await world.code(f.request('NICKNAME', { to }))).toBe(481);
      await world.works(f, a);
    });

    it.for([
      ['a client of another node', { owner: { node: 'another', connection: 'c1' } }],
      ['one that has expired', { expiresAtMs: 0 }],
    ] as const)('the grant of %s is not believed', async ([, change], { world }) => {
      const { sessions } = farmStore(world, wayBack, (grant) => ({ ...grant, ...change }));
      await world.start({ sessions });
      const f = await world.foreign();
      const sent = f.send({ to: [world.ownUri('elsewhere'), wayBack, carol], body: 'x' });
      expect(await world.code(sent)).toBe(481);
    });

    it('the sender leaves before the answer: nothing is left', async ({ world }) => {
      const { sessions } = farmStore(world, wayBack, (grant) => later(world, 1_500, () => grant));
      await world.start({ sessions });
      const x = await world.peerRelay();
      const f = await world.foreign();
      f.send({ to: [world.ownUri('elsewhere'), wayBack, carol], body: 'x' });
      await world.clock.elapse(100);
      f.destroy();
      await world.clock.elapse(3_000);
      expect(f.closed).toBe(true);
      expect(x.requests.length).toBeLessThanOrEqual(1);
    });

    it('issue takes its time, or fails: the AUTH is answered accordingly', async ({ world }) => {
      const store = memorySessionStore({ runtime: world.clock });
      let failing = false;
      await world.start({
        sessions: {
          ...store,
          issue: (grant) =>
            later(world, 1_000, () => {
              if (failing) throw new Error('no database');
              return store.issue(grant) as string;
            }),
        },
      });
      const a = await world.client('a');
      await world.works(a, a);
      failing = true;
      const f = await world.foreign();
      expect((await world.authFrom(f, f.uri)).code).toBe(403);
      expect(world.events.of('hostCodeFailed')).toMatchObject([{ where: 'sessions.issue' }]);
      expect(world.events.of('authFailed').at(-1)).toMatchObject({ reason: 'store-failed' });
    });

    it('R31 a store that can not renew: another URI, the old one lives on', async ({ world }) => {
      const store = memorySessionStore({ runtime: world.clock });
      await world.start({ sessions: { ...store, keeps: { ...store.keeps, renewal: false } } });
      const x = await world.peerRelay();
      const first = await world.authBehind(x, carol);
      const second = await world.authBehind(x, carol);
      expect(second.usePath[1]).not.toBe(first.usePath[1]);
      const f = await world.foreign();
      for (const { usePath } of [first, second]) {
        expect(await world.code(f.send({ to: [usePath[1]!, x.uri, carol], body: 'x' }))).toBe(200);
      }
    });
  },
  { only: withClock },
);

describeOverTransports(
  'An authenticator of the host',
  (it) => {
    it('is introduced, asked with what there is, and answers when it likes', async ({ world }) => {
      const asked: unknown[] = [];
      const hosts: AuthenticatorHost[] = [];
      await world.start({
        authenticator: {
          attach: (host) => hosts.push(host),
          authenticate: ({ authorization, uri, viaRelay, peer }) => {
            asked.push([authorization, uri, viaRelay, peer.secure]);
            return later(world, 1_000, (): AuthVerdict => ({ accept: { name: 'eve' }, headers: [['X-Who', 'eve']] }));
          },
        },
      });
      const x = await world.peerRelay();
      const headers = [['Authorization', 'Bearer abc']] as const;
      const sent = x.request('AUTH', { to: world.relayUri, from: [x.uri, carol], headers });
      await world.clock.elapse(500);
      expect(sent.answer).toBeUndefined();
      const answer = await world.until(sent.answered());
      expect([answer.code, answer.header('X-Who')]).toEqual([200, 'eve']);
      expect(asked).toEqual([['Bearer abc', world.relayUri, 'x.example', true]]);
      expect(hosts.map(({ realm }) => realm)).toEqual(['relay.example']);
    });

    it('AUTHs of a connection are answered in their order; other traffic passes them', async ({ world }) => {
      const delays = [1_000, 10, 10];
      const usual = digestAuthenticator({ credentials: () => ({ password: 'open sesame' }) });
      let asked = 0;
      await world.start({
        authenticator: {
          attach: (host) => usual.attach?.(host),
          authenticate: (request) =>
            request.authorization === 'slow'
              ? later(world, delays[asked++]!, (): AuthVerdict => ({ accept: { name: 'slow' } }))
              : usual.authenticate(request),
        },
      });
      const a = await world.client('a');
      const f = await world.foreign();
      await world.works(f, a);
      const headers = [['Authorization', 'slow']] as const;
      const auths = [1, 2, 3].map((i) =>
        f.request('AUTH', { to: world.relayUri, from: f.uri.replace('/f1', `/s${i}`), headers }),
      );
      await world.works(f, a);
      expect([asked, auths[0]!.answer]).toEqual([1, undefined]);
      await world.until(auths[2]!.answered());
      expect(f.responses.slice(-3).map(({ tid }) => tid)).toEqual(auths.map(({ tid }) => tid));
    });

    it.for([
      ['rejects', () => Promise.reject(new Error('no directory'))],
      ['never answers', () => new Promise<AuthVerdict>(() => undefined)],
      ['answers nonsense', () => ({ hello: 'world' }) as unknown as AuthVerdict],
      [
        'throws',
        (): AuthVerdict => {
          throw new Error('no directory');
        },
      ],
    ] as const)('one that %s: 403 and no URI', async ([, authenticate], { world }) => {
      await world.start({ authenticator: { authenticate } });
      const f = await world.foreign();
      const answer = await world.until(f.request('AUTH', { to: world.relayUri }).answered());
      expect([answer.code, answer.headers]).toEqual([403, []]);
      expect(world.events.of('authFailed')).toMatchObject([{ reason: 'authenticator-failed' }]);
      expect(world.events.of('hostCodeFailed')).toMatchObject([{ where: 'authenticator' }]);
    });

    it('the client leaves before the answer: no session is opened', async ({ world }) => {
      await world.start({
        authenticator: { authenticate: () => later(world, 1_000, (): AuthVerdict => ({ accept: { name: 'gone' } })) },
      });
      const f = await world.foreign();
      f.request('AUTH', { to: world.relayUri });
      await world.clock.elapse(100);
      f.destroy();
      await world.clock.elapse(2_000);
      expect(world.events.of('sessionOpened')).toEqual([]);
    });
  },
  { only: withClock },
);
