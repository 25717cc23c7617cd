import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createRelay, tcp, type Relay } from '../../src/index.js';
import { long, send, usual, warmUp } from './ground.js';
import { heldBy, KiB, MiB } from './memory.js';

const sockets: Socket[] = [];
let relay: Relay;
let port: number;

beforeAll(async () => {
  await warmUp();
  relay = createRelay({
    hosts: ['relay.example'],
    transports: [tcp({ port: 0, host: '127.0.0.1' })],
    authenticator: { authenticate: () => ({ accept: { name: 'a' } }) },
    rules: { authOverPlain: true },
  });
  const [listener] = await relay.listen();
  port = listener!.port;
});

afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  await relay.close();
});

async function connected(): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  sockets.push(socket);
  await once(socket, 'connect');
  return socket;
}

/** Lets the event loop turn until nothing more comes in for long. The test's own time limit is the only one. */
async function untilStill(): Promise<void> {
  let last = -1;
  for (let turns = 0; turns < 1_000; turns++) {
    const { octetsIn } = relay.stats().traffic;
    if (octetsIn !== last) turns = 0;
    last = octetsIn;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

it('XMIT-15 SEC-40 a gigabyte for a receiver that does not read, over sockets: 8 senders', async () => {
  const receiver = await connected();
  const own = usual('a').replace('msrps', 'msrp');
  receiver.write(
    `MSRP auth AUTH\r\nTo-Path: msrp://relay.example:${port};tcp\r\nFrom-Path: ${own}\r\n-------auth$\r\n`,
  );
  const [answer] = (await once(receiver, 'data')) as [Buffer];
  receiver.pause();
  const token = /^Use-Path: (\S+)/m.exec(answer.toString())![1]!;
  const piece = Buffer.from(long(64 * KiB));
  const senders = await Promise.all(Array.from({ length: 8 }, connected));
  const held = await heldBy(async () => {
    for (const [i, sender] of senders.entries()) {
      const from = usual(`f${i}`).replace('msrps', 'msrp');
      sender.write(send({ to: [token, own], from, headers: 'Byte-Range: 1-*/134217728\r\n', body: '', flag: '' }));
      const more = (): void => {
        while (sender.write(piece));
      };
      sender.on('drain', more);
      more();
    }
    await untilStill();
  });
  const { octetsIn, octetsOut } = relay.stats().traffic;
  expect(octetsIn - octetsOut).toBeGreaterThan(8 * 128 * KiB);
  expect(octetsIn - octetsOut).toBeLessThan(8 * (256 + 64 + 16) * KiB);
  expect(held).toBeLessThan(6 * MiB);
});
