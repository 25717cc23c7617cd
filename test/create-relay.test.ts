import { createServer, connect, type Server } from 'node:net';
import { connect as connectTls, createServer as createTlsServer, type TLSSocket } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import {
  createRelay,
  digestAuthenticator,
  fromNetSocket,
  isRelayError,
  peerFactsOf,
  tcp,
  tls,
  type Relay,
  type RelayOptions,
} from '../src/index.js';
import {
  collectEvents,
  createMemoryNetwork,
  createMsrpClient,
  createTestClock,
  socketEnd,
  type MsrpClient,
} from '../src/testing/index.js';
import { makeCa } from './support/certificates.js';

const password = 'open sesame';
const usual = {
  hosts: ['relay.example'],
  authenticator: digestAuthenticator({ credentials: () => ({ password }) }),
  transports: [],
} satisfies RelayOptions;

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

/** A relay on a network in memory; its clock stands still between the calls. */
function inMemory(options: Partial<RelayOptions> = {}, host = 'relay.example') {
  const clock = createTestClock();
  const network = createMemoryNetwork(clock, { latencyMs: 1 });
  const relay = createRelay({
    ...usual,
    hosts: [host],
    runtime: clock,
    resolver: network.resolver,
    transports: [network.transport({ host })],
    ...options,
  });
  const party = (name: string): MsrpClient =>
    createMsrpClient(network.connect(`${host}:2855`), { uri: `msrps://${name}.invalid:2855/${name};tcp` });
  const client = async (name: string): Promise<{ client: MsrpClient; to: [string, string] }> => {
    const made = party(name);
    const result = await clock.until(made.auth({ relay: `msrps://${host}:2855;tcp`, username: name, password }));
    expect(result.code).toBe(200);
    return { client: made, to: [result.usePath[0]!, made.uri] };
  };
  return { clock, network, relay, party, client };
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  const outcome: unknown = await promise.then(
    () => 'no error',
    (error: unknown) => error,
  );
  return isRelayError(outcome) ? outcome.code : String(outcome);
}

describe('listen()', () => {
  it('tells where the relay listens, and goes from idle to listening', async () => {
    const { relay } = inMemory();
    expect(relay.state).toBe('idle');
    const listeners = await relay.listen();
    expect(listeners).toMatchObject([{ port: 2855, secure: true, uri: { scheme: 'msrps', transport: 'tcp' } }]);
    expect(relay.state).toBe('listening');
    await relay.close();
    expect(relay.state).toBe('closed');
  });

  it('is called once', async () => {
    const { relay } = inMemory();
    const first = relay.listen();
    expect(await codeOf(relay.listen())).toBe('already-listening');
    await first;
    expect(await codeOf(relay.listen())).toBe('already-listening');
    expect(relay.state).toBe('listening');
    await relay.close();
    expect(await codeOf(relay.listen())).toBe('closed');
  });

  it('rejects when a port is taken, leaves nothing listening, and may be called again', async () => {
    const taken = createServer();
    cleanUps.push(() => taken.close());
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as { port: number };
    const network = createMemoryNetwork(createTestClock());
    const { relay, clock } = inMemory({
      transports: [network.transport({ host: 'relay.example' }), tcp({ host: '127.0.0.1', port })],
    });
    expect(await codeOf(relay.listen())).toBe('listen-failed');
    expect(() => network.connect('relay.example:2855')).toThrow('nobody listens');
    expect(relay.state).toBe('idle');
    await new Promise((resolve) => taken.close(resolve));
    expect(await relay.listen()).toHaveLength(2);
    await clock.until(relay.close());
  });

  it('SEC-30 rejects when the certificate does not name the host', async () => {
    const ca = await makeCa();
    const other = await ca.issue({ dnsNames: ['other.example'] });
    const relay = createRelay({
      ...usual,
      transports: [tls({ port: 0, host: '127.0.0.1', ...other }), tcp({ port: 0, host: '127.0.0.1' })],
    });
    expect(await codeOf(relay.listen())).toBe('bad-certificate');
    await relay.close();
  });

  it('may be overtaken by close()', async () => {
    const { relay, network } = inMemory();
    const listening = relay.listen();
    await Promise.all([listening, relay.close()]);
    expect(relay.state).toBe('closed');
    expect(() => network.connect('relay.example:2855')).toThrow('nobody listens');
  });
});

