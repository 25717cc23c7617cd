import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { helpText, parseFlags, UsageError } from '../../examples/standalone/flags.js';
import { root } from '../tools/steps.js';

const names = [
  'host',
  'realm',
  'bind',
  'tls-port',
  'tcp-port',
  'ws-port',
  'wss-port',
  'trusted-front',
  'cert',
  'key',
  'ca',
  'user',
  'allow-egress',
  'max-expires',
  'min-expires',
  'auth-over-tcp',
  'stats-every',
];

describe('flags of the standalone relay', () => {
  it('have a default each', () => {
    expect(parseFlags([])).toEqual({
      hosts: ['localhost'],
      realm: 'localhost',
      bind: '127.0.0.1',
      tlsPort: 2855,
      tcpPort: 2856,
      cert: undefined,
      key: undefined,
      ca: undefined,
      users: new Map(),
      allowEgress: ['127.0.0.0/8', '::1'],
      minExpiresS: 60,
      maxExpiresS: 86_400,
      authOverTcp: false,
      statsEveryS: undefined,
    });
  });

  it('are all read', () => {
    const line =
      '--host relay.example.com --host other.example.com --realm example.com --bind :: --tls-port 0 --tcp-port off ' +
      '--ws-port off --wss-port off --cert c.pem --key k.pem --ca ca.pem --user carol:a:b --user *:any ' +
      '--allow-egress 10.0.0.0/8 --allow-egress fd00::/8 --max-expires 600 --min-expires=30 --auth-over-tcp --stats-every 5';
    expect(parseFlags(line.split(' '))).toEqual({
      hosts: ['relay.example.com', 'other.example.com'],
      realm: 'example.com',
      bind: '::',
      tlsPort: 0,
      tcpPort: undefined,
      cert: 'c.pem',
      key: 'k.pem',
      ca: 'ca.pem',
      users: new Map([
        ['carol', 'a:b'],
        ['*', 'any'],
      ]),
      allowEgress: ['10.0.0.0/8', 'fd00::/8'],
      minExpiresS: 30,
      maxExpiresS: 600,
      authOverTcp: true,
      statsEveryS: 5,
    });
  });

  it('take the first host as realm', () => {
    expect(parseFlags(['--host', 'a.example', '--host', 'b.example'])).toMatchObject({ realm: 'a.example' });
  });

  it.each([
    [['--max-expires', '30'], { minExpiresS: 30, maxExpiresS: 30 }],
    [['--min-expires', '100000'], { minExpiresS: 100_000, maxExpiresS: 100_000 }],
  ])('%j: the bound left out gives way', (args, bounds) => {
    expect(parseFlags(args)).toMatchObject(bounds);
  });

  it('take a value that begins with a dash when it is tied on', () => {
    expect(parseFlags(['--user=dash:-pw', '--realm=-r'])).toMatchObject({
      realm: '-r',
      users: new Map([['dash', '-pw']]),
    });
  });

  it.each([
    ['--tls-prot 1', 'unknown flag "--tls-prot", see --help'],
    ['-x', 'unknown flag "-x", see --help'],
    ['--toString', 'unknown flag "--toString", see --help'],
    ['2855', '"2855" is no flag, see --help'],
    ['-- --host', '"--host" is no flag, see --help'],
    ['--host', '--host wants a value: --host NAME'],
    ['--host=', '--host wants a value: --host NAME'],
    ['--cert --key k.pem', '--cert wants a value: --cert FILE'],
    ['--auth-over-tcp=yes', '--auth-over-tcp takes no value'],
    ['--bind 127.0.0.1 --bind ::1', '--bind is given twice'],
    ['--auth-over-tcp --auth-over-tcp', '--auth-over-tcp is given twice'],
    ['--tls-port 65536', '--tls-port wants a port from 0 to 65535, or off, not "65536"'],
    ['--tcp-port 0x10', '--tcp-port wants a port from 0 to 65535, or off, not "0x10"'],
    ['--tls-port off --tcp-port off', '--tls-port and --tcp-port are both off: nothing to listen on'],
    ['--ws-port 2857', '--ws-port: WebSocket is not built yet, only off is possible'],
    ['--wss-port 0', '--wss-port: WebSocket is not built yet, only off is possible'],
    ['--trusted-front 10.0.0.1', '--trusted-front: WebSocket is not built yet'],
    ['--cert c.pem', '--cert and --key go together'],
    ['--key k.pem', '--cert and --key go together'],
    ['--user secret', '--user wants NAME:PASSWORD, both not empty'],
    ['--user :secret', '--user wants NAME:PASSWORD, both not empty'],
    ['--user carol:', '--user wants NAME:PASSWORD, both not empty'],
    ['--user carol:1 --user carol:2', '--user "carol" is given twice'],
    ['--allow-egress 10.0.0.0/33', '--allow-egress wants an address or CIDR such as 10.0.0.0/8, not "10.0.0.0/33"'],
    ['--allow-egress ::/129', '--allow-egress wants an address or CIDR such as 10.0.0.0/8, not "::/129"'],
    ['--allow-egress ::1/8/8', '--allow-egress wants an address or CIDR such as 10.0.0.0/8, not "::1/8/8"'],
    ['--allow-egress host', '--allow-egress wants an address or CIDR such as 10.0.0.0/8, not "host"'],
    ['--max-expires 0', '--max-expires wants whole seconds from 1 to 31536000, not "0"'],
    ['--max-expires 31536001', '--max-expires wants whole seconds from 1 to 31536000, not "31536001"'],
    ['--min-expires 1.5', '--min-expires wants whole seconds from 1 to 31536000, not "1.5"'],
    ['--stats-every often', '--stats-every wants whole seconds from 1 to 31536000, not "often"'],
    ['--min-expires 61 --max-expires 60', '--min-expires 61 is more than --max-expires 60'],
  ])('%s is refused', (line, message) => {
    expect(() => parseFlags(line.split(' '))).toThrow(new UsageError(message));
  });

  it('do not show what may be a password, nor more of the rest than a line', () => {
    expect(() => parseFlags(['x'.repeat(5000)])).toThrow(/^"x{60}…" is no flag, see --help$/);
    expect(() => parseFlags(['--bind', '1', 'two\nlines'])).toThrow('"two\\nlines" is no flag, see --help');
  });

  it('are told by --help, whatever else is given', () => {
    expect(parseFlags(['--tls-port', 'x', '--help'])).toBe('help');
    const shown = [...helpText().matchAll(/^ {2}--([a-z-]+)/gm)].map((match) => match[1]);
    expect(shown).toEqual([...names, 'help']);
  });

  it('stand in docs/standalone.md', () => {
    const page = readFileSync(join(root, 'docs/standalone.md'), 'utf8');
    const documented = [...page.matchAll(/^\| `--([a-z-]+)( [A-Z:]+)?`/gm)].map(
      (match) => `${match[1]}${match[2] ?? ''}`,
    );
    const help = [...helpText().matchAll(/^ {2}--([a-z-]+)( [A-Z:]+)?/gm)].map(
      (match) => `${match[1]}${match[2] ?? ''}`,
    );
    expect(documented).toEqual(help);
  });
});
