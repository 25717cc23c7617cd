import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkOctets, readByteRange, writeByteRange } from '../../src/wire/byte-range.js';
import type { ByteRange } from '../../src/wire/types.js';

/** Read out of the middle of other octets, which would continue the value. */
function read(text: string): ByteRange | undefined {
  const bytes = Buffer.from(`9${text}9`, 'latin1');
  const into: ByteRange = { start: 0, end: 0, total: 0 };
  return readByteRange(bytes, 1, bytes.length - 1, into) ? into : undefined;
}

function written(start: number, end: number | undefined, total: number | undefined): string {
  const into = Buffer.alloc(60, '#');
  const next = writeByteRange(into, 3, start, end, total);
  const text = into.toString('latin1');
  expect(text.slice(0, 3) + text.slice(next)).toBe('#'.repeat(60 - (next - 3)));
  return text.slice(3, next);
}

const largest = 9007199254740991;

describe('reading', () => {
  it.each([
    ['1-0/0', { start: 1, end: 0, total: 0 }],
    ['1-*/*', { start: 1, end: undefined, total: undefined }],
    ['1-*/5', { start: 1, end: undefined, total: 5 }],
    ['6-*/5', { start: 6, end: undefined, total: 5 }],
    ['6-5/5', { start: 6, end: 5, total: 5 }],
    ['2-5/*', { start: 2, end: 5, total: undefined }],
    ['0001-010/0010', { start: 1, end: 10, total: 10 }],
    ['1-9000000000000000/9000000000000000', { start: 1, end: 9000000000000000, total: 9000000000000000 }],
    ['9007199254740991-9007199254740991/9007199254740991', { start: largest, end: largest, total: largest }],
    ['0000000000000000000000000000000000000001-*/*', { start: 1, end: undefined, total: undefined }],
  ])('WIRE-23 %s', (text, range) => {
    expect(read(text)).toEqual(range);
  });

  it.each([
    ...[
      '0-5/5',
      '5-3/9',
      '1-9/5',
      '7-*/5',
      '1-5',
      'a-b/c',
      '*-5/5',
      '',
      '-',
      '1',
      '1-',
      '1-/',
      '1-5/',
      '-5/5',
      '1-/5',
    ],
    ...[
      '1-**/5',
      '1-*5/5',
      '1-5/**',
      '1-5/5*',
      '1-5/5 ',
      ' 1-5/5',
      '1 -5/5',
      '+1-5/5',
      '1-5/5/5',
      '1--5/5',
      '1.0-5/5',
    ],
  ])('WIRE-23 %j is malformed', (text) => {
    expect(read(text)).toBeUndefined();
  });

  it.each(['9007199254740992', '9007199254740993', '9'.repeat(40), '9'.repeat(400)])(
    'WIRE-24 %s is too large in any of the three places',
    (number) => {
      expect(read(`${number}-*/*`)).toBeUndefined();
      expect(read(`1-${number}/*`)).toBeUndefined();
      expect(read(`1-*/${number}`)).toBeUndefined();
    },
  );

  it('WIRE-23 never throws, and what it accepts keeps the rules', () => {
    const anything = fc.oneof(
      fc.string({ unit: fc.constantFrom('0', '1', '9', '-', '*', '/', ' ', 'a'), maxLength: 24 }),
      fc.stringMatching(/^([0-9]{1,3}|\*)-([0-9]{1,3}|\*)\/([0-9]{1,3}|\*)$/),
    );
    fc.assert(
      fc.property(anything, (text) => {
        const match = /^(\d+)-(\d+|\*)\/(\d+|\*)$/.exec(text);
        const [start, end, total] = [1, 2, 3].map((i) => (match?.[i] === '*' ? undefined : Number(match?.[i])));
        const good =
          match !== null &&
          start! >= 1 &&
          (end ?? start!) >= start! - 1 &&
          (total ?? Infinity) >= (end ?? start! - 1);
        expect(read(text)).toEqual(good ? { start, end, total } : undefined);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('octets', () => {
  it('WIRE-24 no octet lies beyond 2^53-1', () => {
    expect(checkOctets(1, largest)).toBe(true);
    expect(checkOctets(2, largest)).toBe(false);
    expect(checkOctets(largest, 1)).toBe(true);
    expect(checkOctets(largest, 2)).toBe(false);
    expect(checkOctets(largest, 0)).toBe(true);
    expect(checkOctets(9000000000000000, 5)).toBe(true);
  });
});

describe('writing', () => {
  it.each([
    [1, undefined, undefined, '1-*/*'],
    [1, 0, 0, '1-0/0'],
    [4097, undefined, 10000, '4097-*/10000'],
    [999999999, 1000000000, 1000000001, '999999999-1000000000/1000000001'],
    [1000000000000000, 9000000000000009, undefined, '1000000000000000-9000000000000009/*'],
    [largest, largest, largest, '9007199254740991-9007199254740991/9007199254740991'],
  ])('WIRE-23 %s, %s, %s', (start, end, total, text) => {
    expect(written(start, end, total)).toBe(text);
  });

  it('WIRE-24 every range that may be read comes back from what is written, exactly', () => {
    const size = fc.oneof(fc.nat(), fc.maxSafeNat());
    const range = fc.tuple(size, size, size, fc.boolean(), fc.boolean()).map(([a, b, c, openEnd, openTotal]) => {
      const [start, end, total] = [a, b, c].sort((x, y) => x - y) as [number, number, number];
      return { start: Math.max(1, start), end: openEnd ? undefined : end, total: openTotal ? undefined : total };
    });
    fc.assert(
      fc.property(range, (one) => {
        expect(read(written(one.start, one.end, one.total))).toEqual(one);
        expect(written(one.start, one.end, one.total)).toBe(
          `${one.start}-${String(one.end ?? '*')}/${String(one.total ?? '*')}`,
        );
      }),
      { numRuns: 2000 },
    );
  });
});
