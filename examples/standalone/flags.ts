import { isIP } from 'node:net';
import { parseArgs } from 'node:util';

/** What the standalone relay was asked to do. */
export interface Flags {
  /** The first is advertised. */
  readonly hosts: readonly string[];
  readonly realm: string;
  readonly bind: string;
  /** undefined: no such listener. 0: any free port. */
  readonly tlsPort: number | undefined;
  readonly tcpPort: number | undefined;
  /** Paths of PEM files; undefined: made at start. */
  readonly cert: string | undefined;
  readonly key: string | undefined;
  readonly ca: string | undefined;
  /** Passwords by user name, `*` being any; empty: alice and bob. */
  readonly users: ReadonlyMap<string, string>;
  readonly allowEgress: readonly string[];
  readonly minExpiresS: number;
  readonly maxExpiresS: number;
  readonly authOverTcp: boolean;
  /** undefined: no line of stats. */
  readonly statsEveryS: number | undefined;
}

/** A mistake of whoever started the program: told in one line, without a stack. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

interface FlagText {
  /** What stands behind the flag; absent: nothing does. */
  readonly value?: string;
  readonly many?: true;
  readonly meaning: string;
  readonly initially: string;
}

/** All flags, in the order in which they are shown. */
export const flagTexts = {
  host: { value: 'NAME', many: true, meaning: 'name of the relay; the first is advertised', initially: 'localhost' },
  realm: { value: 'NAME', meaning: 'realm of the challenges', initially: 'the first host' },
  bind: { value: 'ADDR', meaning: 'address to listen on', initially: '127.0.0.1' },
  'tls-port': { value: 'N', meaning: 'TLS listener; 0: any free port, off: none', initially: '2855' },
  'tcp-port': { value: 'N', meaning: 'TCP listener; 0: any free port, off: none', initially: '2856' },
  'ws-port': { value: 'N', meaning: 'WebSocket listener; not built yet, only off', initially: 'off' },
  'wss-port': { value: 'N', meaning: 'WebSocket listener with TLS; not built yet, only off', initially: 'off' },
  'trusted-front': {
    value: 'CIDR',
    many: true,
    meaning: 'who may use plain WebSocket; not built yet, refused',
    initially: 'none',
  },
  cert: { value: 'FILE', meaning: 'certificate chain of the relay (PEM)', initially: 'made at start' },
  key: { value: 'FILE', meaning: 'its private key (PEM)', initially: 'made at start' },
  ca: {
    value: 'FILE',
    meaning: 'CA that peer relays and next hops on TLS are verified with (PEM)',
    initially: "made at start; Node's own roots with --cert",
  },
  user: {
    value: 'NAME:PASSWORD',
    many: true,
    meaning: "who may have a relay URI; '*:PASSWORD' is any name with that password",
    initially: 'alice and bob, passwords printed',
  },
  'allow-egress': {
    value: 'CIDR',
    many: true,
    meaning: 'addresses that may be dialled although they are not public; replaces the default',
    initially: '127.0.0.0/8 and ::1',
  },
  'max-expires': {
    value: 'S',
    meaning: 'longest life of a relay URI, which is what an AUTH that asks for none gets',
    initially: '86400',
  },
  'min-expires': { value: 'S', meaning: 'shortest life of a relay URI', initially: '60' },
  'auth-over-tcp': {
    meaning: 'takes AUTH without TLS: for benchmarks and debugging only',
    initially: 'refused',
  },
  'stats-every': { value: 'S', meaning: 'prints a line of stats on stderr every S seconds', initially: 'off' },
  help: { meaning: 'prints these flags and ends', initially: '' },
} as const satisfies Readonly<Record<string, FlagText>>;

/** A year. */
const longestS = 31_536_000;

type FlagName = keyof typeof flagTexts;
const flagNames = Object.keys(flagTexts) as FlagName[];
const textOf = (name: FlagName): FlagText => flagTexts[name];

/** Reads the arguments behind the program's name. Throws a UsageError. */
export function parseFlags(args: readonly string[]): Flags | 'help' {
  const given = read(args);
  if (given.has('help')) return 'help';
  const one = (name: FlagName): string | undefined => given.get(name)?.at(-1);
  for (const name of ['ws-port', 'wss-port'] as const) {
    if ((one(name) ?? 'off') !== 'off')
      throw new UsageError(`--${name}: WebSocket is not built yet, only off is possible`);
  }
  if (given.has('trusted-front')) throw new UsageError('--trusted-front: WebSocket is not built yet');

  const hosts = given.get('host') ?? ['localhost'];
  const cert = one('cert');
  const key = one('key');
  if ((cert === undefined) !== (key === undefined)) throw new UsageError('--cert and --key go together');
  const tlsPort = port('tls-port', one('tls-port') ?? '2855');
  const tcpPort = port('tcp-port', one('tcp-port') ?? '2856');
  if (tlsPort === undefined && tcpPort === undefined) {
    throw new UsageError('--tls-port and --tcp-port are both off: nothing to listen on');
  }
  return {
    hosts,
    realm: one('realm') ?? hosts[0]!,
    bind: one('bind') ?? '127.0.0.1',
    tlsPort,
    tcpPort,
    cert,
    key,
    ca: one('ca'),
    users: users(given.get('user') ?? []),
    allowEgress: (given.get('allow-egress') ?? ['127.0.0.0/8', '::1']).map(cidr),
    ...expires(one('min-expires'), one('max-expires')),
    authOverTcp: given.has('auth-over-tcp'),
    statsEveryS: seconds('stats-every', one('stats-every')),
  };
}

