import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { defaultLimits } from '../src/limits.js';

it('docs/limits.md tells every limit with its default, and no other', () => {
  const text = readFileSync(new URL('../docs/limits.md', import.meta.url), 'utf8');
  const rows = [...text.matchAll(/^\| `(\w+)`\s*\| (\w+)\s*\|/gm)].map((row) => [row[1], Number(row[2])]);
  expect(rows).toEqual(Object.entries(defaultLimits));
});
