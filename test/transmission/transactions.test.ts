import { describe, expect, test, vi } from 'vitest';
import { viewOf } from '../../src/wire/octets.js';
import { createWorld, FakeSource, FakeWayBack, octets, requestOf, type TestRoute, type World } from './world.js';

function tids(world: World): string[] {
  return world.sends().map((send) => send.tid);
}

function failures(route: TestRoute): string[] {
  return route.failed.map(
    ({ code, reason, start, octets: bytes, messageId }) =>
      `${code} ${reason} ${messageId} ${start}-${start + bytes - 1}`,
  );
}

function outstanding(world: World, tid: string): boolean {
  return world.scheduler.transactions.find(viewOf(Buffer.from(tid)), 0, tid.length) >= 0;
}

describe('transactions of SENDs', () => {
  test('FWD-16 FWD-43 no answer: told as 408 after 30 s, not a moment sooner; then forgotten', () => {
    const world = createWorld();
    const route = world.route();
    route.message(octets(10), '$', { range: '1-10/10' });
    world.drain();
    world.clock.advance(29_999);
    expect(route.failed).toEqual([]);
    expect(outstanding(world, tids(world)[0]!)).toBe(true);
    world.clock.advance(1);
    expect(route.failed).toEqual([
      {
        code: 408,
        comment: '',
        reason: 'timeout',
        failureReport: 'yes',
        messageId: 'message1',
        start: 1,
        octets: 10,
        total: 10,
        chunk: undefined,
      },
    ]);
    expect(outstanding(world, tids(world)[0]!)).toBe(false);
    expect([world.scheduler.transactions.count, world.timersPending]).toEqual([0, 0]);
  });

  test('FWD-17 the 30 s begin when the last octet has been accepted', () => {
    const world = createWorld();
    const route = world.route();
    route.message(octets(3000));
    world.clock.run();
    world.socket.accept(1000);
    world.clock.advance(20_000);
    world.socket.accept(world.socket.handed - world.socket.accepted - 1);
    world.clock.advance(25_000);
    world.socket.accept();
    world.clock.advance(29_999);
    expect(route.failed).toEqual([]);
    world.clock.advance(1);
    expect(failures(route)).toEqual(['408 timeout message1 1-3000']);
    expect(world.stalls).toBe(0);
  });

  test('FWD-17 a chunk that comes over minutes has no timer before its end-line', () => {
    const world = createWorld();
    const route = world.route();
    const chunk = route.chunk().add(octets(3000));
    for (let i = 0; i < 10; i++) {
      world.drain();
      world.clock.advance(20_000);
      chunk.add(octets(100));
    }
    chunk.finish();
    world.drain();
    world.clock.advance(29_000);
    expect(route.failed).toEqual([]);
    world.answer(tids(world)[0]!);
    world.clock.advance(60_000);
    expect(route.failed).toEqual([]);
    expect(world.scheduler.transactions.count).toBe(0);
  });

  test('FWD-18 RESP-07 partial: remembered for 30 s, forgotten without a word', () => {
    const world = createWorld();
    const route = world.route();
    route.message(octets(10), '$', { failureReport: 'partial' });
    route.message(octets(10), '$', { failureReport: 'partial', messageId: 'refused' });
    world.drain();
    world.clock.advance(10_000);
    world.answer(tids(world)[1]!, 415);
    expect(failures(route)).toEqual(['415 error-response refused 1-10']);
    world.clock.advance(19_999);
    expect(outstanding(world, tids(world)[0]!)).toBe(true);
    world.clock.advance(1);
    expect(outstanding(world, tids(world)[0]!)).toBe(false);
    expect(route.failed).toHaveLength(1);
  });

  test('FWD-18 no: nothing is remembered of what has been written', () => {
    const world = createWorld();
    const route = world.route();
    route.message(octets(10), '$', { failureReport: 'no' });
    route.message(octets(5000), '$', { failureReport: 'no' });
    world.drain();
    expect(world.sends()).toHaveLength(2);
    expect([world.scheduler.transactions.count, world.timersPending]).toEqual([0, 0]);
    expect(tids(world).map((tid) => outstanding(world, tid))).toEqual([false, false]);
  });

  test('XMIT-11 FWD-24 five pieces, four answered: one failure, with the range of the fifth', () => {
    const world = createWorld();
    const route = world.route();
    const chunk = route.chunk({ range: '1-*/*', failureReport: 'yes' });
    for (let i = 0; i < 4; i++) {
      chunk.add(octets(i === 0 ? 2101 : 2100));
      world.drain();
      world.respond(route.source);
      world.drain();
    }
    chunk.add(octets(2099)).finish();
    world.drain();
    expect(tids(world)).toHaveLength(5);
    for (const tid of [3, 0, 1, 4]) world.answer(tids(world)[tid]!);
    world.clock.advance(31_000);
    expect(failures(route)).toEqual(['408 timeout message1 4201-6300']);
    expect(world.scheduler.transactions.count).toBe(0);
  });

  test('FWD-24 all pieces time out: the ranges are the message, no overlap', () => {
    const world = createWorld();
    const [a, b] = [world.route('a'), world.route('b')];
    a.message(octets(40_000), '$', { range: '1-*/40000' });
    b.message(octets(40_000), '$', { range: '1-*/40000' });
    world.drain();
    world.clock.advance(30_000);
    for (const route of [a, b]) {
      expect(route.failed.length).toBeGreaterThan(1);
      let next = 1;
      for (const piece of route.failed) {
        expect(piece.start).toBe(next);
        next += piece.octets;
      }
      expect(next).toBe(40_001);
    }
  });

  test('a time-out names the chunk it was cut from only while more is to come; the message goes on', () => {
    const world = createWorld();
    const route = world.route();
    const chunk = route.chunk().add(octets(3000));
    world.drain();
    world.respond(route.source);
    world.drain();
    world.clock.advance(30_000);
    expect(route.failed.map((piece) => piece.chunk)).toEqual([chunk]);
    chunk.add(octets(10)).finish();
    world.drain();
    expect(world.sends().map((send) => send.flag)).toEqual(['+', '$']);
    world.clock.advance(30_000);
    expect(route.failed.map((piece) => piece.chunk)).toEqual([chunk, undefined]);
  });

  test('XMIT-17 twenty SENDs leave without waiting for an answer', () => {
    const world = createWorld();
    const route = world.route();
    for (let i = 0; i < 20; i++) route.message(octets(10));
    world.drain();
    expect(world.sends()).toHaveLength(20);
    expect(world.scheduler.transactions.count).toBe(20);
  });

  test('XMIT-18 ten thousand outstanding: all ids different, none tells the next', () => {
    const world = createWorld();
    const route = world.route();
    for (let i = 0; i < 10_000; i++) route.message(octets(1));
    world.drain();
    const seen = tids(world);
    expect(seen).toHaveLength(10_000);
    expect(new Set(seen.map((tid) => tid.slice(0, 24))).size).toBe(10_000);
    for (const tid of seen.slice(0, 100)) expect(tid).toMatch(/^[a-p]{28}$/);
    // No place in the random part is the same, or one further, from id to id.
    for (let place = 0; place < 24; place++) {
      const letters = seen.slice(0, 200).map((tid) => tid.charCodeAt(place));
      expect(new Set(letters).size).toBe(16);
      const steps = letters.slice(1).map((letter, i) => (letter - letters[i]! + 16) % 16);
      expect(new Set(steps).size).toBeGreaterThan(10);
    }
    for (const tid of seen) world.answer(tid);
    expect(world.scheduler.transactions.count).toBe(0);
  });

  test('slots are used again with new ids; an old id matches nothing', () => {
    const world = createWorld();
    const route = world.route();
    route.message(octets(1));
    world.drain();
    const old = tids(world)[0]!;
    world.answer(old);
    for (let i = 0; i < 16; i++) route.message(octets(1));
    world.drain();
    const slots = tids(world)
      .slice(1)
      .map((tid) => tid.slice(24));
    expect(slots).toContain(old.slice(24));
    expect(new Set(slots).size).toBe(16);
    expect(outstanding(world, old)).toBe(false);
  });

  test('an id that differs in one letter, is shorter or longer, matches nothing', () => {
    const world = createWorld();
    world.route().message(octets(1));
    world.drain();
    const tid = tids(world)[0]!;
    expect(outstanding(world, tid)).toBe(true);
    for (let i = 0; i < 28; i++) {
      const other = tid[i] === 'a' ? 'b' : 'a';
      expect(outstanding(world, tid.slice(0, i) + other + tid.slice(i + 1))).toBe(false);
    }
    for (const wrong of [tid.slice(1), `${tid}a`, '', tid.toUpperCase(), `${tid.slice(0, 24)}zzzz`]) {
      expect(outstanding(world, wrong)).toBe(false);
    }
  });

  test('Message-IDs of any length are told whole', () => {
    const world = createWorld();
    const route = world.route();
    const ids = [3, 40, 41, 128].map((length) => 'm'.repeat(length));
    for (const messageId of ids) route.message(octets(1), '$', { messageId });
    world.drain();
    world.clock.advance(30_000);
    expect(route.failed.map((piece) => piece.messageId)).toEqual(ids);
  });

  test('XMIT-23 a thousand that time out together do so together', () => {
    const world = createWorld();
    const route = world.route();
    for (let i = 0; i < 1000; i++) {
      route.message(octets(1), '$', { messageId: `message${i}` });
      if (i % 100 === 99) {
        world.drain();
        world.clock.advance(100);
      }
    }
    world.clock.advance(28_999);
    expect(route.failed).toHaveLength(0);
    world.clock.advance(1);
    expect(route.failed).toHaveLength(100);
    world.clock.advance(900);
    expect(route.failed.map((piece) => piece.messageId)).toEqual(
      Array.from({ length: 1000 }, (_, i) => `message${i}`),
    );
    expect([world.scheduler.transactions.count, world.timersPending]).toEqual([0, 0]);
  });

  test('XMIT-27 while the peer is not read the 30 s stand still', () => {
    const world = createWorld();
    const route = world.route();
    route.message(octets(1));
    world.drain();
    world.clock.advance(20_000);
    world.reading = false;
    world.clock.advance(40_000);
    expect(route.failed).toEqual([]);
    world.reading = true;
    world.clock.advance(9_999);
    expect(route.failed).toEqual([]);
    world.clock.advance(251);
    expect(route.failed).toHaveLength(1);
  });

  test('XMIT-27 also when it is held at the very moment the time would be over', () => {
    const world = createWorld();
    const route = world.route();
    route.message(octets(1));
    world.drain();
    world.clock.advance(29_999);
    world.reading = false;
    const wakeUps = vi.spyOn(world.clock, 'wakeAt');
    world.clock.advance(600_000);
    expect(route.failed).toEqual([]);
    // Looks again four times a second, not without a pause.
    expect(wakeUps.mock.calls.length).toBeLessThanOrEqual(2401);
    world.reading = true;
    world.clock.advance(251);
    expect(route.failed).toHaveLength(1);
    expect(world.timersPending).toBe(0);
  });
});

