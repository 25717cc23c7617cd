import { beforeEach, describe, expect, it } from 'vitest';
import { RouteCache } from '../../src/forward/route-cache.js';
import type { Route } from '../../src/forward/route.js';
import { lines, withHead } from '../support/fake-connection.js';

/** What the cache knows of a route. */
interface ToyRoute {
  readonly name: string;
  state: 'deciding' | 'open' | 'ended';
  readonly session: object;
  readonly hasChunks: boolean;
  end(): void;
  pushedOut(): void;
}

let cache: RouteCache;
const sessionA = {};

beforeEach(() => {
  cache = new RouteCache(2);
});

function route(name: string, more: Partial<ToyRoute> = {}): Route {
  const toy: ToyRoute = {
    name,
    state: 'open',
    session: sessionA,
    hasChunks: false,
    end() {
      toy.state = 'ended';
      cache.delete(toy as unknown as Route);
    },
    pushedOut() {
      if (toy.state === 'deciding') cache.delete(toy as unknown as Route);
      else toy.end();
    },
    ...more,
  };
  return toy as unknown as Route;
}

const message = (path: string): string =>
  lines('MSRP tid12345 SEND', `To-Path: ${path}`, 'From-Path: msrps://f.invalid:2855/f1;tcp', 'Message-ID: m1', '-------tid12345$'); // prettier-ignore
const uri = (name: string): string => `msrps://${name}.example:2855/x;tcp`;

function add(name: string, made: Route): void {
  withHead(message(uri(name)), (head) => {
    cache.add(head, made);
  });
}

function find(name: string): Route | undefined {
  let found: Route | undefined;
  withHead(message(uri(name)), (head) => {
    found = cache.find(head);
  });
  return found;
}

describe('routes of one connection', () => {
  it('are found by the same octets, and no others', () => {
    const a = route('a');
    add('a', a);
    expect(find('a')).toBe(a);
    expect(find('A')).toBeUndefined();
    expect(find('b')).toBeUndefined();
  });

  it('FWD-48 with long path lines are fewer', () => {
    const long = (name: string): string => name.repeat(1200);
    const [a, b, c] = [route('a'), route('b'), route('c')];
    add(long('a'), a);
    add(long('b'), b);
    expect([a.state, find(long('a')), find(long('b'))]).toEqual(['ended', undefined, b]);
    add('c', c);
    expect([find(long('b')), find('c')]).toEqual([b, c]);
  });

  it('that have ended are not found, though the parser remembers the paths', () => {
    withHead(message(uri('a')), (head) => {
      const a = route('a');
      cache.add(head, a);
      expect(cache.find(head)).toBe(a);
      a.end();
      expect(cache.find(head)).toBeUndefined();
    });
  });

  it('FWD-48 are bounded: the oldest ends', () => {
    const all = ['a', 'b', 'c'].map((name) => route(name));
    all.forEach((one, i) => {
      add('abc'[i]!, one);
    });
    expect(all.map(({ state }) => state)).toEqual(['ended', 'open', 'open']);
    expect(['a', 'b', 'c'].map((name) => find(name) !== undefined)).toEqual([false, true, true]);
  });

  it('FWD-34 rather one that has nothing in line; FWD-48 if all have, the oldest', () => {
    const [busy, free] = [route('a', { hasChunks: true }), route('b')];
    add('a', busy);
    add('b', free);
    add('c', route('c', { hasChunks: true }));
    expect([busy.state, free.state]).toEqual(['open', 'ended']);
    add('d', route('d'));
    expect(busy.state).toBe('ended');
  });

  it('one that is still being decided is forgotten, but goes on deciding', () => {
    const deciding = route('a', { state: 'deciding' });
    add('a', deciding);
    add('b', route('b'));
    add('c', route('c'));
    expect(deciding.state).toBe('deciding');
    expect(find('a')).toBeUndefined();
  });

  it('XMIT-15 says whether another session is served too', () => {
    const a = route('a');
    add('a', a);
    expect(cache.servesOthersThan(a)).toBe(false);
    add('b', route('b', { session: {}, state: 'deciding' }));
    expect(cache.servesOthersThan(a)).toBe(false);
    add('c', route('c', { session: {} }));
    expect(cache.servesOthersThan(a)).toBe(true);
  });
});
