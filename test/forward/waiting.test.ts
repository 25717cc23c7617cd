import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Waiting, type RouteWaiting, type SourceWaiting } from '../../src/forward/waiting.js';
import type { HoldReason } from '../../src/observe/types.js';
import { createTestClock } from '../../src/testing/index.js';
import { createTimers } from '../../src/timers.js';

const limits = { maxRouteBytes: 100, maxSourceBytes: 250, maxRelayBytes: 400, stalledRouteMs: 30_000 };

function newWaiting() {
  const clock = createTestClock();
  const deadlines = createTimers(clock);
  return Object.assign(new Waiting(limits, deadlines), { clock, deadlines });
}

class ToySource implements SourceWaiting {
  bytes = 0;
  full = false;
  holds = 0;
  lines: SourceWaiting['lines'];
  place = -1;
  joined = -1;
  stall: SourceWaiting['stall'];
  readonly standing = new Map<object, HoldReason>();
  readonly source: SourceWaiting['source'] = {
    hold: (reason, key) => this.standing.set(key, reason),
    release: (key) => this.standing.delete(key),
  };

  get reasons(): string[] {
    return [...this.standing.values()].sort();
  }
}

class ToyRoute implements RouteWaiting {
  waitingBytes = 0;
  full = false;
  leftAtMs = 0;
  place = -1;
  joined = -1;
  may = true;
  giveWay = (): boolean => this.may;
  coming: RouteWaiting['coming'];
}

const newSource = (): ToySource => new ToySource();
const newRoute = (): ToyRoute => new ToyRoute();