describe('answers while a piece is under way', () => {
  test('RESP-20 an answer that is here before we know that its request was accepted', () => {
    const world = createWorld();
    const { transactions } = world.scheduler;
    const backs = Array.from({ length: 3 }, () => new FakeWayBack());
    const slots = backs.map((back) => transactions.openRequest(back));
    slots.forEach((slot, i) => {
      transactions.close(slot, 0, 100 * (i + 1));
    });
    const first = Buffer.alloc(28);
    transactions.writeTid(slots[0]!, new DataView(first.buffer, first.byteOffset, 28), 0);
    expect(transactions.find(viewOf(first), 0, 28)).toBe(slots[0]);
    transactions.complete(slots[0]!);
    transactions.written(200);
    expect(transactions.find(viewOf(first), 0, 28)).toBe(-1);
    transactions.complete(slots[2]!);
    transactions.written(300);
    expect([transactions.count, transactions.nextDeadline]).toEqual([1, world.clock.nowMs() + 30_000]);
    world.clock.advance(30_000);
    transactions.expire();
    expect(backs.map((back) => back.told)).toEqual([[], ['408 timeout'], []]);
    expect([transactions.count, transactions.nextDeadline]).toEqual([0, Infinity]);
  });

  test('RESP-20 a 200 before the end of the chunk is its answer', () => {
    const world = createWorld();
    const route = world.route();
    const chunk = route.chunk().add(octets(3000));
    world.drain();
    const { tid } = world.parser.incoming!;
    world.answer(tid);
    expect(outstanding(world, tid)).toBe(false);
    chunk.add(octets(3000)).finish();
    world.drain();
    expect(world.sends().map((send) => `${send.tid === tid} ${send.body!.length}${send.flag}`)).toEqual([
      'true 6000$',
    ]);
    expect(world.scheduler.transactions.count).toBe(0);
    world.clock.advance(60_000);
    expect(route.failed).toEqual([]);
  });

  test('RESP-18 RESP-19 an error answer ends the chunk with #, and covers what was sent', () => {
    const world = createWorld();
    const route = world.route();
    const chunk = route.chunk({ range: '1-*/1000000' }).add(octets(10_000));
    route.message(octets(5), '$', { messageId: 'next' });
    world.drain();
    world.answer(world.parser.incoming!.tid, 413);
    world.drain();
    expect(world.sends().map((send) => `${send.messageId!} ${send.body!.length}${send.flag}`)).toEqual([
      'message1 9999#',
      'next 5$',
    ]);
    expect(failures(route)).toEqual(['413 error-response message1 1-9999']);
    expect(route.failed[0]).toMatchObject({ chunk, comment: 'Comment', total: 1_000_000, failureReport: 'yes' });
    expect([chunk.dones, chunk.failures]).toEqual([1, []]);
    chunk.add(octets(5000)).finish();
    world.drain();
    expect(world.sends()).toHaveLength(2);
    world.answer(tids(world)[1]!);
    expect(world.scheduler.transactions.count).toBe(0);
    expect(world.violations).toEqual([]);
  });

  test('RESP-19 an error for an earlier piece stops the chunk between its pieces, or in a later one', () => {
    for (const more of [0, 3000]) {
      const world = createWorld();
      const route = world.route();
      const chunk = route.chunk({ range: '1-*/*' }).add(octets(3000));
      world.drain();
      world.respond(route.source);
      world.drain();
      chunk.add(octets(more));
      world.drain();
      world.answer(tids(world)[0]!, 481);
      chunk.add(octets(9000)).finish();
      route.message(octets(1), '$', { messageId: 'next' });
      world.drain();
      expect(failures(route)).toEqual(['481 error-response message1 1-2999']);
      expect(route.failed[0]!.chunk).toBe(chunk);
      const cut = ['message1 2999+', 'next 1$'];
      if (more > 0) cut.splice(1, 0, 'message1 3000#');
      expect(world.sends().map((send) => `${send.messageId!} ${send.body!.length}${send.flag}`)).toEqual(cut);
      expect(chunk.dones).toBe(1);
    }
  });

  test('an error after the end has no chunk left to stop', () => {
    const world = createWorld();
    const route = world.route();
    route.message(octets(5000), '$', { range: '1-*/5000' });
    world.drain();
    world.answer(tids(world)[0]!, 500);
    expect(failures(route)).toEqual(['500 error-response message1 1-5000']);
    expect(route.failed[0]!.chunk).toBeUndefined();
    expect(world.scheduler.transactions.count).toBe(0);
    world.clock.advance(60_000);
    expect(route.failed).toHaveLength(1);
  });

  test('with Failure-Report no an error answer still stops a chunk under way', () => {
    const world = createWorld();
    const route = world.route();
    route.chunk({ failureReport: 'no' }).add(octets(3000));
    world.drain();
    world.answer(world.parser.incoming!.tid, 415);
    world.drain();
    expect(world.sends().map((send) => send.flag)).toEqual(['#']);
    expect(route.failed.map((piece) => piece.failureReport)).toEqual(['no']);
    expect(world.scheduler.transactions.count).toBe(0);
  });
});

