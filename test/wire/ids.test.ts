import { randomFillSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Ids } from '../../src/wire/ids.js';
import { viewOf } from '../../src/wire/octets.js';

/** Octets 0, 1, 2, … as from one endless stream, and the sizes asked for. */
function counting(): { fill: (into: Uint8Array) => void; asked: number[] } {
  let next = 0;
  const asked: number[] = [];
  return {
    asked,
    fill(into) {
      asked.push(into.length);
      for (let i = 0; i < into.length; i++) into[i] = next++ & 255;
    },
  };
}

describe('identifiers', () => {
  it('WIRE-03 of any length are written in their place and nowhere else', () => {
    const ids = new Ids((into) => randomFillSync(into));
    for (let letters = 0; letters <= 40; letters++) {
      const into = Buffer.alloc(50, '#');
      ids.write(viewOf(into), 5, letters);
      expect(into.toString('latin1')).toMatch(new RegExp(`^#{5}[a-p]{${letters}}#{${45 - letters}}$`));
    }
  });

  it('every nibble of the random octets becomes one letter', () => {
    const ids = new Ids((into) => {
      into.set([0x10, 0x32, 0x54, 0x76, 0x98, 0xba, 0xdc, 0xfe]);
    });
    expect(ids.text(8).split('').sort().join('')).toBe('abcdefgh');
    expect(ids.text(8).split('').sort().join('')).toBe('ijklmnop');
  });

  it('the generator is called once for 8 KiB, and no octet of it serves twice', () => {
    const { fill, asked } = counting();
    const ids = new Ids(fill);
    expect(asked).toEqual([]);
    const seen = Array.from({ length: 2048 }, () => ids.text(8));
    expect(asked).toEqual([8192]);
    // The stream repeats after 256 octets, that is 64 words; inside it all words differ.
    expect(new Set(seen.slice(0, 64)).size).toBe(64);
    expect(seen[64]).toBe(seen[0]);
    ids.text(1);
    expect(asked).toEqual([8192, 8192]);
  });

  it('an identifier may lie across two fillings', () => {
    const { fill, asked } = counting();
    const ids = new Ids(fill);
    expect(ids.text(8 * 2047)).toHaveLength(8 * 2047);
    expect(ids.text(24)).toMatch(/^[a-p]{24}$/);
    expect(asked).toHaveLength(2);
  });

  it('WIRE-03 all letters come equally often, at each place', () => {
    const ids = new Ids((into) => randomFillSync(into));
    const counts = Array.from({ length: 11 }, () => new Map<string, number>());
    for (let n = 0; n < 16_000; n++) {
      const text = ids.text(11);
      counts.forEach((count, place) => count.set(text[place]!, (count.get(text[place]!) ?? 0) + 1));
    }
    for (const count of counts) {
      expect([...count.keys()].sort().join('')).toBe('abcdefghijklmnop');
      // 1000 expected, deviation 31.
      expect(Math.min(...count.values())).toBeGreaterThan(750);
      expect(Math.max(...count.values())).toBeLessThan(1250);
    }
  });
});
