import { beforeEach, describe, expect, it } from 'vitest';
import type { RelayOptions } from '../../src/index.js';
import { testCertificate, type MsrpClient } from '../../src/testing/index.js';
import { Scene, type SceneRelay } from '../support/scene.js';

let scene: Scene;
let r: SceneRelay;

beforeEach(() => {
  scene = new Scene();
});

async function start(options: Partial<RelayOptions> = {}): Promise<void> {
  r = await scene.relay('relay.example', options);
}

const gone = (party: MsrpClient): boolean => party.closed || party.ended;
const ends = (): string[] => r.events.of('connectionClosed').map(({ reason }) => reason);

/** Clients with URIs, one second apart. */
async function registered(...names: string[]): Promise<(MsrpClient & { token: string })[]> {
  const all = [];
  for (const name of names) {
    all.push(await scene.registered(r, name));
    await scene.clock.elapse(1_000);
  }
  return all;
}

describe('too many connections', () => {
  it('CONN-21 a fourth that succeeds with AUTH: the longest unused one is closed', async () => {
    await start({ limits: { maxConnections: 3 } });
    const [a, b, c] = await registered('a', 'b', 'c');
    a!.send({ to: [b!.token, b!.uri], body: 'uses both, and b last as it answers' });
    await scene.quiet();
    const d = await scene.registered(r, 'd');
    await scene.quiet();
    expect([a!, b!, c!, d].map(gone)).toEqual([false, false, true, false]);
    expect(ends()).toEqual(['evicted']);
    expect(r.events.of('sessionClosed').map(({ session, reason }) => [session.user, reason])).toEqual([
      ['c', 'connection-closed'],
    ]);
    await scene.end(r);
  });

  it('CONN-21 a flood of silent connections costs no registered client its place', async () => {
    await start({ limits: { maxConnections: 3 } });
    const clients = await registered('a', 'b', 'c');
    const silent: MsrpClient[] = [];
    for (let i = 0; i < 200; i++) {
      silent.push(scene.client(r, `s${i}`));
      await scene.clock.elapse(2);
    }
    // Its 203 peers keep their ends: of the relay's, those that had to go do not linger.
    expect(scene.network.openEnds).toBeLessThan(210);
    await scene.clock.elapse(1_000);
    expect(clients.map(gone)).toEqual([false, false, false]);
    expect(silent.filter((one) => !gone(one))).toEqual([silent.at(-1)]);
    expect(r.relay.stats().connections.open).toBe(4);
    const sent = clients[0]!.send({ to: [clients[2]!.token, clients[2]!.uri], body: 'hi' });
    await scene.quiet();
    expect(sent.answer?.code).toBe(200);
    await scene.end(r);
  });

  it('CONN-21 who has no live token goes before who has one, whoever was used last', async () => {
    await start({ limits: { maxConnections: 3 } });
    const [a] = await registered('a');
    await scene.clock.elapse(60_000);
    const f = scene.client(r, 'f');
    const short = scene.client(r, 'short');
    await scene.auth(short, r.uri, { username: 'short', expires: 60 });
    f.send({ to: [a!.token, a!.uri], body: 'hi' });
    await scene.clock.elapse(61_000);
    f.send({ to: [a!.token, a!.uri], body: 'hi' });
    await scene.quiet();
    const p = scene.plain(r, 'p');
    p.send({ to: [a!.token, a!.uri], body: 'my own success' });
    await scene.quiet();
    expect([a!, f, short, p].map(gone)).toEqual([false, false, true, false]);
    await scene.end(r);
  });

  it('CONN-21 connections that R opened give way like others without token: to new ones of its own, and to newcomers', async () => {
    await start({ limits: { maxConnections: 2 } });
    const [a, b] = await registered('a', 'b');
    const [one, two] = [1, 2].map((i) => scene.peer({ host: `n${i}.example` }));
    for (const { uri } of [one!, two!]) {
      a!.send({ to: [a!.token, uri], body: 'hi' });
      await scene.quiet();
    }
    expect([one!, two!].map(({ clients }) => clients.map(gone))).toEqual([[true], [false]]);
    scene.client(r, 'silent');
    await scene.quiet();
    expect(two!.clients.map(gone)).toEqual([true]);
    expect([a!, b!].map(gone)).toEqual([false, false]);
    expect(ends()).toEqual(['evicted', 'evicted']);
    await scene.end(r);
  });
});

