import { describe, expect, test } from 'vitest';
import { Chunk, type ChunkRoute } from '../../src/forward/chunk.js';
import { FrameParser } from '../../src/wire/frame-parser.js';
import type { Head } from '../../src/wire/types.js';

/** A chunk of which nothing has come but its head, on a route that takes so many octets whenever it is asked to pass on. */
function coming(taken: (chunk: Chunk) => void): { readonly chunk: Chunk; readonly waiting: () => number } {
  let waiting = 0;
  const route: Partial<ChunkRoute> = {
    state: 'open',
    lastPosition: Infinity,
    waits(octets) {
      waiting += octets;
    },
    changed() {},
    passOn() {
      taken(chunk);
    },
  };
  const heads: Chunk[] = [];
  const sink = {
    onHead: (head: Head) => heads.push(new Chunk(route as ChunkRoute, head, undefined)) > 0,
    onBody() {},
    onEnd() {},
    onLost() {},
  };
  const limits = { maxHeadBytes: 16_384, maxLineBytes: 8192, maxHeaders: 64 };
  const paths = 'To-Path: msrps://r.example:2855/t;tcp\r\nFrom-Path: msrps://f.example:2855/f;tcp\r\n';
  const lines = 'Message-ID: m123\r\nContent-Type: text/plain\r\n\r\n';
  new FrameParser(sink, limits, { framing: 'stream', identLength: 'lenient' }).push(
    Buffer.from(`MSRP abcd1234 SEND\r\n${paths}${lines}`),
  );
  const chunk = heads[0]!;
  const before = waiting;
  return { chunk, waiting: () => waiting - before };
}

/** Takes so many octets out of it. */
function take(chunk: Chunk, octets: number, into: Buffer[] = []): void {
  for (let left = octets; left > 0;) {
    const slice = chunk.peek(left);
    into.push(slice);
    chunk.consume(slice.length);
    left -= slice.length;
  }
}

describe('Chunk', () => {
  test('XMIT-15 what can leave at once is shown as it was read, and only the rest is kept, as a copy', () => {
    const read = Buffer.alloc(5000, 'x');
    const shown: Buffer[] = [];
    const { chunk, waiting } = coming((it) => {
      take(it, it.atHand - 1, shown);
    });
    chunk.octets(read);
    expect(shown.map((slice) => [slice.buffer === read.buffer, slice.length])).toEqual([[true, 4999]]);
    expect([chunk.atHand, waiting()]).toEqual([1, 1]);
    read.fill('?');
    expect(chunk.peek(10).toString()).toBe('x');
  });

  test('XMIT-15 what waits leaves before what is passed on, whatever is taken when', () => {
    for (const each of [0, 1, 700, 3000, 20_000]) {
      const out: Buffer[] = [];
      const copy = (it: Chunk, octets: number): void => {
        const slices: Buffer[] = [];
        take(it, octets, slices);
        out.push(...slices.map((slice) => Buffer.from(slice)));
      };
      const { chunk, waiting } = coming((it) => {
        copy(it, Math.min(each, it.atHand));
      });
      const sent: Buffer[] = [];
      for (const bytes of [1, 900, 4000, 17_000, 40_000, 3]) {
        const octets = Buffer.from(Array.from({ length: bytes }, (_, i) => (i * 7 + bytes) & 255));
        sent.push(Buffer.from(octets));
        chunk.octets(octets);
        if (!isLong(octets)) octets.fill(0);
        expect(waiting()).toBe(chunk.atHand);
      }
      copy(chunk, chunk.atHand);
      expect(Buffer.concat(out).equals(Buffer.concat(sent))).toBe(true);
      expect(waiting()).toBe(0);
    }
  });

  test('XMIT-15 one that fails while it is passed on keeps nothing', () => {
    const { chunk, waiting } = coming((it) => {
      it.discard();
    });
    chunk.octets(Buffer.alloc(9000, 'x'));
    expect([chunk.atHand, chunk.fields.bytes.length > 0]).toEqual([0, true]);
    chunk.refused();
    expect([chunk.fields.bytes.length, waiting() < 0]).toEqual([0, true]);
  });
});

/** Is it kept by reference, so that it must stay as it is? */
function isLong(octets: Buffer): boolean {
  return octets.length >= 16_384;
}
