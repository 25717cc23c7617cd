import { beforeAll, describe, expect, it } from 'vitest';
import { Ground, send, usual, long, longFrom, type Registered, warmUp } from './ground.js';
import { heldBy, KiB, MiB } from './memory.js';
import type { Peer } from './peer.js';

beforeAll(warmUp);

describe('header sections that are not complete', () => {
  const line = `X: ${'z'.repeat(8_000)}\r\n`;
  const shapes = [
    ['without end', `MSRP abcd1234 SEND\r\n${line.repeat(3)}`, 16_384, 1_000],
    ['in a line without end', `MSRP abcd1234 SEND\r\nX: ${'z'.repeat(20_000)}`, 8_214, 1_000],
    ['of ever more lines', `MSRP abcd1234 SEND\r\n${'X:\r\n'.repeat(100)}`, 280, 1],
  ] as const;

  it.each(shapes)('WIRE-28 SEC-40 %s are kept up to 16 KiB', async (_shape, text, mostBytes, readBytes) => {
    const ground = await Ground.make();
    const peers = ground.peers(200, 'p');
    const held = await heldBy(() => {
      for (const peer of peers)
        for (let at = 0; at < mostBytes - 1; at += readBytes)
          peer.send(text.slice(at, Math.min(at + readBytes, mostBytes - 1)));
    }, peers.length);
    expect(ground.relay.stats().connections.open).toBe(200);
    expect(held).toBeLessThan(18 * KiB);
    for (const peer of peers) peer.send(text.slice(mostBytes - 1, mostBytes + 1));
    ground.clock.run();
    expect(ground.relay.stats().connections).toMatchObject({ open: 0, closed: { excessive: 200 } });
    await ground.end();
  });

  it('WIRE-28 SEC-40 octet by octet cost no more', async () => {
    const ground = await Ground.make();
    const peers = ground.peers(100, 'p');
    const text = `MSRP abcd1234 SEND\r\n${line.repeat(3)}`;
    const held = await heldBy(() => {
      for (const peer of peers) for (let at = 0; at < 16_383; at++) peer.send(text.charAt(at));
    }, peers.length);
    expect(held).toBeGreaterThan(10 * KiB);
    expect(held).toBeLessThan(24 * KiB);
    await ground.end();
  });
});

/** Sends one thing after the other until the sender is not read even in a new turn. */
function flood(ground: Ground, from: Peer, next: (i: number) => readonly string[]): void {
  for (let i = 0; i < 40_000; i++) {
    for (const read of next(i)) {
      if (from.send(read)) continue;
      ground.clock.run();
      if (!from.send(read)) return;
    }
    ground.clock.run();
  }
  throw new Error('read without end');
}

