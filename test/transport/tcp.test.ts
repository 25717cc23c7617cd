import { connect, createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';

import { tcp } from '../../src/transport/tcp.js';
import { FakeHost, Opened } from '../support/transports.js';

const opened = new Opened();
afterEach(() => opened.closeAll());

const host = '127.0.0.1';

describe('tcp', () => {
  it('CONN-06 listens, and gives plain connections as not secure', async () => {
    const { host: relay, listener } = await opened.listen(tcp({ port: 0, host, advertise: { port: 2856 } }));
    expect(listener).toEqual({
      transport: 'tcp',
      secure: false,
      port: expect.any(Number),
      address: '127.0.0.1',
      uri: { scheme: 'msrp', transport: 'tcp' },
      advertise: { port: 2856 },
    });
    expect(listener.port).toBeGreaterThan(0);
    const peer = opened.add(connect(listener.port, host), (socket) => socket.destroy());
    peer.write('hello');
    const { told, facts } = await relay.nextTaken();
    expect(facts).toEqual({
      transport: 'tcp',
      secure: false,
      remote: { address: '127.0.0.1', port: peer.localPort },
      localPort: listener.port,
    });
    await told.until(({ text }) => text === 'hello');
  });

  it('CONN-25 a peer that only closed its sending side still reads the answer', async () => {
    const { host: relay, listener } = await opened.listen(tcp({ port: 0, host }));
    const peer = opened.add(connect({ port: listener.port, host, allowHalfOpen: true }), (socket) =>
      socket.destroy(),
    );
    let answer = '';
    peer.on('data', (octets: Buffer) => (answer += octets.toString()));
    peer.end('request');
    const { told } = await relay.nextTaken();
    await told.until(({ events }) => events.includes('end'));
    told.socket.write([Buffer.from('answer')]);
    told.socket.end();
    await once(peer, 'end');
    expect(answer).toBe('answer');
  });

  it('stopListening() keeps the connections there are and frees the port', async () => {
    const transport = tcp({ port: 0, host });
    const { host: relay, listener } = await opened.listen(transport);
    const peer = opened.add(connect(listener.port, host), (socket) => socket.destroy());
    const { told } = await relay.nextTaken();
    await transport.stopListening!();
    peer.write('still here');
    await told.until(({ text }) => text === 'still here');
    const refused = opened.add(connect(listener.port, host), (socket) => socket.destroy());
    await expect(once(refused, 'connect')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('rejects with listen-failed when the port is in use', async () => {
    const { listener } = await opened.listen(tcp({ port: 0, host }));
    await expect(tcp({ port: listener.port, host }).listen!(new FakeHost())).rejects.toMatchObject({
      code: 'listen-failed',
      message: expect.stringContaining('EADDRINUSE'),
    });
  });

  it('closes connections beyond maxConnections and says so', async () => {
    const { host: relay, listener } = await opened.listen(tcp({ port: 0, host, maxConnections: 1 }));
    opened.add(connect(listener.port, host), (socket) => socket.destroy());
    await relay.nextTaken();
    const second = opened.add(connect(listener.port, host), (socket) => socket.destroy());
    second.on('error', () => undefined);
    const refused = await relay.nextRefused();
    expect(refused).toMatchObject({ reason: 'too-many-connections', remote: { address: '127.0.0.1' } });
    expect(refused.remote.port).toBeGreaterThan(0);
  });

  it.each([
    ['port', { port: 65_536 }],
    ['port', { port: 1.5 }],
    ['maxConnections', { port: 0, maxConnections: 0 }],
    ['lingerMs', { lingerMs: -1 }],
  ])('refuses a bad %s', (option, options) => {
    expect(() => tcp(options)).toThrow(expect.objectContaining({ code: 'bad-option', option }));
  });

  it('FWD-12 without port it dials msrp and does not listen', async () => {
    const { host: relay, listener } = await opened.listen(tcp({ port: 0, host }));
    const transport = tcp();
    expect(transport).toMatchObject({ name: 'tcp', dials: 'msrp' });
    expect(transport).not.toHaveProperty('listen');
    const { told, facts } = await opened.dial(transport, { port: listener.port });
    expect(facts).toEqual({ transport: 'tcp', secure: false, remote: { address: '127.0.0.1', port: listener.port } });
    const taken = await relay.nextTaken();
    taken.told.socket.write([Buffer.from('hi')]);
    await told.until(({ text }) => text === 'hi');
  });

  it('URI-12 the next address is tried when one fails; none is looked up', async () => {
    const { listener } = await opened.listen(tcp({ port: 0, host }));
    const { facts } = await opened.dial(tcp(), {
      port: listener.port,
      host: 'no-such-name.invalid',
      addresses: [
        { address: '127.0.0.2', family: 4 },
        { address: '::1', family: 6 },
        { address: '127.0.0.1', family: 4 },
      ],
    });
    expect(facts.remote.address).toBe('127.0.0.1');
  });

  it('rejects when all addresses fail', async () => {
    const { listener } = await opened.listen(tcp({ port: 0, host }));
    const addresses = [
      { address: '127.0.0.2', family: 4 as const },
      { address: '127.0.0.3', family: 4 as const },
    ];
    await expect(opened.dial(tcp(), { port: listener.port, addresses })).rejects.toMatchObject({
      code: 'ECONNREFUSED',
    });
  });

  it('is given up by the signal, before and while connecting', async () => {
    await expect(opened.dial(tcp(), { port: 9, signal: AbortSignal.abort() })).rejects.toThrow('given up');
    const full = opened.add(createServer(), (server) => server.close());
    await new Promise<void>((resolve) => full.listen(0, host, resolve));
    const abort = new AbortController();
    const dialling = opened.dial(tcp(), { port: (full.address() as AddressInfo).port, signal: abort.signal });
    abort.abort();
    await expect(dialling).rejects.toThrow('given up');
  });
});
