import { describe, expect, it } from 'vitest';
import { cycles, importsOf, readSources, withoutComments } from './tools/imports.js';

/** Files at the top of src that every room may use. */
const common = new Set([
  'chain.ts',
  'errors.ts',
  'fifo.ts',
  'held-sources.ts',
  'limits.ts',
  'runtime.ts',
  'timers.ts',
]);
/** Files of a room that other rooms may use: interfaces and plain data. */
const contracts = new Set(['types.ts', 'info.ts', 'grant.ts', 'events.ts']);
/** The other files at the top: options with their defaults, and what puts the parts together. Rooms do not know them. */
const isWiring = (path: string): boolean => !path.includes('/') && !common.has(path);

/** Where the relay meets Node: the Runtime, and what adapts a socket of Node. */
const edges = ['runtime.ts', 'transport/net-socket.ts'] as const;

const sources = readSources();

describe('rooms', () => {
  it('use of other rooms the interfaces and of the wire everything', () => {
    const trespasses = sources
      .filter((file) => !isWiring(file.path))
      .flatMap((file) =>
        file.imports.filter((path) => !mayImport(file.room, path)).map((path) => `${file.path} imports ${path}`),
      );
    expect(trespasses).toEqual([]);
  });

  it('know nothing of who puts them together', () => {
    const known = sources
      .filter((file) => !isWiring(file.path))
      .filter((file) => file.imports.some((path) => isWiring(path)));
    expect(known.map((file) => file.path)).toEqual([]);
  });

  it('keep the wire free of everything else', () => {
    const foreign = sources
      .filter((file) => file.room === 'wire')
      .flatMap((file) => file.imports.filter((path) => !path.startsWith('wire/') && path !== 'limits.ts'));
    expect(foreign).toEqual([]);
  });

  it('import each other in no circle, types included', () => {
    expect(cycles(sources)).toEqual([]);
  });

  it('import nothing but Node and the declared dependencies', () => {
    const packages = new Set(sources.flatMap((file) => file.packages).filter((name) => !name.startsWith('node:')));
    expect([...packages].sort().filter((name) => !['debug', 'eventemitter3'].includes(name))).toEqual([]);
  });

  it('leave timers and measuring to the Runtime', () => {
    const modules = /^(?:node:)?(?:timers|perf_hooks)/;
    const users = sources.filter((file) => file.packages.some((name) => modules.test(name)));
    expect(users.map((file) => file.path).filter((path) => path !== 'runtime.ts')).toEqual([]);
  });

  it('find every file they import', () => {
    const paths = new Set(sources.map((file) => file.path));
    const lost = sources.flatMap((file) => file.imports.filter((path) => !paths.has(path)));
    expect(lost).toEqual([]);
  });
});

describe('files', () => {
  it('have at most 300 lines', () => {
    const long = sources.filter((file) => file.text.split('\n').length > 301);
    expect(long.map((file) => file.path)).toEqual([]);
  });

  it.each([
    ['any', /[:<|&(,]\s*any\b|\bas any\b/, []],
    ['the console', /\bconsole\./, []],
    ['the wall clock', /\bnew Date\b|\bDate\.|\bperformance\.|\bhrtime\b/, ['runtime.ts']],
    ['timers of Node', /(?<!\.)\bset(?:Timeout|Interval|Immediate)\(|\bnextTick\b|\bqueueMicrotask\b/, edges],
    [
      'a generator of random numbers',
      /\bMath\.random\b|\brandom(?:Bytes|FillSync|UUID|Int)\b|\bgetRandomValues\b/,
      ['runtime.ts'],
    ],
    ['the process', /\bprocess\.(?!memoryUsage)/, ['runtime.ts']],
  ] as const)('do not use %s', (_what, pattern, except) => {
    const users = sources.filter((file) => pattern.test(file.code)).map((file) => file.path);
    expect(users.filter((path) => !(except as readonly string[]).includes(path))).toEqual([]);
  });

  it('hold no suppressed rule and no reminder', () => {
    const pattern = /eslint-disable|@ts-(?:ignore|expect-error|nocheck)|\bTODO\b|\bFIXME\b/;
    expect(sources.filter((file) => pattern.test(file.text)).map((file) => file.path)).toEqual([]);
  });
});

describe('the checks themselves', () => {
  it('see every form of import', () => {
    const text = `import a from './a.js';
import type { B } from "./b.js";
import {
  c,
  d,
} from './c.js';
export * from './d.js';
import './e.js';
const f = await import('./f.js');
type G = import('./g.js').G;
const from = 'not-one';`;
    const letters = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
    expect(importsOf(text)).toEqual(letters.map((letter) => `./${letter}.js`));
  });

  it('see a circle of three once', () => {
    const circle = [
      { path: 'b.ts', imports: ['c.ts'] },
      { path: 'c.ts', imports: ['a.ts'] },
      { path: 'a.ts', imports: ['b.ts'] },
    ];
    expect(cycles(circle)).toEqual(['a.ts -> b.ts -> c.ts -> a.ts']);
  });

  it('look past comments and strings', () => {
    expect(withoutComments("a('Date.now') // Date.now\n/* Date.now */ b")).toBe(
      "a('') " + ' '.repeat(11) + '\n' + ' '.repeat(14) + ' b',
    );
  });

  it('forbid a room the inside of another', () => {
    const verdicts = [
      'session/types.ts',
      'wire/uri.ts',
      'limits.ts',
      'relay/admit.ts',
      'session/table.ts',
      'options.ts',
    ];
    expect(verdicts.map((path) => mayImport('relay', path))).toEqual([true, true, true, true, false, false]);
  });
});

function mayImport(room: string, path: string): boolean {
  if (!path.includes('/')) return common.has(path);
  const [other] = path.split('/');
  const name = path.slice(path.lastIndexOf('/') + 1);
  return other === room || other === 'wire' || contracts.has(name);
}