describe('unused connections', () => {
  it('CONN-20 R32 with a live token: stays; after its expiry, and unused: closed', async () => {
    await start({ limits: { idleMs: 5_000 } });
    const a = scene.client(r, 'a');
    await scene.auth(a, r.uri, { expires: 100 });
    await scene.clock.elapse(95_000);
    expect(gone(a)).toBe(false);
    await scene.clock.elapse(10_000);
    expect(gone(a)).toBe(true);
    expect(ends()).toEqual(['idle']);
    await scene.end(r);
  });

  it('CONN-20 without: closed after an hour without traffic, not before', async () => {
    await start();
    const a = await scene.registered(r, 'a');
    const f = scene.client(r, 'f');
    for (const waitMs of [3_500_000, 3_500_000]) {
      f.send({ to: [a.token, a.uri], body: 'hi' });
      await scene.clock.elapse(waitMs);
      expect(gone(f)).toBe(false);
    }
    await scene.clock.elapse(110_000);
    expect(gone(f)).toBe(true);
    await scene.end(r);
  });

  it('CONN-19 CONN-22 a silent client that has a URI is still reached after 15 minutes', async () => {
    await start();
    const a = await scene.registered(r, 'a');
    await scene.clock.elapse(900_000);
    const f = scene.client(r, 'f');
    f.send({ to: [a.token, a.uri], body: 'wake up' });
    await scene.quiet();
    expect(a.requests.map(({ text }) => text)).toEqual(['wake up']);
    await scene.end(r);
  });

  it('CONN-20 with idle closing switched off, nobody is closed for it', async () => {
    await start({ limits: { idleMs: 0 } });
    const a = await scene.registered(r, 'a');
    const f = scene.client(r, 'f');
    f.send({ to: [a.token, a.uri], body: 'hi' });
    await scene.clock.elapse(80_000_000);
    expect(gone(f)).toBe(false);
    await scene.end(r);
  });
});

describe('a certificate that does not verify', () => {
  const certificate = testCertificate('x.example', { verified: false });
  const from = ['msrps://x.example:2855/x1;tcp', 'msrps://c.invalid:2855/c1;tcp'];

  it('CONN-04 gives no rights: challenged as a client, refused as a relay', async () => {
    await start();
    const x = scene.client(r, 'x', { facts: { certificate } });
    const codes = [from[0]!, from].map((path) => x.request('AUTH', { to: r.uri, from: path }));
    await scene.quiet();
    expect(codes.map(({ answer }) => answer?.code)).toEqual([401, 403]);
    await scene.end(r);
  });

  it('CONN-04 by option closes the connection, without an answer; no certificate, or a good one, does not', async () => {
    await start({ rules: { unverifiedCertificate: 'close' } });
    const x = scene.client(r, 'x', { facts: { certificate } });
    const f = scene.client(r, 'f');
    const y = scene.client(r, 'y', { uri: 'msrps://y.example:2855/y;tcp', certificate: 'y.example' });
    for (const party of [x, f, y]) party.request('AUTH', { to: r.uri });
    await scene.quiet();
    expect([x, f, y].map(gone)).toEqual([true, false, false]);
    expect([x, f, y].map(({ responses }) => responses.map(({ code }) => code))).toEqual([[], [401], [401]]);
    expect(ends()).toEqual(['unverified-certificate']);
    await scene.end(r);
  });
});
