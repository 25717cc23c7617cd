import { describe, expect, test } from 'vitest';
import { HeldSources } from '../src/held-sources.js';
import type { Source } from '../src/transmission/types.js';

/** Writes down the calls. */
function source(name: string, calls: string[], keys = new Set<object>()): Source {
  return {
    hold(reason, key) {
      calls.push(`${name} held: ${reason}`);
      keys.add(key);
    },
    release(key) {
      calls.push(`${name} released${keys.delete(key) ? '' : ' with another key'}`);
    },
  };
}

describe('HeldSources', () => {
  test('XMIT-15 FWD-48 each source is held once, with the reason, and let go with the others', () => {
    const calls: string[] = [];
    const held = new HeldSources('small-messages');
    const [a, b] = [source('a', calls), source('b', calls)];
    expect(held.any).toBe(false);
    held.hold(a);
    held.hold(a);
    held.hold(b);
    expect(held.any).toBe(true);
    expect(calls).toEqual(['a held: small-messages', 'b held: small-messages']);
    held.releaseAll();
    expect(calls.slice(2)).toEqual(['a released', 'b released']);
    expect(held.any).toBe(false);
  });

  test('releasing nobody tells nobody; afterwards one can be held again', () => {
    const calls: string[] = [];
    const held = new HeldSources('transactions');
    held.releaseAll();
    expect(calls).toEqual([]);
    const a = source('a', calls);
    held.hold(a);
    held.releaseAll();
    held.releaseAll();
    held.hold(a);
    expect(calls).toEqual(['a held: transactions', 'a released', 'a held: transactions']);
  });

  test('a source that is held again while it is let go stays held', () => {
    const held = new HeldSources('relay-full');
    const standing = new Set<object>();
    let again = true;
    const eager: Source = {
      hold(_, key) {
        standing.add(key);
      },
      release(key) {
        standing.delete(key);
        if (again) held.hold(eager);
        again = false;
      },
    };
    held.hold(eager);
    held.releaseAll();
    expect([held.any, standing.size]).toEqual([true, 1]);
    held.releaseAll();
    expect([held.any, standing.size]).toEqual([false, 0]);
  });

  test('two of them hold one source with two keys', () => {
    const keys = new Set<object>();
    const calls: string[] = [];
    const a = source('a', calls, keys);
    const [one, two] = [new HeldSources('transactions'), new HeldSources('relay-full')];
    one.hold(a);
    two.hold(a);
    expect(keys.size).toBe(2);
    one.releaseAll();
    expect(keys.size).toBe(1);
    two.releaseAll();
    expect(calls.slice(2)).toEqual(['a released', 'a released']);
  });
});
