import type { Authenticator } from './auth/types.js';
import { defaultExpires, type ExpiresSettings } from './auth/expires.js';
import { badOption } from './errors.js';
import { createEgress, type Egress } from './hop/egress.js';
import { nodeResolver } from './hop/resolver.js';
import type { Resolver } from './hop/types.js';
import { defaultLimits, type Limits } from './limits.js';
import type { Logger } from './observe/types.js';
import {
  fieldsOf,
  isHostName,
  join,
  list,
  oneOf,
  texts,
  wholeNumber,
  withMethods,
  type Bounds,
} from './option-checks.js';
import type { RelayOptions } from './options.js';
import { nodeRuntime, type Runtime } from './runtime.js';
import { memorySessionStore } from './session/memory-store.js';
import type { SessionStore } from './session/types.js';
import type { Transport } from './transport/types.js';
import { Ids } from './wire/ids.js';

/** Options of a relay, checked, with nothing left to default. */
export interface Settings {
  readonly hosts: readonly string[];
  readonly advertise: { readonly host: string; readonly port: number | undefined };
  readonly transports: readonly Transport[];
  readonly authenticator: Authenticator;
  readonly sessions: SessionStore;
  readonly egress: Egress;
  readonly limits: Limits;
  readonly expires: ExpiresSettings;
  readonly renewal: 'same-uri' | 'new-uri';
  readonly rules: Rules;
  /** May the peer relay of this verified name use this one (AUTH-36)? */
  readonly relayAllowed: (name: string) => boolean;
  readonly logger: Logger | undefined;
  readonly runtime: Runtime;
  readonly nodeId: string;
  readonly resolver: Resolver;
}

export interface Rules {
  readonly identLength: 'lenient' | 'strict';
  readonly plainTokens: 'any' | 'msrp-only';
  readonly relayCertificate: 'required' | 'lenient';
  readonly unverifiedCertificate: 'ignore' | 'close';
  readonly unknownMethods: 'relay' | 'block';
  readonly content: 'any' | 'signed-only';
  readonly authOverPlain: boolean;
}

const optionNames: readonly (keyof RelayOptions)[] = [
  'hosts',
  'advertise',
  'transports',
  'authenticator',
  'sessions',
  'egress',
  'limits',
  'expires',
  'rules',
  'relays',
  'logger',
  'runtime',
  'nodeId',
  'resolver',
];

const hostWanted = 'a domain name such as relay.example.com';

/**
 * Checks all options at the door, so that a mistake is told where it was made. Throws a RelayError `bad-option` that
 * names the option, what it got and what it wants.
 */
export function resolveOptions(given: RelayOptions): Settings {
  const value: unknown = given;
  if (value === undefined) throw badOption('options', value, 'an object');
  const options = fieldsOf('', value, optionNames);
  const hosts = texts('hosts', options['hosts'], hostWanted, isHostName);
  if (hosts.length === 0) throw badOption('hosts', hosts, 'a list with at least one domain name');
  const runtime = (
    options['runtime'] === undefined
      ? nodeRuntime()
      : withMethods(
          'runtime',
          options['runtime'],
          ['nowMs', 'wallMs', 'wakeAt', 'afterInput', 'randomFill'],
          'a Runtime',
        )
  ) as Runtime;
  return {
    hosts,
    advertise: advertise(options['advertise'], hosts),
    transports: transports(options['transports']),
    authenticator: withMethods(
      'authenticator',
      options['authenticator'],
      ['authenticate'],
      'an Authenticator',
    ) as Authenticator,
    sessions: options['sessions'] === undefined ? memorySessionStore({ runtime }) : sessions(options['sessions']),
    egress: egress(options['egress']),
    limits: limits(options['limits']),
    ...expires(options['expires']),
    rules: rules(options['rules']),
    relayAllowed: relayAllowed(options['relays']),
    logger:
      options['logger'] === undefined
        ? undefined
        : (withMethods('logger', options['logger'], ['debug', 'info', 'warn', 'error'], 'a Logger') as Logger),
    runtime,
    nodeId: nodeId(options['nodeId'], runtime),
    resolver:
      options['resolver'] === undefined
        ? nodeResolver()
        : (withMethods('resolver', options['resolver'], ['lookup', 'srv'], 'a Resolver') as Resolver),
  };
}

function advertise(given: unknown, hosts: readonly string[]): Settings['advertise'] {
  const { host, port } = fieldsOf('advertise', given, ['host', 'port']);
  const named = host === undefined ? hosts[0] : hosts.find((one) => isSameName(one, host));
  if (named === undefined) throw badOption('advertise.host', host, `one of hosts (${hosts.join(', ')})`);
  return {
    host: named,
    port: port === undefined ? undefined : wholeNumber('advertise.port', port, { min: 1, max: 65_535 }),
  };
}

function isSameName(name: string, other: unknown): boolean {
  return typeof other === 'string' && name.toLowerCase() === other.toLowerCase();
}

function transports(given: unknown): readonly Transport[] {
  return list('transports', given, 'a list of Transports').map((one, i) => {
    const path = `transports[${i}]`;
    const transport = withMethods(path, one, [], 'a Transport') as Transport;
    if (typeof transport.name !== 'string') throw badOption(`${path}.name`, transport.name, 'a text');
    return transport;
  });
}

function sessions(given: unknown): SessionStore {
  const store = withMethods(
    'sessions',
    given,
    ['issue', 'find', 'renew', 'revoke'],
    'a SessionStore',
  ) as SessionStore;
  const keeps = withMethods('sessions.keeps', store.keeps, [], 'what this store keeps') as Partial<
    Record<string, unknown>
  >;
  for (const name of ['appData', 'revocation', 'renewal']) {
    if (typeof keeps[name] !== 'boolean') throw badOption(`sessions.keeps.${name}`, keeps[name], 'true or false');
  }
  return store;
}

