import { describe, expect, test } from 'vitest';
import { viewOf } from '../../src/wire/octets.js';
import { createWorld, FakeSource, FakeWayBack, octets, requestOf, type TestChunk } from './world.js';

function lost(chunk: TestChunk): string[] {
  return chunk.failures.map(({ code, reason, openStart }) => `${code} ${reason} ${openStart ?? 'not begun'}`);
}

describe('before there is a socket', () => {
  test('XMIT-21 FWD-11 what is handed over while the hop is dialled waits, in order', () => {
    const world = createWorld({ connected: false });
    const route = world.route();
    for (let i = 0; i < 5; i++) route.message(octets(10), '$', { messageId: `message${i}` });
    world.respond(route.source);
    world.clock.run();
    expect([world.scheduler.idle, world.socket.handed]).toEqual([false, 0]);
    world.open();
    world.drain();
    expect(world.out[0]!.kind).toBe('response');
    expect(world.sends().map((send) => send.messageId)).toEqual(Array.from({ length: 5 }, (_, i) => `message${i}`));
    expect(world.scheduler.idle).toBe(true);
  });

  test('XMIT-21 FWD-22 when that fails each message fails for itself, and nothing is left', () => {
    const world = createWorld({ connected: false });
    const route = world.route();
    const chunks = Array.from({ length: 5 }, (_, i) => route.message(octets(10), '$', { messageId: `message${i}` }));
    const unfinished = route.chunk({ messageId: 'unfinished' }).add(octets(10));
    const back = new FakeWayBack();
    const { message, at, again } = requestOf();
    world.scheduler.request(message, at, again, back, route.source, false);
    world.report(route.source);
    world.scheduler.lost({ code: 408, reason: 'hop-unreachable' });
    for (const chunk of [...chunks, unfinished]) expect(lost(chunk)).toEqual(['408 hop-unreachable not begun']);
    expect(back.told).toEqual(['408 hop-unreachable']);
    expect(route.failed).toEqual([]);
    expect([world.scheduler.smallBytes, world.scheduler.transactions.count, world.timersPending]).toEqual([0, 0, 0]);
    expect(route.chunks.size).toBe(0);
  });

  test('SEC-34 a hop that did not ask for our certificate: relay traffic fails, the rest goes', () => {
    const world = createWorld({ connected: false });
    const [relay, client] = [world.route('a', { relayTraffic: true }), world.route('b')];
    const chunks = [1, 2].map(() => relay.message(octets(10)));
    client.message(octets(10), '$', { messageId: 'client' });
    const backs = [true, false].map((relayTraffic) => {
      const back = new FakeWayBack();
      const { message, at, again } = requestOf();
      world.scheduler.request(message, at, again, back, relay.source, relayTraffic);
      return back;
    });
    world.open(false);
    world.drain();
    for (const chunk of chunks) expect(lost(chunk)).toEqual(['408 hop-wants-no-certificate not begun']);
    expect(backs.map((back) => back.told)).toEqual([['408 hop-wants-no-certificate'], []]);
    expect(world.out).toHaveLength(2);
    expect(world.sends().map((send) => send.messageId)).toEqual(['client']);
    expect(world.scheduler.transactions.count).toBe(2);
  });
});

