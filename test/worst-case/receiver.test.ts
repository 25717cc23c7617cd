import { beforeAll, describe, expect, it } from 'vitest';
import { Ground, long, longFrom, send, usual, warmUp, type Registered } from './ground.js';
import { heldBy, KiB, MiB } from './memory.js';
import type { Peer } from './peer.js';

beforeAll(warmUp);

describe('small messages for a peer that does not read', () => {
  const nowhere = 'msrps://relay.example:2855/nobody;tcp';

  it('FWD-48 SEC-40 responses: its reads stop', async () => {
    const ground = await Ground.make();
    const one = ground.registered('a');
    const senders = ground.peers(8, 'f', 0);
    const read = Array.from({ length: 520 }, () => send({ to: [nowhere], from: usual('f') })).join('');
    const counts: number[] = [];
    const held = await heldBy(() => {
      for (const sender of senders) {
        sender.send(send({ to: [one.token, one.uri], from: usual('f'), headers: 'Failure-Report: no\r\n' }));
        let count = 0;
        while (sender.send(read)) count++;
        counts.push(count);
        ground.clock.run();
      }
    }, senders.length);
    expect(ground.relay.stats().connections.held).toEqual({ 'small-messages': 8 });
    expect(Math.max(...counts) * read.length).toBeLessThan(6 * 64 * KiB);
    expect(senders.map(({ handed }) => handed).every((octets) => octets <= 65 * KiB)).toBe(true);
    expect(held).toBeGreaterThan(400 * KiB);
    expect(held).toBeLessThan(2 * MiB);
    await ground.end();
  });

  it('FWD-48 SEC-40 requests of others that have 10240 octets of body: who sends them stops', async () => {
    const ground = await Ground.make();
    const slow = ground.registered('slow', 0);
    const senders = ground.peers(40, 'f');
    const body = 'x'.repeat(10_240);
    let sent = 0;
    const held = await heldBy(() => {
      for (let round = 0; round < 50; round++) {
        for (const [i, sender] of senders.entries()) {
          const tid = `t${round}n${1_000 + i}`;
          const text = `MSRP ${tid} FOOBAR\r\nTo-Path: ${slow.token} ${slow.uri}\r\nFrom-Path: ${usual(`f${i}`)}\r\nContent-Type: a/b\r\n\r\n${body}\r\n-------${tid}$\r\n`;
          if (sender.send(text.repeat(6))) sent += 6;
          ground.clock.run();
        }
      }
    });
    expect(ground.relay.stats().connections.held).toEqual({ 'small-messages': 40 });
    expect(sent * body.length).toBeLessThan(256 * KiB + 64 * KiB + 41 * 64 * KiB);
    expect(held).toBeLessThan(256 * KiB + 64 * KiB + 41 * 80 * KiB);
    await ground.end();
  });

  it.each([
    ['of usual length', usual('f'), 16_384, 16_384, 16_384],
    ['as long as can be', longFrom(0), 2_500, 900, 1_100],
  ])('FWD-48 SEC-40 REPORTs %s, due all at once', async (_which, from, transactions, least, most) => {
    const ground = await Ground.make();
    const one = ground.registered('a');
    const sender = ground.peer('f');
    for (let i = 0; i < transactions; i++) {
      const messageId = `${i}`.padStart(from.length > 1_000 ? 128 : 8, 'm');
      expect(sender.send(send({ to: [one.token, one.uri], from, body: 'x', messageId }))).toBe(true);
      if (i % 16 === 0) ground.clock.run();
    }
    ground.clock.run();
    sender.appetite = sender.accepted;
    const held = await heldBy(() => ground.clock.elapse(29_999 + 2));
    const { traffic, deliveriesFailed } = ground.relay.stats();
    expect(deliveriesFailed).toEqual({ timeout: transactions });
    expect(traffic.reportsMade).toBeGreaterThanOrEqual(least);
    expect(traffic.reportsMade).toBeLessThanOrEqual(most);
    expect(held).toBeLessThan(13 * MiB);
    await ground.end();
  });
});

