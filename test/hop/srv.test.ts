import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { orderSrv, type SrvRecord } from '../../src/hop/srv.js';

const record = fc.record({
  name: fc.constantFrom('a.example', 'b.example', 'c.example', 'd.example'),
  port: fc.integer({ min: 1, max: 65_535 }),
  priority: fc.integer({ min: 0, max: 3 }),
  weight: fc.integer({ min: 0, max: 65_535 }),
});

const named = (name: string, priority: number, weight: number): SrvRecord => ({ name, port: 1, priority, weight });

describe('SRV order (RFC 2782)', () => {
  it('URI-14 each record once, priorities never fall, whatever is drawn', () => {
    fc.assert(
      fc.property(fc.array(record, { maxLength: 12 }), fc.infiniteStream(fc.nat()), (records, draws) => {
        const ordered = orderSrv(records, (n) => Number(draws.next().value) % n);
        expect(new Set(ordered)).toEqual(new Set(records));
        expect(ordered).toHaveLength(records.length);
        const priorities = ordered.map((each) => each.priority);
        expect(priorities).toEqual([...priorities].sort((a, b) => a - b));
      }),
    );
  });

  it('URI-14 the first is drawn in proportion to its weight', () => {
    const records = [named('light', 1, 10), named('heavy', 1, 30), named('middle', 1, 20)];
    const counts: Record<string, number> = {};
    for (let draw = 1; draw <= 60; draw++) {
      const first = orderSrv(records, (n) => (n === 61 ? draw : 0))[0]!.name;
      counts[first] = (counts[first] ?? 0) + 1;
    }
    expect(counts).toEqual({ light: 10, heavy: 30, middle: 20 });
  });

  it('URI-14 the second is drawn among the others alone', () => {
    const records = [named('a', 1, 10), named('b', 1, 30), named('c', 1, 20)];
    const asked: number[] = [];
    const ordered = orderSrv(records, (n) => {
      asked.push(n);
      return n - 1;
    });
    expect(asked).toEqual([61, 41, 11]);
    expect(ordered.map((each) => each.name)).toEqual(['c', 'b', 'a']);
  });

  it('URI-14 a record without weight is first only when 0 is drawn', () => {
    const records = [named('some', 1, 5), named('none', 1, 0)];
    expect(orderSrv(records, () => 0).map((each) => each.name)).toEqual(['none', 'some']);
    expect(orderSrv(records, (n) => Math.min(1, n - 1)).map((each) => each.name)).toEqual(['some', 'none']);
  });

  it('URI-14 target "." is no service', () => {
    expect(orderSrv([named('.', 0, 0)], () => 0)).toEqual([]);
    expect(orderSrv([named('', 0, 0), named('a', 1, 0)], () => 0)).toEqual([named('a', 1, 0)]);
  });
});
