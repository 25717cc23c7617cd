import { badOption } from '../../errors.js';
import type { MaybePromise } from '../../policy/types.js';
import { isPromise } from '../../policy/types.js';
import { parseUri } from '../../wire/uri.js';
import type { Authenticator, AuthenticatorHost, AuthRequest, AuthVerdict } from '../types.js';
import type { ChallengeParameters } from './challenge.js';
import { challenges } from './challenge.js';
import type { Credentials } from './credentials.js';
import { readCredentials } from './credentials.js';
import type { DigestAlgorithm } from './hash.js';
import { algorithmNamed, hexDigits } from './hash.js';
import { Nonces } from './nonce.js';
import { digestUris, equalDigests, expectedResponse, rspauth, secretOf } from './verify.js';

/** Whose secret is wanted. */
export interface CredentialsQuery {
  /** As the client claims it, unquoted. */
  readonly username: string;
  readonly realm: string;
  /** The algorithm the client has answered with: the one an `ha1` must be for. */
  readonly algorithm: DigestAlgorithm;
}

/** What is known of a user. */
export type UserCredentials = (
  | { readonly password: string }
  /** H(username ":" realm ":" password) in hex digits, for the algorithm asked for or for each (RFC 7616 section 3.4.2). */
  | { readonly ha1: string | { readonly [algorithm in DigestAlgorithm]?: string | undefined } }
) & {
  /** The user may not use this relay: 403, but only to who knows the secret (AUTH-05). */
  readonly barred?: boolean | undefined;
  /** Free for the host; kept with the session, must survive JSON. */
  readonly appData?: unknown;
};

/** Options of `digestAuthenticator()`. */
export interface DigestOptions {
  /**
   * Realm of the challenges (RFC 4976 section 5.1), or a function of the host name the client addressed. Default: the
   * first host of the relay.
   */
  readonly realm?: string | ((uriHost: string) => string) | undefined;
  /**
   * Looks a user up; undefined: unknown, which looks to the client like a wrong password. Should take the same time for
   * both. A throw, a rejection, or an answer later than `limits.hookTimeoutMs` is answered 403.
   */
  readonly credentials: (query: CredentialsQuery) => MaybePromise<UserCredentials | undefined>;
  /**
   * Algorithms offered and accepted. Default: both, SHA-256 first (RFC 7616 section 3.7). `['MD5']` for clients that
   * fail on what they do not know.
   */
  readonly algorithms?: readonly DigestAlgorithm[] | undefined;
  /** A nonce may be answered for this long, in milliseconds. Default 300 000. */
  readonly nonceLifeMs?: number | undefined;
  /** At least 16 secret octets; processes that share them accept each other's nonces. Default: random. */
  readonly nonceKey?: Uint8Array | undefined;
}

/** Nonces remembered as used: some 3 MB, and 50 AUTHs a second over the default life, before age counts as use. */
const maxUsedNonces = 16_384;
const defaultNonceLifeMs = 300_000;

/**
 * Digest authentication as RFC 4976 section 9.1 wants it of AUTH: RFC 7616 with qop `auth`, method `AUTH`, and the
 * rightmost To-Path URI. Serves one relay. Throws a RelayError `bad-option`.
 */
export function digestAuthenticator(options: DigestOptions): Authenticator {
  checkOptions(options);
  return new DigestAuthenticator(options);
}

/** Authorization that was read and names our realm, an algorithm we offer and a nonce we made. */
interface Claim {
  readonly credentials: Credentials;
  readonly algorithm: DigestAlgorithm;
  readonly realm: string;
  /** Spellings of the URI it may have been computed over. */
  readonly uris: readonly string[];
  readonly outdated: boolean;
}

class DigestAuthenticator implements Authenticator {
  readonly #options: DigestOptions;
  readonly #algorithms: readonly DigestAlgorithm[];
  #nonces: Nonces | undefined;
  #defaultRealm = '';

  constructor(options: DigestOptions) {
    this.#options = options;
    const wanted = options.algorithms ?? ['SHA-256', 'MD5'];
    // Clients that know one header only take the first or the last: MD5 must be last (R27).
    this.#algorithms = (['SHA-256', 'MD5'] as const).filter((algorithm) => wanted.includes(algorithm));
  }

  attach(host: AuthenticatorHost): void {
    let key = this.#options.nonceKey;
    if (key === undefined) host.runtime.randomFill((key = new Uint8Array(32)));
    this.#defaultRealm = host.realm;
    this.#nonces = new Nonces(key, this.#options.nonceLifeMs ?? defaultNonceLifeMs, host.runtime, maxUsedNonces);
  }