describe('transactions outstanding at a peer that does not answer', () => {
  it.each([
    ['usual Message-IDs', 12, 360, -220],
    ['the longest Message-IDs', 128, 600, -400],
  ])('FWD-48 SEC-40 with %s', async (_which, idLength, mostBytes, leastBack) => {
    const ground = await Ground.make();
    const one = ground.registered('a');
    const senders = ground.peers(3, 'f');
    let count = 0;
    const held = await heldBy(() => {
      for (let round = 0; round < 10_000; round++) {
        for (const sender of senders) {
          const next = { to: [one.token, one.uri], from: usual('f'), body: 'x' };
          if (sender.send(send({ ...next, messageId: `${count}`.padStart(idLength, 'm') }))) count++;
        }
        ground.clock.run();
      }
    });
    expect(ground.relay.stats().connections.held).toEqual({ transactions: 3 });
    expect([count, ground.relay.stats().traffic.sendsOut]).toEqual([16_386, 16_386]);
    expect(held / 16_384).toBeLessThan(mostBytes);
    const after = await heldBy(() => ground.clock.elapse(31_000));
    expect(after / 16_384).toBeLessThan(leastBack);
    await ground.end();
  });

  it('FWD-43 SEC-40 of long SENDs', async () => {
    const ground = await Ground.make();
    const one = ground.registered('a');
    const sender = ground.peer('f');
    const held = await heldBy(() => {
      for (let i = 0; i < 4_000; i++) {
        sender.send(send({ to: [one.token, one.uri], from: usual('f'), body: long(2_800) }));
        ground.clock.run();
      }
    }, 4_000);
    expect(held).toBeLessThan(400);
    await ground.end();
  });

  it('FWD-43 SEC-40 each on a route of its own keep that', async () => {
    const ground = await Ground.make();
    const one = ground.registered('a');
    const sender = ground.peer('f');
    const sends = (): void => {
      for (let i = 0; i < 1_000; i++) {
        sender.send(send({ to: [one.token, one.uri], from: longFrom(i), body: 'x' }));
        ground.clock.run();
      }
    };
    const held = await heldBy(sends, 1_000);
    expect(held).toBeLessThan(40 * KiB);
    sender.appetite = 'all';
    const after = await heldBy(() => ground.clock.elapse(31_000), 1_000);
    expect(after).toBeLessThan(-20 * KiB);
    await ground.end();
  });
});

describe('octets between the relay and the operating system', () => {
  const fill = (ground: Ground, sender: Peer, { token, uri, peer }: Registered): void => {
    const wish = { to: [token, uri], from: usual('f'), body: long(1_500), headers: 'Failure-Report: no\r\n' };
    for (let i = 0; i < 45 && peer.handed - peer.accepted < 64 * KiB; i++) {
      sender.send(send(wish));
      ground.clock.run();
    }
  };

  it('XMIT-15 SEC-40 for a peer that does not read', async () => {
    const ground = await Ground.make();
    const slow = Array.from({ length: 50 }, (_, i) => ground.registered(`slow${i}`, 0));
    const sender = ground.peer('f');
    const held = await heldBy(() => {
      for (const one of slow) fill(ground, sender, one);
    }, slow.length);
    const unwritten = slow.map(({ peer }) => peer.handed - peer.accepted);
    expect(Math.min(...unwritten)).toBeGreaterThanOrEqual(64 * KiB);
    expect(Math.max(...unwritten)).toBeLessThan(68 * KiB);
    expect(held).toBeGreaterThan(64 * KiB);
    expect(held).toBeLessThan(160 * KiB);
    await ground.end();
  });

  it('XMIT-15 SEC-40 for a peer that reads a little, again and again', async () => {
    const ground = await Ground.make();
    const slow = Array.from({ length: 50 }, (_, i) => ground.registered(`slow${i}`, 0));
    const sender = ground.peer('f');
    const held = await heldBy(() => {
      for (const one of slow) {
        for (let step = 0; step < 80; step++) {
          fill(ground, sender, one);
          one.peer.appetite = one.peer.accepted + 1_700;
          one.peer.take();
          ground.clock.run();
        }
        fill(ground, sender, one);
      }
    }, slow.length);
    expect(Math.min(...slow.map(({ peer }) => peer.handed - peer.accepted))).toBeGreaterThanOrEqual(64 * KiB);
    expect(Math.min(...slow.map(({ peer }) => peer.accepted))).toBeGreaterThan(128 * KiB);
    expect(held).toBeGreaterThan(100 * KiB);
    expect(held).toBeLessThan(200 * KiB);
    await ground.end();
  });
});
