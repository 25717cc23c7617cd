import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createMsrpClient, type MsrpClient } from '../../src/testing/index.js';
import { createGround, type Ground, type TestRelay } from './relays.js';

/** Alice's offer: plain TCP, no relay. Bob's answer: his relay, then himself. */
const aliceUri = 'msrp://a.example.com:1230/al4;tcp';
const bobUri = 'msrps://bob.example.com:1240/bo4;tcp';

let ground: Ground;
let relay: TestRelay;
let bob: MsrpClient;
let atRelay: string;
beforeEach(async () => {
  ground = createGround({ 'relay.example.com': 9_000 });
  relay = await ground.relay('relay.example.com', 9_000);
  bob = ground.client(bobUri, relay);
  [atRelay = ''] = await ground.authThrough(bob, [relay], 'Bob');
});
afterEach(async () => {
  ground.expectStrict();
  await ground.close();
});

/** Alice offers, so she connects, to the first URI of Bob's path. */
function alice(door: 'tls' | 'tcp'): MsrpClient {
  return createMsrpClient(ground.network.connect(`relay.example.com:${door === 'tls' ? 9_000 : 9_001}`), {
    uri: aliceUri,
  });
}

describe("RFC 4976 section 11: Alice without a relay, Bob behind relay.example.com, Bob's path has two URIs", () => {
  test.each(['tls', 'tcp'] as const)(
    'Alice reaches Bob by his path over %s, and Bob answers over her connection (CONN-06, FWD-01, FWD-13, RELAY-06, RELAY-07)',
    async (door) => {
      const client = alice(door);
      const path = [atRelay, bobUri];
      const bound = client.send({ to: path, messageId: 'binding' });
      const sent = client.send({ to: path, body: '<p>Hi</p>', contentType: 'text/html' });
      await ground.clock.settle();
      expect([bound.answer?.code, sent.answer?.code]).toEqual([200, 200]);
      expect(bob.requests).toMatchObject([
        { messageId: 'binding', body: undefined, toPath: [bobUri], fromPath: [atRelay, aliceUri] },
        { text: '<p>Hi</p>', toPath: [bobUri], fromPath: [atRelay, aliceUri] },
      ]);
      const reply = bob.send({ to: [atRelay, aliceUri], body: 'Hello Alice' });
      await ground.clock.settle();
      expect(reply.answer).toMatchObject({ code: 200, fromPath: [atRelay] });
      expect(client.requests).toMatchObject([
        { text: 'Hello Alice', toPath: [aliceUri], fromPath: [atRelay, bobUri] },
      ]);
      expect(client.violations).toEqual([]);
    },
  );

  test('text/html, which Bob has not offered to take, is refused by him with 415, and Alice hears of it (RESP-06)', async () => {
    const client = alice('tls');
    bob.answer = (request) => (request.header('Content-Type') === 'text/html' ? 415 : 200);
    const sent = client.send({
      to: [atRelay, bobUri],
      body: '<p>Hi</p>',
      contentType: 'text/html',
      messageId: 'html1',
    });
    await ground.clock.settle();
    expect(sent.answer?.code).toBe(200);
    expect(client.reports).toMatchObject([{ messageId: 'html1', toPath: [aliceUri], fromPath: [atRelay] }]);
    expect(client.reports[0]?.header('Status')).toMatch(/^000 415/);
  });

  test('should Bob send first, his relay connects to Alice over plain TCP, as her URI says (FWD-11, FWD-12)', async () => {
    let accepted: MsrpClient | undefined;
    ground.network.peer({ host: 'a.example.com', port: 1_230, secure: false }, (end) => {
      accepted = createMsrpClient(end, { uri: aliceUri });
    });
    const sent = bob.send({ to: [atRelay, aliceUri], body: 'Hello Alice' });
    await ground.clock.settle();
    expect(sent.answer?.code).toBe(200);
    expect(accepted?.requests).toMatchObject([
      { text: 'Hello Alice', toPath: [aliceUri], fromPath: [atRelay, bobUri] },
    ]);
    expect(bob.reports).toEqual([]);
  });

  test("nobody but Bob may send through Bob's relay URI, not Alice either (RELAY-08)", async () => {
    const client = alice('tls');
    const elsewhere = ground.network.peer({ host: 'else.example.com' });
    const sent = client.send({ to: [atRelay, 'msrps://else.example.com:2855/x;tcp'], body: 'through you' });
    await ground.clock.settle();
    expect(sent.answer?.code).toBe(403);
    expect(elsewhere.dialled).toBe(0);
    expect(bob.requests).toEqual([]);
  });
});