  authenticate(request: AuthRequest): MaybePromise<AuthVerdict> {
    const nonces = this.#nonces;
    if (nonces === undefined) throw new Error('a Digest authenticator was used before attach()');
    const realm = this.#realmFor(request.uri);
    const challenge = (why: 'challenged' | 'stale' | ChallengeReason, user?: string): AuthVerdict => {
      const { opaque } = nonces;
      const parameters: ChallengeParameters = { realm, nonce: nonces.make(), opaque, stale: why === 'stale' };
      return { challenge: challenges(parameters, this.#algorithms), why, user };
    };

    if (request.authorization === undefined) return challenge('challenged');
    const read = readCredentials(request.authorization);
    if (read === 'unreadable') return { refuse: 400, why: 'bad-authorization' };
    if (read === 'other-scheme') return challenge('unacceptable-credentials');

    const { username, nonce } = read;
    const uris = digestUris(request.uri, read.uri);
    if (uris === undefined) return { refuse: 400, why: 'uri-mismatch', user: username };
    const algorithm = algorithmNamed(read.algorithm);
    if (algorithm === undefined || !this.#algorithms.includes(algorithm) || !acceptable(read, realm, nonces.opaque)) {
      return challenge('unacceptable-credentials', username);
    }
    const age = nonces.age(nonce);
    if (age === 'foreign') return challenge('unknown-nonce', username);

    const claim: Claim = { credentials: read, algorithm, realm, uris, outdated: age === 'outdated' };
    const judge = (known: UserCredentials | undefined): AuthVerdict => {
      const proof = verify(claim, known);
      if (proof === undefined) return challenge('wrong-credentials', username);
      if (claim.outdated || !nonces.use(nonce, Number.parseInt(read.nc, 16))) return challenge('stale', username);
      if (known?.barred === true) return { refuse: 403, why: 'barred', user: username };
      const info = authenticationInfo(read, proof, nonces.make());
      return { accept: { name: username, appData: known?.appData }, headers: [['Authentication-Info', info]] };
    };
    const known = this.#options.credentials({ username, realm, algorithm });
    return isPromise(known) ? known.then(judge) : judge(known);
  }

  #realmFor(uri: string): string {
    const { realm = this.#defaultRealm } = this.#options;
    const text = typeof realm === 'string' ? realm : realm(parseUri(uri)?.host ?? this.#defaultRealm);
    // Only a function of the host can fail here: its result goes into a header line.
    if (!isRealm(text)) throw badOption('realm', text, realmWanted);
    return text;
  }
}

type ChallengeReason = 'wrong-credentials' | 'unknown-nonce' | 'unacceptable-credentials';

function acceptable(credentials: Credentials, realm: string, opaque: string): boolean {
  return (
    credentials.realm === realm &&
    credentials.qop.toLowerCase() === 'auth' &&
    (credentials.opaque === undefined || credentials.opaque === opaque)
  );
}

/**
 * The rspauth to answer with if the client has shown the user's secret. Until it has failed it computes the same number
 * of hashes whether the user is unknown or known, by password or by hash (SEC-23).
 */
function verify(claim: Claim, known: UserCredentials | undefined): string | undefined {
  const { credentials, algorithm, realm, uris } = claim;
  const { password, ha1: stored } = usable(known ?? {}, algorithm);
  const computed = secretOf(algorithm, credentials.username, realm, password ?? '');
  const ha1 = stored ?? computed;
  const uri = uris.find((text) =>
    equalDigests(expectedResponse(algorithm, ha1, credentials, text), credentials.response),
  );
  if (uri === undefined || (password === undefined && stored === undefined)) return undefined;
  return rspauth(algorithm, ha1, credentials, uri);
}

/** The secret in an answer of the host, unless it is none: an empty or absent one must not become a password. */
function usable(
  known: { readonly password?: unknown; readonly ha1?: unknown },
  algorithm: DigestAlgorithm,
): { password?: string; ha1?: string } {
  if (typeof known.password === 'string') return { password: known.password };
  const { ha1 } = known;
  const text: unknown = typeof ha1 === 'object' && ha1 !== null ? (ha1 as Record<string, unknown>)[algorithm] : ha1;
  if (typeof text !== 'string' || !/^[0-9a-f]+$/i.test(text) || text.length !== hexDigits[algorithm]) return {};
  return { ha1: text.toLowerCase() };
}

/** RFC 7616 section 3.5, in the quoting of RFC 4976 section 9.1; cnonce, nc and qop are the client's text (SEC-19). */
function authenticationInfo(credentials: Credentials, proof: string, nextNonce: string): string {
  const { qop, cnonceAsSent, nc } = credentials;
  return `nextnonce="${nextNonce}", qop=${qop}, rspauth="${proof}", cnonce="${cnonceAsSent}", nc=${nc}`;
}

const realmWanted = 'a text without control characters';

function isRealm(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && !/\p{Cc}/u.test(value);
}

function checkOptions(options: DigestOptions): void {
  const { realm, credentials, algorithms, nonceLifeMs, nonceKey } = options as {
    [name in keyof DigestOptions]?: unknown;
  };
  if (typeof credentials !== 'function') throw badOption('credentials', credentials, 'a function');
  if (realm !== undefined && typeof realm !== 'function' && !isRealm(realm)) {
    throw badOption('realm', realm, `${realmWanted}, or a function`);
  }
  if (algorithms !== undefined && !isAlgorithmList(algorithms)) {
    throw badOption('algorithms', algorithms, "an array of 'SHA-256' or 'MD5', or both");
  }
  if (nonceLifeMs !== undefined && !(typeof nonceLifeMs === 'number' && nonceLifeMs > 0)) {
    throw badOption('nonceLifeMs', nonceLifeMs, 'a positive number of milliseconds');
  }
  if (nonceKey !== undefined && !(nonceKey instanceof Uint8Array && nonceKey.length >= 16)) {
    throw badOption('nonceKey', nonceKey, 'at least 16 octets');
  }
}

function isAlgorithmList(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0 && value.every((name) => name === 'SHA-256' || name === 'MD5');
}
