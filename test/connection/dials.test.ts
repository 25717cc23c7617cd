import { describe, expect, it } from 'vitest';
import { Dials } from '../../src/connection/dials.js';

describe('FWD-47 dials under way', () => {
  it('FWD-47 of one user are bounded, those of another are not concerned', () => {
    const dials = new Dials<string>(2);
    const cancelled: string[] = [];
    for (const name of ['a', 'b']) {
      expect(dials.mayBegin('u')).toBe(true);
      dials.begin(name, 'u', () => cancelled.push(name));
    }
    expect(dials.mayBegin('u')).toBe(false);
    expect(dials.mayBegin('v')).toBe(true);
    dials.end('a');
    expect(dials.mayBegin('u')).toBe(true);
    dials.end('a');
    dials.end('never begun');
    dials.begin('c', 'u', () => undefined);
    expect(dials.mayBegin('u')).toBe(false);
    expect(cancelled).toEqual(['a']);
  });
});
