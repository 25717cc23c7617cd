import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Slices } from '../../src/forward/slices.js';

function filled(bytes: number, salt: number): Buffer {
  return Buffer.from(Array.from({ length: bytes }, (_, i) => (i * 31 + salt * 17) & 255));
}

describe('Slices', () => {
  test('octets come out as they went in, whatever the sizes', () => {
    const size = fc.oneof(
      fc.constantFrom(1, 4096, 4097, 16_383, 16_384, 16_385),
      fc.integer({ min: 1, max: 40_000 }),
    );
    const step = fc.oneof(fc.record({ add: size }), fc.record({ take: size }), fc.record({ peek: size }));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const slices = new Slices();
        let expected: Buffer = Buffer.alloc(0);
        for (const [salt, each] of steps.entries()) {
          if ('add' in each) {
            const octets = filled(each.add, salt);
            slices.add(octets);
            expected = Buffer.concat([expected, octets]);
          } else if (expected.length > 0) {
            const most = 'take' in each ? each.take : each.peek;
            const slice = slices.peek(most);
            expect(slice.length).toBeGreaterThan(0);
            expect(slice.length).toBeLessThanOrEqual(most);
            expect(slice.equals(expected.subarray(0, slice.length))).toBe(true);
            if ('take' in each) {
              slices.consume(slice.length);
              expected = expected.subarray(slice.length);
            }
          }
          expect(slices.bytes).toBe(expected.length);
        }
        while (slices.bytes > 0) {
          const slice = slices.peek(7000);
          expect(slice.equals(expected.subarray(0, slice.length))).toBe(true);
          slices.consume(slice.length);
          expected = expected.subarray(slice.length);
        }
        expect(expected).toHaveLength(0);
      }),
      { numRuns: 200, seed: 1 },
    );
  });

  test('less than a slice may be consumed', () => {
    const slices = new Slices();
    slices.add(Buffer.from('abcdef'));
    expect(slices.peek(4).toString()).toBe('abcd');
    slices.consume(1);
    expect([slices.peek(100).toString(), slices.bytes]).toEqual(['bcdef', 5]);
    slices.consume(5);
    expect(slices.bytes).toBe(0);
  });

  test('a short slice does not keep the buffer in which it was read', () => {
    const read = Buffer.from('x'.repeat(100));
    const slices = new Slices();
    slices.add(read.subarray(0, 50));
    read.fill('y');
    expect(slices.peek(100).toString()).toBe('x'.repeat(50));
  });

  test('a long one is not copied', () => {
    const read = Buffer.alloc(16_384, 'x');
    const slices = new Slices();
    slices.add(read);
    expect(slices.peek(16_384).buffer).toBe(read.buffer);
  });

  test('XMIT-15 one that is less than half of what was read is', () => {
    const read = Buffer.alloc(65_536, 'x');
    const slices = new Slices();
    slices.add(read.subarray(0, 32_767));
    slices.add(read.subarray(32_767, 65_535));
    const [first, second] = [slices.peek(100_000), (slices.consume(32_767), slices.peek(100_000))];
    expect([first.length, first.buffer.byteLength]).toEqual([32_767, 32_767]);
    expect([second.length, second.buffer]).toEqual([32_768, read.buffer]);
  });

  test('XMIT-15 little that drips in does not keep a large buffer', () => {
    const slices = new Slices();
    for (let i = 0; i < 3; i++) slices.add(Buffer.of(i));
    slices.consume(slices.peek(1).length);
    expect(slices.peek(10).buffer.byteLength).toBe(256);
  });

  test('XMIT-15 a dripping sender: the octets share buffers, no larger than they are worth', () => {
    const slices = new Slices();
    for (let i = 0; i < 40_000; i++) slices.add(Buffer.of(i & 255));
    const buffers = new Map<ArrayBufferLike, number>();
    while (slices.bytes > 0) {
      const slice = slices.peek(100_000);
      buffers.set(slice.buffer, slice.buffer.byteLength);
      slices.consume(slice.length);
    }
    const held = [...buffers.values()].reduce((sum, bytes) => sum + bytes, 0);
    expect(held).toBeLessThanOrEqual(40_000 + 16_384);
  });

  test('what has been shown does not change when more comes into the same buffer', () => {
    const slices = new Slices();
    slices.add(Buffer.from('abc'));
    const shown = slices.peek(10);
    slices.add(Buffer.from('def'));
    slices.consume(3);
    slices.add(Buffer.from('ghi'));
    expect(shown.toString()).toBe('abc');
    expect(slices.peek(10).toString()).toBe('defghi');
  });

  test('cleared, it is empty and can be filled again', () => {
    const slices = new Slices();
    slices.add(Buffer.from('abc'));
    slices.peek(1);
    slices.consume(1);
    slices.add(Buffer.alloc(20_000));
    slices.clear();
    expect(slices.bytes).toBe(0);
    slices.add(Buffer.from('new'));
    expect([slices.peek(10).toString(), slices.bytes]).toEqual(['new', 3]);
  });
});
