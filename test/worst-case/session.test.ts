import { beforeAll, describe, expect, it } from 'vitest';
import { Ground, longFrom, send, usual, warmUp } from './ground.js';
import { heldBy, KiB } from './memory.js';

const auth = (uri: string): string =>
  `MSRP auth AUTH\r\nTo-Path: msrps://relay.example:2855;tcp\r\nFrom-Path: ${uri}\r\n-------auth$\r\n`;

beforeAll(warmUp);

describe('live URIs', () => {
  it.each([
    ['usual', 3 * KiB, (i: number) => usual(`p${i}`)],
    ['with the longest From-Path', 20 * KiB, longFrom],
  ])('AUTH-35 SEC-40 of a connection, %s', async (_which, mostBytes, uriOf) => {
    const ground = await Ground.make();
    const peers = ground.peers(4, 'p');
    const held = await heldBy(() => {
      for (let i = 0; i < 4 * 300; i++) {
        peers[i % 4]!.send(auth(uriOf(i)));
        ground.clock.run();
      }
    }, 4 * 256);
    expect(ground.relay.stats()).toMatchObject({ sessions: { open: 1024 }, authFailures: { 'too-many-uris': 176 } });
    expect(held).toBeLessThan(mostBytes);
    for (const peer of peers) peer.destroy();
    expect(await heldBy(() => ground.clock.settle(), 4 * 256)).toBeLessThan(-0.5 * held);
    await ground.end();
  });

  it('AUTH-35 SEC-40 of one user on many connections', async () => {
    const ground = await Ground.make();
    for (let i = 0; i < 5; i++) {
      const peer = ground.peer('one');
      for (let j = 0; j < 250; j++) {
        peer.send(auth(usual(`p${i}n${j}`)));
        ground.clock.run();
      }
    }
    expect(ground.relay.stats()).toMatchObject({ sessions: { open: 1024 }, authFailures: { 'too-many-uris': 226 } });
    await ground.end();
  });
});

describe('claims of peers on one session', () => {
  it('FWD-48 SEC-40 are 64, of up to 8 KiB', async () => {
    const ground = await Ground.make({ maxRoutes: 1 });
    const owners = Array.from({ length: 16 }, (_, i) => ground.registered(`a${i}`));
    const senders = ground.peers(4, 'f');
    const held = await heldBy(() => {
      for (const { token, uri } of owners) {
        for (let i = 0; i < 200; i++) {
          const wish = { to: [token, uri], from: longFrom(i), body: 'x', headers: 'Failure-Report: no\r\n' };
          senders[i % 4]!.send(send(wish));
          ground.clock.run();
        }
      }
    }, owners.length);
    expect(ground.relay.stats().traffic.sendsOut).toBe(3_200);
    expect(held).toBeGreaterThan(500 * KiB);
    expect(held).toBeLessThan(700 * KiB);
    await ground.end();
  });
});

describe('dials under way', () => {
  it('FWD-47 SEC-40 are 16 for one user, and for each of the others', async () => {
    const ground = await Ground.make();
    const hops = Array.from({ length: 800 }, (_, i) => ground.network.peer({ host: 'n.example', port: 3_000 + i }));
    for (const hop of hops) hop.answers = 'never';
    const users = Array.from({ length: 20 }, (_, i) => ground.registered(`a${i}`));
    const held = await heldBy(async () => {
      for (const [i, { peer, token, uri }] of users.entries()) {
        for (let j = 0; j < 40; j++) {
          const hop = `msrps://n.example:${3_000 + 40 * i + j}/x;tcp`;
          peer.send(send({ to: [token, hop], from: uri, body: 'x' }));
        }
        await ground.clock.settle();
      }
    }, 320);
    expect(hops.reduce((sum, { dialled }) => sum + dialled, 0)).toBe(320);
    expect(ground.relay.stats().requestsRefused).toEqual({ 'too-many-dials': 480 });
    expect(held).toBeLessThan(24 * KiB);
    const after = await heldBy(() => ground.clock.elapse(11_000), 320);
    expect(after).toBeLessThan(-0.2 * held);
    await ground.end();
  });
});
