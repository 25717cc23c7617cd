import { describe, expect, it } from 'vitest';
import type { Authenticator } from '../src/auth/types.js';
import type { RelayOptions } from '../src/options.js';
import { resolveOptions, type Settings } from '../src/settings.js';
import { memorySessionStore } from '../src/session/memory-store.js';
import { createTestClock } from '../src/testing/test-clock.js';

const authenticator: Authenticator = { authenticate: () => ({ challenge: [], why: 'challenged' }) };
const least = { hosts: ['relay.example.com'], transports: [], authenticator };

function resolve(over: object = {}): Settings {
  return resolveOptions({ ...least, ...over });
}

function refusal(over: object): unknown {
  try {
    resolve(over);
  } catch (error) {
    return error;
  }
  return 'not refused';
}

describe('defaults', () => {
  it('of everything that may be left out', () => {
    const settings = resolve();
    expect(settings).toMatchObject({
      hosts: ['relay.example.com'],
      advertise: { host: 'relay.example.com', port: undefined },
      transports: [],
      authenticator,
      expires: { minS: 60, maxS: 86_400, clientDefaultS: 86_400, relayDefaultS: 3_600 },
      renewal: 'same-uri',
      rules: {
        identLength: 'lenient',
        plainTokens: 'any',
        relayCertificate: 'required',
        unverifiedCertificate: 'ignore',
        unknownMethods: 'relay',
        content: 'any',
        authOverPlain: false,
      },
      logger: undefined,
    });
    expect(settings.nodeId).toMatch(/^[a-z]{16}$/);
    expect(settings.nodeId).not.toBe(resolve().nodeId);
    expect(settings.egress.check('127.0.0.1', 2855)).toBe(false);
    expect(settings.egress.check('192.0.3.1', 2855)).toBe(true);
    expect(settings.sessions.keeps).toEqual({ appData: true, revocation: true, renewal: true });
    expect(settings.resolver).toMatchObject({ lookup: expect.any(Function), srv: expect.any(Function) });
  });

  it('of every limit', () => {
    expect(resolve().limits).toEqual({
      maxHeadBytes: 16_384,
      maxLineBytes: 8_192,
      maxUrisPerPath: 32,
      maxHeaders: 64,
      maxSmallBodyBytes: 10_240,
      maxDiscardedBodyBytes: 65_536,
      probationMs: 30_000,
      maxFailures: 3,
      idleMs: 3_600_000,
      maxConnections: 100_000,
      transactionMs: 30_000,
      maxTransactions: 16_384,
      writeStallMs: 30_000,
      stalledRouteMs: 30_000,
      maxRouteBytes: 262_144,
      maxSourceBytes: 1_048_576,
      maxRelayBytes: 268_435_456,
      maxSmallBytes: 262_144,
      maxUnwrittenBytes: 65_536,
      turnBytes: 16_384,
      maxMessagePieceBytes: 32_768,
      maxRoutes: 256,
      maxClaims: 64,
      maxRefusedMessages: 64,
      maxAuthDestinations: 64,
      maxMessageBytes: Infinity,
      hookTimeoutMs: 2_000,
      dialTimeoutMs: 10_000,
      maxDialsPerUser: 16,
      maxSessionsPerConnection: 256,
      maxSessionsPerUser: 1_024,
      maxWaitingAuths: 16,
    });
  });

  it('undefined is the same as left out', () => {
    const names = ['advertise', 'sessions', 'egress', 'limits', 'expires', 'rules', 'relays', 'logger', 'runtime'];
    const absent = Object.fromEntries([...names, 'nodeId', 'resolver'].map((name) => [name, undefined]));
    expect(resolve({ ...absent, limits: { maxHeaders: undefined } }).limits.maxHeaders).toBe(64);
    expect(resolve(absent).advertise.host).toBe('relay.example.com');
  });

  it('the default store and node id take time and randomness from the runtime given', () => {
    const once = resolve({ runtime: createTestClock({ seed: 5 }) });
    const again = resolve({ runtime: createTestClock({ seed: 5 }) });
    expect(once.nodeId).toBe(again.nodeId);
  });

  it('expiry defaults keep within bounds that were given', () => {
    expect(resolve({ expires: { maxS: 1_800 } }).expires).toEqual({
      minS: 60,
      maxS: 1_800,
      clientDefaultS: 1_800,
      relayDefaultS: 1_800,
    });
    expect(resolve({ expires: { minS: 7_200 } }).expires).toEqual({
      minS: 7_200,
      maxS: 86_400,
      clientDefaultS: 86_400,
      relayDefaultS: 7_200,
    });
  });
});

