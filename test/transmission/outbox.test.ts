import { describe, expect, test } from 'vitest';
import { BlockPool, Outbox } from '../../src/transmission/outbox.js';

function text(parts: readonly Buffer[]): string {
  return Buffer.concat(parts).toString('latin1');
}

function append(outbox: Outbox, octets: string): void {
  outbox.append(Buffer.from(octets), 0, octets.length);
}

describe('Outbox', () => {
  test('small things stand one after the other in one part, long ones by reference between them', () => {
    const outbox = new Outbox(new BlockPool());
    append(outbox, 'one');
    append(outbox, 'two');
    const long = Buffer.alloc(2048, 'x');
    outbox.appendSlice(long);
    outbox.appendSlice(Buffer.from('three'));
    expect([outbox.total, outbox.pending, outbox.unwritten]).toEqual([2059, 2059, 2059]);
    const parts = outbox.take();
    expect(parts).toHaveLength(3);
    expect(parts[1]).toBe(long);
    expect(text(parts)).toBe(`onetwo${'x'.repeat(2048)}three`);
    expect([outbox.total, outbox.pending, outbox.unwritten]).toEqual([2059, 0, 2059]);
    expect(outbox.take()).toEqual([]);
  });

  test('what has not been accepted is not written over', () => {
    const pool = new BlockPool();
    const outbox = new Outbox(pool);
    const taken: (readonly Buffer[])[] = [];
    const expected: string[] = [];
    for (let i = 0; i < 300; i++) {
      const octets = String.fromCharCode(33 + (i % 90)).repeat(1000);
      append(outbox, octets);
      expected.push(octets);
      taken.push(outbox.take());
      // One octet of each is accepted early: not enough to let any of the blocks go.
      outbox.passed(i + 1);
    }
    expect(taken.map(text)).toEqual(expected);
    // Nothing goes back as long as part of it is on its way.
    const fresh = pool.take();
    for (const parts of taken) for (const part of parts) expect(part.buffer).not.toBe(fresh.bytes.buffer);
  });

  test('an idle one owns no block: all go back, once, and are used again', () => {
    const pool = new BlockPool();
    const outbox = new Outbox(pool);
    for (let i = 0; i < 200; i++) append(outbox, 'x'.repeat(1000));
    const used = new Set(outbox.take().map((part) => part.buffer));
    expect(used.size).toBe(4);
    outbox.passed(199_999);
    outbox.passed(200_000);
    const back = [1, 2, 3, 4, 5].map(() => pool.take().bytes.buffer);
    expect(new Set(back).size).toBe(5);
    expect(back.filter((buffer) => used.has(buffer))).toHaveLength(4);
  });

  test('a thing larger than a block gets room of its own, which is not kept', () => {
    const pool = new BlockPool();
    const outbox = new Outbox(pool);
    append(outbox, 'y'.repeat(100_000));
    append(outbox, 'z');
    const parts = outbox.take();
    expect(text(parts)).toBe(`${'y'.repeat(100_000)}z`);
    outbox.passed(100_001);
    expect([pool.take(), pool.take()].map((block) => block.bytes.length)).toEqual([65_536, 65_536]);
  });

  test('blocks go from one to the other through the pool, which keeps no more than 64', () => {
    const pool = new BlockPool();
    const blocks = Array.from({ length: 70 }, () => pool.take());
    for (const block of blocks) pool.give(block);
    const again = Array.from({ length: 70 }, () => pool.take());
    expect(again.filter((block) => blocks.includes(block))).toHaveLength(64);
  });

  test('closed, it has nothing to write', () => {
    const outbox = new Outbox(new BlockPool());
    append(outbox, 'lost');
    outbox.close();
    outbox.passed(outbox.total);
    expect([outbox.take(), outbox.pending, outbox.unwritten]).toEqual([[], 0, 0]);
  });
});
