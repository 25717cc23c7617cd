import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { MsrpClient } from '../../src/testing/index.js';
import { createWorld, lines, type WireEnd, type World } from './world.js';

const ownUri = 'msrp://tiny.example:20480/2116573414;tcp';
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

/** Everything is answered, REPORTs too, with the whole reversed path and a Byte-Range. */
function play(end: WireEnd): void {
  end.onRequest = (request) => {
    end.write(
      lines(
        `MSRP ${request.tid} 200 OK`,
        `To-Path: ${request.fromPath.join(' ')}`,
        `From-Path: ${ownUri}`,
        `Message-ID: ${request.messageId}`,
        `Byte-Range: ${request.header('Byte-Range') ?? '1-0/0'}`,
        `-------${request.tid}$`,
      ),
    );
  };
}

describe('tinyMSRP (Doubango)', () => {
  test('quirk 64: a 200 with the whole path in To-Path and a Byte-Range counts, and goes no further (RESP-01, RESP-05, RESP-14)', async () => {
    const { connection } = world.listen({ host: 'tiny.example', port: 20_480, secure: false });
    bob.send({ to: [token, ownUri], body: 'one' });
    await world.clock.settle();
    play(connection());
    bob.send({ to: [token, ownUri], body: 'two' });
    await world.clock.settle();
    await world.clock.elapse(29_000);
    expect(bob.reports).toEqual([]);
    await world.clock.elapse(10_000);
    // Only the first, which was never answered, has failed.
    expect(bob.reports.map((report) => report.header('Byte-Range'))).toEqual(['1-3/3']);
    expect(bob.responses.map(({ code }) => code)).toEqual([401, 200, 200, 200]);
    expect(world.events.of('responseDropped')).toEqual([]);
  });

  test('quirk 40, 65: its answer to a REPORT is dropped, and nothing is ever answered or reported on a REPORT (FWD-29, RELAY-22, RELAY-23, RESP-03)', async () => {
    const tiny = world.dialIn('tcp');
    play(tiny);
    tiny.write(
      lines(
        'MSRP 1804289383 SEND',
        `To-Path: ${token} ${bobUri}`,
        `From-Path: ${ownUri}`,
        'Message-ID: 846930886',
        'Byte-Range: 1-5/5',
        'Success-Report: yes',
        'Content-Type: text/plain',
        '',
        'hello',
        '-------1804289383$',
      ),
    );
    await world.clock.settle();
    bob.report(bob.requests[0]!);
    await world.clock.elapse(40_000);
    expect(tiny.requests).toMatchObject([{ method: 'REPORT', messageId: '846930886', fromPath: [token, bobUri] }]);
    expect(world.events.of('responseDropped')).toMatchObject([{ reason: 'unmatched' }]);
    expect(bob.reports).toEqual([]);
    expect(tiny.responses.map(({ code }) => code)).toEqual([200]);
    expect(tiny.closed).toBe(false);
  });

  test('quirk 66: decimal transaction ids, equal ones from two peers too, are kept apart (FWD-03, WIRE-03)', async () => {
    const [one, two] = [world.dialIn('tcp'), world.dialIn('tcp')];
    for (const [peer, text] of [
      [one, 'from one'],
      [two, 'from two'],
    ] as const) {
      peer.write(
        lines(
          'MSRP 1681692777 SEND',
          `To-Path: ${token} ${bobUri}`,
          `From-Path: ${ownUri}`,
          `Message-ID: 1714636915`,
          'Byte-Range: 1-8/8',
          'Content-Type: text/plain',
          '',
          text,
          '-------1681692777$',
        ),
      );
    }
    await world.clock.settle();
    expect(bob.requests.map(({ text }) => text)).toEqual(['from one', 'from two']);
    expect(bob.requests[0]?.tid).not.toBe(bob.requests[1]?.tid);
    expect([one, two].map((peer) => peer.responses.map(({ tid, code }) => [tid, code]))).toEqual([
      [['1681692777', 200]],
      [['1681692777', 200]],
    ]);
  });
});
