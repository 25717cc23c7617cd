import { beforeAll, describe, expect, it } from 'vitest';
import { createBreaker } from '../../src/hop/breaker.js';
import { Nonces } from '../../src/auth/digest/nonce.js';
import { RemoteAuthFailures } from '../../src/auth/failures.js';
import { digestAuthenticator, memorySessionStore } from '../../src/index.js';
import { createTestClock } from '../../src/testing/index.js';
import { BlockPool } from '../../src/transmission/outbox.js';
import { Ground, long, send, usual, warmUp } from './ground.js';
import { heldBy, KiB, MiB } from './memory.js';

beforeAll(warmUp);

describe('connections', () => {
  it('CONN-21 SEC-40 in their probation: the bound and a sixteenth, registered clients stay', async () => {
    const ground = await Ground.make({ maxConnections: 1_000 });
    const clients = Array.from({ length: 100 }, (_, i) => ground.registered(`a${i}`));
    let most = 0;
    for (let i = 0; i < 3_000; i++) {
      ground.peer('f', 'all', false);
      ground.clock.run();
      most = Math.max(most, ground.relay.stats().connections.open);
    }
    expect(most).toBe(1_062);
    expect(ground.relay.stats().connections).toMatchObject({ open: 1_062, closed: { evicted: 2_038 } });
    expect(clients.filter(({ peer }) => peer.closed)).toEqual([]);
    await ground.end();
  });

  it('SEC-40 that are idle hold no buffer', async () => {
    const ground = await Ground.make();
    const held = await heldBy(() => ground.peers(1_000, 'f'), 1_000);
    expect(held).toBeLessThan(10 * KiB);
    const one = ground.registered('a');
    const senders = ground.peers(200, 'f');
    const used = await heldBy(async () => {
      for (const [i, sender] of senders.entries()) {
        sender.send(
          send({
            to: [one.token, one.uri],
            from: usual(`f${i}`),
            body: long(1_000),
            headers: 'Failure-Report: no\r\n',
          }),
        );
        ground.clock.run();
      }
      await ground.clock.elapse(1_000);
    }, senders.length);
    expect(used).toBeLessThan(8 * KiB);
    await ground.end();
  });
});

describe('octets that wait in the whole relay', () => {
  it('XMIT-15 SEC-40 stop all who send', async () => {
    const ground = await Ground.make({ maxRelayBytes: 16 * MiB });
    const slow = Array.from({ length: 160 }, (_, i) => ground.registered(`slow${i}`, 0));
    const senders = ground.peers(60, 'f');
    const held = await heldBy(() => {
      for (let round = 0; round < 40; round++) {
        for (const [i, sender] of senders.entries()) {
          const { token, uri } = slow[(7 * i + round) % 160]!;
          sender.send(send({ to: [token, uri], from: usual(`f${i}`), body: long(65_000) }));
          ground.clock.run();
        }
      }
    });
    expect(ground.relay.stats().connections.held['relay-full']).toBe(60);
    const bound = 16 * MiB + 60 * 64 * KiB + 160 * 64 * KiB;
    expect(ground.between).toBeGreaterThan(16 * MiB);
    expect(ground.between).toBeLessThan(bound);
    expect(held).toBeLessThan(1.2 * bound);
    await ground.end();
  });
});

describe('what is kept for all', () => {
  it('SEC-40 output blocks', async () => {
    const pool = new BlockPool();
    const held = await heldBy(() => {
      for (const bytes of [4 * KiB, 16 * KiB, 64 * KiB]) {
        const blocks = Array.from({ length: 3_000 }, () => pool.take(bytes));
        for (const block of blocks) pool.give(block);
      }
    });
    expect(pool.take(4 * KiB).bytes).toHaveLength(4_096);
    expect(held).toBeGreaterThan(28 * MiB);
    expect(held).toBeLessThan(34 * MiB);
  });

  it('AUTH-37 SEC-40 challenges cost nothing', async () => {
    const ground = await Ground.make(
      {},
      { authenticator: digestAuthenticator({ credentials: () => ({ password: 'x' }) }) },
    );
    const peer = ground.peer('f', 'all', false);
    const held = await heldBy(() => {
      for (let i = 0; i < 20_000; i++) {
        peer.send(
          `MSRP a${10_000 + i} AUTH\r\nTo-Path: msrps://relay.example:2855;tcp\r\nFrom-Path: ${usual('f')}\r\n-------a${10_000 + i}$\r\n`,
        );
        if (i % 64 === 0) ground.clock.run();
      }
      ground.clock.run();
    });
    expect(ground.relay.stats().authFailures).toEqual({ challenged: 20_000 });
    expect(held).toBeLessThan(2 * MiB);
    await ground.end();
  });

  it('AUTH-37 SEC-40 nonces that were used, each out of a header line of 8 KiB', async () => {
    const clock = createTestClock();
    const nonces = new Nonces(new Uint8Array(32), 300_000, clock, 16_384);
    const held = await heldBy(() => {
      for (let i = 0; i < 20_000; i++) {
        const line = `Digest nonce="${nonces.make()}", x="${long(7_900)}"`;
        nonces.use(/nonce="([^"]*)"/.exec(line)![1]!, 1);
      }
    });
    expect(nonces.remembered).toBe(16_384);
    expect(held).toBeGreaterThan(2 * MiB);
    expect(held).toBeLessThan(6 * MiB);
  });

  it('SEC-40 next hops that fail, with the longest names', async () => {
    const breaker = createBreaker(() => 0);
    const hop = (i: number): string => `msrps|${long(8_150)}${i}|2855`;
    const held = await heldBy(() => {
      for (let i = 0; i < 3_000; i++) breaker.failed(Buffer.from(hop(i)).toString());
    });
    for (let i = 0; i < 5; i++) breaker.failed(hop(2_999));
    expect([breaker.asleep(hop(2_999)), breaker.asleep(hop(0))]).toEqual([true, false]);
    expect(held).toBeGreaterThan(7 * MiB);
    expect(held).toBeLessThan(10 * MiB);
  });

  it('AUTH-31 FWD-48 SEC-40 destinations at which one client failed, with the longest names', async () => {
    // Several, since the heap moves by more than the little that one of them may hold too much.
    const several = Array.from({ length: 8 }, () => new RemoteAuthFailures(64));
    const held = await heldBy(() => {
      for (const failures of several) {
        for (let i = 0; i < 1_000; i++) failures.failed(Buffer.from(`${long(8_150)}${i}`).toString());
      }
    }, several.length);
    expect(several.map((failures) => failures.failed(`${long(8_150)}999`))).toEqual(several.map(() => 2));
    expect(held).toBeGreaterThan(250 * KiB);
    expect(held).toBeLessThan(600 * KiB);
  });

  it('SEC-40 the session store in memory: twice what lives', async () => {
    const clock = createTestClock();
    const store = memorySessionStore({ runtime: clock });
    const grant = (i: number, lifeMs: number): Parameters<typeof store.issue>[0] => ({
      id: `id${i}`,
      kind: 'auth',
      owner: { relay: 'x.example' },
      wayBack: usual('x'),
      fromPath: usual('x'),
      limits: {},
      expiresAtMs: clock.wallMs() + lifeMs,
      appData: Buffer.from(long(4_096) + String(i)).toString(),
    });
    const held = await heldBy(() => {
      for (let i = 0; i < 20_000; i++) {
        store.issue(grant(i, 60));
        clock.advance(1);
      }
    });
    expect(held).toBeLessThan(1_100 * 5 * KiB);
  });
});
