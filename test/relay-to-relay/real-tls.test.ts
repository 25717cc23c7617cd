import { connect, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { makeCa, selfSigned, type Issued } from '../support/certificates.js';
import { password, RealRelays, type RealRelay } from '../support/real-relays.js';

let net: RealRelays;

beforeAll(async () => {
  net = await RealRelays.make();
});

afterEach(() => net.closeAll());

const status = (report: { header(name: string): string | undefined }): string | undefined =>
  report.header('Status')?.slice(0, 7);

const closing = (socket: Socket): Promise<void> =>
  new Promise((resolve) => {
    socket.once('close', () => {
      resolve();
    });
  });

describe('two relays over TLS', () => {
  it('SEC-33 CONN-03 AUTH-19 AUTH chained, then messages both ways, with certificates on both sides', async () => {
    const [inner, outer] = [await net.relay('inner.example'), await net.relay('outer.example')];
    const a = await net.client(inner, 'a');
    const { usePath: first } = await a.auth({ relay: inner.uri, username: 'alice', password });
    const { usePath, relayProved } = await a.auth({ relay: outer.uri, via: first, username: 'alice', password });
    expect(relayProved).toBe(true);
    expect(usePath).toEqual([first[0], expect.stringMatching(/^msrps:\/\/outer\.example:\d+\/\w+;tcp$/)]);
    const n = await net.hop(await net.ca.issue({ dnsNames: ['n.example'] }));
    const un = `msrps://n.example:${n.port}/n1;tcp`;
    const out = a.send({ to: [...usePath, un], body: 'out' });
    expect((await out.answered()).code).toBe(200);
    await vi.waitFor(() => {
      expect(n.clients[0]?.requests[0]).toMatchObject({ text: 'out', fromPath: [...usePath.toReversed(), a.uri] });
    });
    const back = n.clients[0]!.send({ to: [...usePath.toReversed(), a.uri], from: un, body: 'in' });
    expect((await back.answered()).code).toBe(200);
    expect(await a.nextRequest()).toMatchObject({ text: 'in', fromPath: [...usePath, un] });
    const seen = [inner, outer].map(({ events }) =>
      events
        .of('connectionOpened')
        .map(({ connection }) => `${connection.dialled ? 'to' : 'from'} ${connection.class}`),
    );
    expect(seen).toEqual([
      ['from client', 'to relay'],
      ['from relay', 'to relay'],
    ]);
  });

  it('CONN-18 FWD-09 the outer relay comes back: the next message makes a new connection', async () => {
    const [inner, outer] = [await net.relay('inner.example'), await net.relay('outer.example')];
    const a = await net.client(inner, 'a');
    const { usePath: first } = await a.auth({ relay: inner.uri, username: 'alice', password });
    const { usePath } = await a.auth({ relay: outer.uri, via: first, username: 'alice', password });
    await outer.relay.close();
    await vi.waitFor(() => {
      expect(inner.events.of('connectionClosed')).toHaveLength(1);
    });
    const hop = await net.hop(await net.ca.issue({ dnsNames: ['outer.example'] }));
    const to = [usePath[0]!, `msrps://outer.example:${hop.port}/other;tcp`, 'msrps://z.invalid:2855/z;tcp'];
    expect((await a.send({ to, body: 'hi' }).answered()).code).toBe(200);
    await vi.waitFor(() => {
      expect(hop.clients[0]?.requests).toHaveLength(1);
    });
    expect(hop.sockets[0]!.getPeerX509Certificate()?.subjectAltName).toBe('DNS:inner.example');
    expect(hop.sockets[0]!.authorized).toBe(true);
  });

  it('SEC-34 a next relay that does not ask for our certificate gets no relay traffic; SEC-31 it is told its name', async () => {
    const r = await net.relay('relay.example');
    const a = await net.registered(r, 'a');
    const hop = await net.hop({ ...(await net.ca.issue({ dnsNames: ['n.example'] })), requestCert: false });
    const un = `msrps://n.example:${hop.port}/n1;tcp`;
    a.send({ to: [a.token, un, 'msrps://z.invalid:2855/z;tcp'], body: 'relayed' });
    expect(status(await a.nextReport())).toBe('000 408');
    expect((await a.send({ to: [a.token, un], body: 'own' }).answered()).code).toBe(200);
    await vi.waitFor(() => {
      expect(hop.clients.flatMap(({ requests }) => requests.map(({ text }) => text))).toEqual(['own']);
    });
    expect((hop.sockets[0] as TLSSocket & { servername: string }).servername).toBe('n.example');
  });
});

describe('certificates of a next hop', () => {
  it.each<readonly [string, () => Promise<Issued>]>([
    ['expired', () => net.ca.issue({ dnsNames: ['n.example'], notAfter: new Date(Date.now() - 1000) })],
    ['self-signed', () => selfSigned({ dnsNames: ['n.example'] })],
    ['of an unknown issuer', async () => (await makeCa('Other')).issue({ dnsNames: ['n.example'] })],
    ['for another name', () => net.ca.issue({ dnsNames: ['m.example'] })],
    ['without dNSName', () => net.ca.issue({ commonName: 'n.example' })],
  ])('SEC-32 SEC-36 %s: REPORT 408, hop-unverified, not one octet', async (_title, issue) => {
    const r = await net.relay('relay.example');
    const a = await net.registered(r, 'a');
    const hop = await net.hop(await issue());
    a.send({ to: [a.token, `msrps://n.example:${hop.port}/n1;tcp`], body: 'secret' });
    expect(status(await a.nextReport())).toBe('000 408');
    expect(r.events.of('hopFailed').map(({ reason }) => reason)).toEqual(['hop-unverified']);
    expect(hop.clients.flatMap(({ requests }) => requests)).toEqual([]);
    await worksStill(r, a);
  });
});

/** The relay goes on for everybody else. */
async function worksStill(r: RealRelay, a: { uri: string; token: string }): Promise<void> {
  const f = await net.client(r, 'f');
  expect((await f.send({ to: [a.token, a.uri], body: 'still there?' }).answered()).code).toBe(200);
}

describe('a next hop that is no MSRP over TLS', () => {
  it.each<readonly [string, Parameters<RealRelays['bareHop']>[0]]>([
    ['SEC-27 resets at once', (socket) => socket.resetAndDestroy()],
    ['SEC-27 closes at once', (socket) => socket.end()],
    ['CONN-15 stalls in the handshake', () => undefined],
    ['SEC-27 speaks HTTP', (socket) => socket.end('HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n')],
    ['SEC-27 answers garbage', (socket) => socket.write(Buffer.alloc(20_000, 0xa5))],
    ['SEC-27 speaks MSRP in clear', (socket) => socket.write('MSRP a786hjs2 200 OK\r\n')],
  ])('%s: REPORT 408, hop-unreachable, nothing in clear', async (_title, taken) => {
    const r = await net.relay('relay.example', { limits: { dialTimeoutMs: 300 } });
    const a = await net.registered(r, 'a');
    const got: Buffer[] = [];
    const port = await net.bareHop((socket) => {
      socket.on('data', (octets) => got.push(octets));
      taken(socket);
    });
    a.send({ to: [a.token, `msrps://n.example:${port}/n1;tcp`], body: 'secret' });
    expect(status(await a.nextReport())).toBe('000 408');
    expect(r.events.of('hopFailed').map(({ reason }) => reason)).toEqual(['hop-unreachable']);
    expect(Buffer.concat(got).toString('latin1')).not.toMatch(/MSRP|secret/);
    await worksStill(r, a);
  });

  it('a relay that closes does not wait for a hop that stalls: the dial is given up', async () => {
    const r = await net.relay('relay.example');
    const a = await net.registered(r, 'a');
    const stalled = new Promise<{ whenClosed: Promise<void> }>((resolve) => {
      const taken = (socket: Socket): void => {
        socket.resume();
        resolve({ whenClosed: closing(socket) });
      };
      void net.bareHop(taken).then((port) => {
        a.send({ to: [a.token, `msrps://n.example:${port}/n1;tcp`], body: 'hi' });
      });
    });
    const { whenClosed } = await stalled;
    await r.relay.close();
    await whenClosed;
    expect(r.relay.stats().connections.open).toBe(0);
  });
});

describe('certificates of a peer', () => {
  const from = ['msrps://x.example:2855/x1;tcp', 'msrps://c.invalid:2855/c1;tcp'];

  it.each<readonly [string, () => Promise<Issued>]>([
    ['CONN-04 expired', () => net.ca.issue({ dnsNames: ['x.example'], notAfter: new Date(Date.now() - 1000) })],
    ['CONN-04 self-signed', () => selfSigned({ dnsNames: ['x.example'] })],
    ['CONN-05 with a URI entry alone', () => net.ca.issue({ uris: ['sip:x.example'] })],
  ])('%s: gives no rights', async (_title, issue) => {
    const r = await net.relay('relay.example');
    const x = await net.client(r, 'x', { ...(await issue()), uri: from[0]! });
    const [alone, proxying] = [from.slice(0, 1), from].map((path) => x.request('AUTH', { to: r.uri, from: path }));
    expect([(await alone!.answered()).code, (await proxying!.answered()).code]).toEqual([401, 403]);
  });

  it('CONN-04 by option the connection is closed, without an answer', async () => {
    const r = await net.relay('relay.example', { rules: { unverifiedCertificate: 'close' } });
    const socket = await net.socket(r, await selfSigned({ dnsNames: ['x.example'] }));
    const x = socket.on('error', () => undefined);
    x.write(`MSRP a786hjs2 AUTH\r\nTo-Path: ${r.uri}\r\nFrom-Path: ${from[0]!}\r\n-------a786hjs2$\r\n`);
    x.resume();
    await closing(x);
    expect(x.bytesRead).toBe(0);
    await vi.waitFor(() => {
      expect(r.events.of('connectionClosed').map(({ reason }) => reason)).toEqual(['unverified-certificate']);
    });
  });
});

describe('before MSRP', () => {
  it('CONN-15 a handshake that does not begin is given up, told, and no connection', async () => {
    const r = await net.relay('relay.example', {}, { handshakeTimeoutMs: 100 });
    const socket = connect({ host: '127.0.0.1', port: r.port }).on('error', () => undefined);
    await closing(socket);
    expect(r.events.of('connectionRefused').map(({ transport, reason }) => [transport, reason])).toEqual([
      ['tls', 'handshake-timeout'],
    ]);
    expect(r.relay.stats().connections).toMatchObject({ opened: 0, refused: { 'handshake-timeout': 1 } });
  });

  it('CONN-08 octets in clear on the TLS port, a ClientHello on the plain one: closed without an MSRP answer', async () => {
    const r = await net.relay('relay.example');
    const clear = connect({ host: '127.0.0.1', port: r.port }).on('error', () => undefined);
    clear.write('MSRP a786hjs2 SEND\r\n');
    const hello = connectTls({ host: '127.0.0.1', port: r.plainPort }).on('error', () => undefined);
    const got: Buffer[] = [];
    for (const socket of [clear, hello]) socket.on('data', (octets: Buffer) => got.push(octets));
    await Promise.all([clear, hello].map(closing));
    expect(Buffer.concat(got).toString('latin1')).not.toContain('MSRP');
  });
});

describe('new certificates', () => {
  it('updateTls: sessions stay and work; connections to come get the new certificate, and trust the new CA', async () => {
    const r = await net.relay('relay.example');
    const a = await net.registered(r, 'a');
    const ca = await makeCa('New CA');
    const hop = await net.hop({ ...(await ca.issue({ dnsNames: ['n.example'] })) });
    const un = `msrps://n.example:${hop.port}/n1;tcp`;
    a.send({ to: [a.token, un], body: 'too early' });
    expect(status(await a.nextReport())).toBe('000 408');
    r.relay.updateTls({ ca: ca.cert, ...(await ca.issue({ dnsNames: ['relay.example'] })) });
    await expect(net.client(r, 'old')).rejects.toThrow();
    const f = await net.client(r, 'f', { ca: ca.cert });
    expect((await f.send({ to: [a.token, a.uri], body: 'hi' }).answered()).code).toBe(200);
    expect((await a.nextRequest()).text).toBe('hi');
    expect((await a.send({ to: [a.token, un], body: 'now' }).answered()).code).toBe(200);
    await vi.waitFor(() => {
      expect(hop.clients[0]?.requests.map(({ text }) => text)).toEqual(['now']);
    });
    expect(r.events.of('sessionClosed')).toEqual([]);
    expect(a.closed).toBe(false);
  });

  it('updateTls with what can not be used: refused, and the old certificate stays', async () => {
    const r = await net.relay('relay.example');
    const { cert } = await net.ca.issue({ dnsNames: ['relay.example'] });
    expect(() => { r.relay.updateTls({ cert, key: 'no key' }); }).toThrow(expect.objectContaining({ code: 'bad-certificate' })); // prettier-ignore
    const a = await net.registered(r, 'a');
    expect(a.token).toMatch(/^msrps:/);
  });
});
