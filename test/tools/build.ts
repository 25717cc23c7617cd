// Builds dist/esm and dist/cjs from one tsconfig.json, with plain tsc: declarations with their comments, code without.
// An engine keeps the text of what it runs, and a small heap is collected much less often (docs/performance.md).
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bin, root, runLanes, type Step } from './steps.js';

function lane(name: string, ...format: readonly string[]): readonly Step[] {
  const withoutTypes = ['--declaration', 'false', '--declarationMap', 'false', '--isolatedDeclarations', 'false'];
  return [
    bin(`${name}: types`, 'tsc', '-p', '.', ...format, '--emitDeclarationOnly'),
    bin(`${name}: code`, 'tsc', '-p', '.', ...format, '--noCheck', '--removeComments', ...withoutTypes),
  ];
}

rmSync(join(root, 'dist'), { recursive: true, force: true });
const commonjs = ['--module', 'commonjs', '--moduleResolution', 'bundler', '--verbatimModuleSyntax', 'false'];
const results = await runLanes(lane('ES modules'), lane('CommonJS', '--outDir', 'dist/cjs', ...commonjs));
writeFileSync(join(root, 'dist/cjs/package.json'), '{"type":"commonjs"}\n');
process.exitCode = results.every((result) => result.ok) ? 0 : 1;
