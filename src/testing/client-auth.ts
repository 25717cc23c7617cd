import {
  digestAnswer,
  digestAuthorization,
  digestParameters,
  type DigestAlgorithm,
  type DigestInput,
} from './digest-answer.js';
import type { ReceivedResponse } from './received.js';

/** Options of `client.auth()`. */
export interface AuthOptions {
  /** The relay to authenticate to: rightmost in To-Path. */
  readonly relay: string;
  /** URIs of relays on the way there, leftmost first. Default: none. */
  readonly via?: readonly string[];
  readonly username: string;
  readonly password: string;
  /** Value of Expires, in seconds. Default: no such header. */
  readonly expires?: number | string;
  /** Default: that of the first challenge it understands. */
  readonly algorithm?: DigestAlgorithm;
}

/** What came of an AUTH. */
export interface AuthResult {
  /** Of the last response: 200, or what the AUTH failed with. */
  readonly code: number;
  /** URIs of Use-Path in order; empty without. */
  readonly usePath: readonly string[];
  /** Value of Expires, in seconds. */
  readonly expires: number | undefined;
  /** The relay has proved in Authentication-Info that it knows the password. */
  readonly relayProved: boolean;
  readonly response: ReceivedResponse;
}

/** The two steps of AUTH (RFC 4976 section 5.1). `send` sends one with these headers and gives its response. */
export async function authenticate(
  options: AuthOptions,
  cnonce: string,
  send: (headers: [string, string][]) => Promise<ReceivedResponse>,
): Promise<AuthResult> {
  const headers: [string, string][] = options.expires === undefined ? [] : [['Expires', `${options.expires}`]];
  const first = await send(headers);
  const input = first.code === 401 ? answerable(first, options, cnonce) : undefined;
  if (input === undefined) return result(first, undefined);
  return result(await send([...headers, ['Authorization', digestAuthorization(input)]]), input);
}

/** What to answer the first challenge with that fits; undefined if none does. */
function answerable(response: ReceivedResponse, options: AuthOptions, cnonce: string): DigestInput | undefined {
  for (const challenge of response.allHeaders('WWW-Authenticate')) {
    const parameters = digestParameters(challenge.replace(/^Digest\s+/i, ''));
    const named = (parameters.get('algorithm') ?? 'MD5').toUpperCase();
    if (named !== 'MD5' && named !== 'SHA-256') continue;
    if (options.algorithm !== undefined && options.algorithm !== named) continue;
    return {
      algorithm: named,
      username: options.username,
      password: options.password,
      realm: parameters.get('realm') ?? '',
      nonce: parameters.get('nonce') ?? '',
      nc: '00000001',
      cnonce,
      uri: options.relay,
      opaque: parameters.get('opaque'),
    };
  }
  return undefined;
}

function result(response: ReceivedResponse, input: DigestInput | undefined): AuthResult {
  const info = digestParameters(response.header('Authentication-Info') ?? '');
  const expires = response.header('Expires');
  return {
    code: response.code,
    usePath: response.header('Use-Path')?.split(' ') ?? [],
    expires: expires === undefined ? undefined : Number(expires),
    relayProved: input !== undefined && info.get('rspauth') === digestAnswer(input).rspauth,
    response,
  };
}
