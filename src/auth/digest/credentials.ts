/** Parameters of an Authorization header (RFC 4976 section 7), unquoted. */
export interface Credentials {
  readonly username: string;
  readonly realm: string;
  readonly nonce: string;
  readonly response: string;
  readonly cnonce: string;
  /** cnonce as it stood between its quotes, escapes included: what Authentication-Info echoes (SEC-19). */
  readonly cnonceAsSent: string;
  /** Eight hex digits. */
  readonly nc: string;
  readonly qop: string;
  readonly uri: string | undefined;
  readonly algorithm: string | undefined;
  readonly opaque: string | undefined;
}

/** What an Authorization value turns out to be; `unreadable` is answered 400, another scheme is challenged. */
export type ReadCredentials = Credentials | 'unreadable' | 'other-scheme';

const required = ['username', 'realm', 'nonce', 'response', 'cnonce', 'nc', 'qop'] as const;
const known: ReadonlySet<string> = new Set([...required, 'uri', 'algorithm', 'opaque', 'username*']);

const scheme = /^([!#$%&'*+\-.^_`|~\w]+)(?:[ \t]+|$)/;
const parameter =
  /[ \t,]*([!#$%&'*+\-.^_`|~\w]+)[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([!#$%&'*+\-.^_`|~\w]+))[ \t]*(?:,[ \t,]*|$)/y;

/**
 * Reads an Authorization value in any legal form: parameters in any order, any blanks around commas and equals signs,
 * each value a token or a quoted-string (SEC-22). Unknown parameters are passed over.
 */
export function readCredentials(value: string): ReadCredentials {
  const start = scheme.exec(value);
  if (start === null) return 'unreadable';
  if (start[1]!.toLowerCase() !== 'digest') return 'other-scheme';

  const found = new Map<string, string>();
  parameter.lastIndex = start[0].length;
  while (parameter.lastIndex < value.length) {
    const match = parameter.exec(value);
    // A failed match puts lastIndex back to 0, so the loop ends here in any case.
    if (match === null) return 'unreadable';
    const name = match[1]!.toLowerCase();
    if (!known.has(name)) continue;
    if (found.has(name)) return 'unreadable';
    found.set(name, match[2] ?? match[3]!);
  }
  // RFC 7616 section 3.4: never with username; and alone it leaves username missing.
  if (found.has('username*')) return 'unreadable';
  if (required.some((name) => !found.has(name))) return 'unreadable';
  const nc = unescaped(found.get('nc')!);
  if (!/^[0-9a-f]{8}$/i.test(nc)) return 'unreadable';
  const text = (name: (typeof required)[number]): string => unescaped(found.get(name)!);
  const optional = (name: string): string | undefined => {
    const raw = found.get(name);
    return raw === undefined ? undefined : unescaped(raw);
  };
  return {
    username: text('username'),
    realm: text('realm'),
    nonce: text('nonce'),
    response: text('response'),
    cnonce: text('cnonce'),
    cnonceAsSent: found.get('cnonce')!,
    nc,
    qop: text('qop'),
    uri: optional('uri'),
    algorithm: optional('algorithm'),
    opaque: optional('opaque'),
  };
}

function unescaped(text: string): string {
  return text.includes('\\') ? text.replace(/\\(.)/g, '$1') : text;
}
