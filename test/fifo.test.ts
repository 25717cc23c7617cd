import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Fifo } from '../src/fifo.js';

describe('Fifo', () => {
  test('an empty one has nothing', () => {
    const fifo = new Fifo<string>();
    expect([fifo.size, fifo.peek(), fifo.last(), fifo.shift(), fifo.remove('a'), [...fifo]]).toEqual([
      0,
      undefined,
      undefined,
      undefined,
      false,
      [],
    ]);
  });

  test('what came first leaves first', () => {
    const fifo = new Fifo<string>();
    for (const item of ['a', 'b', 'c']) fifo.push(item);
    expect([fifo.peek(), fifo.last(), fifo.size]).toEqual(['a', 'c', 3]);
    expect([fifo.shift(), fifo.shift(), fifo.shift(), fifo.shift()]).toEqual(['a', 'b', 'c', undefined]);
    expect([fifo.size, fifo.last()]).toEqual([0, undefined]);
  });

  test('does what an array does, also when many have passed through', () => {
    const step = fc.oneof(
      { weight: 5, arbitrary: fc.record({ push: fc.nat({ max: 200 }) }) },
      { weight: 4, arbitrary: fc.record({ shift: fc.nat({ max: 200 }) }) },
      { weight: 1, arbitrary: fc.record({ remove: fc.nat({ max: 400 }) }) },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const fifo = new Fifo<number>();
        const array: number[] = [];
        let next = 0;
        for (const each of steps) {
          if ('push' in each) {
            for (let i = 0; i < each.push; i++) {
              fifo.push(next);
              array.push(next++);
            }
          } else if ('shift' in each) {
            for (let i = 0; i < each.shift; i++) expect(fifo.shift()).toBe(array.shift());
          } else {
            // Somewhere in it, or an item that is gone or never was there.
            const item = (array[0] ?? 0) + each.remove - 5;
            const at = array.indexOf(item);
            if (at >= 0) array.splice(at, 1);
            expect(fifo.remove(item)).toBe(at >= 0);
          }
          expect([fifo.size, fifo.peek(), fifo.last()]).toEqual([array.length, array[0], array.at(-1)]);
          expect([...fifo]).toEqual(array);
        }
      }),
      { numRuns: 200, seed: 1 },
    );
  });

  test('removes the first of equal items', () => {
    const fifo = new Fifo<string>();
    for (const item of ['a', 'b', 'a', 'b']) fifo.push(item);
    expect([fifo.remove('b'), [...fifo]]).toEqual([true, ['a', 'a', 'b']]);
    expect([fifo.remove('a'), [...fifo]]).toEqual([true, ['a', 'b']]);
  });
});
