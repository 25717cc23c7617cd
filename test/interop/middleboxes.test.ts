import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { MsrpClient } from '../../src/testing/index.js';
import { createWorld, type World } from './world.js';

const bobUri = 'msrps://bob.invalid:2855/b1;tcp';
const peerUri = 'msrps://peer.invalid:2855/p1;tcp';

let world: World;
let bob: MsrpClient;
let token: string;
beforeEach(async () => {
  world = await createWorld();
  ({ client: bob, token } = await world.registered({ uri: bobUri }));
});
afterEach(async () => {
  world.expectStrict();
  await world.close();
});

describe('boxes between the endpoints and the relay', () => {
  test('quirk 48: a relay URI whose host was rewritten to another name of the relay is still its own (RELAY-05, URI-16)', async () => {
    const peer = world.client({ uri: peerUri });
    const sent = peer.send({ to: [token.replace('relay.example', 'EXAMPLE.net'), bobUri], body: 'rewritten' });
    await world.clock.settle();
    expect(sent.answer?.code).toBe(200);
    expect(bob.requests[0]?.text).toBe('rewritten');
  });

  test('quirk 48: one whose host was rewritten to a name that is not configured is not, and ends the connection (RELAY-02, URI-16)', async () => {
    const peer = world.client({ uri: peerUri });
    peer.send({ to: [token.replace('relay.example', 'sbc.example'), bobUri], body: 'lost', failureReport: 'no' });
    await world.clock.elapse(2_000);
    expect(peer.ended).toBe(true);
    expect(bob.requests).toEqual([]);
    expect(world.events.of('connectionClosed')).toMatchObject([{ reason: 'not-for-this-relay' }]);
  });

  test('quirk 48: the far side of the path is carried as the box has written it (FWD-02)', async () => {
    world.listen({ host: 'sbc.example', port: 5_070 });
    const { connection } = world.listen({ host: 'sbc.example', port: 5_071 });
    const path = ['msrps://sbc.example:5071/leg-7;tcp;x=1', 'MSRPS://10.9.8.7:2855/In~side;TCP'];
    bob.send({ to: [token, ...path], body: 'through the box' });
    await world.clock.settle();
    expect(connection().requests).toMatchObject([{ toPath: path, text: 'through the box' }]);
  });

  test('quirk 23: two users of one relay reach each other without a connection to itself, each URI moved (FWD-37)', async () => {
    const { client: alice, token: aliceToken } = await world.registered({ uri: peerUri }, 'alice');
    const sent = alice.send({ to: [aliceToken, token, bobUri], body: 'hi Bob' });
    await world.clock.settle();
    expect(sent.answer).toMatchObject({ code: 200, fromPath: [aliceToken] });
    expect(bob.requests).toMatchObject([{ text: 'hi Bob', fromPath: [token, aliceToken, peerUri] }]);
    bob.send({ to: bob.requests[0]!.fromPath, body: 'hi Alice' });
    await world.clock.settle();
    expect(alice.requests).toMatchObject([{ text: 'hi Alice', fromPath: [aliceToken, token, bobUri] }]);
    expect(world.events.of('hopDialled')).toEqual([]);
  });

  test('quirk 22: a peer that comes back while its old connection looks alive is reached again after one time-out (FWD-13, CONN-24)', async () => {
    const old = world.client({ uri: peerUri });
    old.send({ to: [token, bobUri] });
    await world.clock.settle();
    old.answer = 'never';
    const again = world.client({ uri: peerUri });
    const bound = again.send({ to: [token, bobUri] });
    bob.send({ to: [token, peerUri], body: 'into the void', messageId: 'void' });
    await world.clock.elapse(31_000);
    expect(bound.answer?.code).toBe(200);
    expect(old.requests.map(({ text }) => text)).toEqual(['into the void']);
    expect(bob.reports).toMatchObject([{ messageId: 'void' }]);
    again.send({ to: [token, bobUri] });
    await world.clock.settle();
    bob.send({ to: [token, peerUri], body: 'welcome back' });
    await world.clock.settle();
    expect(again.requests.map(({ text }) => text)).toEqual(['welcome back']);
  });

  test('quirk 22: a second connection of a peer is reached as soon as the first is gone and it has sent something (FWD-13)', async () => {
    const first = world.client({ uri: peerUri });
    first.send({ to: [token, bobUri] });
    await world.clock.settle();
    const second = world.client({ uri: peerUri });
    second.send({ to: [token, bobUri] });
    bob.send({ to: [token, peerUri], body: 'to the first' });
    await world.clock.settle();
    first.destroy();
    await world.clock.settle();
    second.send({ to: [token, bobUri] });
    await world.clock.settle();
    bob.send({ to: [token, peerUri], body: 'to the second' });
    await world.clock.settle();
    expect(first.requests.map(({ text }) => text)).toEqual(['to the first']);
    expect(second.requests.map(({ text }) => text)).toEqual(['to the second']);
  });

  test('quirk 24: what a peer has sent before it hung up arrives (CONN-25, FWD-40)', async () => {
    const peer = world.client({ uri: peerUri });
    const body = 'l'.repeat(300_000);
    peer.send({ to: [token, bobUri], body, messageId: 'long-one' });
    for (let count = 0; count < 10; count++) peer.send({ to: [token, bobUri], body: `last words ${count}` });
    peer.end();
    await world.clock.settle();
    expect(bob.received('long-one').toString()).toBe(body);
    expect(bob.requests.filter(({ text }) => text.startsWith('last words'))).toHaveLength(10);
    expect(peer.responses).toHaveLength(11);
    expect(peer.ended).toBe(true);
  });

  test('quirk 44: a receiver that does not read holds back its sender only (XMIT-15)', async () => {
    const { client: alice, token: aliceToken } = await world.registered({ uri: peerUri }, 'alice');
    const fast = world.client({ uri: 'msrps://fast.invalid:2855/f;tcp' });
    const other = world.client({ uri: 'msrps://other.invalid:2855/o;tcp' });
    bob.pause();
    const body = 'y'.repeat(4_000_000);
    fast.send({ to: [token, bobUri], body, messageId: 'flood' });
    await world.clock.elapse(5_000);
    expect(fast.responses).toEqual([]);
    other.send({ to: [aliceToken, peerUri], body: 'not concerned' });
    await world.clock.settle();
    expect(alice.requests[0]?.text).toBe('not concerned');
    bob.resume();
    await world.clock.settle();
    expect(bob.received('flood')).toHaveLength(body.length);
    expect(fast.responses.map(({ code }) => code)).toEqual([200]);
  });
});
