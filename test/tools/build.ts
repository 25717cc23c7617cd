// Builds dist/esm and dist/cjs from one tsconfig.json, both with plain tsc.
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bin, root, runLanes } from './steps.js';

rmSync(join(root, 'dist'), { recursive: true, force: true });
const commonjs = ['--module', 'commonjs', '--moduleResolution', 'bundler', '--verbatimModuleSyntax', 'false'];
const results = await runLanes(
  [bin('ES modules', 'tsc', '-p', '.')],
  [bin('CommonJS', 'tsc', '-p', '.', '--outDir', 'dist/cjs', ...commonjs)],
);
writeFileSync(join(root, 'dist/cjs/package.json'), '{"type":"commonjs"}\n');
process.exitCode = results.every((result) => result.ok) ? 0 : 1;