describe('what is given', () => {
  it('is taken', () => {
    const runtime = createTestClock();
    const sessions = memorySessionStore({ runtime });
    const logger = { debug: () => 0, info: () => 0, warn: () => 0, error: () => 0 };
    const resolver = { lookup: () => Promise.resolve([]), srv: () => Promise.resolve([]) };
    const transports = [{ name: 'memory' }];
    const settings = resolve({
      hosts: ['relay.example.com', 'alt.example.com'],
      advertise: { host: 'ALT.example.com', port: 443 },
      transports,
      sessions,
      egress: {
        allow: ['127.0.0.0/8'],
        deny: ['192.0.3.0/24'],
        ports: { allow: [2855, [9000, 9010]], deny: [9005] },
      },
      limits: { maxMessageBytes: 3_000_000_000, maxSessionsPerUser: Infinity, idleMs: 0 },
      expires: { minS: 1, maxS: 31_536_000, clientDefaultS: 100, relayDefaultS: 200, renew: 'new-uri' },
      rules: {
        identLength: 'strict',
        plainTokens: 'msrp-only',
        relayCertificate: 'lenient',
        unverifiedCertificate: 'close',
        unknownMethods: 'block',
        content: 'signed-only',
        authOverPlain: true,
      },
      logger,
      runtime,
      nodeId: 'node-1.a_b',
      resolver,
    });
    expect(settings).toMatchObject({
      hosts: ['relay.example.com', 'alt.example.com'],
      advertise: { host: 'alt.example.com', port: 443 },
      limits: { maxMessageBytes: 3_000_000_000, maxSessionsPerUser: Infinity, idleMs: 0, maxHeaders: 64 },
      expires: { minS: 1, maxS: 31_536_000, clientDefaultS: 100, relayDefaultS: 200 },
      renewal: 'new-uri',
      rules: {
        identLength: 'strict',
        plainTokens: 'msrp-only',
        relayCertificate: 'lenient',
        unverifiedCertificate: 'close',
        unknownMethods: 'block',
        content: 'signed-only',
        authOverPlain: true,
      },
      nodeId: 'node-1.a_b',
    });
    expect(settings.transports).toEqual(transports);
    expect(settings.sessions).toBe(sessions);
    expect(settings.logger).toBe(logger);
    expect(settings.runtime).toBe(runtime);
    expect(settings.resolver).toBe(resolver);
    const dialled = [2855, 9005, 9010, 80].map((port) => settings.egress.check('127.0.0.1', port));
    expect(dialled).toEqual([true, false, true, false]);
    expect(settings.egress.check('192.0.3.1', 2855)).toBe(false);
  });
});

describe('peer relays', () => {
  const allowed = (relays: object, names: readonly string[]): boolean[] =>
    names.map(resolve({ relays }).relayAllowed);

  it('AUTH-36 all are allowed unless lists say otherwise; deny goes first', () => {
    const names = ['x.example', 'X.Example', 'a.y.example', 'b.a.y.example', 'y.example', 'evily.example'];
    expect(allowed({}, names)).toEqual([true, true, true, true, true, true]);
    expect(allowed({ deny: ['X.example'] }, names)).toEqual([false, false, true, true, true, true]);
    expect(allowed({ allow: ['x.example', '*.Y.example'] }, names)).toEqual([true, true, true, true, false, false]);
    expect(allowed({ allow: ['*.y.example'], deny: ['a.y.example'] }, names)).toEqual([
      false,
      false,
      false,
      true,
      false,
      false,
    ]);
    expect(allowed({ allow: [] }, names)).toEqual([false, false, false, false, false, false]);
  });
});

const label63 = 'a'.repeat(63);