describe('octets that wait for receivers that do not read', () => {
  const from = 'msrps://f.invalid:2855/f;tcp';
  /** Reads of one sender to the receiver whose turn it is; `fast` takes all. */
  type Reads = (to: Registered, fast: Registered, i: number) => readonly string[];
  const to = (one: Registered): readonly string[] => [one.token, one.uri];
  const shapes: readonly (readonly [string, number, Reads])[] = [
    ['in whole reads', 2.5 * MiB, (slow) => [send({ to: to(slow), from, body: 'x'.repeat(65_000) })]],
    [
      'in small parts of large reads',
      3 * MiB,
      (slow, fast) => {
        const part = send({ to: to(slow), from, body: 'x'.repeat(16_384) });
        return [part + send({ to: to(fast), from, body: 'x'.repeat(48_000), headers: 'Failure-Report: no\r\n' })];
      },
    ],
    [
      'in chunks of two octets, one a read',
      5 * MiB,
      (slow) => {
        const text = send({ to: to(slow), from, body: 'xy' });
        const cut = text.indexOf('\r\n\r\n') + 5;
        return [text.slice(0, cut), text.slice(cut)];
      },
    ],
    ['in chunks of one octet', 5 * MiB, (slow) => [send({ to: to(slow), from, body: 'x' })]],
    [
      'in chunks of one octet between others',
      5 * MiB,
      (slow, fast) => [
        send({ to: to(slow), from, body: 'x' }),
        ...[1, 2, 3].map(() =>
          send({ to: to(fast), from, body: 'x'.repeat(2_700), headers: 'Failure-Report: no\r\n' }),
        ),
      ],
    ],
    [
      'without body, with many headers',
      5 * MiB,
      (slow) => [send({ to: to(slow), from, headers: `X: ${'z'.repeat(8_000)}\r\n` })],
    ],
    [
      'each with path lines of its own',
      12 * MiB,
      (slow, _fast, i) => [send({ to: to(slow), from: longFrom(i), body: 'x', headers: 'Failure-Report: no\r\n' })],
    ],
  ];

  it.each(shapes)('XMIT-15 SEC-40 %s: one sender', async (_shape, mostBytes, reads) => {
    const ground = await Ground.make();
    const fast = ground.registered('fast');
    const slow = Array.from({ length: 8 }, (_, i) => ground.registered(`slow${i}`, 0));
    const sender = ground.peer('f');
    const held = await heldBy(() => {
      flood(ground, sender, (i) => reads(slow[i % 8]!, fast, i));
    });
    expect(ground.relay.stats().connections.held).toEqual({ 'source-full': 1 });
    expect(ground.between).toBeLessThan(MiB + 64 * KiB + 64 * KiB);
    expect(held).toBeGreaterThan(0.7 * MiB);
    expect(held).toBeLessThan(mostBytes);
    await ground.end();
  });

  it('XMIT-15 SEC-40 on one route, octet by octet', async () => {
    const ground = await Ground.make();
    const slow = ground.registered('slow', 0);
    const senders = ground.peers(6, 'f');
    for (const sender of senders) sender.send(send({ to: to(slow), from, body: '', flag: '' }));
    const held = await heldBy(() => {
      for (const sender of senders) while (sender.send('x')) if (ground.between % 1_000 === 0) ground.clock.run();
    }, senders.length);
    expect(ground.relay.stats().connections.held).toEqual({ 'route-full': 6 });
    expect(ground.between).toBeLessThan(6 * (256 * KiB + KiB));
    expect(held).toBeGreaterThan(256 * KiB);
    expect(held).toBeLessThan(800 * KiB);
    await ground.end();
  });

  it.each([
    [
      'SENDs',
      (i: number) => send({ to: [`msrps://relay.example:2855/t${i};tcp`, usual('n')], from: longFrom(i), body: 'x' }),
    ],
    [
      'SENDs, usual paths',
      (i: number) => send({ to: [`msrps://relay.example:2855/t${i};tcp`, usual('n')], from, body: 'x' }),
    ],
  ])('XMIT-15 SEC-40 while the session store does not answer: %s', async (_what, next) => {
    const ground = await Ground.make(
      {},
      {
        sessions: {
          keeps: { appData: false, revocation: false, renewal: false },
          issue: () => 'token',
          find: () => new Promise(() => undefined),
          renew: () => false,
          revoke: () => undefined,
        } as never,
      },
    );
    const sender = ground.peer('f');
    const held = await heldBy(() => {
      flood(ground, sender, (i) => [next(i)]);
    });
    expect(ground.relay.stats().connections.held).toEqual({ 'source-full': 1 });
    expect(held).toBeLessThan(8 * MiB);
    await ground.end();
  });
});

