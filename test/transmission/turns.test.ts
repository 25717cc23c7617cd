import { describe, expect, test } from 'vitest';
import { Turns } from '../../src/transmission/turns.js';
import { createWorld, FakeSource, FakeWayBack, octets, requestOf, type World } from './world.js';

/** The order in which messages came out: their ids, with the octets of pieces that were cut. */
function order(world: World): string[] {
  return world.out.map((each) => {
    if (each.kind === 'response') return 'response';
    const { request } = each;
    if (request.method !== 'SEND') return request.method;
    return request.flag === '$' ? request.messageId! : `${request.messageId!}${request.flag}${request.body!.length}`;
  });
}

describe('one turn', () => {
  test('a system that takes all at once gets all that waits, however little may be unwritten', () => {
    const world = createWorld({ limits: { maxUnwrittenBytes: 4000 }, acceptance: 'at once' });
    const route = world.route();
    for (let i = 0; i < 40; i++) route.message(octets(1000));
    world.scheduler.pump();
    expect([world.sends().length, world.scheduler.idle]).toEqual([40, true]);
    expect(Math.max(...world.socket.writes)).toBeLessThan(6000);
  });

  test('FWD-39 a socket that is lost while it is written to: what it took whole fails once, as a piece', () => {
    const world = createWorld({ framing: 'message' });
    const route = world.route();
    const chunk = route.message(octets(3000));
    const write = world.socket.write.bind(world.socket);
    world.socket.write = (parts): void => {
      write(parts);
      world.close();
    };
    world.clock.run();
    expect([chunk.failures.length, route.failed.length]).toEqual([0, 1]);
  });

  test('FWD-39 the same when the next hop has refused it while it was sent', () => {
    const world = createWorld({ limits: { maxUnwrittenBytes: 200_000 } });
    const route = world.route();
    const chunk = route.chunk().add(octets(64_000));
    world.scheduler.catchUp();
    expect([world.scheduler.transactions.count, world.socket.handed]).toEqual([1, 0]);
    world.socket.write = (): void => {
      world.close();
    };
    world.scheduler.refused(0, 413, '');
    expect([chunk.failures.length, route.failed.length]).toEqual([0, 0]);
  });

  test('one that does not gets as much as may be unwritten', () => {
    const world = createWorld({ limits: { maxUnwrittenBytes: 4000 } });
    const route = world.route();
    for (let i = 0; i < 40; i++) route.message(octets(1000));
    world.scheduler.pump();
    expect(world.socket.handed).toBeLessThan(6000);
    world.drain();
    expect(world.sends()).toHaveLength(40);
  });
});

