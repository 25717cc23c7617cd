import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { filesUnder } from '../tools/files.js';
import { root } from '../tools/steps.js';
import { fences, page } from './pages.js';

mkdirSync(join(root, '.tmp'), { recursive: true });
const folder = mkdtempSync(join(root, '.tmp/docs-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** What the pages say is there already. */
const given = `import type { Authenticator, Relay, Transport } from 'msrp-relay';
declare global {
  const relay: Relay;
  const authenticator: Authenticator;
  const transports: readonly Transport[];
  const hosts: readonly string[];
  const cert: string;
  const key: string;
  const ca: string;
}
`;

it('docs/testing.md shows examples/testing-your-server.ts', () => {
  expect(fences(page('docs/testing.md'))).toEqual([page('examples/testing-your-server.ts')]);
});

it('code in the docs type-checks', { timeout: 120_000 }, async () => {
  const pages = filesUnder('docs', '.md').filter((name) => !name.startsWith('api/') && name !== 'testing.md');
  const pieces = pages.flatMap((name) =>
    fences(page(`docs/${name}`)).map((code, i) => [`${name.replace('.md', '')}-${i + 1}.ts`, code] as const),
  );
  expect(pieces.map(([name]) => name)).toEqual(
    expect.arrayContaining(['guide-1.ts', 'events-1.ts', 'events-2.ts', 'errors-1.ts']),
  );
  for (const [name, code] of pieces) writeFileSync(join(folder, name), `${code}export {};\n`);
  writeFileSync(join(folder, 'given.ts'), given);
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({
      extends: '../../test/tsconfig.json',
      // Pieces end where their point is made.
      compilerOptions: { rootDir: '../..', noUnusedLocals: false },
      include: ['*.ts'],
    }),
  );
  expect(await tsc(folder)).toBe('');
});

async function tsc(project: string): Promise<string> {
  const child = spawn(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', project], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const add = (octets: Buffer): void => {
    output += octets.toString();
  };
  child.stdout.on('data', add);
  child.stderr.on('data', add);
  await once(child, 'close');
  return output;
}
