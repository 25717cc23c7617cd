import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import { root } from '../tools/steps.js';

/**
 * Library and benchmark as JavaScript in a folder of their own, file by file and without checking types: what is measured
 * runs without a loader, and dist/ may change meanwhile.
 */
export function compile(into: string): void {
  for (const folder of ['src', 'test/bench', 'test/support']) {
    for (const file of readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })) {
      if (file.endsWith('.ts')) compileFile(join(folder, file), into);
    }
  }
}

function compileFile(file: string, into: string): void {
  const { outputText } = ts.transpileModule(readFileSync(join(root, file), 'utf8'), {
    fileName: file,
    compilerOptions: {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.ES2022,
      verbatimModuleSyntax: true,
      importHelpers: true,
      removeComments: true,
    },
  });
  const target = join(into, file.replace(/\.ts$/, '.js'));
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, outputText);
}

/** A folder below .tmp/, which is no part of the repository; gone when the process ends. */
export function scratchFolder(): string {
  const folder = join(root, '.tmp', `bench-${process.pid}`);
  mkdirSync(folder, { recursive: true });
  process.on('exit', () => {
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

/** A copy of a build, so that it can not change while it is measured. Returns its index.js. */
export function copyBuild(build: string, into: string): string {
  if (!existsSync(join(build, 'index.js'))) throw new Error(`${build} holds no index.js`);
  cpSync(build, into, { recursive: true });
  return join(into, 'index.js');
}
