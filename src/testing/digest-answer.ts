import { createHash } from 'node:crypto';

/** Hash functions of Digest, as challenges name them. */
export type DigestAlgorithm = 'MD5' | 'SHA-256';

/** What a Digest response is made of (RFC 7616 section 3.4), for AUTH (RFC 4976 section 9.1). */
export interface DigestInput {
  readonly algorithm: DigestAlgorithm;
  readonly username: string;
  readonly password: string;
  readonly realm: string;
  readonly nonce: string;
  /** Eight hexadecimal digits. */
  readonly nc: string;
  readonly cnonce: string;
  /** Rightmost To-Path URI, as written. */
  readonly uri: string;
  /** Sent back if the challenge had one. */
  readonly opaque?: string | undefined;
}

/** `response` for the Authorization header, and the `rspauth` that a relay which knows the password answers with. */
export function digestAnswer(input: DigestInput): { readonly response: string; readonly rspauth: string } {
  const hash = (text: string): string =>
    createHash(input.algorithm === 'MD5' ? 'md5' : 'sha256')
      .update(text, 'utf8')
      .digest('hex');
  const ha1 = hash(`${input.username}:${input.realm}:${input.password}`);
  const answer = (a2: string): string => hash([ha1, input.nonce, input.nc, input.cnonce, 'auth', hash(a2)].join(':'));
  return { response: answer(`AUTH:${input.uri}`), rspauth: answer(`:${input.uri}`) };
}

/** The Authorization header value. `uri` is not in it: the relay takes it from To-Path. */
export function digestAuthorization(input: DigestInput): string {
  const quoted = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`;
  const parameters = [
    `username=${quoted(input.username)}`,
    `realm=${quoted(input.realm)}`,
    `nonce=${quoted(input.nonce)}`,
    `response="${digestAnswer(input).response}"`,
    `algorithm=${input.algorithm}`,
    `cnonce=${quoted(input.cnonce)}`,
    `qop=auth`,
    `nc=${input.nc}`,
  ];
  if (input.opaque !== undefined) parameters.push(`opaque=${quoted(input.opaque)}`);
  return `Digest ${parameters.join(', ')}`;
}

/** Parameters of a Digest header value (challenge or Authentication-Info), names in lower case, quotes taken away. */
export function digestParameters(value: string): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>();
  for (const [, name = '', quoted, token] of value.matchAll(
    /([A-Za-z0-9-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s",]+))/g,
  )) {
    parameters.set(name.toLowerCase(), quoted?.replace(/\\(.)/g, '$1') ?? token ?? '');
  }
  return parameters;
}