describe('accept()', () => {
  it("serves the host's own sockets", async () => {
    const ca = await makeCa();
    const issued = await ca.issue({ dnsNames: ['relay.example'] });
    const relay = createRelay(usual);
    const taken: unknown[] = [];
    const servers: Server[] = [
      createTlsServer({ ...issued }, (socket: TLSSocket) => {
        taken.push(relay.accept(fromNetSocket(socket, { lingerMs: 50 }), peerFactsOf(socket)));
      }),
      createServer((socket) => {
        taken.push(relay.accept(fromNetSocket(socket, { lingerMs: 50 }), peerFactsOf(socket)));
      }),
    ];
    const ports: number[] = [];
    for (const server of servers) {
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      ports.push((server.address() as { port: number }).port);
      cleanUps.push(() => server.close());
    }
    cleanUps.push(() => relay.close());

    const secure = connectTls({ host: '127.0.0.1', port: ports[0]!, servername: 'relay.example', ca: ca.cert });
    const a = createMsrpClient(socketEnd(secure), { uri: 'msrps://a.invalid:2855/a;tcp' });
    const { usePath } = await a.auth({ relay: 'msrps://relay.example;tcp', username: 'a', password });
    expect(usePath[0]).toMatch(/^msrps:\/\/relay\.example:2855\//);
    const plain = connect({ host: '127.0.0.1', port: ports[1]! });
    const p = createMsrpClient(socketEnd(plain), { uri: 'msrp://p.invalid:2855/p;tcp' });
    const sent = p.send({ to: [usePath[0]!, a.uri], body: 'hello' });
    expect((await a.nextRequest()).text).toBe('hello');
    expect((await sent.answered()).code).toBe(200);
    expect(taken).toMatchObject([
      { class: 'client', secure: true, dialled: false },
      { class: 'plain', secure: false },
    ]);
    a.destroy();
    p.destroy();
  });

  it('throws when the relay is closing', async () => {
    const { relay, network, clock } = inMemory();
    const errors: unknown[] = [];
    network.peer({ host: 'own.example' }, (end, facts) => {
      try {
        relay.accept(end, facts);
      } catch (error) {
        errors.push(isRelayError(error) && error.code);
        end.destroy();
      }
    });
    network.connect('own.example:2855');
    await clock.settle();
    expect(relay.stats().connections.open).toBe(1);
    void relay.close({ drainMs: 1000 });
    network.connect('own.example:2855');
    await clock.settle();
    expect(errors).toEqual(['closed']);
    await clock.until(relay.close());
  });
});

describe('kick()', () => {
  it('ends a session by its public id; the connection stays', async () => {
    const { relay, client, party, clock } = inMemory();
    await relay.listen();
    const events = collectEvents(relay);
    const a = await client('a');
    const f = party('f');
    const { session } = events.of('sessionOpened')[0]!;
    expect(a.to[0]).not.toContain(session.id);
    expect(relay.kick('no such session')).toBe(false);
    expect(relay.kick(session.id)).toBe(true);
    expect(relay.kick(session.id)).toBe(false);
    expect(events.of('sessionClosed')).toMatchObject([{ reason: 'kicked', session }]);
    expect((await clock.until(f.send({ to: a.to, body: 'x' }).answered())).code).toBe(481);
    expect(a.client.ended).toBe(false);
    expect((await client('b')).client.ended).toBe(false);
    await clock.until(relay.close());
  });
});

describe('close()', () => {
  it('is the same end for all who ask, and the end of `await using`', async () => {
    const { relay, client, clock } = inMemory();
    await relay.listen();
    const a = await client('a');
    const first = relay.close();
    expect(relay.close({ drainMs: 1000 })).toBe(first);
    expect(relay.state).toBe('draining');
    await clock.until(Promise.all([first, relay[Symbol.asyncDispose]()]));
    expect(relay.state).toBe('closed');
    expect(a.client.ended).toBe(true);
    expect(clock.pendingTimers).toBe(0);
  });

  it('of a relay that was never used', async () => {
    const relay = createRelay(usual);
    await relay.close();
    expect(relay.state).toBe('closed');
  });

  it('CONN-28 without drain writes what is queued and closes, whatever is outstanding', async () => {
    const { relay, client, clock, network } = inMemory();
    await relay.listen();
    const a = await client('a');
    const silent = await client('b');
    silent.client.answer = 'never';
    a.client.send({ to: silent.to, body: 'x' });
    await clock.elapse(100);
    const before = clock.nowMs();
    await clock.until(relay.close());
    expect(clock.nowMs() - before).toBeLessThan(5_000);
    expect(silent.client.requests.map(({ text }) => text)).toEqual(['x']);
    expect([network.openEnds, relay.stats().connections.open, relay.stats().sessions.open]).toEqual([2, 0, 0]);
  });

  it('CONN-28 with drain takes no more connections and waits for what is under way', async () => {
    const { relay, client, clock, network } = inMemory();
    await relay.listen();
    const [a, b] = [await client('a'), await client('b')];
    b.client.answer = 'never';
    a.client.send({ to: b.to, body: 'x' });
    const request = await clock.until(b.client.nextRequest());
    const closed = relay.close({ drainMs: 20_000 });
    await clock.elapse(10_000);
    expect([relay.state, a.client.ended]).toEqual(['draining', false]);
    expect(() => network.connect('relay.example:2855')).toThrow('nobody listens');
    b.client.respond(request, 200);
    await clock.elapse(3_000);
    await closed;
    expect([relay.state, a.client.ended, a.client.reports]).toEqual(['closed', true, []]);
  });

  it('with drain waits no longer than that', async () => {
    const { relay, client, clock } = inMemory();
    await relay.listen();
    const [a, b] = [await client('a'), await client('b')];
    b.client.answer = 'never';
    a.client.send({ to: b.to, body: 'x' });
    await clock.until(b.client.nextRequest());
    void relay.close({ drainMs: 5_000 });
    await clock.elapse(4_900);
    expect(relay.state).toBe('draining');
    await clock.elapse(5_000);
    expect(relay.state).toBe('closed');
  });

  it('ends peers that never close', async () => {
    const { relay, network, clock } = inMemory();
    await relay.listen();
    const stubborn = network.connect('relay.example:2855');
    stubborn.start({ onData() {}, onEnd() {}, onClose() {}, onWritten() {} });
    await clock.settle();
    const before = clock.nowMs();
    await clock.until(relay.close());
    expect(clock.nowMs() - before).toBeLessThan(6_000);
  });
});

describe('updateTls()', () => {
  async function certificateSeen(port: number, ca: string): Promise<string> {
    const socket = connectTls({ host: '127.0.0.1', port, servername: 'relay.example', ca });
    await new Promise((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject));
    const { fingerprint256 } = socket.getPeerX509Certificate()!;
    socket.destroy();
    return fingerprint256;
  }

  it('serves new connections with the new certificate; bad material changes nothing', async () => {
    const ca = await makeCa();
    const issue = (): ReturnType<typeof ca.issue> => ca.issue({ dnsNames: ['relay.example'] });
    const relay = createRelay({
      ...usual,
      transports: [tls({ port: 0, host: '127.0.0.1', lingerMs: 50, ...(await issue()) })],
    });
    cleanUps.push(() => relay.close());
    const { port } = (await relay.listen())[0]!;
    const old = connectTls({ host: '127.0.0.1', port, servername: 'relay.example', ca: ca.cert });
    const a = createMsrpClient(socketEnd(old), { uri: 'msrps://a.invalid:2855/a;tcp' });
    const auth = (): Promise<{ code: number }> =>
      a.auth({ relay: 'msrps://relay.example;tcp', username: 'a', password });
    expect((await auth()).code).toBe(200);
    const first = await certificateSeen(port, ca.cert);
    relay.updateTls(await issue());
    const second = await certificateSeen(port, ca.cert);
    expect(second).not.toBe(first);
    expect(() => {
      relay.updateTls({ cert: 'no certificate', key: 'no key' });
    }).toThrow(expect.objectContaining({ code: 'bad-certificate' }));
    expect(await certificateSeen(port, ca.cert)).toBe(second);
    expect((await auth()).code).toBe(200);
    a.destroy();
  });
});

describe('events', () => {
  it('can be listened to, once, and no more', async () => {
    const { relay, client, clock } = inMemory();
    await relay.listen();
    const heard: string[] = [];
    const always = (): void => void heard.push('on');
    expect(relay.on('sessionOpened', always)).toBe(relay);
    expect(relay.once('sessionOpened', () => heard.push('once'))).toBe(relay);
    expect(relay.listenerCount('sessionOpened')).toBe(2);
    await client('a');
    await client('b');
    expect(relay.off('sessionOpened', always)).toBe(relay);
    await client('c');
    expect(heard).toEqual(['on', 'once', 'on']);
    expect(relay.listenerCount('sessionOpened')).toBe(0);
    await clock.until(relay.close());
  });

  it('a listener that throws is told of and harms nothing', async () => {
    const { relay, client, clock } = inMemory();
    await relay.listen();
    const errors = collectEvents(relay);
    const thrown = new Error('of the host');
    for (const name of [
      'connectionOpened',
      'sessionOpened',
      'requestRefused',
      'connectionClosed',
      'sessionClosed',
    ] as const) {
      relay.on(name, () => {
        throw thrown;
      });
    }
    const [a, b] = [await client('a'), await client('b')];
    expect((await clock.until(a.client.send({ to: b.to, body: 'x' }).answered())).code).toBe(200);
    expect((await clock.until(a.client.send({ to: a.to[0], body: 'x' }).answered())).code).toBe(481);
    expect(b.client.requests).toHaveLength(1);
    expect(errors.of('listenerError').map(({ error }) => error)).toEqual(Array.from({ length: 5 }, () => thrown));
    expect(relay.stats().listenerErrors).toBe(5);
    await clock.until(relay.close());
    expect(relay.stats().listenerErrors).toBe(9);
  });
});

describe('stats()', () => {
  it('counts what went through, and is a copy', async () => {
    const { relay, client, clock } = inMemory();
    await relay.listen();
    const before = relay.stats();
    const [a, b] = [await client('a'), await client('b')];
    await clock.until(a.client.send({ to: b.to, body: 'x' }).answered());
    await clock.elapse(10);
    expect(before).toMatchObject({ connections: { open: 0 }, sessions: { opened: 0 }, traffic: { sendsIn: 0 } });
    expect(relay.stats()).toMatchObject({
      connections: { open: 2, opened: 2, closed: {} },
      sessions: { open: 2, opened: 2, closed: {} },
      authFailures: { challenged: 2 },
      traffic: { sendsIn: 1, sendsOut: 1, responsesIn: 1, reportsMade: 0 },
    });
    await clock.until(relay.close());
    expect(relay.stats()).toMatchObject({
      connections: { open: 0, closed: { 'relay-closed': 2 } },
      sessions: { open: 0, closed: { 'relay-closed': 2 } },
    });
  });
});

describe('two relays in one process', () => {
  it('know nothing of each other', async () => {
    const [one, two] = [inMemory(), inMemory()];
    const events = [one, two].map(({ relay }) => collectEvents(relay));
    const relays: Relay[] = [one.relay, two.relay];
    for (const relay of relays) await relay.listen();
    const a = await one.client('a');
    const f = two.party('f');
    expect((await two.clock.until(f.send({ to: a.to, body: 'x' }).answered())).code).toBe(481);
    await one.clock.until(one.relay.close());
    expect(relays.map(({ state }) => state)).toEqual(['closed', 'listening']);
    expect(events.map((log) => log.of('sessionOpened').length)).toEqual([1, 0]);
    const b = await two.client('b');
    expect((await two.clock.until(f.send({ to: b.to, body: 'x' }).answered())).code).toBe(200);
    expect(relays.map((relay) => relay.stats().traffic.sendsIn)).toEqual([0, 1]);
    await two.clock.until(two.relay.close());
  });
});
