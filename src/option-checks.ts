import { badOption, RelayError } from './errors.js';

/** Fields of an options object whose names are all known; an unknown one is refused with the nearest known name. */
export function fieldsOf(path: string, value: unknown, known: readonly string[]): Partial<Record<string, unknown>> {
  if (value === undefined) return {};
  if (!isObject(value) || Array.isArray(value)) throw badOption(path === '' ? 'options' : path, value, 'an object');
  for (const name of Object.keys(value)) {
    if (known.includes(name)) continue;
    const option = join(path, name);
    const want = join(path, nearest(name, known));
    throw new RelayError('bad-option', `${option} is no option, did you mean ${want}?`, { option, got: name, want });
  }
  return value;
}

export function join(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}

export function oneOf<T extends string | boolean>(path: string, value: unknown, allowed: readonly T[], absent: T): T {
  if (value === undefined) return absent;
  const found = allowed.find((one) => one === value);
  if (found === undefined) throw badOption(path, value, allowed.map((one) => JSON.stringify(one)).join(' or '));
  return found;
}

export interface Bounds {
  readonly min: number;
  readonly max?: number;
  readonly infinity?: boolean;
}

export function wholeNumber(path: string, value: unknown, { min, max, infinity = false }: Bounds): number {
  const isWhole = Number.isSafeInteger(value) || (infinity && value === Infinity);
  if (isWhole && (value as number) >= min && (max === undefined || (value as number) <= max)) return value as number;
  const range = max === undefined ? `of at least ${min}` : `from ${min} to ${max}`;
  throw badOption(path, value, `a whole number ${range}${infinity ? ', or Infinity' : ''}`);
}

/** An object of the host that has these methods. */
export function withMethods(path: string, value: unknown, methods: readonly string[], want: string): object {
  if (!isObject(value)) throw badOption(path, value, want);
  const missing = methods.find((method) => typeof value[method] !== 'function');
  if (missing !== undefined) throw badOption(join(path, missing), value[missing], `a method (${path} is ${want})`);
  return value;
}

export function list(path: string, value: unknown, want: string): readonly unknown[] {
  if (!Array.isArray(value)) throw badOption(path, value, want);
  return value;
}

/** A list of texts that all pass `test`. */
export function texts(
  path: string,
  value: unknown,
  want: string,
  test: (text: string) => boolean,
): readonly string[] {
  return list(path, value, `a list, each ${want}`).map((one, i) => {
    if (typeof one !== 'string' || !test(one)) throw badOption(`${path}[${i}]`, one, want);
    return one;
  });
}

/** A domain name as it stands in URIs: labels of letters, digits, `-` and `_`, no dot at the end, no IP literal. */
export function isHostName(text: string): boolean {
  const label = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/i;
  const labels = text.split('.');
  return text.length <= 253 && labels.every((one) => label.test(one)) && !/^\d+$/.test(labels.at(-1)!);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function nearest(name: string, known: readonly string[]): string {
  const lower = name.toLowerCase();
  const longer = known.find((one) => one.toLowerCase().startsWith(lower));
  if (longer !== undefined) return longer;
  const distances = known.map((one) => distance(lower, one.toLowerCase()));
  return known[distances.indexOf(Math.min(...distances))]!;
}

/** Edits that turn one text into the other (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