/** The flags with their meaning and defaults, for people. */
export function helpText(): string {
  const rows = flagNames.map((name) => {
    const { value, many, meaning, initially } = textOf(name);
    const notes = [many === true && 'repeatable', initially !== '' && `default: ${initially}`]
      .filter(Boolean)
      .join('; ');
    return `  ${`--${name}${value === undefined ? '' : ` ${value}`}`.padEnd(23)} ${meaning}${notes === '' ? '' : ` (${notes})`}`;
  });
  return ['An MSRP relay (RFC 4976).', '', 'npm start -- [flags]', '', ...rows, ''].join('\n');
}

/** What was given, by flag; one without value has an empty list. */
function read(args: readonly string[]): ReadonlyMap<FlagName, readonly string[]> {
  const options = Object.fromEntries(
    flagNames.map((name) => [name, { type: textOf(name).value === undefined ? 'boolean' : 'string' } as const]),
  );
  const { tokens } = parseArgs({ args: [...args], options, strict: false, allowPositionals: true, tokens: true });
  const given = new Map<FlagName, string[]>();
  for (const token of tokens) {
    if (token.kind === 'option-terminator') continue;
    if (token.kind === 'positional') throw new UsageError(`${shown(token.value)} is no flag, see --help`);
    const name = flagNames.find((known) => token.rawName === `--${known}`);
    if (name === undefined) throw new UsageError(`unknown flag ${shown(token.rawName)}, see --help`);
    const { value, many } = textOf(name);
    if (value === undefined && token.value !== undefined) throw new UsageError(`--${name} takes no value`);
    // `--cert --key F`: the flag that follows is no value, unless it was tied on with `=`.
    const missing =
      token.value === undefined || token.value === '' || (!token.inlineValue && token.value.startsWith('-'));
    if (value !== undefined && missing) throw new UsageError(`--${name} wants a value: --${name} ${value}`);
    if (many !== true && given.has(name)) throw new UsageError(`--${name} is given twice`);
    given.set(name, [...(given.get(name) ?? []), ...(token.value === undefined ? [] : [token.value])]);
  }
  return given;
}

function port(name: FlagName, text: string): number | undefined {
  if (text === 'off') return undefined;
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new UsageError(`--${name} wants a port from 0 to 65535, or off, not ${shown(text)}`);
}

function seconds(name: FlagName, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^[1-9]\d{0,7}$/.test(text) && Number(text) <= longestS) return Number(text);
  throw new UsageError(`--${name} wants whole seconds from 1 to ${longestS}, not ${shown(text)}`);
}

/** The bound that was left out gives way to the one that was given. */
function expires(min: string | undefined, max: string | undefined): Pick<Flags, 'minExpiresS' | 'maxExpiresS'> {
  const minGiven = seconds('min-expires', min);
  const maxGiven = seconds('max-expires', max);
  const maxExpiresS = maxGiven ?? Math.max(86_400, minGiven ?? 0);
  const minExpiresS = minGiven ?? Math.min(60, maxExpiresS);
  if (minExpiresS > maxExpiresS) {
    throw new UsageError(`--min-expires ${minExpiresS} is more than --max-expires ${maxExpiresS}`);
  }
  return { minExpiresS, maxExpiresS };
}

function users(texts: readonly string[]): ReadonlyMap<string, string> {
  const known = new Map<string, string>();
  for (const text of texts) {
    const colon = text.indexOf(':');
    // What was given is not shown: it may hold a password.
    if (colon < 1 || colon === text.length - 1) throw new UsageError('--user wants NAME:PASSWORD, both not empty');
    const name = text.slice(0, colon);
    if (known.has(name)) throw new UsageError(`--user ${shown(name)} is given twice`);
    known.set(name, text.slice(colon + 1));
  }
  return known;
}

function cidr(text: string): string {
  const [address = '', bits, more] = text.split('/');
  const family = isIP(address);
  const length = bits === undefined ? 0 : /^\d{1,3}$/.test(bits) ? Number(bits) : Infinity;
  if (family !== 0 && more === undefined && length <= (family === 4 ? 32 : 128)) return text;
  throw new UsageError(`--allow-egress wants an address or CIDR such as 10.0.0.0/8, not ${shown(text)}`);
}

/** What was given, in one short line whatever it is. */
function shown(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}