describe('turns on one connection (chart 6)', () => {
  test('XMIT-04 XMIT-10 a response that waits cuts a long SEND, which then goes on', () => {
    const world = createWorld();
    const route = world.route();
    const body = octets(500_000);
    route.message(body, '$', { range: '1-*/500000', messageId: 'long' });
    world.clock.run();
    world.respond(new FakeSource());
    world.drain();
    // 64 KiB had been handed over before; the response is next.
    expect(order(world)).toEqual([expect.stringMatching(/^long\+6\d{4}$/), 'response', 'long']);
    expect(Buffer.concat(world.sends().map((send) => send.body!)).equals(body)).toBe(true);
    expect(world.violations).toEqual([]);
  });

  test('XMIT-04 a REPORT cuts it as well, and a SEND whose source has stalled', () => {
    const world = createWorld();
    const route = world.route();
    route.chunk({ messageId: 'long' }).add(octets(3000));
    world.drain();
    world.report(route.source);
    world.drain();
    expect(order(world)).toEqual(['long+2999', 'REPORT']);
  });

  test('XMIT-06 XMIT-10 what is not longer than 2048 octets is not cut, a longer one not before 2048', () => {
    const world = createWorld({ limits: { maxUnwrittenBytes: 500 } });
    const short = world.route();
    short.message(octets(2048), '$', { messageId: 'short' });
    short.message(octets(9000), '$', { messageId: 'long' });
    world.clock.run();
    world.respond(short.source);
    world.socket.accept();
    world.clock.run();
    world.socket.accept();
    world.clock.run();
    world.respond(short.source);
    world.drain();
    expect(order(world)).toEqual(['short', 'response', expect.stringMatching(/^long\+/), 'response', 'long']);
    expect(world.sends().map((send) => send.body!.length >= 2048)).toEqual([true, true, true]);
  });

  test('XMIT-10 a response overtakes a thousand SENDs that wait', () => {
    const world = createWorld();
    const route = world.route();
    for (let i = 0; i < 1000; i++) route.message(octets(1000), '$', { messageId: `small${i}` });
    world.clock.run();
    world.respond(route.source);
    world.drain();
    const place = order(world).indexOf('response');
    expect(place).toBeGreaterThan(0);
    // No more than what had been handed over already: 64 KiB, and the one that was begun.
    expect(place).toBeLessThan(66);
    expect(world.sends()).toHaveLength(1000);
  });

  test('XMIT-09 a long request other than SEND is never cut', () => {
    const world = createWorld({ limits: { maxUnwrittenBytes: 3000 } });
    const back = new FakeWayBack();
    const source = new FakeSource();
    const { message, at, again } = requestOf('x'.repeat(10_000));
    world.route().message(octets(9000), '$', { messageId: 'long' });
    world.scheduler.request(message, at, again, back, source, false);
    world.respond(source);
    world.drain();
    expect(order(world).slice(-3)).toEqual(['NICKNAME', 'response', 'long']);
    expect(world.violations).toEqual([]);
    expect(back.told).toEqual([]);
  });

  test('small messages leave in the order in which they came', () => {
    const world = createWorld({ connected: false });
    const source = new FakeSource();
    world.respond(source);
    world.report(source);
    world.respond(source);
    world.report(source, 5000);
    expect(world.scheduler.smallBytes).toBeGreaterThan(5000);
    world.open();
    world.drain();
    expect(order(world)).toEqual(['response', 'REPORT', 'response', 'REPORT']);
    expect(world.scheduler.smallBytes).toBe(0);
  });

  test('XMIT-05 two sessions with long messages take turns of 16 KiB', () => {
    const world = createWorld();
    const [a, b] = [world.route('a'), world.route('b')];
    a.message(octets(2_000_000, 1), '$', { messageId: 'aaaa' });
    b.message(octets(2_000_000, 2), '$', { messageId: 'bbbb' });
    world.drain();
    const sums = { aaaa: 0, bbbb: 0 };
    let apart = 0;
    for (const send of world.sends().slice(0, -2)) {
      sums[send.messageId as 'aaaa' | 'bbbb'] += send.body!.length;
      apart = Math.max(apart, Math.abs(sums.aaaa - sums.bbbb));
    }
    expect(apart).toBeLessThanOrEqual(16_384 + 2048);
    expect(apart).toBeGreaterThan(2048);
    expect(sums.aaaa + sums.bbbb).toBeGreaterThan(3_900_000);
    expect(world.violations).toEqual([]);
  });

  test('XMIT-05 who was alone on the connection before owes the newcomer nothing', () => {
    const world = createWorld();
    const [a, b] = [world.route('a'), world.route('b')];
    a.message(octets(2_000_000, 1), '$', { messageId: 'aaaa' });
    world.clock.run();
    for (let i = 0; i < 15; i++) {
      world.socket.accept();
      world.clock.run();
    }
    b.message(octets(500_000, 2), '$', { messageId: 'bbbb' });
    world.drain();
    const [first, ...later] = world.sends();
    expect(first!.body!.length).toBeGreaterThan(900_000);
    const until = later.slice(0, later.map((send) => send.messageId).lastIndexOf('bbbb'));
    const share = (id: string): number =>
      until.filter((send) => send.messageId === id).reduce((sum, send) => sum + send.body!.length, 0);
    expect(Math.abs(share('aaaa') - share('bbbb'))).toBeLessThanOrEqual(2 * (16_384 + 2048));
    expect(share('aaaa')).toBeGreaterThan(400_000);
  });

  test('XMIT-24 one message beside a hundred of another session gets half of the link', () => {
    const world = createWorld();
    const [a, b] = [world.route('a'), world.route('b')];
    for (let i = 0; i < 100; i++) b.message(octets(20_000, 2), '$', { messageId: 'bbbb' });
    a.message(octets(300_000, 1), '$', { messageId: 'aaaa' });
    world.drain();
    const ids = world.sends().map((send) => send.messageId);
    const until = world.sends().slice(0, ids.lastIndexOf('aaaa') + 1);
    const share = (id: string): number =>
      until.filter((send) => send.messageId === id).reduce((sum, send) => sum + send.body!.length, 0);
    expect(share('aaaa')).toBe(300_000);
    expect(share('bbbb')).toBeGreaterThan(250_000);
    expect(share('bbbb')).toBeLessThan(350_000);
  });

  test('XMIT-24 the key is the session, not the route: two routes of one session share a turn', () => {
    const world = createWorld();
    const turnKey = {};
    const routes = [world.route('a', { turnKey }), world.route('b', { turnKey }), world.route('c')];
    for (const [i, route] of routes.entries()) route.message(octets(400_000, i), '$', { messageId: `message${i}` });
    world.drain();
    const ids = world.sends().map((send) => send.messageId);
    const until = world.sends().slice(0, ids.lastIndexOf('message2') + 1);
    const shared = until
      .filter((send) => send.messageId !== 'message2')
      .reduce((sum, send) => sum + send.body!.length, 0);
    expect(shared).toBeGreaterThan(350_000);
    expect(shared).toBeLessThan(450_000);
  });

  test('XMIT-05 many short messages of one session do not shut out another', () => {
    const world = createWorld();
    const [a, b] = [world.route('a'), world.route('b')];
    for (let i = 0; i < 500; i++) a.message(octets(1000), '$', { messageId: 'aaaa' });
    for (let i = 0; i < 20; i++) b.message(octets(1000), '$', { messageId: 'bbbb' });
    world.drain();
    const ids = world.sends().map((send) => send.messageId);
    expect(ids.lastIndexOf('bbbb')).toBeLessThan(20 + 20 + 17);
  });

  test('FWD-34 XMIT-12 inside a route all leaves in the order of arrival, long or short', () => {
    const world = createWorld();
    const route = world.route();
    for (let i = 0; i < 50; i++) route.message(octets(i % 7 === 0 ? 30_000 : 100), '$', { messageId: `message${i}` });
    world.route('other').message(octets(200_000), '$', { messageId: 'other' });
    world.drain();
    const ended = world.sends().filter((send) => send.flag === '$' && send.messageId !== 'other');
    expect(ended.map((send) => send.messageId)).toEqual(Array.from({ length: 50 }, (_, i) => `message${i}`));
    // No later message between two pieces of one.
    const begun = world.sends().filter((send) => send.messageId !== 'other');
    const seen = begun.map((send) => Number(send.messageId!.slice(7)));
    expect(seen).toEqual([...seen].sort((x, y) => x - y));
  });

  test('XMIT-07 XMIT-12 a second long message of the same session does not cut the first', () => {
    const world = createWorld();
    const route = world.route();
    route.message(octets(300_000), '$', { messageId: 'first' });
    route.message(octets(300_000), '$', { messageId: 'second' });
    world.drain();
    expect(order(world)).toEqual(['first', 'second']);
  });

  test('XMIT-13 a sender that stalls inside a chunk blocks nobody; it resumes with a new chunk', () => {
    const world = createWorld();
    const [a, b] = [world.route('a'), world.route('b')];
    const stalled = a.chunk({ range: '1-*/100000', messageId: 'stalled' }).add(octets(50_000, 3));
    world.drain();
    b.message(octets(10), '$', { messageId: 'other' });
    world.drain();
    expect(order(world)).toEqual(['stalled+49999', 'other']);
    stalled.add(octets(50_000, 4)).finish();
    world.drain();
    expect(order(world)).toEqual(['stalled+49999', 'other', 'stalled']);
    expect(world.sends()[2]!.range).toEqual({ start: 50_000, end: undefined, total: 100_000 });
  });

  test('XMIT-13 also one on another route of the same session', () => {
    const world = createWorld();
    const turnKey = {};
    const [a, b] = [world.route('a', { turnKey }), world.route('b', { turnKey })];
    a.chunk({ messageId: 'stalled' }).add(octets(3000));
    world.drain();
    b.message(octets(10), '$', { messageId: 'other' });
    world.drain();
    expect(order(world)).toEqual(['stalled+2999', 'other']);
  });

  test('XMIT-14 one that has sent next to nothing appears nowhere and delays nobody', () => {
    const world = createWorld();
    const [a, b] = [world.route('a'), world.route('b')];
    a.chunk({ messageId: 'stalled' }).add(octets(10));
    b.message(octets(10), '$', { messageId: 'other' });
    world.drain();
    expect(order(world)).toEqual(['other']);
  });

  test('a chunk that is not ready yet waits, and those behind it in its route', () => {
    const world = createWorld();
    const [a, b] = [world.route('a'), world.route('b')];
    const first = a.message(octets(10), '$', { messageId: 'first', ready: false });
    a.message(octets(10), '$', { messageId: 'second' });
    b.message(octets(10), '$', { messageId: 'other' });
    world.drain();
    expect(order(world)).toEqual(['other']);
    first.ready = true;
    a.changed();
    world.drain();
    expect(order(world)).toEqual(['other', 'first', 'second']);
  });

  test('one write a turn for many small things, none while nothing is left', () => {
    const world = createWorld();
    const route = world.route();
    for (let i = 0; i < 10; i++) {
      route.message(octets(100));
      world.respond(route.source);
    }
    expect(world.socket.writes).toHaveLength(0);
    world.drain();
    expect(world.socket.writes).toHaveLength(1);
    expect(world.out).toHaveLength(20);
    expect(world.scheduler.octetsOut).toBe(world.socket.handed);
    expect(world.traffic).toEqual({ sendsOut: 10, responsesOut: 10, octetsOut: world.socket.handed });
  });

  test('no more than 64 KiB and a piece are handed over ahead of acceptance', () => {
    const world = createWorld();
    for (const name of ['a', 'b', 'c']) world.route(name).message(octets(300_000));
    world.clock.run();
    expect(world.socket.handed).toBeGreaterThanOrEqual(65_536);
    expect(world.socket.handed).toBeLessThan(65_536 + 4096);
    world.socket.accept(10_000);
    world.clock.run();
    expect(world.socket.handed - world.socket.accepted).toBeLessThan(65_536 + 4096);
    expect(world.socket.handed).toBeGreaterThanOrEqual(75_536);
  });
});

test('sessions that have nothing more to send are forgotten', () => {
  const world = createWorld({ acceptance: 'at once' });
  const turns = new Turns(1000);
  for (let i = 0; i < 1000; i++) {
    const route = world.route(`r${i}`);
    turns.add(route);
    turns.remove(route);
  }
  expect([turns.size, turns.current()]).toEqual([0, undefined]);
  expect((Reflect.get(turns, 'byKey') as Map<object, unknown>).size).toBeLessThan(20);
});
