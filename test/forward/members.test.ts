import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Members } from '../../src/forward/members.js';

const member = (name: number) => ({ name, place: -1, joined: -1 });

test('those who have joined and not left are in it, first come first', () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 9 }), { maxLength: 60 }), (toggled) => {
      const members = new Members<ReturnType<typeof member>>();
      const all = Array.from({ length: 10 }, (_, name) => member(name));
      const expected: number[] = [];
      for (const name of toggled) {
        const at = expected.indexOf(name);
        if (at < 0) {
          expected.push(name);
          members.add(all[name]!);
        } else {
          expected.splice(at, 1);
          members.delete(all[name]!);
        }
        expect(members.size).toBe(expected.length);
      }
      expect(members.inOrder().map((each) => each.name)).toEqual(expected);
    }),
    { numRuns: 200, seed: 1 },
  );
});