describe('when the connection breaks', () => {
  test('FWD-39 all outstanding SENDs fail at once; a partial one that was written whole is forgotten', () => {
    const world = createWorld();
    const route = world.route();
    for (const failureReport of ['yes', 'partial', 'no'] as const) {
      route.message(octets(10), '$', { failureReport, messageId: `written-${failureReport}` });
    }
    world.drain();
    for (const failureReport of ['yes', 'partial', 'no'] as const) {
      route.message(octets(10), '$', { failureReport, messageId: `unwritten-${failureReport}` });
    }
    world.clock.run();
    world.close();
    expect(route.failed.map((piece) => `${piece.messageId} ${piece.code} ${piece.reason}`)).toEqual([
      'written-yes 408 connection-lost',
      'unwritten-yes 408 connection-lost',
      'unwritten-partial 408 connection-lost',
    ]);
    expect([world.scheduler.transactions.count, world.timersPending]).toEqual([0, 0]);
  });

  test('FWD-39 an answered one does not fail, requests fail with 408', () => {
    const world = createWorld();
    const route = world.route();
    const back = new FakeWayBack();
    const { message, at, again } = requestOf();
    world.scheduler.request(message, at, again, back, route.source, false);
    route.message(octets(10));
    world.drain();
    world.answer(world.sends()[0]!.tid);
    world.close();
    expect(route.failed).toEqual([]);
    expect(back.told).toEqual(['408 connection-lost']);
  });

  test('FWD-39 what was under way fails once, from the start of its open piece; what waits behind it, too', () => {
    const world = createWorld();
    const [a, b] = [world.route('a'), world.route('b')];
    const open = a.chunk().add(octets(3000));
    world.drain();
    world.respond(a.source);
    world.drain();
    world.answer(world.sends()[0]!.tid);
    open.add(octets(5000));
    const behind = a.message(octets(3), '$', { messageId: 'behind' });
    world.drain();
    const other = b.chunk().add(octets(100));
    world.close();
    expect(lost(open)).toEqual(['408 connection-lost 3000']);
    expect(lost(behind)).toEqual(['408 connection-lost not begun']);
    expect(lost(other)).toEqual(['408 connection-lost not begun']);
    expect([a.failed, b.failed]).toEqual([[], []]);
    expect([open.dones, world.scheduler.transactions.count, a.chunks.size, b.chunks.size]).toEqual([0, 0, 0, 0]);
  });

  test('FWD-22 the code is that of the loss: 481 when the client that was addressed is gone', () => {
    const world = createWorld();
    const chunk = world.route().message(octets(5), '$', { ready: false });
    world.scheduler.lost({ code: 481, reason: 'client-gone' });
    expect(lost(chunk)).toEqual(['481 client-gone not begun']);
  });

  test('afterwards nothing is written, nothing is kept', () => {
    const world = createWorld();
    const route = world.route();
    world.close();
    world.close();
    const handed = world.socket.handed;
    world.respond(route.source);
    world.report(route.source);
    const back = new FakeWayBack();
    const { message, at, again } = requestOf();
    world.scheduler.request(message, at, again, back, route.source, false);
    route.message(octets(10));
    world.drain();
    expect(world.socket.handed).toBe(handed);
    expect(back.told).toEqual(['408 connection-lost']);
    expect([world.scheduler.idle, world.scheduler.smallBytes, world.timersPending]).toEqual([false, 0, 0]);
  });

  test('a stop and an error answer after the loss do no harm', () => {
    const world = createWorld();
    const route = world.route();
    const chunk = route.chunk().add(octets(9000));
    world.drain();
    const { tid } = world.parser.incoming!;
    world.close();
    expect(world.scheduler.breakOff(chunk, { code: 408, reason: 'stalled-route' })).toBe(false);
    expect(world.scheduler.transactions.find(viewOf(Buffer.from(tid)), 0, 28)).toBe(-1);
    world.drain();
    expect(world.scheduler.transactions.count).toBe(0);
  });
});

describe('a receiver that does not read', () => {
  test('XMIT-16 nothing accepted for 30 s while octets wait: told to the connection', () => {
    const world = createWorld();
    world.route().message(octets(10));
    world.clock.advance(29_999);
    expect(world.stalls).toBe(0);
    world.clock.advance(1);
    expect(world.stalls).toBe(1);
  });

  test('XMIT-16 one that takes a little now and then is slow, not stalled', () => {
    const world = createWorld();
    world.route().message(octets(200_000));
    for (let i = 0; i < 20; i++) {
      world.clock.advance(29_000);
      world.socket.accept(100);
    }
    expect(world.stalls).toBe(0);
    world.clock.advance(29_999);
    expect(world.stalls).toBe(0);
    world.clock.advance(1);
    expect(world.stalls).toBe(1);
  });

  test('XMIT-16 the time begins with what waits, not with the last octet before a pause', () => {
    const world = createWorld();
    const route = world.route();
    route.message(octets(10), '$', { failureReport: 'no' });
    world.drain();
    expect(world.timersPending).toBe(0);
    world.clock.advance(3_600_000);
    route.message(octets(10));
    world.clock.advance(29_999);
    expect(world.stalls).toBe(0);
    world.drain();
    world.clock.advance(60_000);
    expect(world.stalls).toBe(0);
  });

  test('FWD-48 who causes more small messages than may wait is held until half have left', () => {
    const world = createWorld({ limits: { maxSmallBytes: 10_000, maxUnwrittenBytes: 1000 } });
    const [one, two] = [new FakeSource(), new FakeSource()];
    world.report(one, 1000);
    world.clock.run();
    for (let i = 0; i < 10; i++) world.report(one, 1000);
    expect([one.reasons, two.reasons]).toEqual([[], []]);
    world.report(two, 1000);
    expect([one.reasons, two.reasons]).toEqual([[], ['small-messages']]);
    for (let i = 0; i < 6; i++) {
      world.socket.accept();
      world.clock.run();
    }
    expect(world.scheduler.smallBytes).toBeGreaterThanOrEqual(5000);
    expect(two.reasons).toEqual(['small-messages']);
    world.socket.accept();
    world.clock.run();
    expect(two.reasons).toEqual([]);
    world.drain();
    expect(world.out).toHaveLength(12);
    expect(world.scheduler.smallBytes).toBe(0);
  });

  test('XMIT-15 XMIT-16 while others are held for it, one that takes octets but no small message for 30 s is stalled', () => {
    const world = createWorld({ limits: { maxSmallBytes: 10_000, maxUnwrittenBytes: 1000 } });
    const source = new FakeSource();
    for (let i = 0; i < 9; i++) world.report(source, 1000);
    const drip = (times: number, octetsEach: number): void => {
      for (let i = 0; i < times; i++) {
        world.clock.advance(29_000);
        world.socket.accept(octetsEach);
        world.clock.run();
      }
    };
    world.clock.run();
    drip(10, 1);
    expect([source.reasons, world.stalls]).toEqual([[], 0]);
    for (let i = 0; i < 5; i++) world.report(source, 1000);
    expect(source.reasons).toEqual(['small-messages']);
    // One message in 29 s is slow, not stalled.
    drip(3, 1500);
    expect([source.reasons, world.stalls]).toEqual([['small-messages'], 0]);
    drip(1, 1);
    expect(world.stalls).toBe(0);
    drip(2, 1);
    expect(world.stalls).toBe(1);
  });

  test('FWD-48 those held are let go when the connection breaks', () => {
    const world = createWorld({ limits: { maxSmallBytes: 500, maxTransactions: 1 } });
    const route = world.route();
    for (let i = 0; i < 10; i++) world.report(route.source, 300);
    route.message(octets(1));
    world.clock.run();
    world.socket.acceptance = 'when told';
    route.message(octets(1));
    for (let i = 0; i < 10; i++) world.report(route.source, 300);
    expect([...route.source.reasons].sort()).toEqual(['small-messages', 'transactions']);
    world.close();
    expect(route.source.reasons).toEqual([]);
  });
});

