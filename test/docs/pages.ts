import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../tools/steps.js';

export function page(name: string): string {
  return readFileSync(join(root, name), 'utf8');
}

/** What stands under a heading, up to the next of its rank or above. */
export function section(text: string, heading: string): string {
  const [, rank = ''] = /^(#+) /.exec(heading) ?? [];
  const start = text.indexOf(`\n${heading}\n`);
  if (start < 0) throw new Error(`no heading: ${heading}`);
  const rest = text.slice(start + heading.length + 2);
  const next = rest.search(new RegExp(`^#{1,${rank.length}} `, 'm'));
  return next < 0 ? rest : rest.slice(0, next);
}

/** First cells of the rows of all tables in a text, where they are code. */
export function rowNames(text: string): string[] {
  return [...text.matchAll(/^\| `([\w-]+)`/gm)].map((row) => row[1]!);
}

/** Code blocks of TypeScript. */
export function fences(text: string): string[] {
  return [...text.matchAll(/^```ts\n([^]*?)^```$/gm)].map((match) => match[1]!);
}
