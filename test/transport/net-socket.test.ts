import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';

import { fromNetSocket } from '../../src/transport/net-socket.js';
import { peerFactsOf } from '../../src/transport/peer-facts.js';
import { Told } from '../support/sockets.js';

let server: Server;
let open: Socket[];

beforeEach(async () => {
  open = [];
  // As a host would have made it: half-close is off, the adapter must switch it on.
  server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterEach(async () => {
  for (const socket of open) socket.destroy();
  await new Promise((resolve) => server.close(resolve));
});

const pair = async (): Promise<{ ours: Socket; peer: Socket }> => {
  const taken = once(server, 'connection');
  const { port } = server.address() as AddressInfo;
  const peer = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  peer.on('error', () => undefined);
  const [ours] = (await taken) as [Socket];
  open.push(ours, peer);
  return { ours, peer };
};

const readAll = async (socket: Socket): Promise<string> => {
  let text = '';
  socket.on('data', (octets: Buffer) => (text += octets.toString('latin1')));
  await once(socket, 'end');
  return text;
};

describe('fromNetSocket', () => {
  it('is a stream without a bound on messages', async () => {
    const { ours } = await pair();
    expect(fromNetSocket(ours)).toMatchObject({ framing: 'stream', maxMessageBytes: Infinity });
  });

  it('delivers octets that came before start()', async () => {
    const { ours, peer } = await pair();
    const socket = fromNetSocket(ours);
    await new Promise((resolve) => peer.write('early', resolve));
    await new Promise((resolve) => setImmediate(resolve));
    const told = new Told(socket);
    await told.until(({ text }) => text === 'early');
  });

  it('writes parts in order, and onWritten counts all octets ever written, inside write() when the system took them', async () => {
    const { ours, peer } = await pair();
    const told = new Told(fromNetSocket(ours));
    told.socket.write([Buffer.from('one ')]);
    expect(told.written).toBe(4);
    told.socket.write([Buffer.from('two '), Buffer.from('three '), new Uint8Array([52])]);
    expect(told.written).toBe(15);
    told.socket.write([]);
    told.socket.end();
    expect(await readAll(peer)).toBe('one two three 4');
    expect(told.written).toBe(15);
  });

  it('onWritten does not pass what the system has not accepted, and passes it later', async () => {
    const { ours, peer } = await pair();
    const steps: number[] = [];
    const told = new Told(fromNetSocket(ours), { onWritten: (total) => steps.push(total) });
    peer.pause();
    const size = 16 * 1024 * 1024;
    told.socket.write([Buffer.alloc(size)]);
    told.socket.write([Buffer.alloc(10), Buffer.alloc(20)]);
    await new Promise((resolve) => setImmediate(resolve));
    expect(steps).toEqual([]);
    let got = 0;
    const all = new Promise<void>((resolve) => {
      peer.on('data', (octets: Buffer) => {
        got += octets.length;
        if (got === size + 30) resolve();
      });
    });
    peer.resume();
    await all;
    await new Promise((resolve) => setImmediate(resolve));
    expect(steps.at(-1)).toBe(size + 30);
    expect(steps).toEqual([...new Set(steps)].sort((a, b) => a - b));
  });

  it('reads nothing while paused, and goes on after resume()', async () => {
    const { ours, peer } = await pair();
    const told = new Told(fromNetSocket(ours));
    told.socket.pause();
    peer.write('later');
    const chatty = await pair();
    const other = new Told(fromNetSocket(chatty.ours));
    chatty.peer.write('now');
    await other.until(({ text }) => text === 'now');
    expect(told.text).toBe('');
    told.socket.resume();
    await told.until(({ text }) => text === 'later');
  });

  it('CONN-25 a peer that closed its sending side still gets what is written, then end of stream', async () => {
    const { ours, peer } = await pair();
    const told = new Told(fromNetSocket(ours));
    const reading = readAll(peer);
    peer.end('request');
    await told.until(({ events }) => events.includes('end'));
    expect(told.text).toBe('request');
    told.socket.write([Buffer.from('answer')]);
    told.socket.end();
    expect(await reading).toBe('answer');
    await told.until(({ events }) => events.includes('close'));
    expect(told.events).toEqual(['end', 'close']);
    expect(told.why).toBeUndefined();
  });

  it('end() writes what waits; the socket closes when the peer closes, and what still comes is thrown away', async () => {
    const { ours, peer } = await pair();
    const told = new Told(fromNetSocket(ours));
    const size = 8 * 1024 * 1024;
    told.socket.pause();
    told.socket.write([Buffer.alloc(size, 'x')]);
    told.socket.end();
    told.socket.end();
    told.socket.write([Buffer.from('too late')]);
    const reading = readAll(peer);
    peer.write('unread');
    expect((await reading).length).toBe(size);
    expect(told.events).toEqual([]);
    peer.end();
    await told.until(({ events }) => events.includes('close'));
    expect(told.events).toEqual(['close']);
    expect(told.text).toBe('');
  });

  it('end(): a peer that never closes is let go of after the linger time', async () => {
    const { ours, peer } = await pair();
    const told = new Told(fromNetSocket(ours, { lingerMs: 20 }));
    const reading = readAll(peer);
    told.socket.write([Buffer.from('bye')]);
    told.socket.end();
    expect(await reading).toBe('bye');
    await told.until(({ events }) => events.includes('close'));
    expect(ours.destroyed).toBe(true);
  });

  it.each([-1, 0.5, NaN, Infinity, 2 ** 31])('a linger time of %d ms is refused', async (lingerMs) => {
    const { ours } = await pair();
    expect(() => fromNetSocket(ours, { lingerMs })).toThrow('lingerMs must be a number of milliseconds');
  });

  it('end(): a peer that takes nothing is let go of after 30 s, counted anew while it takes something', async () => {
    const deadlines: (() => void)[] = [];
    const timers: NodeJS.Timeout[] = [];
    const really = setTimeout;
    const set = vi.spyOn(globalThis, 'setTimeout').mockImplementation((fn, ms) => {
      const timer = really(fn, ms);
      if (ms === 30_000) {
        deadlines.push(fn);
        timers.push(timer);
      }
      return timer;
    });
    const cleared = vi.spyOn(globalThis, 'clearTimeout');
    onTestFinished(() => {
      set.mockRestore();
      cleared.mockRestore();
    });
    const { ours, peer } = await pair();
    const told = new Told(fromNetSocket(ours));
    peer.pause();
    const [first, second] = [16 * 1024 * 1024, 32 * 1024 * 1024];
    told.socket.write([Buffer.alloc(first)]);
    told.socket.write([Buffer.alloc(second)]);
    told.socket.end();
    peer.resume();
    await told.until(({ written }) => written === first);
    peer.pause();
    deadlines[0]!();
    expect(ours.destroyed).toBe(false);
    expect(deadlines).toHaveLength(2);
    deadlines[1]!();
    expect(ours.destroyed).toBe(true);
    await told.until(({ events }) => events.includes('close'));
    expect(timers.map((timer) => timer.hasRef())).toEqual([false, false]);
    expect(cleared).toHaveBeenCalledWith(timers[1]);
  });

  it('destroy() closes at once and tells why, once', async () => {
    const { ours, peer } = await pair();
    const told = new Told(fromNetSocket(ours));
    const why = new Error('kicked');
    told.socket.destroy(why);
    told.socket.destroy(new Error('again'));
    told.socket.write([Buffer.from('lost')]);
    told.socket.end();
    expect(told.events).toEqual([]);
    await told.until(({ events }) => events.includes('close'));
    expect(told.events).toEqual(['close']);
    expect(told.why).toBe(why);
    expect(await readAll(peer)).toBe('');
  });

  it('a reset by the peer is told by onClose alone', async () => {
    const { ours, peer } = await pair();
    const told = new Told(fromNetSocket(ours));
    peer.resetAndDestroy();
    await told.until(({ events }) => events.includes('close'));
    expect(told.events).toEqual(['close']);
    expect(told.why).toMatchObject({ code: 'ECONNRESET' });
  });

  it('a socket that failed before start() tells onClose after it', async () => {
    const { ours } = await pair();
    const socket = fromNetSocket(ours);
    ours.destroy(new Error('broken'));
    await new Promise((resolve) => ours.once('close', resolve));
    const told = new Told(socket);
    expect(told.events).toEqual([]);
    await told.until(({ events }) => events.includes('close'));
    expect(told.why?.message).toBe('broken');
  });

  it('a socket that was closed before it was handed over tells onClose too', async () => {
    const { ours } = await pair();
    ours.destroy();
    await once(ours, 'close');
    const told = new Told(fromNetSocket(ours));
    await told.until(({ events }) => events.includes('close'));
    expect(told.events).toEqual(['close']);
  });

  it('CONN-06 peerFactsOf: a plain socket is not secure and has no certificate', async () => {
    const { ours, peer } = await pair();
    expect(peerFactsOf(ours)).toEqual({
      transport: 'tcp',
      secure: false,
      remote: { address: '127.0.0.1', port: peer.localPort },
      localPort: (server.address() as AddressInfo).port,
    });
    ours.destroy();
    expect(peerFactsOf(ours).secure).toBe(false);
  });
});
