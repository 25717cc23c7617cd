import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const read = (name: string): string => readFileSync(new URL(`../${name}`, import.meta.url), 'utf8');
const headings = [...read('CHANGELOG.md').matchAll(/^## (.*)$/gm)].map((match) => match[1]!);

it('CHANGELOG.md begins with what is unreleased', () => {
  expect(headings[0]).toBe('[Unreleased]');
});

it('the newest version in CHANGELOG.md is that of package.json, with a date', () => {
  const { version } = JSON.parse(read('package.json')) as { version: string };
  expect(headings[1]).toMatch(/^\[\d+\.\d+\.\d+\] - \d{4}-\d\d-\d\d$/);
  expect(headings[1]).toContain(`[${version}]`);
});

it('CHANGELOG.md uses the kinds of change of Keep a Changelog', () => {
  const kinds = [...read('CHANGELOG.md').matchAll(/^### (.*)$/gm)].map((match) => match[1]);
  const known = ['Added', 'Changed', 'Deprecated', 'Removed', 'Fixed', 'Security'];
  expect(kinds.filter((kind) => !known.includes(kind ?? ''))).toEqual([]);
});
