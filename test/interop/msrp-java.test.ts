import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { MsrpClient } from '../../src/testing/index.js';
import { createWorld, lines, type WireEnd, type World } from './world.js';

const ownUri = 'msrp://java.example:2855/1k2gd7t3pq4s;tcp';
const bobUri = 'msrps://bob.invalid:2855/b1;tcp';

let world: World;
let bob: MsrpClient;
let token: string;
let java: WireEnd;
beforeEach(async () => {
  world = await createWorld();
  ({ client: bob, token } = await world.registered({ uri: bobUri }));
  const { connection } = world.listen({ host: 'java.example', secure: false });
  bob.send({ to: [token, ownUri], messageId: 'binding', failureReport: 'no' });
  await world.clock.settle();
  java = connection();
});
afterEach(async () => {
  world.expectStrict();
  await world.close();
});

describe('msrp-java', () => {
  test('quirk 30, 67: a 200 without a phrase, to the last From-Path URI, counts (RESP-01, RESP-04, WIRE-02)', async () => {
    java.onRequest = (request) => {
      java.write(
        lines(
          `MSRP ${request.tid} 200`,
          `To-Path: ${request.fromPath.at(-1)}`,
          `From-Path: ${ownUri}`,
          `-------${request.tid}$`,
        ),
      );
    };
    bob.send({ to: [token, ownUri], body: 'hello' });
    await world.clock.elapse(40_000);
    expect(java.requests.map(({ text }) => text)).toEqual(['', 'hello']);
    expect(bob.reports).toEqual([]);
    expect(world.events.of('responseDropped')).toEqual([]);
    expect(world.events.of('deliveryFailed')).toEqual([]);
  });

  test('quirk 68: its one REPORT on a message in parts, with Status: 000 200, comes through (FWD-29, WIRE-25)', async () => {
    const body = 'x'.repeat(30);
    bob.sendChunks({ to: [token, ownUri], messageId: 'parts', failureReport: 'no', successReport: 'yes', body }, 10);
    await world.clock.settle();
    const last = java.requests.at(-1)!;
    java.write(
      lines(
        'MSRP 7yq2kc1z REPORT',
        `To-Path: ${last.fromPath.join(' ')}`,
        `From-Path: ${ownUri}`,
        'Message-ID: parts',
        'Byte-Range: 1-30/30',
        'Status: 000 200',
        '-------7yq2kc1z$',
      ),
    );
    await world.clock.settle();
    expect(bob.reports).toHaveLength(1);
    expect(bob.reports[0]).toMatchObject({ messageId: 'parts', toPath: [bobUri], fromPath: [token, ownUri] });
    expect(bob.reports[0]?.headers.slice(1)).toEqual([
      ['Byte-Range', '1-30/30'],
      ['Status', '000 200'],
    ]);
  });

  test('quirk 69: a SEND of its own, to the relay URI alone, is refused with 481 and leaves all in sync (RELAY-12)', async () => {
    const send = (tid: string, to: string): string =>
      lines(
        `MSRP ${tid} SEND`,
        `To-Path: ${to}`,
        `From-Path: ${ownUri}`,
        `Message-ID: id-${tid}`,
        'Byte-Range: 1-2/2',
        'Content-Type: text/plain',
        '',
        'hi',
        `-------${tid}$`,
      );
    java.write(send('0f3k9d2a', token) + send('1f3k9d2b', `${token} ${bobUri}`));
    await world.clock.settle();
    expect(java.responses.map(({ tid, code }) => [tid, code])).toEqual([
      ['0f3k9d2a', 481],
      ['1f3k9d2b', 200],
    ]);
    expect(bob.requests.map(({ text }) => text)).toEqual(['hi']);
    expect(world.events.of('requestRefused')).toMatchObject([{ reason: 'nowhere-to-go', code: 481 }]);
  });
});
