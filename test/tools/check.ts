// `npm run check`: everything a maintainer wants to know before a release.
import { bin, runLanes, tool } from './steps.js';

const results = [
  ...(await runLanes([tool('build', 'build')])),
  ...(await runLanes(
    [
      {
        ...bin(
          'tests and coverage',
          'vitest',
          'run',
          '--config',
          'test/vitest.config.ts',
          '--root',
          '.',
          '--coverage',
        ),
        show: true,
      },
      tool('packed package', 'smoke'),
    ],
    [
      bin('format', 'prettier', '--check', '--log-level', 'warn', '.'),
      bin('types of tests and examples', 'tsc', '-p', 'test'),
      bin('lint', 'eslint', '--cache', '--cache-location', 'node_modules/.cache/eslint/', '.'),
      bin('unused code and dependencies', 'knip'),
      tool('conformance table', 'coverage-table', '--check', '--strict'),
      tool('public surface', 'api-report'),
      bin('documentation of the public surface', 'typedoc', '--emit', 'none', '--logLevel', 'Warn'),
      bin('publint', 'publint', '--strict'),
      bin('are the types wrong', 'attw', '--pack', '.', '--profile', 'node16'),
    ],
  )),
];
const failed = results.filter((result) => !result.ok).map((result) => result.name);
console.log(failed.length === 0 ? 'all checks passed' : `failed: ${failed.join(', ')}`);
process.exitCode = failed.length === 0 ? 0 : 1;