describe('what is refused', () => {
  it.each<[over: object, option: string, got: string, want: string]>([
    [{ hosts: undefined }, 'hosts', 'undefined', 'a list, each a domain name such as relay.example.com'],
    [
      { hosts: 'relay.example.com' },
      'hosts',
      '"relay.example.com"',
      'a list, each a domain name such as relay.example.com',
    ],
    [{ hosts: [] }, 'hosts', 'an empty array', 'a list with at least one domain name'],
    [{ hosts: ['a.example', 5] }, 'hosts[1]', '5', 'a domain name such as relay.example.com'],
    [{ hosts: ['192.0.2.1'] }, 'hosts[0]', '"192.0.2.1"', 'a domain name such as relay.example.com'],
    [{ hosts: ['::1'] }, 'hosts[0]', '"::1"', 'a domain name such as relay.example.com'],
    [{ hosts: ['[::1]'] }, 'hosts[0]', '"[::1]"', 'a domain name such as relay.example.com'],
    [{ hosts: ['a.example.'] }, 'hosts[0]', '"a.example."', 'a domain name such as relay.example.com'],
    [{ hosts: ['a.example:2855'] }, 'hosts[0]', '"a.example:2855"', 'a domain name such as relay.example.com'],
    [{ hosts: [''] }, 'hosts[0]', '""', 'a domain name such as relay.example.com'],
    [{ hosts: [`${label63}a.b`] }, 'hosts[0]', `"${'a'.repeat(40)}…"`, 'a domain name such as relay.example.com'],
    [
      { hosts: [[label63, label63, label63, label63].join('.')] },
      'hosts[0]',
      `"${'a'.repeat(40)}…"`,
      'a domain name such as relay.example.com',
    ],
    [{ advertise: 'a' }, 'advertise', '"a"', 'an object'],
    [{ advertise: { host: 'b.example' } }, 'advertise.host', '"b.example"', 'one of hosts (relay.example.com)'],
    [{ advertise: { host: 5 } }, 'advertise.host', '5', 'one of hosts (relay.example.com)'],
    [{ advertise: { port: 0 } }, 'advertise.port', '0', 'a whole number from 1 to 65535'],
    [{ advertise: { port: 65_536 } }, 'advertise.port', '65536', 'a whole number from 1 to 65535'],
    [{ advertise: { port: '443' } }, 'advertise.port', '"443"', 'a whole number from 1 to 65535'],
    [{ transports: undefined }, 'transports', 'undefined', 'a list of Transports'],
    [{ transports: { name: 'tls' } }, 'transports', 'an object', 'a list of Transports'],
    [{ transports: ['tls'] }, 'transports[0]', '"tls"', 'a Transport'],
    [{ transports: [{ name: 'a' }, {}] }, 'transports[1].name', 'undefined', 'a text'],
    [{ authenticator: undefined }, 'authenticator', 'undefined', 'an Authenticator'],
    [{ authenticator: () => 1 }, 'authenticator', 'a function', 'an Authenticator'],
    [
      { authenticator: {} },
      'authenticator.authenticate',
      'undefined',
      'a method (authenticator is an Authenticator)',
    ],
    [{ sessions: null }, 'sessions', 'null', 'a SessionStore'],
    [{ sessions: { issue: () => 1 } }, 'sessions.find', 'undefined', 'a method (sessions is a SessionStore)'],
    [
      { sessions: { ...memorySessionStore(), keeps: undefined } },
      'sessions.keeps',
      'undefined',
      'what this store keeps',
    ],
    [
      { sessions: { ...memorySessionStore(), keeps: { appData: true, revocation: true } } },
      'sessions.keeps.renewal',
      'undefined',
      'true or false',
    ],
    [{ egress: [] }, 'egress', 'an empty array', 'an object'],
    [{ egress: { allow: '10.0.0.0/8' } }, 'egress.allow', '"10.0.0.0/8"', 'a list, each an address or CIDR'],
    [{ egress: { deny: [10] } }, 'egress.deny[0]', '10', 'an address or CIDR'],
    [
      { egress: { deny: ['10.0.0.0/33'] } },
      'egress.deny',
      '"10.0.0.0/33"',
      'an address or CIDR such as 192.0.2.0/24 or 2001:db8::/32',
    ],
    [{ egress: { ports: { allow: 2855 } } }, 'egress.ports.allow', '2855', 'a list of ports or pairs of ports'],
    [{ egress: { ports: { deny: ['1'] } } }, 'egress.ports.deny[0]', '"1"', 'a port or a pair of ports'],
    [{ limits: 5 }, 'limits', '5', 'an object'],
    [{ limits: { maxHeaders: 0 } }, 'limits.maxHeaders', '0', 'a whole number of at least 1'],
    [{ limits: { maxHeaders: 1.5 } }, 'limits.maxHeaders', '1.5', 'a whole number of at least 1'],
    [{ limits: { maxHeaders: '64' } }, 'limits.maxHeaders', '"64"', 'a whole number of at least 1'],
    [{ limits: { probationMs: Number.NaN } }, 'limits.probationMs', 'NaN', 'a whole number of at least 1'],
    [{ limits: { transactionMs: Infinity } }, 'limits.transactionMs', 'Infinity', 'a whole number of at least 1'],
    [{ limits: { idleMs: -1 } }, 'limits.idleMs', '-1', 'a whole number of at least 0'],
    [{ limits: { maxUrisPerPath: 1 } }, 'limits.maxUrisPerPath', '1', 'a whole number of at least 2'],
    [{ limits: { turnBytes: 2047 } }, 'limits.turnBytes', '2047', 'a whole number of at least 2048'],
    [
      { limits: { maxMessagePieceBytes: 2047 } },
      'limits.maxMessagePieceBytes',
      '2047',
      'a whole number of at least 2048',
    ],
    [
      { limits: { maxMessageBytes: -Infinity } },
      'limits.maxMessageBytes',
      '-Infinity',
      'a whole number of at least 1, or Infinity',
    ],
    [{ expires: { minS: 0 } }, 'expires.minS', '0', 'a whole number from 1 to 31536000'],
    [{ expires: { maxS: 30 } }, 'expires.maxS', '30', 'a whole number from 60 to 31536000'],
    [{ expires: { minS: 100, maxS: 99 } }, 'expires.maxS', '99', 'a whole number from 100 to 31536000'],
    [{ expires: { clientDefaultS: 59 } }, 'expires.clientDefaultS', '59', 'a whole number from 60 to 86400'],
    [{ expires: { relayDefaultS: 86_401 } }, 'expires.relayDefaultS', '86401', 'a whole number from 60 to 86400'],
    [{ expires: { renew: 'never' } }, 'expires.renew', '"never"', '"same-uri" or "new-uri"'],
    [{ rules: { identLength: 'lax' } }, 'rules.identLength', '"lax"', '"lenient" or "strict"'],
    [{ rules: { plainTokens: 'msrp' } }, 'rules.plainTokens', '"msrp"', '"any" or "msrp-only"'],
    [{ rules: { relayCertificate: true } }, 'rules.relayCertificate', 'true', '"required" or "lenient"'],
    [{ rules: { unverifiedCertificate: '' } }, 'rules.unverifiedCertificate', '""', '"ignore" or "close"'],
    [{ rules: { unknownMethods: null } }, 'rules.unknownMethods', 'null', '"relay" or "block"'],
    [{ rules: { content: 'signed' } }, 'rules.content', '"signed"', '"any" or "signed-only"'],
    [{ rules: { authOverPlain: 'yes' } }, 'rules.authOverPlain', '"yes"', 'false or true'],
    [
      { relays: { allow: 'x.example' } },
      'relays.allow',
      '"x.example"',
      'a list, each a domain name or *.example.com',
    ],
    [{ relays: { deny: ['x.*.example'] } }, 'relays.deny[0]', '"x.*.example"', 'a domain name or *.example.com'],
    [{ logger: true }, 'logger', 'true', 'a Logger'],
    [{ logger: { info: () => 1 } }, 'logger.debug', 'undefined', 'a method (logger is a Logger)'],
    [{ runtime: { nowMs: 5 } }, 'runtime.nowMs', '5', 'a method (runtime is a Runtime)'],
    [{ nodeId: '' }, 'nodeId', '""', '1 to 64 letters, digits, "-", "_" or "."'],
    [{ nodeId: 'a b' }, 'nodeId', '"a b"', '1 to 64 letters, digits, "-", "_" or "."'],
    [{ nodeId: 7 }, 'nodeId', '7', '1 to 64 letters, digits, "-", "_" or "."'],
    [{ resolver: { lookup: () => 1 } }, 'resolver.srv', 'undefined', 'a method (resolver is a Resolver)'],
  ])('%j', (over, option, got, want) => {
    expect(refusal(over)).toMatchObject({
      code: 'bad-option',
      option,
      got,
      want,
      message: `${option} must be ${want}, got ${got}`,
    });
  });

  it.each<[over: object, option: string, nearest: string]>([
    [{ host: 'a.example' }, 'host', 'hosts'],
    [{ session: 5 }, 'session', 'sessions'],
    [{ limits: { maxHeader: 5 } }, 'limits.maxHeader', 'limits.maxHeaders'],
    [{ limits: { probationms: 5 } }, 'limits.probationms', 'limits.probationMs'],
    [{ expires: { min: 5 } }, 'expires.min', 'expires.minS'],
    [{ rules: { ident: 'strict' } }, 'rules.ident', 'rules.identLength'],
    [{ relays: { allowed: [] } }, 'relays.allowed', 'relays.allow'],
    [{ advertise: { hosts: [] } }, 'advertise.hosts', 'advertise.host'],
    [{ egress: { block: [] } }, 'egress.block', 'egress.allow'],
    [{ egress: { ports: { denied: [] } } }, 'egress.ports.denied', 'egress.ports.deny'],
  ])('%j: the name is unknown, the nearest one is named', (over, option, nearest) => {
    expect(refusal(over)).toMatchObject({
      code: 'bad-option',
      option,
      want: nearest,
      message: `${option} is no option, did you mean ${nearest}?`,
    });
  });

  it.each([undefined, null, 5, 'options', []])('%j instead of options', (given) => {
    expect(() => resolveOptions(given as unknown as RelayOptions)).toThrow('options must be an object');
  });
});