describe('Waiting', () => {
  test('XMIT-15 over its limit a route holds its source, at half of it it lets go', () => {
    const waiting = newWaiting();
    const [from, route] = [newSource(), newRoute()];
    waiting.add(from, route, 100);
    expect(from.reasons).toEqual([]);
    waiting.add(from, route, 1);
    expect(from.reasons).toEqual(['route-full']);
    waiting.add(from, route, 10);
    waiting.remove(from, route, 60);
    expect(from.reasons).toEqual(['route-full']);
    waiting.remove(from, route, 1);
    expect(from.reasons).toEqual([]);
    waiting.remove(from, route, 50);
    expect([waiting.bytes, from.bytes, route.waitingBytes]).toEqual([0, 0, 0]);
  });

  test('XMIT-15 two routes of one source hold it each for itself', () => {
    const waiting = newWaiting();
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
    const waiting = newWaiting();
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
    const waiting = newWaiting();
    const sources = Array.from({ length: 6 }, newSource);
    const routes = sources.map(newRoute);
    sources.forEach((from, i) => {
      waiting.add(from, routes[i]!, 90);
    });
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
        const waiting = newWaiting();
        const sources = [newSource(), newSource()];
        const routes = Array.from({ length: 6 }, newRoute);
        const change = (place: number, octets: number): void => {
          const [from, route] = [sources[place % 2]!, routes[place]!];
          if (octets > 0) {
            waiting.add(from, route, octets);
            expect(from.standing.size > 0 || waiting.bytes <= 400).toBe(true);
          } else if (route.waitingBytes > 0) {
            const bytes = Math.min(-octets, route.waitingBytes);
            waiting.remove(from, route, bytes);
          }
          for (const [i, each] of routes.entries()) {
            const { standing } = sources[i % 2]!;
            if (each.waitingBytes > 100) expect(standing.has(each)).toBe(true);
            if (each.waitingBytes <= 50) expect(standing.has(each)).toBe(false);
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
        expect(sources.map((from) => [from.bytes, from.reasons, from.holds, from.lines?.size ?? 0])).toEqual([
          [0, [], 0, 0],
          [0, [], 0, 0],
        ]);
        expect(waiting.deadlines.size).toBe(0);
      }),
      { numRuns: 300, seed: 1 },
    );
  });

  describe('routes of which nothing leaves', () => {
    /** Routes with so many octets each; asked to give way they write down the time, and let go of all. */
    function waitingRoutes(...octets: readonly number[]) {
      const waiting = newWaiting();
      const { clock } = waiting;
      const beganMs = clock.nowMs();
      const from = newSource();
      const asked: string[] = [];
      const routes = octets.map((bytes, i) => {
        const route = newRoute();
        route.giveWay = () => {
          asked.push(`${i} at ${(clock.nowMs() - beganMs) / 1_000}`);
          if (route.may) waiting.remove(from, route, route.waitingBytes);
          return route.may;
        };
        waiting.add(from, route, bytes);
        return route;
      });
      return { waiting, clock, from, routes, asked };
    }

    test('XMIT-15 one that is full gives way after 30 s, others need not', async () => {
      const { waiting, clock, from, asked } = waitingRoutes(90, 101);
      await clock.elapse(29_999);
      expect([asked, from.reasons]).toEqual([[], ['route-full']]);
      await clock.elapse(60_000);
      expect([asked, from.reasons, waiting.deadlines.size]).toEqual([['1 at 30'], [], 0]);
    });

    test('XMIT-15 of many that fill their source together those quiet longest give way, until it is read', async () => {
      const { waiting, clock, from, routes, asked } = waitingRoutes(80, 80, 80, 80);
      await clock.elapse(10_000);
      waiting.remove(from, routes[1]!, 1);
      await clock.elapse(10_000);
      waiting.remove(from, routes[0]!, 1);
      await clock.elapse(30_000);
      expect([asked, from.reasons]).toEqual([['2 at 30', '3 at 30', '1 at 40'], []]);
      await clock.elapse(60_000);
      expect([asked.length, from.bytes, waiting.deadlines.size]).toEqual([3, 79, 0]);
    });

    test('XMIT-15 as long as something leaves nobody gives way; the time counts anew for each hold', async () => {
      const { waiting, clock, from, routes, asked } = waitingRoutes(101);
      for (let i = 0; i < 5; i++) {
        await clock.elapse(29_000);
        waiting.remove(from, routes[0]!, 1);
      }
      waiting.remove(from, routes[0]!, 50);
      expect(from.reasons).toEqual([]);
      await clock.elapse(60_000);
      waiting.add(from, routes[0]!, 60);
      await clock.elapse(29_999);
      expect([asked, from.reasons]).toEqual([[], ['route-full']]);
      await clock.elapse(1);
      expect(asked).toEqual(['0 at 235']);
    });

    test('XMIT-15 one that may not give way is asked each second', async () => {
      const { waiting, clock, from, routes, asked } = waitingRoutes(101);
      routes[0]!.may = false;
      await clock.elapse(32_500);
      expect(asked).toEqual(['0 at 30', '0 at 31', '0 at 32']);
      waiting.remove(from, routes[0]!, 101);
      expect(waiting.deadlines.size).toBe(0);
    });
  });

  describe('chunks that stand still while the relay is full', () => {
    /** Routes of sources of their own, each with a chunk that is still coming in and holds so much. */
    function comingChunks(...octets: readonly number[]) {
      const waiting = newWaiting();
      const gone: number[] = [];
      const chunks = octets.map((keptBytes) => {
        const [from, route] = [newSource(), newRoute()];
        const chunk = {
          keptBytes,
          moved: 0,
          giveWay: () => {
            gone.push(keptBytes);
            route.coming = undefined;
            waiting.remove(from, route, keptBytes);
          },
        };
        route.coming = chunk;
        waiting.add(from, route, keptBytes);
        return { from, route, chunk };
      });
      return { waiting, clock: waiting.clock, gone, chunks };
    }

    test('SEC-40 give way after 30 s, the largest first, until sources are read again', async () => {
      const { waiting, clock, gone, chunks } = comingChunks(70, 90, 80, 60, 95, 6);
      expect(chunks.at(-1)!.from.reasons).toEqual(['relay-full']);
      await clock.elapse(29_999);
      expect(gone).toEqual([]);
      await clock.elapse(1);
      expect([gone, waiting.bytes]).toEqual([[95, 90, 80], 136]);
      expect([chunks.at(-1)!.from.reasons, waiting.deadlines.size]).toEqual([[], 0]);
    });

    test('SEC-40 those that have moved are left alone, as are all when they are not the cause', async () => {
      const { waiting, clock, gone, chunks } = comingChunks(70, 90, 80, 60, 95, 6);
      for (const { chunk } of chunks.slice(0, 3)) chunk.moved++;
      await clock.elapse(30_000);
      expect(gone).toEqual([]);
      chunks[0]!.chunk.moved++;
      await clock.elapse(30_000);
      expect([gone, waiting.bytes]).toEqual([[95, 90, 80], 136]);
    });

    test('SEC-40 need not, once the relay has got room', async () => {
      const { waiting, clock, gone, chunks } = comingChunks(90, 90, 90, 90, 90);
      const { from, route } = chunks[0]!;
      await clock.elapse(10_000);
      for (const one of chunks.slice(1, 4)) waiting.remove(one.from, one.route, 90);
      expect(waiting.deadlines.size).toBe(0);
      await clock.elapse(60_000);
      expect(gone).toEqual([]);
      waiting.add(from, route, 300);
      await clock.elapse(29_999);
      expect(gone).toEqual([]);
    });
  });
});
