import { expect, it } from 'vitest';
import { filesUnder } from '../tools/files.js';
import { Declared } from './declared.js';
import { page } from './pages.js';

const rulings = page('docs/rulings.md');
const entries = rulings.split(/^## /m).slice(1);
const numberOf = (entry: string): string => entry.slice(0, 3);

/** Places in a folder that name a ruling by its number. */
function mentions(folder: string, ending: string): (readonly [number: string, path: string])[] {
  return filesUnder(folder, ending).flatMap((name) =>
    [...page(`${folder}/${name}`).matchAll(/\bR\d\d\b/g)].map(([number]) => [number, `${folder}/${name}`] as const),
  );
}

it('docs/rulings.md has R01 to R41 once each, in order', () => {
  const all = Array.from({ length: 41 }, (_, i) => `R${String(i + 1).padStart(2, '0')}`);
  expect(entries.map(numberOf)).toEqual(all);
});

it('docs/rulings.md has each ruling that source, tests and pages mention', () => {
  const mentioned = [...mentions('src', '.ts'), ...mentions('test', '.ts'), ...mentions('docs', '.md')];
  expect(mentioned.map(([, path]) => path)).toEqual(
    expect.arrayContaining(['src/forward/claims.ts', 'test/response/report.test.ts', 'docs/rulings.md']),
  );
  const known = new Set(entries.map(numberOf));
  expect(mentioned.filter(([number]) => !known.has(number))).toEqual([]);
});

it('each ruling names the section it is about', () => {
  expect(entries.filter((entry) => !/RFC \d{4}\b[^]*\bsections? \d/.test(entry)).map(numberOf)).toEqual([]);
});

it('options that rulings name exist', () => {
  const under = (prefix: string, path: string, type: string): string[] =>
    new Declared(path).fields(type).map((field) => prefix + field);
  const options = [
    ...under('', 'src/options.ts', 'RelayOptions'),
    ...under('rules.', 'src/options.ts', 'RuleOptions'),
    ...under('expires.', 'src/options.ts', 'ExpiresOptions'),
    ...under('limits.', 'src/limits.ts', 'Limits'),
    ...under('', 'src/transport/tls.ts', 'TlsOptions'),
    ...under('', 'src/auth/digest/authenticator.ts', 'DigestOptions'),
    ...['digestAuthenticator()', 'tls()', 'relay.accept()'],
  ];
  const named = entries.flatMap((entry) =>
    [...(/\bOption:[^]*/.exec(entry)?.[0] ?? '').matchAll(/`([^`]+)`/g)].map((match) => match[1]!),
  );
  expect(named).toContain('rules.plainTokens');
  expect(named.filter((name) => !options.includes(name))).toEqual([]);
});
