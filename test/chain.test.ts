import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Chain, Link } from '../src/chain.js';

describe('Chain', () => {
  test('an empty one has nothing', () => {
    const chain = new Chain<string>();
    chain.rotate();
    expect([chain.size, chain.first, chain.remove(new Link('a')), [...chain]]).toEqual([0, undefined, false, []]);
  });

  test('a link of another chain is not touched', () => {
    const [one, other] = [new Chain<string>(), new Chain<string>()];
    const link = new Link('a');
    one.add(link);
    expect(other.remove(link)).toBe(false);
    expect([link.chain === one, link.chain === other, [...one], other.size]).toEqual([true, false, ['a'], 0]);
  });

  test('does what an array does, whoever comes and goes', () => {
    const step = fc.record({ what: fc.constantFrom('add', 'add', 'remove', 'rotate'), which: fc.nat({ max: 7 }) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const links = Array.from({ length: 8 }, (_, i) => new Link(i));
        const chain = new Chain<number>();
        let array: number[] = [];
        for (const { what, which } of steps) {
          const had = array.includes(which);
          if (what === 'add') {
            chain.add(links[which]!);
            if (!had) array.push(which);
          } else if (what === 'remove') {
            expect(chain.remove(links[which]!)).toBe(had);
            array = array.filter((item) => item !== which);
          } else {
            chain.rotate();
            array = [...array.slice(1), ...array.slice(0, 1)];
          }
          expect([chain.size, chain.first, [...chain]]).toEqual([array.length, array[0], array]);
          expect(links.map((link) => link.chain === chain)).toEqual(links.map(({ of }) => array.includes(of)));
        }
      }),
      { numRuns: 300, seed: 1 },
    );
  });
});
