import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './steps.js';

/** Files under a folder of the project whose names end so, as paths relative to that folder, with `/`, sorted. */
export function filesUnder(folder: string, ending: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(ending))
    .map((name) => name.replaceAll('\\', '/'))
    .sort();
}
