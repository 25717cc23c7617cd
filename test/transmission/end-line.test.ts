import { describe, expect, test } from 'vitest';
import { EndLineGuard } from '../../src/transmission/end-line-guard.js';
import { createWorld, octets, type TestChunk, type World } from './world.js';

const id = 'abcdefghijklmnopabcdefgh';

function guard(atHand: number): EndLineGuard {
  const made = new EndLineGuard(24);
  made.begin(Buffer.from(`${id}aaaa`), 0, atHand);
  return made;
}

describe('EndLineGuard', () => {
  test('XMIT-19 lets all go that is no look-alike', () => {
    expect(guard(0).allow(octets(5000))).toBe(5000);
    expect(guard(0).allow(Buffer.from(id.slice(0, 23)))).toBe(23);
    expect(guard(0).allow(Buffer.alloc(0))).toBe(0);
  });

  test('XMIT-19 stops before the last random letter, wherever it stands', () => {
    for (const before of [0, 1, 23, 24, 1000]) {
      expect(guard(0).allow(Buffer.concat([octets(before), Buffer.from(`${id}aaaa$`)]))).toBe(before + 23);
    }
  });

  test('XMIT-19 is not misled by what begins alike, few times or many, whole or cut by the end', () => {
    for (const times of [1, 7, 8, 9, 30]) {
      const alike = Buffer.from(`${id.slice(0, 23)}-`.repeat(times));
      expect(guard(0).allow(alike)).toBe(alike.length);
      expect(guard(0).allow(Buffer.concat([alike, Buffer.from(id)]))).toBe(alike.length + 23);
      expect(guard(0).allow(Buffer.concat([alike, Buffer.from(id.slice(0, 8))]))).toBe(alike.length + 8);
    }
  });

  test('XMIT-19 finds it across every seam of two slices, and of many', () => {
    const whole = Buffer.from(`xxxxx${id}xxxxx`);
    for (let cut = 0; cut <= whole.length; cut++) {
      const made = guard(0);
      let passed = 0;
      for (const slice of [whole.subarray(0, cut), whole.subarray(cut)]) {
        const allowed = made.allow(slice);
        made.passed(slice.subarray(0, allowed));
        passed += allowed;
        if (allowed < slice.length) break;
      }
      expect(passed).toBe(5 + 23);
    }
    const dripped = guard(0);
    let passed = 0;
    for (const octet of whole) {
      const slice = Buffer.of(octet);
      if (dripped.allow(slice) === 0) break;
      dripped.passed(slice);
      passed++;
    }
    expect(passed).toBe(5 + 23);
  });

  test('octets at hand before the id was made are not searched, those behind them are', () => {
    const made = guard(24);
    const innocent = Buffer.from(id);
    expect(made.allow(innocent)).toBe(24);
    made.passed(innocent);
    expect(made.allow(Buffer.from(id))).toBe(23);
    const both = guard(10);
    expect(both.allow(Buffer.concat([octets(10), Buffer.from(id)]))).toBe(33);
  });

  test('a new piece has a new id and forgets the seam', () => {
    const made = guard(0);
    made.passed(Buffer.from(id.slice(0, 20)));
    made.begin(Buffer.from(`${id}aaaa`), 0, 0);
    expect(made.allow(Buffer.from(id.slice(20)))).toBe(4);
  });
});

describe('our own end-line in a body', () => {
  /** A chunk of which a good part has gone out, whose sender has learned the id. */
  function running(): { world: World; chunk: TestChunk; tid: string } {
    const world = createWorld();
    const chunk = world.route().chunk({ range: '1-*/*' }).add(octets(5000));
    world.drain();
    return { world, chunk, tid: world.parser.incoming!.tid };
  }

  function check(world: World, chunk: TestChunk): void {
    world.drain();
    expect(world.violations).toEqual([]);
    expect(Buffer.concat(world.sends().map((send) => send.body!)).equals(Buffer.concat(chunk.octets))).toBe(true);
    for (const send of world.sends()) expect(send.body!.includes(send.tid.slice(0, 24))).toBe(false);
    let next = 1;
    for (const send of world.sends()) {
      expect(send.range!.start).toBe(next);
      next += send.body!.length;
    }
  }

  test.each([
    ['between two CRLFs', '\r\n-------', '$\r\nMSRP smuggled SEND\r\n'],
    ['without CRLF', '-------', '$'],
    ['with flag +', '\r\n-------', '+\r\n'],
    ['without anything', '', ''],
  ])('XMIT-19 look-alike %s: + before it, the rest in a new piece', (_, before, behind) => {
    const { world, chunk, tid } = running();
    chunk.add(Buffer.from(`${before}${tid}${behind}`)).add(octets(3000, 1));
    chunk.finish();
    check(world, chunk);
    expect(world.sends().map((send) => send.flag)).toEqual(['+', '$']);
    expect(world.sends()[0]!.body!.length).toBe(5000 + before.length + 23);
    expect(world.sends()[1]!.tid).not.toBe(tid);
  });

  test('XMIT-19 in two reads, cut anywhere', () => {
    const lookAlikeBytes = 2 + 7 + 28 + 3;
    for (let cut = 1; cut < lookAlikeBytes; cut++) {
      const { world, chunk, tid } = running();
      const lookAlike = Buffer.from(`\r\n-------${tid}$\r\n`);
      chunk.add(lookAlike.subarray(0, cut));
      world.drain();
      chunk.add(lookAlike.subarray(cut));
      world.drain();
      chunk.add(octets(100, 1)).finish();
      check(world, chunk);
      expect(world.sends().map((send) => send.flag)).toEqual(['+', '$']);
    }
  });

  test('XMIT-19 again and again, with each new id', () => {
    const { world, chunk } = running();
    for (let i = 0; i < 20; i++) {
      chunk.add(Buffer.from(`\r\n-------${world.parser.incoming!.tid}$\r\n`)).add(octets(2100, i));
      world.drain();
    }
    chunk.finish();
    check(world, chunk);
    expect(world.sends()).toHaveLength(21);
  });

  test('XMIT-19 the look-alike is the end of the message', () => {
    const { world, chunk, tid } = running();
    chunk.add(Buffer.from(`\r\n-------${tid}`)).finish();
    check(world, chunk);
    expect(world.sends().map((send) => send.flag)).toEqual(['+', '$']);
  });

  test('XMIT-19 the id of an earlier piece is plain octets', () => {
    const { world, chunk, tid } = running();
    world.respond(chunk.route.source);
    world.drain();
    chunk.add(octets(3000));
    world.drain();
    chunk.add(Buffer.from(`\r\n-------${tid}$\r\n`)).finish();
    check(world, chunk);
    expect(world.sends().map((send) => send.flag)).toEqual(['+', '$']);
  });
});