describe('what is remembered for one sender', () => {
  const quiet = 'Failure-Report: no\r\n';
  it.each([
    ['usual', 1.5 * MiB, (i: number) => `msrps://f${i}.invalid:2855/f${i}aaaaaaaa;tcp`],
    ['as long as the parser keeps many of', 4 * MiB, (i: number) => `msrps://f.invalid:2855/f${i}${long(850)};tcp`],
    ['the longest', 2 * MiB, longFrom],
  ])('FWD-48 SEC-40 routes and known path lines, %s', async (_which, mostBytes, fromOf) => {
    const ground = await Ground.make();
    const one = ground.registered('a');
    const senders = ground.peers(4, 'f');
    const held = await heldBy(() => {
      for (const sender of senders) {
        for (let i = 0; i < 600; i++) {
          const from = fromOf(i);
          const elsewhere = `msrps://relay.example:2855/t${i}aaaaaaaaaaaaaaaaaaaaaaaaaaaa;tcp`;
          sender.send(send({ to: [one.token, one.uri], from, body: 'x', headers: quiet }));
          // Refused, and dropped: their lines are known all the same.
          sender.send(send({ to: [elsewhere, one.uri], from, body: 'x', headers: quiet }));
          sender.send(`MSRP tid${i} 200 OK\r\nTo-Path: ${elsewhere}\r\nFrom-Path: ${from}\r\n-------tid${i}$\r\n`);
          ground.clock.run();
        }
      }
    }, senders.length);
    expect(ground.relay.stats()).toMatchObject({
      traffic: { sendsOut: 2_400 },
      requestsRefused: { 'unknown-token': 2_400 },
      responsesDropped: { unmatched: 2_400 },
    });
    expect(held).toBeGreaterThan(300 * KiB);
    expect(held).toBeLessThan(mostBytes);
    await ground.end();
  });

  it('FWD-48 SEC-40 messages that were refused, with the longest names', async () => {
    const ground = await Ground.make({ maxMessageBytes: 10, maxRoutes: 1 });
    const one = ground.registered('a');
    const senders = ground.peers(4, 'f');
    const held = await heldBy(() => {
      for (const sender of senders) {
        sender.send(send({ to: [one.token, one.uri], from: longFrom(0), body: 'x' }));
        for (let i = 0; i < 500; i++) {
          const messageId = `${i}`.padStart(128, 'm');
          sender.send(send({ to: [one.token, one.uri], from: longFrom(0), body: 'x'.repeat(11), messageId }));
          ground.clock.run();
        }
      }
    }, senders.length);
    expect(ground.relay.stats().requestsRefused).toEqual({ 'message-too-large': 2_000 });
    expect(held).toBeGreaterThan(400 * KiB);
    expect(held).toBeLessThan(MiB);
    await ground.end();
  });

  it('SEC-40 requests other than SEND that are not complete', async () => {
    const ground = await Ground.make();
    const one = ground.registered('a');
    const senders = ground.peers(100, 'f');
    const headers = Array.from({ length: 6 }, () => `X: ${'z'.repeat(1_200)}\r\n`).join('');
    const held = await heldBy(() => {
      for (const [i, sender] of senders.entries()) {
        sender.send(
          `MSRP abcd1234 FOOBAR\r\nTo-Path: ${one.token} ${one.uri}\r\nFrom-Path: ${usual(`f${i}`)}\r\n${headers}Content-Type: text/plain\r\n\r\n`,
        );
        for (let octets = 0; octets < 10_240; octets += 40) sender.send('x'.repeat(40));
      }
    }, senders.length);
    expect(held).toBeGreaterThan(17 * KiB);
    expect(held).toBeLessThan(40 * KiB);
    const rest = await heldBy(() => {
      for (const sender of senders)
        for (let octets = 10_240; octets < 65_536; octets += 256) sender.send('x'.repeat(256));
    }, senders.length);
    expect(rest).toBeLessThan(-9 * KiB);
    expect(ground.relay.stats().connections.open).toBe(101);
    for (const sender of senders) sender.send('x');
    ground.clock.run();
    expect(ground.relay.stats().connections).toMatchObject({ open: 1, closed: { excessive: 100 } });
    await ground.end();
  });

  it('AUTH-38 SEC-40 AUTHs whose authenticator does not answer', async () => {
    const authenticator = { authenticate: () => new Promise<never>(() => undefined) };
    const ground = await Ground.make({}, { authenticator });
    const senders = ground.peers(8, 'f', 'all', false);
    const auth = (i: number): string =>
      `MSRP a${1_000 + i} AUTH\r\nTo-Path: msrps://relay.example:2855;tcp\r\nFrom-Path: ${usual('f')}\r\n-------a${1_000 + i}$\r\n`;
    const read = Array.from({ length: 560 }, (_, i) => auth(i)).join('');
    expect(read.length).toBeGreaterThan(60_000);
    const held = await heldBy(() => {
      for (const sender of senders) {
        for (let i = 0; i < 16; i++) expect(sender.send(auth(i))).toBe(true);
        sender.send(read);
      }
    }, senders.length);
    expect(senders.map((sender) => sender.send('x'))).toEqual(senders.map(() => false));
    expect(ground.relay.stats().connections.held).toEqual({ 'auth-lane': 8 });
    expect(held).toBeGreaterThan(100 * KiB);
    expect(held).toBeLessThan(MiB);
    await ground.end();
  });
});
