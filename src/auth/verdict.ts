import type { Outcome } from './deadline.js';
import type { AuthVerdict } from './types.js';

/** An authenticator of the host may hand out anything; what is no verdict, or would break a header line, is an error. */
export function checked(outcome: Outcome<AuthVerdict>): Outcome<AuthVerdict> {
  if ('error' in outcome || isVerdict(outcome.value)) return outcome;
  return { error: new TypeError('the answer of the authenticator is no verdict') };
}

function isVerdict(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { challenge, refuse, accept, headers } = value as Partial<Record<string, unknown>>;
  if (accept !== undefined) {
    const named = typeof accept === 'object' && accept !== null && 'name' in accept && isLine(accept.name);
    return (
      named &&
      (headers === undefined || (isList(headers) && headers.every((line) => isList(line) && line.every(isLine))))
    );
  }
  if (challenge !== undefined) return isList(challenge) && challenge.length > 0 && challenge.every(isLine);
  return refuse === 400 || refuse === 403;
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

function isLine(value: unknown): boolean {
  return typeof value === 'string' && !/\p{Cc}/u.test(value);
}
