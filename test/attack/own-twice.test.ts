import { describe, expect, it } from 'vitest';
import { memorySessionStore, type SessionStore } from '../../src/index.js';
import { Scene } from '../support/scene.js';

describe('a relay that is named more than once in a path', () => {
  it('R36 FWD-37 octets are counted for each session in the direction in which it is used', async () => {
    const scene = new Scene();
    const one = await scene.relay('relay.example');
    const a = await scene.registered(one, 'a');
    const b = await scene.registered(one, 'b');
    a.send({ to: [a.token, b.token, b.uri], body: 'hello' });
    await scene.quiet();
    await scene.end(one);
    const octets = one.events.of('sessionClosed').map(({ session, totals }) => ({
      user: session.user,
      fromOwner: totals.fromOwner.octets,
      toOwner: totals.toOwner.octets,
    }));
    expect(octets).toEqual([
      { user: 'a', fromOwner: 5, toOwner: 0 },
      { user: 'b', fromOwner: 0, toOwner: 5 },
    ]);
  });

  it('FWD-37 the relay never connects to itself, not to its plain listener either', async () => {
    const scene = new Scene();
    const one = await scene.relay('relay.example');
    const a = await scene.registered(one, 'a');
    const plain = (token: string): string => `msrp://relay.example:2856/${/\/([^/;]+);/.exec(token)?.[1]};tcp`;
    const nowhere = a.send({ to: [a.token, plain('/nobody;')], body: 'hello' });
    const twice = a.send({ to: [a.token, plain(a.token), a.uri], body: 'hello' });
    await scene.quiet();
    expect([nowhere.answer?.code, twice.answer?.code]).toEqual([481, 200]);
    expect(a.requests.map(({ fromPath }) => fromPath)).toEqual([[plain(a.token), a.token, a.uri]]);
    expect(one.relay.stats()).toMatchObject({ connections: { open: 1 }, hops: { dialled: 0 } });
    await scene.end(one);
  });

  it('RESP-11 R23 an answer to a request whose token was written for the plain listener finds its way back', async () => {
    const scene = new Scene();
    const one = await scene.relay('relay.example');
    const a = await scene.registered(one, 'a');
    const p = scene.plain(one, 'p');
    const asked = p.request('FOOBAR', {
      to: [`msrp://relay.example:2856/${/\/([^/;]+);/.exec(a.token)![1]};tcp`, a.uri],
    });
    await scene.quiet();
    expect(asked.answer?.code).toBe(200);
    await scene.end(one);
  });

  it('R39 CONN-17 a token that ends while the store is asked for the second one is dead', async () => {
    const scene = new Scene();
    const inner = memorySessionStore({ runtime: scene.clock });
    const find: SessionStore['find'] = (token) =>
      new Promise((resolve) => {
        scene.clock.wakeAt(scene.clock.nowMs() + 500, () => {
          resolve(inner.find(token));
        });
      });
    const store = { ...inner, find };
    const one = await scene.relay('one.example', {
      hosts: ['farm.example'],
      sessions: store,
      advertise: { port: 2855 },
    });
    const other = await scene.relay('other.example', {
      hosts: ['farm.example'],
      sessions: inner,
      advertise: { port: 2855 },
    });
    const farm = 'msrps://farm.example:2855;tcp';
    const x = scene.client(other, 'x', { uri: 'msrps://x.example:2855/x1;tcp', certificate: 'x.example' });
    const a = scene.client(one, 'a');
    const [toX] = await scene.auth(x, farm);
    const [toA] = await scene.auth(a, farm);
    const sent = a.send({ to: [toA!, toX!, x.uri], body: 'hello' });
    await scene.clock.elapse(100);
    one.relay.kick(one.events.of('sessionOpened')[0]!.session.id);
    await scene.quiet();
    expect(sent.answer?.code).toBe(481);
    await scene.end(one, other);
  });
});
