import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Waiting } from '../../src/forward/waiting.js';
import type { HoldReason } from '../../src/observe/types.js';

const limits = { maxRouteBytes: 100, maxSourceBytes: 250, maxRelayBytes: 400 };

function newSource() {
  const holds = new Map<object, HoldReason>();
  return {
    bytes: 0,
    holds,
    source: {
      hold: (reason: HoldReason, key: object) => holds.set(key, reason),
      release: (key: object) => holds.delete(key),
    },
    get reasons(): string[] {
      return [...holds.values()].sort();
    },
  };
}

function newRoute() {
  return { waitingKey: {}, waitingBytes: 0 };
}

describe('Waiting', () => {
  test('XMIT-15 over its limit a route holds its source, at half of it it lets go', () => {
    const waiting = new Waiting(limits);
    const [from, route] = [newSource(), newRoute()];
    expect(waiting.add(from, route, 100)).toBe(false);
    expect(from.reasons).toEqual([]);
    expect(waiting.add(from, route, 1)).toBe(true);
    expect(from.reasons).toEqual(['route-full']);
    expect(waiting.add(from, route, 10)).toBe(false);
    expect(waiting.remove(from, route, 60)).toBe(false);
    expect(from.reasons).toEqual(['route-full']);
    expect(waiting.remove(from, route, 1)).toBe(true);
    expect(from.reasons).toEqual([]);
    expect(waiting.remove(from, route, 50)).toBe(false);
    expect([waiting.bytes, from.bytes, route.waitingBytes]).toEqual([0, 0, 0]);
  });

  test('XMIT-15 two routes of one source hold it each for itself', () => {
    const waiting = new Waiting(limits);
    const [from, one, two] = [newSource(), newRoute(), newRoute()];
    waiting.add(from, one, 101);
    waiting.add(from, two, 101);
    expect(from.reasons).toEqual(['route-full', 'route-full']);
    waiting.remove(from, one, 101);
    expect(from.reasons).toEqual(['route-full']);
    waiting.remove(from, two, 101);
    expect(from.reasons).toEqual([]);
  });

  test('XMIT-15 many routes together hold their source, no other one', () => {
    const waiting = new Waiting(limits);
    const [from, other] = [newSource(), newSource()];
    const routes = [newRoute(), newRoute(), newRoute()];
    for (const route of routes) waiting.add(from, route, 84);
    expect([from.reasons, other.reasons]).toEqual([['source-full'], []]);
    waiting.add(other, newRoute(), 10);
    expect(other.reasons).toEqual([]);
    waiting.remove(from, routes[0]!, 84);
    expect(from.reasons).toEqual(['source-full']);
    waiting.remove(from, routes[1]!, 84);
    expect(from.reasons).toEqual([]);
  });

  test('XMIT-15 SEC-40 over the limit of the relay every source that adds is held, until half has left', () => {
    const waiting = new Waiting(limits);
    const sources = Array.from({ length: 6 }, newSource);
    const routes = sources.map(newRoute);
    sources.forEach((from, i) => waiting.add(from, routes[i]!, 90));
    expect(sources.map((from) => from.reasons)).toEqual([[], [], [], [], ['relay-full'], ['relay-full']]);
    for (const i of [0, 1, 2]) waiting.remove(sources[i]!, routes[i]!, 90);
    expect(sources[4]!.reasons).toEqual(['relay-full']);
    waiting.remove(sources[3]!, routes[3]!, 70);
    expect(waiting.bytes).toBe(200);
    expect(sources.map((from) => from.reasons)).toEqual([[], [], [], [], [], []]);
  });

  test('XMIT-15 whatever comes and goes: nobody is over a limit unheld, nobody is held when all has left', () => {
    const step = fc.record({ route: fc.nat({ max: 5 }), octets: fc.integer({ min: -150, max: 150 }) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const waiting = new Waiting(limits);
        const sources = [newSource(), newSource()];
        const routes = Array.from({ length: 6 }, newRoute);
        const change = (place: number, octets: number): void => {
          const [from, route] = [sources[place % 2]!, routes[place]!];
          if (octets > 0) {
            const before = route.waitingBytes;
            expect(waiting.add(from, route, octets)).toBe(before <= 100 && route.waitingBytes > 100);
            expect(from.holds.size > 0 || waiting.bytes <= 400).toBe(true);
          } else if (route.waitingBytes > 0) {
            const bytes = Math.min(-octets, route.waitingBytes);
            const held = from.holds.has(route.waitingKey);
            const letsGo = waiting.remove(from, route, bytes);
            expect(letsGo || !held || route.waitingBytes > 50).toBe(true);
          }
          for (const [i, each] of routes.entries()) {
            const holds = sources[i % 2]!.holds;
            if (each.waitingBytes > 100) expect(holds.has(each.waitingKey)).toBe(true);
            if (each.waitingBytes <= 50) expect(holds.has(each.waitingKey)).toBe(false);
          }
          for (const each of sources) {
            if (each.bytes > 250) expect(each.reasons).toContain('source-full');
            if (each.bytes <= 125) expect(each.reasons).not.toContain('source-full');
          }
          if (waiting.bytes <= 200) for (const each of sources) expect(each.reasons).not.toContain('relay-full');
          expect(waiting.bytes).toBe(routes.reduce((sum, each) => sum + each.waitingBytes, 0));
        };
        for (const { route, octets } of steps) change(route, octets);
        for (const place of routes.keys()) change(place, -1_000_000);
        expect(sources.map((from) => [from.bytes, from.reasons])).toEqual([
          [0, []],
          [0, []],
        ]);
      }),
      { numRuns: 300, seed: 1 },
    );
  });
});
