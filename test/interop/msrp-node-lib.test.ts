import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createWorld, lines, type WireEnd, type World } from './world.js';
import type { MsrpClient, ReceivedRequest } from '../../src/testing/index.js';

/** It knows itself by address, and speaks MSRP over plain TCP. */
const ownUri = 'msrp://198.51.100.7:2855/1f9k3c0d2m;tcp';
const bobUri = 'msrps://bob.invalid:2855/b1;tcp';

let world: World;
let bob: MsrpClient;
let token: string;
beforeEach(async () => {
  world = await createWorld();
  ({ client: bob, token } = await world.registered({ uri: bobUri }));
});
afterEach(async () => {
  world.expectStrict();
  await world.close();
});

/** Answers every SEND with 200, Failure-Report or not. */
function answer(end: WireEnd, request: ReceivedRequest): void {
  end.write(
    lines(
      `MSRP ${request.tid} 200 OK`,
      `To-Path: ${request.fromPath[0]}`,
      `From-Path: ${ownUri}`,
      `-------${request.tid}$`,
    ),
  );
}

function report(end: WireEnd, request: ReceivedRequest, tid: string): void {
  end.write(
    lines(
      `MSRP ${tid} REPORT`,
      `To-Path: ${request.fromPath.join(' ')}`,
      `From-Path: ${ownUri}`,
      `Message-ID: ${request.messageId}`,
      'Byte-Range: 1-5/5',
      'Status: 000 200 OK',
      `-------${tid}$`,
    ),
  );
}

function chunk(tid: string, range: string, body: string, flag: '+' | '$', messageId = '1700000000001.file'): string {
  return lines(
    `MSRP ${tid} SEND`,
    `To-Path: ${token} ${bobUri}`,
    `From-Path: ${ownUri}`,
    `Message-ID: ${messageId}`,
    `Byte-Range: ${range}`,
    'Success-Report: yes',
    'Failure-Report: yes',
    'Content-Type: text/plain',
    '',
    body,
    `-------${tid}${flag}`,
  );
}

const binding = (tid: string): string =>
  lines(
    `MSRP ${tid} SEND`,
    `To-Path: ${token} ${bobUri}`,
    `From-Path: ${ownUri}`,
    'Message-ID: 1700000000000.bind',
    `-------${tid}$`,
  );

describe('msrp-node-lib dials in over plain TCP', () => {
  test('quirk 16, 25: its first SEND, with a Message-ID and nothing else, is answered and delivered (CONN-06, RELAY-06, RELAY-26)', async () => {
    const peer = world.dialIn('tcp');
    peer.write(binding('4aa0c1de'));
    await world.clock.settle();
    expect(peer.responses).toMatchObject([{ tid: '4aa0c1de', code: 200, toPath: [ownUri], fromPath: [token] }]);
    expect(bob.requests).toMatchObject([{ method: 'SEND', body: undefined, fromPath: [token, ownUri] }]);
    expect(bob.requests[0]?.messageId).toBe('1700000000000.bind');
  });

  test('quirk 60: from then on it is reached over that connection, not by its URI (FWD-13)', async () => {
    const { peer: listener } = world.listen({ host: 'node-lib.example', address: '198.51.100.7', secure: false });
    const peer = world.dialIn('tcp');
    peer.onRequest = (request) => {
      answer(peer, request);
    };
    peer.write(binding('4aa0c1de'));
    await world.clock.settle();
    bob.send({ to: [token, ownUri], body: 'back to you' });
    await world.clock.settle();
    expect(peer.requests).toMatchObject([{ text: 'back to you', toPath: [ownUri], fromPath: [token, bobUri] }]);
    expect(listener.dialled).toBe(0);
  });

  test('quirk 27: its heartbeats are messages like all others (FWD-04, FWD-45)', async () => {
    const peer = world.dialIn('tcp');
    for (const beat of [1, 2, 3]) {
      peer.write(
        lines(
          `MSRP beat000${beat} SEND`,
          `To-Path: ${token} ${bobUri}`,
          `From-Path: ${ownUri}`,
          `Message-ID: heartbeat${beat}`,
          'Byte-Range: 1-9/9',
          'Content-Type: text/x-msrp-heartbeat',
          '',
          'HEARTBEAT',
          `-------beat000${beat}$`,
        ),
      );
      await world.clock.elapse(5_000);
    }
    expect(peer.responses.map(({ code }) => code)).toEqual([200, 200, 200]);
    expect(bob.requests.map((request) => [request.header('Content-Type'), request.text])).toEqual([
      ['text/x-msrp-heartbeat', 'HEARTBEAT'],
      ['text/x-msrp-heartbeat', 'HEARTBEAT'],
      ['text/x-msrp-heartbeat', 'HEARTBEAT'],
    ]);
  });

  test('quirk 31: chunks that share one transaction id are two chunks with two answers (FWD-03, WIRE-19)', async () => {
    const peer = world.dialIn('tcp');
    peer.write(chunk('5ame51de', '1-4/8', 'abcd', '+') + chunk('5ame51de', '5-8/8', 'efgh', '$'));
    await world.clock.settle();
    expect(peer.responses.map(({ tid, code }) => [tid, code])).toEqual([
      ['5ame51de', 200],
      ['5ame51de', 200],
    ]);
    expect(bob.requests.map(({ text, flag }) => [text, flag])).toEqual([
      ['abcd', '+'],
      ['efgh', '$'],
    ]);
    expect(new Set(bob.requests.map(({ tid }) => tid)).size).toBe(2);
  });

  test('quirk 38: a file of 1000 chunks of 2048 octets, written in one go, arrives whole with every 200 and REPORT (FWD-05, FWD-34, RELAY-20)', async () => {
    const peer = world.dialIn('tcp');
    bob.answer = (request) => {
      bob.report(request);
      return 200;
    };
    const count = 1_000;
    const parts = Array.from({ length: count }, (_, part) => {
      const start = part * 2_048;
      const flag = part === count - 1 ? '$' : '+';
      const letter = String.fromCharCode(97 + (part % 26));
      return chunk(`c${10_000 + part}`, `${start + 1}-${start + 2_048}/${count * 2_048}`, letter.repeat(2_048), flag);
    });
    peer.write(parts.join(''));
    await world.clock.settle();
    expect(bob.received('1700000000001.file')).toHaveLength(count * 2_048);
    expect(bob.requests.map(({ range }) => range?.start)).toEqual(
      Array.from({ length: count }, (_, part) => part * 2_048 + 1),
    );
    expect(peer.responses.map(({ tid }) => tid)).toEqual(
      Array.from({ length: count }, (_, part) => `c${10_000 + part}`),
    );
    const reports = peer.requests.filter(({ method }) => method === 'REPORT');
    expect(reports).toHaveLength(count);
    expect(reports[1]?.header('Byte-Range')).toBe('2049-4096/2048000');
  });

  test('quirk 38: with a receiver that does not read, what it sends at once waits with it and not in the relay (XMIT-15)', async () => {
    const peer = world.dialIn('tcp');
    bob.pause();
    const count = 2_000;
    for (let part = 0; part < count; part++) {
      const start = part * 2_048;
      const flag = part === count - 1 ? '$' : '+';
      peer.write(
        chunk(`c${10_000 + part}`, `${start + 1}-${start + 2_048}/${count * 2_048}`, 'z'.repeat(2_048), flag),
      );
    }
    await world.clock.elapse(5_000);
    expect(peer.responses.length).toBeLessThan(500);
    expect(world.events.of('connectionHeld')).not.toEqual([]);
    bob.resume();
    await world.clock.settle();
    expect(peer.responses).toHaveLength(count);
    expect(bob.received('1700000000001.file')).toHaveLength(count * 2_048);
  });

  test('quirk 61: writes cut anywhere, as it makes them, give the same messages (WIRE-36)', async () => {
    const peer = world.dialIn('tcp');
    const octets = Buffer.from(binding('4aa0c1de') + chunk('5p1170de', '1-6/6', 'smörg', '$'));
    for (let at = 0; at < octets.length; at += 3) {
      peer.write(octets.subarray(at, at + 3));
      await world.clock.settle();
    }
    expect(peer.responses.map(({ code }) => code)).toEqual([200, 200]);
    expect(bob.requests.map(({ text }) => text)).toEqual(['', 'smörg']);
  });
});

