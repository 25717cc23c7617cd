// Packs the package, unpacks it into an empty project beside nothing but its declared dependencies, and uses it there by
// import, by require, and from TypeScript. This is what finds a file left out of the tarball or an undeclared dependency.
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { root } from './steps.js';

interface Manifest {
  name: string;
  dependencies?: Record<string, string>;
  exports: Record<string, string | Record<string, { types: string; default: string }>>;
}

const home = realpathSync(mkdtempSync(join(tmpdir(), 'msrp-relay-packed-')));
let failures = 0;

function check(what: string, body: () => void): void {
  try {
    body();
  } catch (error) {
    failures += 1;
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    console.log(`${what}: ${[stdout, stderr].filter(Boolean).join('\n') || String(error)}`);
  }
}

function run(command: string, args: readonly string[], cwd: string): string {
  return execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], timeout: 120_000 });
}

function copyDependencies(of: Manifest, into: string): void {
  for (const name of Object.keys(of.dependencies ?? {})) {
    const target = join(into, name);
    if (existsSync(target)) continue;
    cpSync(join(root, 'node_modules', name), target, { recursive: true });
    copyDependencies(JSON.parse(readFileSync(join(target, 'package.json'), 'utf8')) as Manifest, into);
  }
}

function main(): void {
  const packed = run('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', home], root).trim();
  const modules = join(home, 'node_modules');
  const installed = join(modules, 'msrp-relay');
  mkdirSync(installed, { recursive: true });
  run('tar', ['-xzf', join(home, packed), '-C', installed, '--strip-components=1'], home);
  const manifest = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as Manifest;
  copyDependencies(manifest, modules);

  const entries = Object.entries(manifest.exports).filter(
    (entry): entry is [string, Record<string, { types: string; default: string }>] => typeof entry[1] !== 'string',
  );
  const names = entries.map(([subpath]) => `msrp-relay${subpath.slice(1)}`);

  for (const file of ['LICENSE', 'README.md', 'CHANGELOG.md', 'package.json']) {
    check(file, () => {
      readFileSync(join(installed, file));
    });
  }
  for (const [subpath, conditions] of entries) {
    for (const [condition, target] of Object.entries(conditions)) {
      check(`exports "${subpath}" "${condition}"`, () => {
        readFileSync(join(installed, target.default));
        checkSources(join(installed, target.types));
      });
    }
  }

  writeFileSync(join(home, 'package.json'), '{"private":true}\n');
  const used = `
    const { createRelay, RelayError, isRelayError } = main;
    if (typeof createRelay !== 'function') throw new Error('createRelay is no function');
    if (typeof RelayError !== 'function') throw new Error('RelayError is no class');
    if (typeof isRelayError !== 'function') throw new Error('isRelayError is no function');`;
  writeFileSync(
    join(home, 'use.mjs'),
    `${names.map((name, index) => `import * as m${index} from '${name}';`).join('\n')}
    import { createRequire } from 'node:module';
    const main = m0;${used}
    const required = createRequire(import.meta.url)('msrp-relay');
    if (required.RelayError !== main.RelayError) throw new Error('import and require have different RelayError classes');\n`,
  );
  writeFileSync(
    join(home, 'use.cjs'),
    `const [main] = [${names.map((name) => `require('${name}')`).join(', ')}];${used}\n`,
  );
  check('import', () => run(process.execPath, ['use.mjs'], home));
  check('require', () => run(process.execPath, ['use.cjs'], home));
  // Without this feature of Node, `require` gets the CommonJS build: the only user of tslib.
  check('require of the CommonJS build', () =>
    run(process.execPath, ['--no-experimental-require-module', 'use.cjs'], home),
  );

  const typed = `${names.map((name, index) => `import * as m${index} from '${name}';`).join('\n')}
    import { createRelay, isRelayError, type Relay } from 'msrp-relay';
    export const make: typeof createRelay = createRelay;
    export const close = (relay: Relay): Promise<void> => relay.close();
    export const code = (error: unknown): string | undefined => (isRelayError(error) ? error.code : undefined);
    export const all: readonly object[] = [${names.map((_, index) => `m${index}`).join(', ')}];\n`;
  writeFileSync(join(home, 'typed.mts'), typed);
  writeFileSync(join(home, 'typed.cts'), typed);
  const options = {
    ...{ target: 'es2022', lib: ['es2023', 'esnext.disposable'], module: 'nodenext', strict: true, noEmit: true },
    ...{ skipLibCheck: false, types: ['node'], typeRoots: [join(root, 'node_modules/@types')] },
  };
  writeFileSync(
    join(home, 'tsconfig.json'),
    JSON.stringify({ compilerOptions: options, files: ['typed.mts', 'typed.cts'] }),
  );
  check('TypeScript consumer', () =>
    run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', '.'], home),
  );
}

/** Declaration maps lead "go to definition" to sources, so these must be in the tarball. */
function checkSources(declaration: string): void {
  const map = JSON.parse(readFileSync(`${declaration}.map`, 'utf8')) as { sources: string[] };
  for (const source of map.sources) readFileSync(resolve(dirname(declaration), source));
}

try {
  check('pack', main);
} finally {
  rmSync(home, { recursive: true, force: true });
}
process.exitCode = failures === 0 ? 0 : 1;
