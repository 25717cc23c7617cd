// `npm test`: types, lint, format, tests, build, packed package. Last line: `N passed, N failed`, where a step counts as one.
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { bin, root, runLanes, tool } from './steps.js';

const report = 'node_modules/.cache/vitest/results.json';
rmSync(join(root, report), { force: true });
const reporters = ['--reporter=dot', '--reporter=json', `--outputFile.json=${report}`];

const steps = await runLanes(
  [
    {
      ...bin('tests', 'vitest', 'run', '--config', 'test/vitest.config.ts', '--root', '.', ...reporters),
      show: true,
    },
  ],
  [
    tool('build', 'build'),
    tool('packed package', 'smoke'),
    bin('types of tests and examples', 'tsc', '-p', 'test'),
    bin('lint', 'eslint', '--cache', '--cache-location', 'node_modules/.cache/eslint/', '.'),
    bin('format', 'prettier', '--check', '--log-level', 'warn', '.'),
  ],
);

interface Report {
  numPassedTests: number;
  numFailedTests: number;
  testResults: { status: string; assertionResults: { status: string }[] }[];
}

function readReport(): { passed: number; failed: number } {
  let read: Report;
  try {
    read = JSON.parse(readFileSync(join(root, report), 'utf8')) as Report;
  } catch {
    return { passed: 0, failed: 1 };
  }
  // A file that can not even be loaded has no failed test of its own.
  const broken = read.testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  );
  return { passed: read.numPassedTests, failed: read.numFailedTests + broken.length };
}

const others = steps.filter((step) => step.name !== 'tests');
const tests = readReport();
const passed = tests.passed + others.filter((step) => step.ok).length;
let failed = tests.failed + others.filter((step) => !step.ok).length;
if (failed === 0 && steps.some((step) => !step.ok)) failed = 1; // vitest failed outside of any test
process.exitCode = failed === 0 ? 0 : 1;
console.log(`${passed} passed, ${failed} failed`);
