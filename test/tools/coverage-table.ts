// Writes docs/conformance.md: which requirement is proven by which tests, from the IDs in test titles.
//   --check   writes nothing, exits 1 when the file is out of date
//   --strict  exits 1 when a MUST or MUST-i row has neither a test nor a reason to be left out
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { filesUnder } from './files.js';
import { leftOut } from './left-out.js';
import { groups, requirements } from './requirements.js';
import { root } from './steps.js';

const output = join(root, 'docs/conformance.md');
const idPattern = new RegExp(`\\b(?:${groups.map(([group]) => group).join('|')})-\\d\\d\\b`, 'g');

type Found = Map<string, Map<string, number>>;

/** IDs in the titles of tests that run, with the number of titles in each file. */
function findTitles(): Found {
  const found: Found = new Map();
  for (const path of filesUnder('test', '.test.ts')) {
    const text = readFileSync(join(root, 'test', path), 'utf8');
    const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
    const visit = (node: ts.Node): void => {
      for (const id of titleIds(node, source)) {
        const files = found.get(id) ?? new Map<string, number>();
        files.set(path, (files.get(path) ?? 0) + 1);
        found.set(id, files);
      }
      if (!skipped(node, source)) ts.forEachChild(node, visit);
    };
    visit(source);
  }
  return found;
}

/** A title is what `it`, `test` and `describe` get first, or a text that begins with an ID (a row of a table of cases). */
function titleIds(node: ts.Node, source: ts.SourceFile): readonly string[] {
  if (ts.isStringLiteralLike(node) || ts.isTemplateExpression(node)) {
    const text = node.getText(source).slice(1);
    const ids = text.match(idPattern) ?? [];
    const isTitle =
      ts.isCallExpression(node.parent) && testCall(node.parent, source) && node.parent.arguments[0] === node;
    return isTitle || (ids[0] !== undefined && text.startsWith(ids[0])) ? [...new Set(ids)] : [];
  }
  return [];
}

function testCall(call: ts.CallExpression, source: ts.SourceFile): boolean {
  return /^(?:it|test|describe)\b/.test(call.expression.getText(source));
}

function skipped(node: ts.Node, source: ts.SourceFile): boolean {
  return ts.isCallExpression(node) && /^(?:it|test|describe)\.(?:skip|todo)\b/.test(node.expression.getText(source));
}

function table(found: Found): { text: string; missing: string[] } {
  const missing: string[] = [];
  const totals: string[] = [];
  const sections: string[] = [];
  let proven = 0;
  for (const [group, title] of groups) {
    const rows = requirements.filter(([id]) => id.startsWith(`${group}-`));
    const lines: string[] = [];
    const count = { proven: 0, waits: 0, 'left out': 0 };
    for (const [id, level, source, what] of rows) {
      const files = found.get(id);
      const reason = leftOut[id];
      const state = files !== undefined ? 'proven' : reason !== undefined ? 'left out' : 'waits';
      count[state] += 1;
      if (state === 'waits' && level.startsWith('MUST')) missing.push(id);
      const where = [...(files ?? [])].map(([file, tests]) => `${file} (${tests})`).join(', ');
      lines.push(`| ${id} | ${level} | ${source} | ${what} | ${where || (reason ?? '')} | ${state} |`);
    }
    proven += count.proven;
    totals.push(`| ${group} | ${rows.length} | ${count.proven} | ${count.waits} | ${count['left out']} |`);
    sections.push(
      `## ${group}: ${title}\n\n| Row | Level | Source | Title | Tests | State |\n| --- | --- | --- | --- | --- | --- |\n${lines.join('\n')}\n`,
    );
  }
  const text = `# Conformance

Made by \`npm run conformance\` from the titles of the tests; not edited by hand. Levels are those of the RFCs; \`MUST-i\` is
a rule the RFC states without the keyword, \`design\` a decision of this project where the RFCs are silent. Numbers in
parentheses count test titles. How ambiguous text was read is in [Rulings](rulings.md).

${proven} of ${requirements.length} rows are proven by tests.

| Group | Rows | Proven | Waits | Left out |
| --- | --- | --- | --- | --- |
${totals.join('\n')}

${sections.join('\n')}`;
  return { text, missing };
}

const flags = new Set(process.argv.slice(2));
const found = findTitles();
const { text, missing } = table(found);
if (!flags.has('--check')) writeFileSync(output, text);
else if (read(output) !== text) fail('docs/conformance.md is out of date: npm run conformance');
const known = new Set<string>(requirements.map(([id]) => id));
for (const id of found.keys()) if (!known.has(id)) fail(`no requirement ${id}, but a test of it`);
for (const id of Object.keys(leftOut)) if (found.has(id)) fail(`${id} is left out, but has a test`);
if (flags.has('--strict') && missing.length > 0) fail(`no test for ${missing.join(', ')}`);

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function fail(message: string): void {
  console.log(message);
  process.exitCode = 1;
}
