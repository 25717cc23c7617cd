import { timingSafeEqual } from 'node:crypto';
import { parseUri, sameUri } from '../../wire/uri.js';
import type { DigestAlgorithm } from './hash.js';
import { hash } from './hash.js';

/** What enters a digest besides the secret and the URI: as sent, unquoted (SEC-22). */
export interface DigestParts {
  readonly nonce: string;
  readonly nc: string;
  readonly cnonce: string;
  readonly qop: string;
}

/** H(A1): the secret of a user in a realm (RFC 7616 section 3.4.2). */
export function secretOf(algorithm: DigestAlgorithm, username: string, realm: string, password: string): string {
  return hash(algorithm, `${username}:${realm}:${password}`);
}

/** What the client must have sent as `response`: the method is AUTH (RFC 4976 section 9.1). */
export function expectedResponse(algorithm: DigestAlgorithm, ha1: string, parts: DigestParts, uri: string): string {
  return digest(algorithm, ha1, parts, `AUTH:${uri}`);
}

/** Our own proof, `rspauth` in the 200: no method (RFC 7616 section 3.5). */
export function rspauth(algorithm: DigestAlgorithm, ha1: string, parts: DigestParts, uri: string): string {
  return digest(algorithm, ha1, parts, `:${uri}`);
}

function digest(algorithm: DigestAlgorithm, ha1: string, parts: DigestParts, a2: string): string {
  const { nonce, nc, cnonce, qop } = parts;
  return hash(algorithm, `${ha1}:${nonce}:${nc}:${cnonce}:${qop}:${hash(algorithm, a2)}`);
}

/** Are two digests equal? Takes the same time wherever they differ; a wrong length is no secret. */
export function equalDigests(a: string, b: string): boolean {
  const [x, y] = [Buffer.from(a, 'utf8'), Buffer.from(b, 'utf8')];
  return x.length === y.length && timingSafeEqual(x, y);
}

/**
 * Spellings of the URI the digest may have been computed over (R10): the rightmost To-Path URI; if `uri` names the same
 * one in another spelling, that one too. Undefined: `uri` is another URI.
 */
export function digestUris(toPathUri: string, uri: string | undefined): readonly string[] | undefined {
  if (uri === undefined || uri === toPathUri) return [toPathUri];
  const [a, b] = [parseUri(toPathUri), parseUri(uri)];
  if (a === undefined || b === undefined || !sameUri(a, b)) return undefined;
  return [toPathUri, uri];
}
