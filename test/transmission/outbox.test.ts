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
    const long = Buffer.alloc(4096, 'x');
    outbox.appendSlice(long);
    outbox.appendSlice(Buffer.from('three'));
    expect([outbox.total, outbox.pending, outbox.unwritten]).toEqual([4107, 4107, 4107]);
    const parts = outbox.take();
    expect(parts).toHaveLength(3);
    expect(parts[1]).toBe(long);
    expect(text(parts)).toBe(`onetwo${'x'.repeat(4096)}three`);
    expect([outbox.total, outbox.pending, outbox.unwritten]).toEqual([4107, 0, 4107]);
    expect(outbox.take()).toEqual([]);
  });

  test('XMIT-15 a slice that would keep more than twice its octets alive is copied', () => {
    const outbox = new Outbox(new BlockPool());
    const read = Buffer.allocUnsafeSlow(65_536).fill('x');
    for (const bytes of [4096, 32_767, 32_768, 65_536]) outbox.appendSlice(read.subarray(0, bytes));
    const parts = outbox.take();
    expect(parts.map((part) => part.buffer === read.buffer)).toEqual([false, false, true, true]);
    expect(text(parts)).toBe('x'.repeat(4096 + 32_767 + 32_768 + 65_536));
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
    const fresh = [4096, 16_384, 65_536].map((bytes) => pool.take(bytes).bytes.buffer);
    for (const parts of taken) for (const part of parts) expect(fresh).not.toContain(part.buffer);
  });

  test('an idle one owns no block: all go back, once, and are used again', () => {
    const pool = new BlockPool();
    const outbox = new Outbox(pool);
    for (let i = 0; i < 200; i++) append(outbox, 'x'.repeat(1000));
    const used = new Map(outbox.take().map((part) => [part.buffer, part.buffer.byteLength]));
    // It begins small and grows: 4 KiB, 16 KiB, then 64 KiB each.
    expect([...used.values()]).toEqual([4096, 16_384, 65_536, 65_536, 65_536]);
    outbox.passed(199_999);
    outbox.passed(200_000);
    const sizes = [4096, 4096, 16_384, 16_384, 65_536, 65_536, 65_536, 65_536];
    const back = sizes.map((bytes) => pool.take(bytes).bytes.buffer);
    expect(new Set(back).size).toBe(sizes.length);
    expect(back.filter((buffer) => used.has(buffer))).toHaveLength(used.size);
  });

  test('a block is as large as the largest write of late needed, which counts half with each one since', () => {
    const outbox = new Outbox(new BlockPool());
    const write = (octets: number, slice = 0): number => {
      append(outbox, 'x'.repeat(octets));
      if (slice > 0) outbox.appendSlice(Buffer.alloc(slice));
      const size = outbox.take()[0]!.buffer.byteLength;
      outbox.passed(outbox.total);
      return size;
    };
    expect([100, 9000, 100, 100, 100].map((octets) => write(octets))).toEqual([4096, 16_384, 16_384, 16_384, 4096]);
    write(100, 50_000);
    expect(write(100)).toBe(4096);
    write(9000);
    expect(write(100)).toBe(16_384);
  });

  test('a thing larger than a block gets room of its own, which is not kept', () => {
    const pool = new BlockPool();
    const outbox = new Outbox(pool);
    append(outbox, 'y'.repeat(100_000));
    append(outbox, 'z');
    const parts = outbox.take();
    expect(text(parts)).toBe(`${'y'.repeat(100_000)}z`);
    outbox.passed(100_001);
    expect([pool.take(50_000), pool.take(50_000)].map((block) => block.bytes.length)).toEqual([65_536, 65_536]);
  });

  test.each([
    [4096, 2048],
    [16_384, 1024],
    [65_536, 128],
  ])('blocks of %i octets go from one to the other through the pool, which keeps no more than %i', (bytes, kept) => {
    const pool = new BlockPool();
    const blocks = Array.from({ length: kept + 6 }, () => pool.take(bytes));
    for (const block of blocks) pool.give(block);
    const known = new Set(blocks);
    expect(Array.from({ length: kept + 6 }, () => pool.take(bytes)).filter((block) => known.has(block))).toHaveLength(
      kept,
    );
  });

  test('closed, it has nothing to write', () => {
    const outbox = new Outbox(new BlockPool());
    append(outbox, 'lost');
    outbox.close();
    outbox.passed(outbox.total);
    expect([outbox.take(), outbox.pending, outbox.unwritten]).toEqual([[], 0, 0]);
  });
});
