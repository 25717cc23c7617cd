/**
 * What a `RelayError` can be about. Closed: `switch (error.code)` can name them all.
 *
 * - `bad-option`: an option or argument is not what it must be; `option`, `got` and `want` say which and why;
 * - `listen-failed`: a transport could not listen (port in use, address not local); `cause` is Node's error;
 * - `bad-certificate`: certificate, key or CA can not be used; `cause` is Node's error;
 * - `already-listening`: `listen()` was called a second time;
 * - `closed`: the relay has been closed, or is closing;
 * - `store-failed`: the session store threw, rejected, or answered with something that is no token or grant.
 */
export type RelayErrorCode =
  'bad-option' | 'listen-failed' | 'bad-certificate' | 'already-listening' | 'closed' | 'store-failed';

/** What is known of a failure, as data. */
export interface RelayErrorDetails {
  /** Path of the option: `limits.probationMs`, `hosts[0]`. */
  readonly option?: string | undefined;
  /** What was given, shortened; never a key, password or certificate. */
  readonly got?: string | undefined;
  /** What is wanted instead. */
  readonly want?: string | undefined;
  /** The error behind this one. */
  readonly cause?: unknown;
}

const brand = Symbol.for('msrp-relay.RelayError');

/**
 * The only kind of error this library throws or rejects with on purpose. Tell kinds apart by `code`, never by the
 * message, and recognise it by `isRelayError()`: `instanceof` fails when two copies of the library are loaded.
 */
export class RelayError extends Error {
  override readonly name = 'RelayError';
  readonly code: RelayErrorCode;
  readonly option: string | undefined;
  readonly got: string | undefined;
  readonly want: string | undefined;

  constructor(code: RelayErrorCode, message: string, details: RelayErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.option = details.option;
    this.got = details.got;
    this.want = details.want;
    Object.defineProperty(this, brand, { value: true });
  }
}

/** Is this a `RelayError`, be it of another copy of the library (ESM next to CommonJS, two versions)? */
export function isRelayError(error: unknown): error is RelayError {
  return typeof error === 'object' && error !== null && (error as { [brand]?: unknown })[brand] === true;
}

/** The error for an option, or an argument of a factory, that is not what it must be. Shows `value` shortened. */
export function badOption(option: string, value: unknown, want: string): RelayError {
  const got = shown(value);
  return new RelayError('bad-option', `${option} must be ${want}, got ${got}`, { option, got, want });
}

const maxShown = 40;

/** A value in a few characters, for an error message: texts cut short, of objects only their kind, of PEM texts nothing. */
export function shown(value: unknown): string {
  if (typeof value === 'string') {
    if (value.includes('-----BEGIN')) return 'a PEM text';
    return JSON.stringify(value.length > maxShown ? `${value.slice(0, maxShown)}…` : value);
  }
  if (typeof value === 'function') return 'a function';
  if (typeof value !== 'object' || value === null) return typeof value === 'bigint' ? `${value}n` : String(value);
  if (Array.isArray(value)) return value.length === 0 ? 'an empty array' : 'an array';
  if (value instanceof Uint8Array) return 'octets';
  return 'an object';
}
