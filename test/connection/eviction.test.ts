import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Eviction, type Place, type Standing } from '../../src/connection/eviction.js';

/** Connections by name, oldest use first. */
function eviction(max: number, ...all: (readonly [name: string, standing: Standing])[]): Eviction<string> {
  const made = new Eviction<string>(max);
  for (const [name, standing] of all) made.add(name, standing);
  return made;
}

describe('CONN-21 who gives way', () => {
  it('CONN-21 to a newcomer: nobody before the bound and its sixteenth are reached', () => {
    const sixteen = Array.from({ length: 32 }, (_, i) => [`c${i}`, 'without-token'] as const);
    expect(eviction(32, ...sixteen).full).toBe(false);
    expect(eviction(32, ...sixteen, ['x', 'probation']).full).toBe(false);
    expect(eviction(32, ...sixteen, ['x', 'probation'], ['y', 'probation']).full).toBe(true);
    expect(eviction(3, ['a', 'with-token'], ['b', 'with-token'], ['c', 'with-token']).full).toBe(false);
    expect(eviction(Infinity, ...sixteen).full).toBe(false);
  });

  it('CONN-21 to a newcomer: who is in probation goes first, the longest unused of them', () => {
    const both = eviction(3, ['a', 'without-token'], ['b', 'probation'], ['c', 'probation']);
    expect(both.toNewcomer()).toBe('b');
    expect(eviction(3, ['a', 'with-token'], ['b', 'without-token'], ['c', 'without-token']).toNewcomer()).toBe('b');
  });

  it('CONN-21 to a newcomer: never one with a live token', () => {
    expect(eviction(1, ['a', 'with-token'], ['b', 'with-token']).toNewcomer()).toBeUndefined();
  });

  it('CONN-21 to one that has proved itself: one with a live token, if there is no other', () => {
    const only = eviction(2, ['a', 'with-token'], ['b', 'with-token']);
    expect(only.toProved(only.add('p', 'with-token'))).toBe('a');
    const more = eviction(2, ['a', 'with-token'], ['b', 'without-token']);
    expect(more.toProved(more.add('p', 'with-token'))).toBe('b');
    const most = eviction(2, ['a', 'without-token'], ['b', 'probation']);
    expect(most.toProved(most.add('p', 'without-token'))).toBe('b');
  });

  it('CONN-21 to one that has proved itself: nobody while there are no more than the bound, and never itself', () => {
    const two = eviction(3, ['a', 'with-token'], ['b', 'probation']);
    expect(two.toProved(two.add('p', 'with-token'))).toBeUndefined();
    const first = eviction(1);
    const proved = first.add('p', 'probation');
    first.add('a', 'probation');
    expect(first.toProved(proved)).toBe('a');
  });

  it('CONN-21 use moves a connection to the end, wherever it stood', () => {
    const made = new Eviction<string>(1);
    const [a, b, c] = ['a', 'b', 'c'].map((name) => made.add(name, 'probation')) as [Place<string>, Place<string>, Place<string>]; // prettier-ignore
    made.used(a);
    expect(made.toNewcomer()).toBe('b');
    made.used(c);
    made.remove(b);
    expect(made.toNewcomer()).toBe('a');
    made.used(a);
    expect(made.toNewcomer()).toBe('c');
    made.remove(c);
    made.remove(a);
    expect(made.toNewcomer()).toBeUndefined();
    expect(made.full).toBe(false);
  });

  it('CONN-21 is what sorting by standing and last use would say, whatever happens', () => {
    const standings: Standing[] = ['probation', 'without-token', 'with-token'];
    const step = fc.record({
      does: fc.constantFrom('add', 'remove', 'use', 'stand'),
      which: fc.nat(6),
      standing: fc.constantFrom(...standings),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const made = new Eviction<number>(4);
        const places: Place<number>[] = [];
        /** The same places, in the order of their last use. */
        let order: Place<number>[] = [];
        steps.forEach(({ does, which, standing }, i) => {
          const place = places[which % Math.max(1, places.length)];
          if (does === 'add') places.push(made.add(i, standing));
          else if (place === undefined) return;
          else if (does === 'use') made.used(place);
          else if (does === 'stand') made.stands(place, standing);
          else {
            made.remove(place);
            places.splice(places.indexOf(place), 1);
          }
          const touched = does === 'add' ? places.at(-1)! : place!;
          order = order.filter((one) => one !== touched && places.includes(one));
          if (places.includes(touched)) order.push(touched);
          const first = (...kinds: Standing[]): number | undefined =>
            kinds.map((kind) => order.find((one) => one.standing === kind)).find((one) => one !== undefined)
              ?.connection;
          expect(made.toNewcomer()).toBe(first('probation', 'without-token'));
          expect(made.full).toBe(places.length >= 5);
        });
      }),
    );
  });
});