function egress(given: unknown): Egress {
  const options = fieldsOf('egress', given, ['allow', 'deny', 'ports']);
  const ports = fieldsOf('egress.ports', options['ports'], ['allow', 'deny']);
  for (const name of ['allow', 'deny']) {
    if (options[name] !== undefined) texts(`egress.${name}`, options[name], 'an address or CIDR', () => true);
    if (ports[name] === undefined) continue;
    list(`egress.ports.${name}`, ports[name], 'a list of ports or pairs of ports').forEach((one, i) => {
      if (typeof one === 'number' || Array.isArray(one)) return;
      throw badOption(`egress.ports.${name}[${i}]`, one, 'a port or a pair of ports');
    });
  }
  return createEgress(options);
}

/** Least values other than 1, and the limits that may be Infinity. */
const least: Partial<Record<keyof Limits, number>> = {
  maxUrisPerPath: 2,
  // With one alone a chunk under way would keep its own source from going on.
  maxTransactions: 2,
  // Half of it has to hold a chunk that can not begin yet: its header section and 2048 octets.
  maxRouteBytes: 8192,
  maxSourceBytes: 8192,
  maxRelayBytes: 8192,
  maxSmallBodyBytes: 0,
  maxDiscardedBodyBytes: 0,
  idleMs: 0,
  maxMessagePieceBytes: 2048,
  turnBytes: 2048,
};
const unbounded: ReadonlySet<keyof Limits> = new Set([
  'maxConnections',
  'maxMessageBytes',
  'maxSessionsPerConnection',
  'maxSessionsPerUser',
]);

function limits(given: unknown): Limits {
  const names = Object.keys(defaultLimits) as (keyof Limits)[];
  const options = fieldsOf('limits', given, names);
  const settled: { -readonly [N in keyof Limits]: number } = { ...defaultLimits };
  for (const name of names) {
    if (options[name] === undefined) continue;
    const bounds: Bounds = { min: least[name] ?? 1, infinity: unbounded.has(name) };
    settled[name] = wholeNumber(join('limits', name), options[name], bounds);
  }
  return settled;
}

function expires(given: unknown): Pick<Settings, 'expires' | 'renewal'> {
  const options = fieldsOf('expires', given, ['minS', 'maxS', 'clientDefaultS', 'relayDefaultS', 'renew']);
  const seconds = (name: keyof ExpiresSettings, min: number, max: number): number => {
    if (options[name] !== undefined) return wholeNumber(`expires.${name}`, options[name], { min, max });
    return Math.min(Math.max(defaultExpires[name], min), max);
  };
  const longest = 31_536_000;
  const minS = seconds('minS', 1, longest);
  const maxS = seconds('maxS', minS, longest);
  const clientDefaultS = seconds('clientDefaultS', minS, maxS);
  const relayDefaultS = seconds('relayDefaultS', minS, maxS);
  const renewal = oneOf('expires.renew', options['renew'], ['same-uri', 'new-uri'], 'same-uri');
  return { expires: { minS, maxS, clientDefaultS, relayDefaultS }, renewal };
}

function rules(given: unknown): Rules {
  const options = fieldsOf('rules', given, [
    'identLength',
    'plainTokens',
    'relayCertificate',
    'unverifiedCertificate',
    'unknownMethods',
    'content',
    'authOverPlain',
  ]);
  const choice = <T extends string | boolean>(name: keyof Rules, standard: T, other: T): T =>
    oneOf<T>(`rules.${name}`, options[name], [standard, other], standard);
  return {
    identLength: choice<Rules['identLength']>('identLength', 'lenient', 'strict'),
    plainTokens: choice<Rules['plainTokens']>('plainTokens', 'any', 'msrp-only'),
    relayCertificate: choice<Rules['relayCertificate']>('relayCertificate', 'required', 'lenient'),
    unverifiedCertificate: choice<Rules['unverifiedCertificate']>('unverifiedCertificate', 'ignore', 'close'),
    unknownMethods: choice<Rules['unknownMethods']>('unknownMethods', 'relay', 'block'),
    content: choice<Rules['content']>('content', 'any', 'signed-only'),
    authOverPlain: choice('authOverPlain', false, true),
  };
}

function relayAllowed(given: unknown): Settings['relayAllowed'] {
  const options = fieldsOf('relays', given, ['allow', 'deny']);
  const pattern = (text: string): boolean => isHostName(text.startsWith('*.') ? text.slice(2) : text);
  const names = (name: string): ((peer: string) => boolean) | undefined => {
    if (options[name] === undefined) return undefined;
    const patterns = texts(`relays.${name}`, options[name], 'a domain name or *.example.com', pattern);
    const lower = patterns.map((one) => one.toLowerCase());
    return (peer) => lower.some((one) => (one.startsWith('*.') ? peer.endsWith(one.slice(1)) : peer === one));
  };
  const allowed = names('allow');
  const denied = names('deny');
  return (name) => {
    const peer = name.toLowerCase();
    return denied?.(peer) !== true && allowed?.(peer) !== false;
  };
}

function nodeId(given: unknown, runtime: Runtime): string {
  if (given === undefined) {
    return new Ids((into) => {
      runtime.randomFill(into);
    }).text(16);
  }
  if (typeof given === 'string' && /^[A-Za-z0-9._-]{1,64}$/.test(given)) return given;
  throw badOption('nodeId', given, '1 to 64 letters, digits, "-", "_" or "."');
}
