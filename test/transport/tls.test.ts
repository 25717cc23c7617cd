import { connect as connectPlain, createServer as createPlainServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import {
  connect,
  createServer,
  type ConnectionOptions,
  type TlsOptions as ServerOptions,
  type TLSSocket,
} from 'node:tls';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';

import { fromNetSocket } from '../../src/transport/net-socket.js';
import { peerFactsOf } from '../../src/transport/peer-facts.js';
import { certificateNames, tls, type TlsOptions } from '../../src/transport/tls.js';
import type { PeerFacts } from '../../src/transport/types.js';
import { makeCa, selfSigned, type Ca, type Issued } from '../support/certificates.js';
import { Told } from '../support/sockets.js';
import { FakeHost, Opened, type Taken } from '../support/transports.js';

const opened = new Opened();
afterEach(() => opened.closeAll());

const host = '127.0.0.1';
let ca: Ca;
let otherCa: Ca;
let own: Issued;
let peerRelay: Issued;

beforeAll(async () => {
  ca = await makeCa('CA');
  otherCa = await makeCa('Other CA');
  own = await ca.issue({ dnsNames: ['r.example', '*.wild.example'] });
  peerRelay = await ca.issue({ dnsNames: ['x.example', 'Y.example'] });
});

const relayOptions = (more: Partial<TlsOptions> = {}): TlsOptions => ({
  ...own,
  ca: ca.cert,
  port: 0,
  host,
  ...more,
});

/** A client of our listener; what the relay learns of it is the answer. */
const client = async (
  listening: { host: FakeHost; listener: { port: number } },
  more: ConnectionOptions = {},
): Promise<Taken & { socket: TLSSocket }> => {
  const socket = opened.add(
    connect({ port: listening.listener.port, host, ca: ca.cert, servername: 'r.example', ...more }),
    (each) => each.destroy(),
  );
  const failed = once(socket, 'error').then(([error]) => Promise.reject(error as Error));
  failed.catch(() => undefined);
  const taken = await Promise.race([listening.host.nextTaken(), failed]);
  return { ...taken, socket };
};

const factsOf = async (more: ConnectionOptions, options: Partial<TlsOptions> = {}): Promise<PeerFacts> =>
  (await client(await opened.listen(tls(relayOptions(options))), more)).facts;

describe('tls, listening', () => {
  it('says where it listens and what its URIs are', async () => {
    const { listener } = await opened.listen(tls(relayOptions({ advertise: { host: 'front.example', port: 2855 } })));
    expect(listener).toEqual({
      transport: 'tls',
      secure: true,
      port: expect.any(Number),
      address: '127.0.0.1',
      uri: { scheme: 'msrps', transport: 'tcp' },
      advertise: { host: 'front.example', port: 2855 },
    });
  });

  it.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'CONN-01 CONN-02 %s: asks for a certificate and goes on without one',
    async (version) => {
      const listening = await opened.listen(tls(relayOptions()));
      const { facts, socket, told } = await client(listening, { minVersion: version, maxVersion: version });
      expect(facts).toEqual({
        transport: 'tls',
        secure: true,
        remote: { address: '127.0.0.1', port: socket.localPort },
        localPort: listening.listener.port,
      });
      // Filled by a CertificateRequest only.
      expect(socket.getSharedSigalgs().length).toBeGreaterThan(0);
      socket.write('MSRP');
      await told.until(({ text }) => text === 'MSRP');
    },
  );

  it.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'CONN-03 SEC-36 %s: a verified certificate speaks for its dNSName entries, and for no other host',
    async (version) => {
      const { certificate } = await factsOf({ ...peerRelay, minVersion: version, maxVersion: version });
      expect(certificate).toMatchObject({ verified: true, names: ['x.example', 'Y.example'] });
      expect(certificate!.fingerprint256).toMatch(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
      const covered = ['x.example', 'X.EXAMPLE', 'y.example', 'z.example', 'a.x.example', '127.0.0.1', ''].map(
        (name) => certificate!.covers(name),
      );
      expect(covered).toEqual([true, true, true, false, false, false, false]);
    },
  );

  it('SEC-36 a wildcard counts as the whole leftmost label only', async () => {
    const issued = await ca.issue({ dnsNames: ['*.farm.example', 'w*.part.example'] });
    const { certificate } = await factsOf(issued);
    const covered = [
      'a.farm.example',
      'A.Farm.Example',
      'a.b.farm.example',
      'farm.example',
      '.farm.example',
      'w1.part.example',
    ];
    expect(covered.map((name) => certificate!.covers(name))).toEqual([true, true, false, false, false, false]);
  });

  it('SEC-36 the common name is not used; an address entry proves no host', async () => {
    const issued = await ca.issue({ commonName: 'x.example', addresses: ['192.0.2.1'] });
    const { certificate } = await factsOf(issued);
    expect(certificate).toMatchObject({ verified: true, names: [] });
    const numeric = await factsOf(await ca.issue({ dnsNames: ['192.0.2.1'] }));
    expect(numeric.certificate!.covers('192.0.2.1')).toBe(false);
    expect([certificate!.covers('x.example'), certificate!.covers('192.0.2.1')]).toEqual([false, false]);
  });

  it('CONN-05 a certificate with a URI entry alone has no names', async () => {
    const { certificate } = await factsOf(await ca.issue({ commonName: 'alice', uris: ['im:alice@x.example'] }));
    expect(certificate).toMatchObject({ verified: true, names: [] });
  });

  it.each(['expired', 'of an unknown issuer', 'self-signed'])(
    'CONN-04 a certificate that is %s is not verified; the connection goes on',
    async (kind) => {
      const made: Record<string, () => Promise<Issued>> = {
        expired: () => ca.issue({ dnsNames: ['x.example'], days: -1 }),
        'of an unknown issuer': () => otherCa.issue({ dnsNames: ['x.example'] }),
        'self-signed': () => selfSigned({ dnsNames: ['x.example'] }),
      };
      const { certificate, secure } = await factsOf(await made[kind]!());
      expect(secure).toBe(true);
      expect(certificate).toMatchObject({ verified: false, names: ['x.example'] });
    },
  );

  it.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'SEC-37 %s: a session is never resumed, so identity is proved anew each time',
    async (version) => {
      const listening = await opened.listen(tls(relayOptions()));
      const sessions: Buffer[] = [];
      const first = await client(listening, { ...peerRelay, minVersion: version, maxVersion: version });
      first.socket.on('session', (session) => sessions.push(session));
      first.told.socket.write([Buffer.from('x')]);
      await once(first.socket, 'data');
      const session = sessions.at(-1) ?? first.socket.getSession();
      const again = await client(listening, {
        ...peerRelay,
        minVersion: version,
        maxVersion: version,
        ...(session && { session }),
      });
      expect(again.socket.isSessionReused()).toBe(false);
      expect(again.facts.certificate).toMatchObject({ verified: true, names: ['x.example', 'Y.example'] });
      const without = await client(listening, {
        minVersion: version,
        maxVersion: version,
        ...(session && { session }),
      });
      expect(without.facts.certificate).toBeUndefined();
    },
  );

  it('SEC-28 TLS 1.1 is refused', async () => {
    const listening = await opened.listen(tls(relayOptions()));
    const old = client(listening, { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' });
    await expect(old).rejects.toMatchObject({ code: 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION' });
    expect(await listening.host.nextRefused()).toMatchObject({
      reason: 'handshake-failed',
      remote: { address: '127.0.0.1' },
      error: { code: 'ERR_SSL_UNSUPPORTED_PROTOCOL' },
    });
  });

  it('SEC-28 minVersion TLSv1.3 refuses TLS 1.2', async () => {
    const listening = await opened.listen(tls(relayOptions({ minVersion: 'TLSv1.3' })));
    await expect(client(listening, { maxVersion: 'TLSv1.2' })).rejects.toMatchObject({
      code: 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION',
    });
  });

  it('SEC-29 AES128-SHA can be negotiated, is not what others get, and can be switched off', async () => {
    const rsaCa = await makeCa('RSA CA', 'rsa');
    const rsa = await rsaCa.issue({ dnsNames: ['r.example'] });
    const only = { ca: rsaCa.cert, maxVersion: 'TLSv1.2', ciphers: 'AES128-SHA' } as const;
    const listening = await opened.listen(tls(relayOptions(rsa)));
    expect((await client(listening, only)).socket.getCipher().name).toBe('AES128-SHA');
    const usual = await client(listening, { ca: rsaCa.cert, maxVersion: 'TLSv1.2' });
    expect(usual.socket.getCipher().name).toMatch(/^ECDHE-RSA-AES(128|256)-GCM-SHA(256|384)$/);
    const without = await opened.listen(tls(relayOptions({ ...rsa, ciphers: 'HIGH:!AES128-SHA' })));
    await expect(client(without, only)).rejects.toMatchObject({ code: 'ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE' });
  });

  it('SEC-31 works without server name indication, and chooses by it where the host says how', async () => {
    const tenant = await ca.issue({ dnsNames: ['tenant.example'] });
    const { createSecureContext } = await import('node:tls');
    const listening = await opened.listen(
      tls(
        relayOptions({
          SNICallback: (name, done) => {
            done(null, name === 'tenant.example' ? createSecureContext(tenant) : undefined);
          },
        }),
      ),
    );
    const named = await client(listening, { servername: 'tenant.example' });
    expect(named.socket.getPeerX509Certificate()!.subjectAltName).toBe('DNS:tenant.example');
    const without = await client(listening, { servername: '', checkServerIdentity: () => undefined });
    expect(without.socket.getPeerX509Certificate()!.subjectAltName).toBe('DNS:r.example, DNS:*.wild.example');
  });

  it('CONN-08 plain octets on the TLS port: closed without an MSRP answer', async () => {
    const { host: relay, listener } = await opened.listen(tls(relayOptions()));
    const peer = opened.add(connectPlain(listener.port, host), (socket) => socket.destroy());
    let answer = '';
    peer.on('data', (octets: Buffer) => (answer += octets.toString('latin1')));
    peer.write('MSRP a786hjs2 AUTH\r\nTo-Path: msrps://r.example:2855;tcp\r\n');
    await once(peer, 'close');
    expect(answer).not.toContain('MSRP');
    expect(await relay.nextRefused()).toMatchObject({
      reason: 'handshake-failed',
      remote: { address: '127.0.0.1', port: expect.any(Number) },
    });
    expect(relay.all).toEqual([]);
  });

  it('CONN-15 a handshake that does not end is given up', async () => {
    const { host: relay, listener } = await opened.listen(tls(relayOptions({ handshakeTimeoutMs: 50 })));
    const peer = opened.add(connectPlain(listener.port, host), (socket) => socket.destroy());
    expect(await relay.nextRefused()).toMatchObject({
      reason: 'handshake-timeout',
      remote: { address: '127.0.0.1', port: expect.any(Number) },
    });
    peer.resume();
    await once(peer, 'close');
  });

  it('a peer that leaves during the handshake is told to the host', async () => {
    const { host: relay, listener } = await opened.listen(tls(relayOptions()));
    const peer = connectPlain(listener.port, host);
    await once(peer, 'connect');
    peer.resetAndDestroy();
    expect(await relay.nextRefused()).toMatchObject({ reason: 'handshake-failed' });
  });

  it.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'CONN-25 %s: a client that closed its sending side still reads the answer',
    async (version) => {
      const listening = await opened.listen(tls(relayOptions()));
      const { socket, told } = await client(listening, {
        minVersion: version,
        maxVersion: version,
        allowHalfOpen: true,
      } as ConnectionOptions);
      let answer = '';
      socket.on('data', (octets: Buffer) => (answer += octets.toString()));
      socket.end('request');
      await told.until(({ events }) => events.includes('end'));
      expect(told.text).toBe('request');
      told.socket.write([Buffer.from('ans'), Buffer.from('wer')]);
      told.socket.end();
      await once(socket, 'end');
      expect(answer).toBe('answer');
      await told.until(({ events, written }) => events.includes('close') && written === 6);
    },
  );

  it('onWritten passes what was encrypted and handed on', async () => {
    const { socket, told } = await client(await opened.listen(tls(relayOptions())));
    let got = 0;
    socket.on('data', (octets: Buffer) => (got += octets.length));
    told.socket.write([Buffer.alloc(100_000)]);
    told.socket.write([Buffer.alloc(1_000), Buffer.alloc(2_000)]);
    await told.until(({ written }) => written === 103_000);
    told.socket.end();
    await once(socket, 'end');
    expect(got).toBe(103_000);
  });

  it('updateTls: connections to come get the new certificate, those there are stay', async () => {
    const transport = tls(relayOptions());
    const listening = await opened.listen(transport);
    const before = await client(listening, peerRelay);
    const renewed = await otherCa.issue({ dnsNames: ['r.example'] });
    transport.updateTls!({ ...renewed, ca: otherCa.cert });
    const after = await client(listening, { ...peerRelay, ca: otherCa.cert });
    expect(after.facts.certificate).toMatchObject({ verified: false });
    before.socket.write('still here');
    await before.told.until(({ text }) => text === 'still here');
    expect(() => {
      transport.updateTls!({ cert: 'no certificate', key: renewed.key });
    }).toThrow(expect.objectContaining({ code: 'bad-certificate' }));
    expect((await client(listening, { ca: otherCa.cert })).facts.secure).toBe(true);
  });

  it('SEC-30 coversHost says which hosts all of its certificates prove', async () => {
    const transport = tls(relayOptions());
    const hosts = ['r.example', 'R.Example', 'a.wild.example', 'other.example', 'wild.example'];
    expect(hosts.map((name) => transport.coversHost!(name))).toEqual([true, true, true, false, false]);
    const second = await selfSigned({ dnsNames: ['r.example', 'other.example'], keyType: 'rsa' });
    const both = tls(relayOptions({ cert: [own.cert, second.cert], key: [own.key, second.key] }));
    expect([both.coversHost!('r.example'), both.coversHost!('other.example')]).toEqual([true, false]);
    transport.updateTls!({ ...second });
    expect([transport.coversHost!('other.example'), transport.coversHost!('a.wild.example')]).toEqual([true, false]);
  });

  it('SEC-30 certificateNames gives the dNSName entries of a PEM text', async () => {
    expect(certificateNames(own.cert)).toEqual(['r.example', '*.wild.example']);
    expect(certificateNames((await ca.issue({ commonName: 'r.example' })).cert)).toEqual([]);
    expect(() => certificateNames('nothing')).toThrow(expect.objectContaining({ code: 'bad-certificate' }));
  });

  it('refuses what can not be used', async () => {
    expect(() => tls(relayOptions({ key: peerRelay.key }))).toThrow(
      expect.objectContaining({ code: 'bad-certificate' }),
    );
    expect(() => tls(relayOptions({ ca: '-----BEGIN CERTIFICATE-----\nAA\n-----END CERTIFICATE-----' }))).toThrow(
      expect.objectContaining({ code: 'bad-certificate' }),
    );
    expect(() => tls(relayOptions({ handshakeTimeoutMs: 0 }))).toThrow(
      expect.objectContaining({ code: 'bad-option', option: 'handshakeTimeoutMs' }),
    );
    expect(() => tls(relayOptions({ port: -1 }))).toThrow(expect.objectContaining({ option: 'port' }));
    const { listener } = await opened.listen(tls(relayOptions()));
    await expect(tls(relayOptions({ port: listener.port })).listen!(new FakeHost())).rejects.toMatchObject({
      code: 'listen-failed',
    });
  });

  it('stopListening() keeps connections and frees the port', async () => {
    const transport = tls(relayOptions());
    const listening = await opened.listen(transport);
    const { socket, told } = await client(listening);
    await transport.stopListening!();
    await expect(client(listening)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    socket.write('still here');
    await told.until(({ text }) => text === 'still here');
  });
});

describe('a TLS socket that the host has taken', () => {
  it('peerFactsOf and fromNetSocket do as the listener does', async () => {
    const server = opened.add(
      createServer({ ...own, ca: ca.cert, requestCert: true, rejectUnauthorized: false }),
      (each) => each.close(),
    );
    await new Promise<void>((resolve) => server.listen(0, host, resolve));
    const taken = once(server, 'secureConnection');
    const { port } = server.address() as AddressInfo;
    const socket = opened.add(connect({ port, host, servername: 'r.example', ca: ca.cert, ...peerRelay }), (each) =>
      each.destroy(),
    );
    const [ours] = (await taken) as [TLSSocket];
    const facts = peerFactsOf(ours);
    expect(facts).toMatchObject({ transport: 'tls', secure: true, localPort: port });
    expect(facts.certificate).toMatchObject({ verified: true, names: ['x.example', 'Y.example'] });
    const told = new Told(fromNetSocket(ours));
    socket.write('over TLS');
    await told.until(({ text }) => text === 'over TLS');
  });

  it('SEC-37 a resumed TLS 1.3 session without certificate is no relay, though Node calls it authorized', async () => {
    const server = opened.add(
      createServer({ ...own, ca: ca.cert, requestCert: true, rejectUnauthorized: false }, (each) => each.write('x')),
      (each) => each.close(),
    );
    await new Promise<void>((resolve) => server.listen(0, host, resolve));
    const options = { port: (server.address() as AddressInfo).port, host, servername: 'r.example', ca: ca.cert };
    const first = opened.add(connect(options), (each) => each.destroy());
    first.resume();
    const [session] = (await once(first, 'session')) as [Buffer];
    const taken = once(server, 'secureConnection');
    opened.add(connect({ ...options, session }), (each) => each.destroy());
    const [ours] = (await taken) as [TLSSocket];
    opened.add(ours, (each) => each.destroy());
    expect([ours.isSessionReused(), ours.authorized]).toEqual([true, true]);
    expect(peerFactsOf(ours).certificate).toBeUndefined();
  });
});

describe('tls, dialling', () => {
  const serve = async (
    options: ServerOptions,
  ): Promise<{ port: number; seen: { octets: number; sockets: TLSSocket[] } }> => {
    const seen = { octets: 0, sockets: [] as TLSSocket[] };
    const server = opened.add(
      createServer(options, (socket) => {
        seen.sockets.push(socket);
        socket.on('data', (octets: Buffer) => (seen.octets += octets.length));
        socket.on('error', () => undefined);
      }),
      (each) => {
        for (const socket of seen.sockets) socket.destroy();
        each.close();
      },
    );
    server.on('tlsClientError', () => undefined);
    await new Promise<void>((resolve) => server.listen(0, host, resolve));
    return { port: (server.address() as AddressInfo).port, seen };
  };
  const dialler = (more: Partial<TlsOptions> = {}): ReturnType<typeof tls> =>
    tls({ ...peerRelay, ca: ca.cert, ...more });

  it('without port it dials msrps and does not listen', () => {
    expect(dialler()).toMatchObject({ name: 'tls', dials: 'msrps' });
    expect(dialler()).not.toHaveProperty('listen');
  });

  it.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'SEC-31 SEC-32 SEC-33 SEC-34 %s: sends SNI and its own certificate when asked, and knows that it was asked',
    async (version) => {
      const { port, seen } = await serve({
        ...own,
        ca: ca.cert,
        requestCert: true,
        rejectUnauthorized: true,
        minVersion: version,
        maxVersion: version,
      });
      const { facts, told } = await opened.dial(dialler(), { port });
      expect(facts).toMatchObject({
        transport: 'tls',
        secure: true,
        remote: { address: '127.0.0.1', port },
        certificate: { verified: true, names: ['r.example', '*.wild.example'] },
        gaveOurCertificate: true,
      });
      expect(facts.localPort).toBeUndefined();
      expect([facts.certificate!.covers('r.example'), facts.certificate!.covers('x.example')]).toEqual([true, false]);
      told.socket.write([Buffer.from('MSRP')]);
      await told.until(({ written }) => written === 4);
      await expect.poll(() => seen.octets).toBe(4);
      expect(seen.sockets[0]!.servername).toBe('r.example');
      expect(seen.sockets[0]!.getPeerX509Certificate()!.subjectAltName).toBe('DNS:x.example, DNS:Y.example');
    },
  );

  it.each(['TLSv1.2', 'TLSv1.3'] as const)('SEC-34 %s: knows that a server did not ask', async (version) => {
    const { port } = await serve({ ...own, minVersion: version, maxVersion: version });
    expect((await opened.dial(dialler(), { port })).facts.gaveOurCertificate).toBe(false);
    expect((await opened.dial(dialler(), { port })).facts.gaveOurCertificate).toBe(false);
  });

  it('SEC-37 never resumes: asked again, it gives its certificate again', async () => {
    const { port, seen } = await serve({ ...own, ca: ca.cert, requestCert: true });
    const transport = dialler();
    for (let i = 0; i < 2; i++) {
      const { facts } = await opened.dial(transport, { port });
      expect(facts.gaveOurCertificate).toBe(true);
    }
    await expect.poll(() => seen.sockets.length).toBe(2);
    expect(seen.sockets.map((socket) => socket.isSessionReused())).toEqual([false, false]);
  });

  it.each(['expired', 'of an unknown issuer', 'self-signed', 'for another name', 'with a common name alone'])(
    'SEC-32 SEC-36 DC-06 a server certificate %s: not one octet is sent, and the failure says unverified',
    async (kind) => {
      const made: Record<string, () => Promise<Issued>> = {
        expired: () => ca.issue({ dnsNames: ['r.example'], days: -1 }),
        'of an unknown issuer': () => otherCa.issue({ dnsNames: ['r.example'] }),
        'self-signed': () => selfSigned({ dnsNames: ['r.example'] }),
        'for another name': () => ca.issue({ dnsNames: ['other.example'] }),
        'with a common name alone': () => ca.issue({ commonName: 'r.example' }),
      };
      const { port, seen } = await serve(await made[kind]!());
      await expect(opened.dial(dialler(), { port })).rejects.toMatchObject({ unverified: true });
      expect(seen.octets).toBe(0);
    },
  );

  it('SEC-36 partial wildcards do not do, whole ones do', async () => {
    const whole = await serve(await ca.issue({ dnsNames: ['*.farm.example'] }));
    expect((await opened.dial(dialler(), { port: whole.port, host: 'r1.farm.example' })).facts.secure).toBe(true);
    const part = await serve(await ca.issue({ dnsNames: ['r*.farm.example'] }));
    const refused = opened.dial(dialler(), { port: part.port, host: 'r1.farm.example' });
    await expect(refused).rejects.toMatchObject({ unverified: true });
  });

  it('SEC-31 SEC-32 an address literal: no SNI, checked against address entries, which the connection then covers', async () => {
    const { port, seen } = await serve(await ca.issue({ addresses: ['127.0.0.1'] }));
    const { facts } = await opened.dial(dialler(), { port, host: '127.0.0.1' });
    expect([facts.certificate!.covers('127.0.0.1'), facts.certificate!.covers('127.0.0.2')]).toEqual([true, false]);
    await expect.poll(() => seen.sockets.length).toBe(1);
    expect(seen.sockets[0]!.servername).toBe(false);
    const named = await serve(await ca.issue({ dnsNames: ['127.0.0.1'] }));
    const refused = opened.dial(dialler(), { port: named.port, host: '127.0.0.1' });
    await expect(refused).rejects.toMatchObject({ unverified: true });
  });

  it('SEC-27 msrps to a plain listener fails without an MSRP octet in clear', async () => {
    let got = '';
    const server = opened.add(
      createPlainServer((socket) => {
        socket.on('error', () => undefined);
        socket.on('data', (octets: Buffer) => {
          got += octets.toString('latin1');
          socket.end('MSRP a786hjs2 400\r\n');
        });
      }),
      (each) => each.close(),
    );
    await new Promise<void>((resolve) => server.listen(0, host, resolve));
    const error = await opened
      .dial(dialler(), { port: (server.address() as AddressInfo).port })
      .catch((each: unknown) => each);
    expect(error).toBeInstanceOf(Error);
    expect(error).not.toHaveProperty('unverified');
    expect(got).not.toContain('MSRP');
  });

  it('URI-12 several addresses: the next one when one fails; the name is not looked up', async () => {
    const { port } = await serve(own);
    const { facts } = await opened.dial(dialler(), {
      port,
      host: 'no-such-name.wild.example',
      addresses: [
        { address: '127.0.0.2', family: 4 },
        { address: '127.0.0.1', family: 4 },
      ],
    });
    expect(facts.remote.address).toBe('127.0.0.1');
    expect(facts.certificate!.verified).toBe(true);
  });

  it('is given up by the signal during the handshake', async () => {
    const server = opened.add(createPlainServer(), (each) => each.close());
    await new Promise<void>((resolve) => server.listen(0, host, resolve));
    const abort = new AbortController();
    const taken = once(server, 'connection');
    const dialling = opened.dial(dialler(), { port: (server.address() as AddressInfo).port, signal: abort.signal });
    const [socket] = (await taken) as [TLSSocket];
    opened.add(socket, (each) => each.destroy());
    abort.abort();
    await expect(dialling).rejects.toThrow('given up');
  });

  it('updateTls: connections to come show the new certificate and trust the new CA', async () => {
    const { port, seen } = await serve({
      ...(await otherCa.issue({ dnsNames: ['r.example'] })),
      requestCert: true,
      rejectUnauthorized: false,
    });
    const transport = dialler();
    await expect(opened.dial(transport, { port })).rejects.toMatchObject({ unverified: true });
    const renewed = await otherCa.issue({ dnsNames: ['new.example'] });
    transport.updateTls!({ ...renewed, ca: [otherCa.cert] });
    await opened.dial(transport, { port });
    await expect.poll(() => seen.sockets.at(-1)?.getPeerX509Certificate()?.subjectAltName).toBe('DNS:new.example');
  });
});
