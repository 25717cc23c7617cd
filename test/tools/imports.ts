import { readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path/posix';
import { filesUnder } from './files.js';
import { root } from './steps.js';

export interface SourceFile {
  /** Path below src. */
  readonly path: string;
  /** First folder below src; empty for files directly in it. */
  readonly room: string;
  readonly text: string;
  /** Without comments and the contents of strings, for looking for words. */
  readonly code: string;
  /** Files below src it imports or re-exports, types included. */
  readonly imports: readonly string[];
  /** Modules of Node and packages it imports, types included. */
  readonly packages: readonly string[];
}

/** All files of src with their imports. */
export function readSources(): SourceFile[] {
  return filesUnder('src', '.ts').map((path) => {
    const text = readFileSync(join(root, 'src', path), 'utf8');
    const specifiers = importsOf(text);
    return {
      path,
      room: path.includes('/') ? path.slice(0, path.indexOf('/')) : '',
      text,
      code: withoutComments(text),
      imports: specifiers.filter((it) => it.startsWith('.')).map((it) => target(path, it)),
      packages: specifiers.filter((it) => !it.startsWith('.')),
    };
  });
}

/** What a text imports, re-exports, loads dynamically or names in an import type. */
export function importsOf(text: string): string[] {
  const pattern = /(?:^|[\s;}])(?:(?:import|export)\b[^'"`;]*?\bfrom\s*|import\s*\(?\s*)(['"])([^'"\n]+)\1/g;
  return [...text.matchAll(pattern)].map((match) => match[2]!);
}

function target(from: string, specifier: string): string {
  return normalize(join(dirname(from), specifier)).replace(/\.js$/, '.ts');
}

/** Blanks out comments and what stands between quotes; positions of lines stay. */
export function withoutComments(text: string): string {
  const pattern = /\/\*[^]*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"/g;
  return text.replaceAll(pattern, (match) => (match.startsWith('/') ? match.replaceAll(/[^\n]/g, ' ') : "''"));
}

/** Circles of imports, each written once, starting with its first file by name. */
export function cycles(files: readonly Pick<SourceFile, 'path' | 'imports'>[]): string[] {
  const graph = new Map(files.map((file) => [file.path, file.imports]));
  const done = new Set<string>();
  const found = new Set<string>();
  const walk = (path: string, trail: readonly string[]): void => {
    const at = trail.indexOf(path);
    if (at >= 0) {
      const circle = trail.slice(at);
      const first = circle.indexOf([...circle].sort()[0]!);
      found.add([...circle.slice(first), ...circle.slice(0, first), circle[first]!].join(' -> '));
      return;
    }
    if (done.has(path)) return;
    for (const next of graph.get(path) ?? []) walk(next, [...trail, path]);
    done.add(path);
  };
  for (const path of graph.keys()) walk(path, []);
  return [...found];
}
