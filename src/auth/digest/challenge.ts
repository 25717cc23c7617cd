import type { DigestAlgorithm } from './hash.js';

/** Parameters that the challenges of one 401 share. */
export interface ChallengeParameters {
  readonly realm: string;
  readonly nonce: string;
  readonly opaque: string;
  readonly stale: boolean;
}

/** Any text as a quoted-string. */
export function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}

/**
 * Values of the WWW-Authenticate headers of one 401, one per algorithm (SEC-11), best first. Deployed clients are
 * particular: the value begins with `Digest `, comma and blank separate, no parameter is empty, `opaque` is there, and
 * what 7616 adds to 2617 (charset, userhash) is not.
 */
export function challenges(parameters: ChallengeParameters, algorithms: readonly DigestAlgorithm[]): string[] {
  const { realm, nonce, opaque, stale } = parameters;
  const before = `Digest realm=${quoted(realm)}, nonce="${nonce}", opaque="${opaque}"`;
  const after = `qop="auth"${stale ? ', stale=true' : ''}`;
  return algorithms.map((algorithm) => `${before}, algorithm=${algorithm}, ${after}`);
}