describe('msrp-node-lib is dialled', () => {
  test('quirk 62: an IP literal with a port is dialled as it is (FWD-12, URI-13)', async () => {
    const { connection, peer } = world.listen({ host: 'node-lib.example', address: '198.51.100.7', secure: false });
    const sent = bob.send({ to: [token, ownUri], body: 'hello' });
    await world.clock.settle();
    expect(sent.answer?.code).toBe(200);
    expect(peer.dialled).toBe(1);
    expect(connection().requests).toMatchObject([{ toPath: [ownUri], fromPath: [token, bobUri], text: 'hello' }]);
  });

  test('quirk 21: while it waits for the socket its SDP named it answers nothing; the sender and the host are told (FWD-16, FWD-19)', async () => {
    world.listen({ host: 'node-lib.example', address: '198.51.100.7', secure: false });
    bob.send({ to: [token, ownUri], body: 'hello', messageId: 'first-send' });
    await world.clock.elapse(31_000);
    expect(bob.reports).toHaveLength(1);
    expect(bob.reports[0]).toMatchObject({ messageId: 'first-send', fromPath: [token] });
    expect(bob.reports[0]?.header('Status')).toMatch(/^000 408/);
    expect(world.events.of('deliveryFailed')).toMatchObject([{ reason: 'timeout', code: 408, told: 'report' }]);
  });

  test('quirk 63: its 200 to Failure-Report no, and its success REPORTs that nobody asked for, harm nothing (FWD-07, RESP-03)', async () => {
    const { connection } = world.listen({ host: 'node-lib.example', address: '198.51.100.7', secure: false });
    bob.send({ to: [token, ownUri], body: 'quiet', failureReport: 'no', messageId: 'quiet-one' });
    await world.clock.settle();
    const peer = connection();
    answer(peer, peer.requests[0]!);
    report(peer, peer.requests[0]!, 'una5ked1');
    peer.onRequest = (request) => {
      answer(peer, request);
    };
    await world.clock.settle();
    expect(bob.responses.map(({ code }) => code)).toEqual([401, 200]);
    expect(bob.reports).toMatchObject([{ messageId: 'quiet-one', fromPath: [token, ownUri] }]);
    const next = bob.send({ to: [token, ownUri], body: 'still in sync' });
    await world.clock.settle();
    expect(next.answer?.code).toBe(200);
    expect(peer.requests[1]?.text).toBe('still in sync');
  });
});
