import { once } from 'node:events';
import { mkdtempSync, readFileSync, existsSync, rmSync, writeFileSync } from 'node:fs';
import { connect as connectTcp, createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { connect, type TLSSocket } from 'node:tls';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { makeAuthority } from '../../examples/standalone/certificates.js';
import { parseFlags, UsageError, type Flags } from '../../examples/standalone/flags.js';
import { startRelay } from '../../examples/standalone/relay.js';
import { createMsrpClient, socketEnd, type MsrpClient } from '../../src/testing/index.js';
import { Child } from './child.js';

const folder = mkdtempSync(join(tmpdir(), 'msrp-relay-test-'));
const children: Child[] = [];
afterEach(async () => {
  await Promise.all(children.splice(0).map((child) => child.end()));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const file = (name: string): string => join(folder, name);
const anyPort = ['--tls-port', '0', '--tcp-port', '0'];

function start(...flags: string[]): Child {
  const child = new Child('standalone/main.ts', flags);
  children.push(child);
  return child;
}

/** Ports by transport, when it is ready. */
async function ready(child: Child): Promise<Record<string, number>> {
  await child.until('stdout', /\n/);
  const { listeners } = JSON.parse(child.stdout) as { listeners: { transport: string; port: number }[] };
  return Object.fromEntries(listeners.map(({ transport, port }) => [transport, port]));
}

async function tlsClient(port: number, ca: string | Buffer, host = 'localhost'): Promise<MsrpClient> {
  const socket: TLSSocket = connect({ port, host: '127.0.0.1', servername: host, ca });
  await once(socket, 'secureConnect');
  return createMsrpClient(socketEnd(socket), { uri: 'msrps://client.invalid:2855/s1;tcp' });
}

describe('the standalone relay', () => {
  it('is ready without flags for its ports: CA, users and passwords are told', async () => {
    const child = start(...anyPort);
    const ports = await ready(child);
    expect(child.stdout).toBe(
      `{"ready":true,"pid":${child.process.pid},"listeners":[{"transport":"tls","port":${ports['tls']}},` +
        `{"transport":"tcp","port":${ports['tcp']}}]}\n`,
    );
    const [, caFile = ''] = await child.until('stderr', /with this CA: (.+)\n/);
    const [, password = ''] = await child.until('stderr', /user alice, password (\S+)\n/);
    await child.until('stderr', /user bob, password \S+\n/);

    const client = await tlsClient(ports['tls']!, readFileSync(caFile));
    const relay = `msrps://localhost:${ports['tls']};tcp`;
    const { code, expires, usePath } = await client.auth({ relay, username: 'alice', password });
    expect({ code, expires, relays: usePath.length }).toEqual({ code: 200, expires: 86_400, relays: 1 });
    expect(usePath[0]).toMatch(new RegExp(`^msrps://localhost:${ports['tls']}/[^;]+;tcp$`));
    client.destroy();

    child.process.kill('SIGTERM');
    expect(await child.ended).toBe(0);
    expect(existsSync(caFile)).toBe(false);
  });

  it('does as its flags say: own certificate, realm, users, Expires, AUTH over TCP, stats', async () => {
    const authority = await makeAuthority();
    const { cert, key } = await authority.issue(['relay.example.com', 'other.example.com']);
    for (const [name, pem] of Object.entries({ cert, key, ca: authority.cert })) writeFileSync(file(name), pem);
    const files = ['cert', 'key', 'ca'].flatMap((name) => [`--${name}`, file(name)]);
    const hosts = ['--host', 'relay.example.com', '--host', 'other.example.com', '--realm', 'example.com'];
    const rest = ['--user', '*:secret', '--min-expires', '10', '--max-expires', '600', '--auth-over-tcp'];
    const child = start(...anyPort, ...files, ...hosts, ...rest, '--stats-every', '1');
    const ports = await ready(child);
    await child.until('stderr', /WARNING: --auth-over-tcp/);

    const client = await tlsClient(ports['tls']!, authority.cert, 'relay.example.com');
    const auth = (expires?: number): ReturnType<MsrpClient['auth']> =>
      client.auth({
        relay: 'msrps://other.example.com;tcp',
        username: 'whoever',
        password: 'secret',
        ...(expires !== undefined && { expires }),
      });
    const none = await auth();
    expect(none).toMatchObject({ code: 200, expires: 600 });
    expect(none.usePath[0]).toContain('//relay.example.com:');
    expect((await auth(601)).response.header('Max-Expires')).toBe('600');
    expect((await auth(9)).response.header('Min-Expires')).toBe('10');
    expect(await auth(10)).toMatchObject({ code: 200, expires: 10 });
    const challenge = client.responses[0]!.header('WWW-Authenticate');
    expect(challenge).toContain('realm="example.com"');

    const plain = connectTcp(ports['tcp']!, '127.0.0.1');
    await once(plain, 'connect');
    const overTcp = createMsrpClient(socketEnd(plain), { uri: 'msrp://plain.invalid:2855/s2;tcp' });
    const relay = 'msrps://relay.example.com;tcp';
    expect(await overTcp.auth({ relay, username: 'plain', password: 'secret' })).toMatchObject({ code: 200 });
    expect(await overTcp.auth({ relay, username: 'plain', password: 'wrong' })).toMatchObject({ code: 401 });
    await child.until(
      'stderr',
      /^stats connections=2 sessions=2 sends_in=0 sends_out=0 octets_in=\d+ octets_out=\d+ /m,
    );
    client.destroy();
    plain.destroy();

    child.process.kill('SIGINT');
    expect(await child.ended).toBe(0);
  });

  it('refuses AUTH over TCP unless told otherwise, and unknown users', async () => {
    const child = start(...anyPort, '--user', 'carol:secret');
    const ports = await ready(child);
    const plain = connectTcp(ports['tcp']!, '127.0.0.1');
    await once(plain, 'connect');
    const overTcp = createMsrpClient(socketEnd(plain), { uri: 'msrp://plain.invalid:2855/s2;tcp' });
    const relay = 'msrps://localhost;tcp';
    expect(await overTcp.auth({ relay, username: 'carol', password: 'secret' })).toMatchObject({ code: 403 });

    const [, caFile = ''] = await child.until('stderr', /with this CA: (.+)\n/);
    const client = await tlsClient(ports['tls']!, readFileSync(caFile));
    expect(await client.auth({ relay, username: 'dave', password: 'secret' })).toMatchObject({ code: 401 });
    expect(await client.auth({ relay, username: 'carol', password: 'secret' })).toMatchObject({ code: 200 });
    client.destroy();
    plain.destroy();
  });

  it.each([
    ['by default', [], 200],
    ['not if others are named', ['--allow-egress', '10.0.0.0/8'], 403],
  ])('dials loopback addresses %s', async (_when, flags, code) => {
    const peers: Socket[] = [];
    const server = createServer((socket) => {
      peers.push(socket);
      createMsrpClient(socketEnd(socket), { uri });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const uri = `msrp://127.0.0.1:${(server.address() as AddressInfo).port}/peer;tcp`;

    const child = start(...anyPort, '--user', '*:secret', ...flags);
    const ports = await ready(child);
    const [, caFile = ''] = await child.until('stderr', /with this CA: (.+)\n/);
    const client = await tlsClient(ports['tls']!, readFileSync(caFile));
    const { usePath } = await client.auth({ relay: 'msrps://localhost;tcp', username: 'alice', password: 'secret' });
    // Of a method other than SEND the answer is the peer's own (RFC 4976 section 6.4.2).
    const sent = client.request('NICKNAME', { to: [usePath[0]!, uri] });
    expect((await sent.answered()).code).toBe(code);
    expect(peers).toHaveLength(code === 200 ? 1 : 0);
    client.destroy();
    for (const peer of peers) peer.destroy();
    server.close();
  });

  it('takes two signals at the same time for one wish, as npm passes on what its group got', async () => {
    const child = start(...anyPort);
    await ready(child);
    child.process.kill('SIGTERM');
    child.process.kill('SIGTERM');
    expect(await child.ended).toBe(0);
  });

  it('lets what is under way finish, and ends at once at a further signal', async () => {
    const child = start(...anyPort, '--user', '*:secret');
    const ports = await ready(child);
    const [, caFile = ''] = await child.until('stderr', /with this CA: (.+)\n/);
    const client = await tlsClient(ports['tls']!, readFileSync(caFile));
    const { usePath } = await client.auth({ relay: 'msrps://localhost;tcp', username: 'alice', password: 'secret' });
    client.answer = 'never';
    client.send({ to: [usePath[0]!, client.uri], body: 'to myself, who does not answer' });
    await client.nextRequest();
    child.process.kill('SIGTERM');
    await child.until('stderr', /SIGTERM: finishing/);
    await setTimeout(1_200);
    child.process.kill('SIGTERM');
    expect(await child.ended).toBe(1);
  });

  it('tells the flags', async () => {
    const child = start('--help');
    expect(await child.ended).toBe(0);
    expect(child.stdout).toMatch(/^An MSRP relay \(RFC 4976\)\.\n\nnpm start -- \[flags\]\n\n {2}--host NAME /);
    expect(child.stderr).toBe('');
  });

  it.each([
    ['a bad flag', ['--tls-port', 'many'], /^msrp-relay: --tls-port wants a port .*\n$/],
    [
      'an unreadable certificate',
      ['--cert', '/nowhere/c', '--key', '/k'],
      /^msrp-relay: --cert can not be read: .*\n$/,
    ],
  ])('ends with one line and 1 for %s', async (_what, flags, line) => {
    const child = start(...flags);
    expect(await child.ended).toBe(1);
    expect(child.stderr).toMatch(line);
    expect(child.stdout).toBe('');
  });

  it.each([
    ['a host that is an address', ['--host', '192.0.2.1'], /^--host must be a domain name/],
    ['an unreadable CA', ['--ca', '/nowhere/ca'], /^--ca can not be read: /],
    ['an address that is not here', ['--bind', '192.0.2.1'], /^can not listen: .*192\.0\.2\.1/],
    [
      'a certificate that is none',
      ['--cert', file('junk'), '--key', file('key')],
      /^certificate, key or CA can not be used/,
    ],
    ['a certificate for another host', ['--cert', file('cert'), '--key', file('key')], /certificate .*localhost/],
  ])('refuses %s', async (_what, flags, message) => {
    const { cert, key } = await (await makeAuthority()).issue(['else.example.com']);
    for (const [name, text] of Object.entries({ cert, key, junk: 'junk' })) writeFileSync(file(name), text);
    const started = startRelay(parseFlags([...anyPort, ...flags]) as Flags, () => undefined);
    await expect(started).rejects.toThrow(UsageError);
    await expect(started).rejects.toThrow(message);
  });

  it('refuses a port in use, and leaves nothing behind', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const child = start('--tls-port', '0', '--tcp-port', String(port));
    expect(await child.ended).toBe(1);
    expect(child.stderr).toMatch(new RegExp(`^msrp-relay: can not listen: .*EADDRINUSE.*:${port}\n$`));
    expect(child.stdout).toBe('');
    server.close();
  });
});
