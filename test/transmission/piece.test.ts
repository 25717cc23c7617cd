import { describe, expect, test } from 'vitest';
import type { ReceivedRequest } from '../../src/testing/received.js';
import type { OutgoingChunk } from '../../src/transmission/types.js';
import { createWorld, octets, type World } from './world.js';

/** What a piece says of itself: Byte-Range, octets, flag. */
function told(send: ReceivedRequest): string {
  return `${send.header('Byte-Range') ?? 'none'} ${send.body?.length ?? 'no body'} ${send.flag}`;
}

function pieces(world: World): string[] {
  return world.sends().map(told);
}

function joined(world: World): Buffer {
  return Buffer.concat(world.sends().map((send) => send.body ?? Buffer.alloc(0)));
}

describe('pieces of a SEND', () => {
  test('XMIT-03 FWD-33 a chunk of 2048 octets goes whole, with a numeric range-end', () => {
    const world = createWorld();
    world.route().message(octets(2048), '$', { range: '1-2048/2048' });
    world.drain();
    expect(pieces(world)).toEqual(['1-2048/2048 2048 $']);
    expect(world.violations).toEqual([]);
  });

  test('XMIT-02 a longer one is interruptible, whatever the incoming range said', () => {
    for (const range of ['1-2049/2049', '1-*/2049', '1-*/*', null]) {
      const world = createWorld();
      world.route().message(octets(2049), '$', { range });
      world.drain();
      expect(world.sends().map((send) => [send.range?.start, send.range?.end, send.body?.length])).toEqual([
        [1, undefined, 2049],
      ]);
      expect(world.violations).toEqual([]);
    }
  });

  test('XMIT-02 so is one of unknown length, even if it turns out to be short of what is left', () => {
    const world = createWorld();
    const chunk = world.route().chunk({ range: '1-2600/2600' });
    chunk.add(octets(2100));
    world.drain();
    expect(world.parser.incoming?.range).toEqual({ start: 1, end: undefined, total: 2600 });
    chunk.add(octets(500)).finish();
    world.drain();
    expect(pieces(world)).toEqual(['1-*/2600 2600 $']);
  });

  test('XMIT-07 with nothing else waiting a message of 5 MB is one piece', () => {
    const world = createWorld();
    const body = octets(5 * 1024 * 1024);
    const chunk = world.route().chunk({ range: '1-*/5242880' });
    for (let at = 0; at < body.length; at += 65_536) {
      chunk.add(body.subarray(at, at + 65_536));
      world.drain();
    }
    chunk.finish();
    world.drain();
    expect(pieces(world)).toEqual(['1-*/5242880 5242880 $']);
    expect(joined(world).equals(body)).toBe(true);
  });

  test('XMIT-08 FWD-30 FWD-35 interrupted after 4096 and 8192: ranges join, flags + + $, headers repeated', () => {
    const world = createWorld();
    const route = world.route();
    const body = octets(10_000);
    const chunk = route.chunk({ range: '1-*/10000', behind: 'X-Foo: b\u00e4r\r\nContent-Type: text/x\r\n' });
    for (const [from, to] of [
      [0, 4097],
      [4097, 8193],
    ]) {
      chunk.add(body.subarray(from, to));
      world.drain();
      world.respond(route.source);
      world.drain();
    }
    chunk.add(body.subarray(8193)).finish();
    world.drain();
    expect(pieces(world)).toEqual(['1-*/10000 4096 +', '4097-*/10000 4096 +', '8193-10000/10000 1808 $']);
    expect(joined(world).equals(body)).toBe(true);
    for (const send of world.sends()) {
      expect(send.headers.map(([name, value]) => (name === 'Byte-Range' ? name : `${name}: ${value}`))).toEqual([
        'Message-ID: message1',
        'Byte-Range',
        'X-Foo: bär',
        'Content-Type: text/x',
      ]);
    }
    expect(new Set(world.sends().map((send) => send.tid)).size).toBe(3);
    expect(world.violations).toEqual([]);
  });

  test('FWD-35 FWD-30 an incoming chunk in the middle of a message: every piece is +, also the last', () => {
    const world = createWorld();
    const route = world.route();
    const chunk = route.chunk({ range: '8193-*/*' });
    chunk.add(octets(2049));
    world.drain();
    world.respond(route.source);
    chunk.add(octets(2048));
    world.drain();
    world.respond(route.source);
    chunk.add(octets(903)).finish('+');
    world.drain();
    expect(pieces(world)).toEqual(['8193-*/* 2048 +', '10241-*/* 2048 +', '12289-13192/* 904 +']);
  });

  test('FWD-42 without Byte-Range the first octet is 1, and every piece says where it starts', () => {
    const world = createWorld();
    const route = world.route();
    const chunk = route.chunk({ range: null }).add(octets(3001));
    world.drain();
    world.respond(route.source);
    chunk.add(octets(1999)).finish();
    world.drain();
    expect(pieces(world)).toEqual(['1-*/* 3000 +', '3001-5000/5000 2000 $']);
    expect(world.sends().map((send) => send.headers.map(([name]) => name).join())).toEqual([
      'Message-ID,Byte-Range,Content-Type',
      'Message-ID,Byte-Range,Content-Type',
    ]);
  });

  test('FWD-42 a short whole chunk without Byte-Range may stay without', () => {
    const world = createWorld();
    world.route().message(octets(10), '$', { range: null });
    world.drain();
    expect(pieces(world)).toEqual(['none 10 $']);
  });

  test('FWD-41 a total that the octets have passed becomes *, at the latest in the next piece', () => {
    const world = createWorld();
    const route = world.route();
    const chunk = route.chunk({ range: '1-*/3000' }).add(octets(2500));
    world.drain();
    chunk.add(octets(1597));
    world.drain();
    world.respond(route.source);
    world.drain();
    chunk.add(octets(903)).finish();
    world.drain();
    // The first header section was written while 3000 could still be true.
    expect(world.sends().map(told)).toEqual(['1-*/3000 4096 +', '4097-5000/5000 904 $']);
  });

  test('FWD-41 a chunk longer than its range says', () => {
    const world = createWorld();
    world.route().message(octets(12), '$', { range: '1-10/10' });
    world.drain();
    expect(pieces(world)).toEqual(['1-12/12 12 $']);
    expect(world.violations).toEqual([]);
  });

  test('FWD-41 a long one, all of it at hand when the header section is written', () => {
    const world = createWorld();
    world.route().message(octets(5000), '$', { range: '1-*/3000' });
    world.drain();
    expect(world.sends().map((send) => [send.range?.start, send.range?.end])).toEqual([[1, undefined]]);
    expect([undefined, 5000]).toContain(world.sends()[0]!.range!.total);
    expect(world.violations).toEqual([]);
  });

  test('FWD-41 a last chunk shorter than its range says: end and total are what came', () => {
    const world = createWorld();
    world.route().message(octets(12), '$', { range: '1-20/20' });
    world.drain();
    expect(pieces(world)).toEqual(['1-12/12 12 $']);
  });

  test('FWD-41 a long last one that is shorter than its range says', () => {
    const world = createWorld();
    world.route().message(octets(3000), '$', { range: '1-9000/9000' });
    world.drain();
    expect(pieces(world)).toEqual(['1-*/* 3000 $']);
  });

  test('FWD-41 one that is not the last keeps a total that may still be true', () => {
    const world = createWorld();
    world.route().message(octets(12), '+', { range: '1-20/20' });
    world.route().message(octets(12), '+', { range: '15-26/20' });
    world.drain();
    expect(pieces(world)).toEqual(['1-12/20 12 +', '15-26/* 12 +']);
  });

  test('FWD-33 1-*/* of 39 octets', () => {
    const world = createWorld();
    world.route().message(octets(39), '$', { range: '1-*/*' });
    world.drain();
    expect(pieces(world)).toEqual(['1-39/39 39 $']);
  });

  test('an empty message with Content-Type is 1-0/0, one without body has none', () => {
    const world = createWorld();
    world.route().message(octets(0), '$', { range: '1-*/*' });
    world.route().message(octets(0), '$', { range: '1-0/0' });
    world.route().message(octets(0), '$', { range: null, hasBody: false });
    world.drain();
    expect(pieces(world)).toEqual(['1-0/0 0 $', '1-0/0 0 $', 'none no body $']);
    expect(world.violations).toEqual([]);
  });

  test('XMIT-22 positions beyond 2^32 are exact, and up to 2^53-1', () => {
    const world = createWorld();
    const route = world.route();
    const chunk = route.chunk({ range: '5000000001-*/6000000000' }).add(octets(3001));
    world.drain();
    world.respond(route.source);
    chunk.add(octets(9)).finish('+');
    route.message(octets(10), '$', { range: '9007199254740982-*/*', messageId: 'message2' });
    world.drain();
    expect(pieces(world)).toEqual([
      '5000000001-*/6000000000 3000 +',
      '5000003001-5000003010/6000000000 10 +',
      '9007199254740982-9007199254740991/9007199254740991 10 $',
    ]);
  });

  test('XMIT-14 nothing is begun with 2048 octets and no end in sight', () => {
    const world = createWorld();
    const chunk = world.route().chunk({ range: '1-*/9000' }).add(octets(2048));
    world.drain();
    expect(world.socket.handed).toBe(0);
    expect(chunk.begins).toBe(0);
    chunk.add(octets(1));
    world.drain();
    expect(world.parser.incoming?.bodyBytes).toBeGreaterThan(1900);
    expect(chunk.begins).toBe(1);
    expect(chunk.atHand).toBe(1);
  });

  test('XMIT-26 a cut leaves at least one octet, which goes with the end-line', () => {
    const world = createWorld();
    const route = world.route();
    const chunk = route.chunk({ range: '1-*/*' }).add(octets(4096));
    world.drain();
    world.respond(route.source);
    world.drain();
    expect(pieces(world)).toEqual(['1-*/* 4095 +']);
    chunk.finish();
    world.drain();
    expect(pieces(world)).toEqual(['1-*/* 4095 +', '4096-4096/4096 1 $']);
    expect(chunk.dones).toBe(1);
  });

  test('XMIT-26 without a cut the octet in hand follows in the same piece', () => {
    const world = createWorld();
    const chunk = world.route().chunk({ range: '1-*/*' }).add(octets(4096));
    world.drain();
    chunk.finish();
    world.drain();
    expect(pieces(world)).toEqual(['1-*/* 4096 $']);
  });

  test('XMIT-06 the rest after a cut waits until it is long enough or complete', () => {
    const world = createWorld();
    const route = world.route();
    const chunk = route.chunk({ range: '1-*/*' }).add(octets(3000));
    world.drain();
    world.respond(route.source);
    world.drain();
    chunk.add(octets(2047));
    world.drain();
    expect(world.parser.incoming).toBeUndefined();
    chunk.add(octets(1));
    world.drain();
    expect(world.parser.incoming?.range).toEqual({ start: 3000, end: undefined, total: undefined });
  });

  test('FWD-36 a sender that breaks off: ended with #, if begun', () => {
    const world = createWorld();
    const route = world.route();
    const begun = route.chunk({ range: '1-*/9000' }).add(octets(5000));
    world.drain();
    begun.cut();
    world.drain();
    expect(pieces(world)).toEqual(['1-*/9000 5000 #']);
    expect([begun.dones, begun.failures]).toEqual([1, []]);
    const waiting = route.chunk({ messageId: 'message2' }).add(octets(2048));
    world.drain();
    waiting.cut();
    route.message(octets(3), '$', { messageId: 'message3' });
    world.drain();
    expect(world.sends().map((send) => `${send.messageId ?? ''}${send.flag}`)).toEqual(['message1#', 'message3$']);
    expect(world.violations).toEqual([]);
  });

  test('FWD-36 also between two pieces of it', () => {
    const world = createWorld();
    const route = world.route();
    const chunk = route.chunk({ range: '1-*/9000' }).add(octets(5000));
    world.drain();
    world.respond(route.source);
    world.drain();
    chunk.cut();
    world.drain();
    expect(pieces(world)).toEqual(['1-*/9000 4999 +', '5000-5000/9000 1 #']);
  });

  test('FWD-35 an incoming # is passed on', () => {
    const world = createWorld();
    const chunk = world.route().chunk({ range: '1-*/9000' }).add(octets(3000));
    world.drain();
    chunk.finish('#');
    world.route().message(octets(5), '#', { range: '1-*/9000' });
    world.drain();
    expect(pieces(world)).toEqual(['1-*/9000 3000 #', '1-5/9000 5 #']);
  });

  test('a whole short chunk that lies in the read buffer goes at once, with and without a true range', () => {
    const world = createWorld();
    const route = world.route();
    const lines = ['Message-ID: whole\r\n', 'Byte-Range: 1-5/5\r\n', 'Content-Type: text/plain\r\n'];
    const bytes = Buffer.from(`${lines.join('')}\r\nhello`);
    const body = { start: bytes.length - 5, end: bytes.length };
    const fields = {
      bytes,
      start: 0,
      rangeStart: 19,
      rangeEnd: 38,
      end: body.start - 2,
      messageId: { start: 12, end: 17 },
    };
    for (const [start, rangeIsTrue] of [
      [1, true],
      [3, false],
    ] as const) {
      const chunk: OutgoingChunk = {
        route,
        fields,
        hasBody: true,
        failureReport: 'yes',
        start,
        total: undefined,
        rangeIsTrue,
        ready: true,
        end: '$',
        atHand: 5,
        underWay: { chunk: undefined },
        sent: 0,
        peek: () => bytes,
        consume() {},
        begun() {},
        done() {},
        failed() {},
      };
      expect(world.scheduler.idle).toBe(true);
      expect(world.scheduler.sendWhole(chunk, bytes, body, '$')).toBe(true);
    }
    world.drain();
    expect(world.sends().map((send) => `${send.header('Byte-Range') ?? ''} ${send.text}${send.flag}`)).toEqual([
      '1-5/5 hello$',
      '3-7/7 hello$',
    ]);
    expect(world.traffic.sendsOut).toBe(2);
    world.answer(world.sends()[0]!.tid, 415);
    // Nothing of it is left to be stopped, and the object is another chunk by now.
    expect(route.failed.map(({ code, chunk }) => [code, chunk])).toEqual([[415, undefined]]);
    expect(world.violations).toEqual([]);
  });
});