describe('requests answered end to end', () => {
  test('FWD-28 FWD-38 the id is put in, the answer finds its way, silence is 408 after 30 s', () => {
    const world = createWorld();
    const backs = [new FakeWayBack(), new FakeWayBack()];
    for (const back of backs) {
      const { message, at, again } = requestOf();
      world.scheduler.request(message, at, again, back, new FakeSource(), false);
    }
    world.drain();
    expect(world.violations).toEqual([]);
    const ids = world.out.map((each) => (each.kind === 'request' ? each.request.tid : ''));
    expect(new Set(ids).size).toBe(2);
    const slot = world.scheduler.transactions.find(viewOf(Buffer.from(ids[0]!)), 0, 28);
    expect(world.scheduler.transactions.wayBack(slot)).toBe(backs[0]);
    world.scheduler.transactions.complete(slot);
    world.clock.advance(29_999);
    expect(backs[1]!.told).toEqual([]);
    world.clock.advance(1);
    expect(backs.map((back) => back.told)).toEqual([[], ['408 timeout']]);
    expect(world.scheduler.transactions.count).toBe(0);
  });
});

describe('FWD-48 the table is bounded', () => {
  test('FWD-48 who makes more than its share is held until half of it is answered', () => {
    const world = createWorld({ limits: { maxTransactions: 10 } });
    const route = world.route();
    for (let i = 0; i < 9; i++) route.message(octets(1));
    world.drain();
    expect(route.source.reasons).toEqual([]);
    route.message(octets(1));
    world.drain();
    expect(route.source.reasons).toEqual(['transactions']);
    for (const tid of tids(world).slice(0, 4)) world.answer(tid);
    expect(route.source.reasons).toEqual(['transactions']);
    world.answer(tids(world)[4]!);
    expect(route.source.reasons).toEqual([]);
  });

  test('FWD-48 time-outs make room as well', () => {
    const world = createWorld({ limits: { maxTransactions: 4 } });
    const route = world.route();
    for (let i = 0; i < 6; i++) route.message(octets(1));
    world.drain();
    expect(route.source.reasons).toEqual(['transactions']);
    world.clock.advance(30_000);
    expect(route.source.reasons).toEqual([]);
    expect(route.failed).toHaveLength(6);
  });

  test('FWD-48 when all 65536 ids are taken what comes waits, and a request is refused', () => {
    const world = createWorld({ limits: { maxTransactions: 65_536 } });
    const { transactions } = world.scheduler;
    const slots = Array.from({ length: 65_536 }, () => transactions.openRequest(new FakeWayBack()));
    expect(new Set(slots).size).toBe(65_536);
    expect(transactions.openRequest(new FakeWayBack())).toBe(-1);
    const route = world.route();
    const waits = route.message(octets(1));
    const back = new FakeWayBack();
    const { message, at, again } = requestOf();
    world.scheduler.request(message, at, again, back, new FakeSource(), false);
    world.drain();
    expect(back.told).toEqual(['408 connection-lost']);
    expect([waits.begins, world.socket.handed]).toEqual([0, 0]);
    expect(route.source.reasons).toEqual(['transactions']);
    for (const slot of slots.slice(0, 32_768)) transactions.release(slot);
    world.scheduler.answered();
    world.drain();
    expect(waits.dones).toBe(1);
    expect(route.source.reasons).toEqual([]);
  });
});
