import { createHash } from 'node:crypto';

/** What a client reads in a challenge, and writes in an Authorization header. Written apart from src on purpose. */
export interface Challenge {
  readonly realm: string;
  readonly nonce: string;
  readonly opaque: string;
  readonly algorithm: string;
  readonly stale: boolean;
}

export function readChallenge(value: string): Challenge {
  const found = new Map<string, string>();
  for (const part of value.replace(/^Digest /, '').split(', ')) {
    const equals = part.indexOf('=');
    found.set(part.slice(0, equals), part.slice(equals + 1).replace(/^"|"$/g, ''));
  }
  const text = (name: string): string => found.get(name) ?? `no ${name}`;
  return {
    realm: text('realm'),
    nonce: text('nonce'),
    opaque: text('opaque'),
    algorithm: text('algorithm'),
    stale: found.get('stale') === 'true',
  };
}

export interface Answer {
  readonly username?: string;
  readonly password?: string;
  /** What the digest is computed over. */
  readonly uri?: string;
  readonly nc?: string;
  readonly cnonce?: string;
  /** cnonce with the escapes it is sent with. */
  readonly cnonceAsSent?: string;
  readonly qop?: string;
  /** Parameters as they are sent, in place of those or besides those that would be; undefined leaves one out. */
  readonly send?: Record<string, string | undefined>;
}

export function h(algorithm: string, text: string): string {
  return createHash(algorithm === 'MD5' ? 'md5' : 'sha256')
    .update(Buffer.from(text, 'utf8'))
    .digest('hex');
}

/** Digests of an answer: `response`, and the `rspauth` that is due. */
export function digests(challenge: Challenge, answer: Answer = {}): { response: string; rspauth: string } {
  const { algorithm, realm, nonce } = challenge;
  const { username = 'alice', password = 'wonderland', nc = '00000001', cnonce = 'Y25vbmNlLTAx' } = answer;
  const { uri = 'msrps://alice@relay.example;tcp', qop = 'auth' } = answer;
  const ha1 = h(algorithm, `${username}:${realm}:${password}`);
  const over = (a2: string): string => h(algorithm, `${ha1}:${nonce}:${nc}:${cnonce}:${qop}:${h(algorithm, a2)}`);
  return { response: over(`AUTH:${uri}`), rspauth: over(`:${uri}`) };
}

/** The Authorization header of a client that has got `challenge`. */
export function authorization(challenge: Challenge, answer: Answer = {}): string {
  const { username = 'alice', nc = '00000001', cnonce = 'Y25vbmNlLTAx', qop = 'auth' } = answer;
  const parameters: Record<string, string | undefined> = {
    username: `"${username}"`,
    realm: `"${challenge.realm}"`,
    nonce: `"${challenge.nonce}"`,
    response: `"${digests(challenge, answer).response}"`,
    cnonce: `"${answer.cnonceAsSent ?? cnonce}"`,
    opaque: `"${challenge.opaque}"`,
    algorithm: challenge.algorithm,
    qop,
    nc,
    ...answer.send,
  };
  const list = Object.entries(parameters).filter(([, value]) => value !== undefined);
  return `Digest ${list.map(([name, value]) => `${name}=${value ?? ''}`).join(', ')}`;
}