describe('message framing', () => {
  test('WS-07 XMIT-02 each write is one message; long bodies go in pieces of at most 32 KiB', () => {
    const world = createWorld({ framing: 'message', acceptance: 'at once' });
    const route = world.route();
    const body = octets(100_000);
    route.message(body, '$', { range: '1-*/100000' });
    world.respond(route.source);
    world.report(route.source);
    world.drain();
    expect(world.violations).toEqual([]);
    expect(world.out).toHaveLength(world.socket.writes.length);
    expect(world.sends().map((send) => `${send.body!.length}${send.flag}`)).toEqual([
      '32768+',
      '32768+',
      '32768+',
      '1696$',
    ]);
    expect(Buffer.concat(world.sends().map((send) => send.body!)).equals(body)).toBe(true);
  });

  test('WS-07 a peer that takes less gets no longer message than it takes', () => {
    const world = createWorld({ framing: 'message', maxMessageBytes: 5000, acceptance: 'at once' });
    world.route().message(octets(30_000));
    world.drain();
    expect(Math.max(...world.socket.writes)).toBeLessThanOrEqual(5000);
    expect(Math.max(...world.socket.writes)).toBeGreaterThan(4700);
    expect(world.violations).toEqual([]);
  });

  test('XMIT-26 XMIT-14 from what is at hand, one octet kept back, never an empty rest', () => {
    const world = createWorld({ framing: 'message', acceptance: 'at once' });
    const chunk = world.route().chunk({ range: '1-*/*' }).add(octets(2048));
    world.drain();
    expect(world.sends()).toHaveLength(0);
    chunk.add(octets(2048));
    world.drain();
    chunk.finish();
    world.drain();
    expect(world.sends().map((send) => `${send.header('Byte-Range')!} ${send.flag}`)).toEqual([
      '1-*/* +',
      '4096-4096/4096 $',
    ]);
    expect(world.parser.incoming).toBeUndefined();
  });

  test('WS-20 XMIT-10 nothing is left open between turns, so a response is a message of its own at once', () => {
    const world = createWorld({ framing: 'message' });
    const route = world.route();
    route.message(octets(500_000));
    world.clock.run();
    world.respond(route.source);
    world.drain();
    expect(world.violations).toEqual([]);
    const place = world.out.findIndex((each) => each.kind === 'response');
    expect(place).toBeGreaterThan(0);
    expect(place).toBeLessThan(4);
  });

  test('XMIT-19 a look-alike of an id that has gone out is harmless', () => {
    const world = createWorld({ framing: 'message', acceptance: 'at once' });
    const chunk = world.route().chunk({ range: '1-*/*' }).add(octets(5000));
    world.drain();
    chunk.add(Buffer.from(`\r\n-------${world.sends()[0]!.tid}$\r\n`)).finish();
    world.drain();
    expect(world.violations).toEqual([]);
    expect(Buffer.concat(world.sends().map((send) => send.body!)).equals(Buffer.concat(chunk.octets))).toBe(true);
  });
});
