import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { MsrpClient } from '../../src/testing/index.js';
import { createGround, type Ground, type TestRelay } from './relays.js';

const aliceUri = 'msrps://alice.example.org:7654/al1;tcp';
const bobUri = 'msrps://bob.example.net:7655/bo1;tcp';
const message = 'Hello Bob, this is Alice.';

let ground: Ground;
let a: TestRelay;
let b: TestRelay;
let alice: MsrpClient;
let bob: MsrpClient;
/** URIs that relay A gave to Alice, and B to Bob. */
let atA: string;
let atB: string;

async function setUp(): Promise<void> {
  ground = createGround({ 'a.example.org': 9_100, 'b.example.net': 9_200 });
  a = await ground.relay('a.example.org', 9_100);
  b = await ground.relay('b.example.net', 9_200);
  alice = ground.client(aliceUri, a);
  bob = ground.client(bobUri, b);
  [atA = ''] = await ground.authThrough(alice, [a], 'alice');
  [atB = ''] = await ground.authThrough(bob, [b], 'bob');
}
beforeEach(setUp);
afterEach(async () => {
  ground.expectStrict();
  await ground.close();
});

/** Alice's To-Path: her relay, Bob's, Bob. */
const toBob = (): string[] => [atA, atB, bobUri];

describe('RFC 4976 section 3: SEND from Alice through a.example.org and b.example.net to Bob', () => {
  test('each relay moves its URI from To-Path to From-Path (FWD-01, FWD-02)', async () => {
    alice.send({ to: toBob(), body: message, messageId: 'overview1' });
    await ground.clock.settle();
    expect(a.log.requestsRight).toMatchObject([
      { method: 'SEND', messageId: 'overview1', text: message, toPath: [atB, bobUri], fromPath: [atA, aliceUri] },
    ]);
    expect(bob.requests).toMatchObject([
      { method: 'SEND', messageId: 'overview1', text: message, toPath: [bobUri], fromPath: [atB, atA, aliceUri] },
    ]);
  });

  test('the headers other than the paths are the same on each hop, the transaction ids are not (FWD-03, FWD-04, FWD-06)', async () => {
    const { tid } = alice.send({ to: toBob(), body: message, messageId: 'overview1', successReport: 'yes' });
    await ground.clock.settle();
    const onTheWay = a.log.requestsRight[0]!;
    const arrived = bob.requests[0]!;
    const expected = [
      ['Message-ID', 'overview1'],
      ['Byte-Range', '1-25/25'],
      ['Success-Report', 'yes'],
      ['Content-Type', 'text/plain'],
    ];
    expect(onTheWay.headers).toEqual(expected);
    expect(arrived.headers).toEqual(expected);
    expect(new Set([tid, onTheWay.tid, arrived.tid]).size).toBe(3);
  });

  test('each hop is acknowledged by itself, with the URIs of its two ends, and no 200 goes further (RELAY-15, RELAY-16, RESP-05)', async () => {
    const sent = alice.send({ to: toBob(), body: message });
    await ground.clock.settle();
    expect(sent.answer).toMatchObject({ code: 200, tid: sent.tid, toPath: [aliceUri], fromPath: [atA] });
    const between = a.log.requestsRight[0]!;
    expect(a.log.responsesLeft).toMatchObject([{ code: 200, tid: between.tid, toPath: [atA], fromPath: [atB] }]);
    expect(alice.responses.map(({ code }) => code)).toEqual([401, 200, 200]);
  });

  test('the first relay answers before the last hop has (RELAY-15)', async () => {
    bob.pause();
    const sent = alice.send({ to: toBob(), body: message });
    await ground.clock.settle();
    expect(sent.answer?.code).toBe(200);
    expect(bob.requests).toEqual([]);
  });

  test("Bob's success REPORT goes back over both relays and is answered nowhere (FWD-07, FWD-29, RELAY-22)", async () => {
    alice.send({ to: toBob(), body: message, messageId: 'overview2', successReport: 'yes' });
    await ground.clock.settle();
    expect(alice.reports).toEqual([]);
    bob.report(bob.requests[0]!);
    await ground.clock.elapse(40_000);
    const headers = [
      ['Message-ID', 'overview2'],
      ['Byte-Range', '1-25/25'],
      ['Status', '000 200 OK'],
    ];
    expect(a.log.requestsLeft).toMatchObject([
      { method: 'REPORT', toPath: [atA, aliceUri], fromPath: [atB, bobUri], headers },
    ]);
    expect(alice.reports).toMatchObject([
      { method: 'REPORT', toPath: [aliceUri], fromPath: [atA, atB, bobUri], headers },
    ]);
    expect(bob.responses.map(({ code }) => code)).toEqual([401, 200]);
    expect(a.log.responsesRight).toEqual([]);
  });

  test('an answer goes the same way back, over the connection that is there (FWD-10, FWD-13)', async () => {
    alice.send({ to: toBob(), body: message });
    await ground.clock.settle();
    const reply = bob.send({ to: bob.requests[0]!.fromPath, body: 'Hello Alice' });
    await ground.clock.settle();
    expect(reply.answer).toMatchObject({ code: 200, fromPath: [atB] });
    expect(alice.requests).toMatchObject([{ text: 'Hello Alice', toPath: [aliceUri], fromPath: [atA, atB, bobUri] }]);
    expect(a.log.requestsLeft).toMatchObject([{ toPath: [atA, aliceUri], fromPath: [atB, bobUri] }]);
    expect(b.log.requestsRight).toEqual([]);
  });

  test('many messages share one connection between the relays (FWD-10)', async () => {
    let dialled = 0;
    a.relay.on('hopDialled', () => {
      dialled += 1;
    });
    for (let count = 0; count < 20; count++) alice.send({ to: toBob(), body: `message ${count}` });
    await ground.clock.settle();
    expect(bob.requests.map(({ text }) => text)).toEqual(
      Array.from({ length: 20 }, (_, count) => `message ${count}`),
    );
    expect(dialled).toBe(1);
  });
});

describe('RFC 4976 section 3: when it goes wrong', () => {
  test('an error response makes the hop before it report to Alice, who has her 200 already (RELAY-19, RESP-06, RESP-10)', async () => {
    bob.destroy();
    await ground.clock.settle();
    const sent = alice.send({ to: toBob(), body: message, messageId: 'lost1' });
    await ground.clock.settle();
    expect(sent.answer?.code).toBe(200);
    expect(a.log.responsesLeft).toMatchObject([{ code: 481, toPath: [atA], fromPath: [atB] }]);
    expect(a.log.requestsLeft).toEqual([]);
    expect(alice.reports).toMatchObject([{ messageId: 'lost1', toPath: [aliceUri], fromPath: [atA] }]);
    expect(alice.reports[0]?.header('Status')).toMatch(/^000 481/);
    expect(alice.reports[0]?.header('Byte-Range')).toBe('1-25/25');
  });

  test('silence of Bob makes his relay report after 30 s, and the REPORT crosses the other relay (FWD-16, FWD-19, FWD-20)', async () => {
    bob.answer = 'never';
    alice.send({ to: toBob(), body: message, messageId: 'lost2' });
    await ground.clock.elapse(29_000);
    expect(alice.reports).toEqual([]);
    await ground.clock.elapse(4_000);
    expect(a.log.requestsLeft).toMatchObject([
      { method: 'REPORT', messageId: 'lost2', toPath: [atA, aliceUri], fromPath: [atB] },
    ]);
    expect(alice.reports).toMatchObject([{ messageId: 'lost2', toPath: [aliceUri], fromPath: [atA, atB] }]);
    expect(alice.reports[0]?.header('Status')).toMatch(/^000 408/);
    expect(alice.reports[0]?.header('Byte-Range')).toBe('1-25/25');
  });

  test.each([
    ['partial', 'an error only', ['000 415']],
    ['no', 'nothing', []],
  ] as const)(
    'Failure-Report: %s tells Alice %s (FWD-18, RELAY-17, RELAY-18, RESP-07, RESP-08)',
    async (failureReport, _, statuses) => {
      bob.answer = 'never';
      const sent = alice.send({ to: toBob(), body: message, failureReport });
      alice.send({ to: toBob(), body: 'never answered', failureReport });
      await ground.clock.settle();
      bob.respond(bob.requests[0]!, 415);
      await ground.clock.elapse(60_000);
      expect(sent.answer).toBeUndefined();
      expect(alice.reports.map((report) => report.header('Status')?.slice(0, 7))).toEqual(statuses);
    },
  );

  test('a REPORT finds its way over a new connection between the relays (FWD-09, FWD-21)', async () => {
    bob.answer = 'never';
    alice.send({ to: toBob(), body: message, messageId: 'lost3', failureReport: 'partial' });
    await ground.clock.settle();
    a.cut();
    await ground.clock.settle();
    bob.respond(bob.requests[0]!, 413);
    await ground.clock.settle();
    expect(b.log.requestsRight).toMatchObject([{ method: 'REPORT', toPath: [atA, aliceUri], fromPath: [atB] }]);
    expect(alice.reports).toMatchObject([{ messageId: 'lost3', fromPath: [atA, atB] }]);
    expect(alice.reports[0]?.header('Status')).toMatch(/^000 413/);
  });

  test('a response is never a reason to connect (RESP-13)', async () => {
    bob.answer = 'never';
    const asked = alice.request('NICKNAME', { to: toBob(), headers: [['Use-Nickname', '"Al"']] });
    await ground.clock.settle();
    a.cut();
    await ground.clock.settle();
    const dialled: string[] = [];
    for (const { relay } of [a, b]) relay.on('hopDialled', ({ host }) => dialled.push(host));
    bob.respond(bob.requests[0]!, 200);
    await ground.clock.settle();
    expect(asked.answer?.code).toBe(408);
    expect(b.log.responsesRight).toEqual([]);
    expect(dialled).toEqual([]);
  });
});

describe('RFC 4976 section 3: a message in chunks through two relays', () => {
  test('chunks 1-3, 4-7, 8-10 arrive in order, each answered on each hop and reported to the end (FWD-20, FWD-34, FWD-46, RELAY-20)', async () => {
    bob.answer = (request) => {
      bob.report(request);
      return 200;
    };
    const to = toBob();
    const options = { to, messageId: 'chunks1', successReport: 'yes' as const };
    alice.send({ ...options, body: 'abc', range: '1-3/10', flag: '+' });
    alice.send({ ...options, body: 'defg', range: '4-7/10', flag: '+' });
    alice.send({ ...options, body: 'hij', range: '8-10/10' });
    await ground.clock.settle();
    const ranges = ['1-3/10', '4-7/10', '8-10/10'];
    expect(a.log.requestsRight.map((request) => [request.header('Byte-Range'), request.flag])).toEqual([
      ['1-3/10', '+'],
      ['4-7/10', '+'],
      ['8-10/10', '$'],
    ]);
    expect(bob.requests.map((request) => request.header('Byte-Range'))).toEqual(ranges);
    expect(bob.received('chunks1').toString()).toBe('abcdefghij');
    expect(alice.responses.map(({ code }) => code)).toEqual([401, 200, 200, 200, 200]);
    expect(a.log.responsesLeft.map(({ code }) => code)).toEqual([200, 200, 200]);
    // All three from Bob to Alice: the figure draws the middle one the other way.
    expect(a.log.requestsLeft.map((report) => [report.method, report.header('Byte-Range')])).toEqual(
      ranges.map((range) => ['REPORT', range]),
    );
    expect(alice.reports.map((report) => report.header('Byte-Range'))).toEqual(ranges);
  });

  test('over a slow link the relays cut anew as they must, and Bob puts together what Alice sent (FWD-30, FWD-35, XMIT-04, XMIT-08)', async () => {
    await ground.close();
    ground = createGround({ 'a.example.org': 9_100, 'b.example.net': 9_200 });
    a = await ground.relay('a.example.org', 9_100);
    b = await ground.relay('b.example.net', 9_200, { bytesPerMs: 100, bufferBytes: 8_192 });
    alice = ground.client(aliceUri, a);
    bob = ground.client(bobUri, b);
    [atA = ''] = await ground.authThrough(alice, [a], 'alice');
    [atB = ''] = await ground.authThrough(bob, [b], 'bob');
    const carol = ground.client('msrps://carol.example.org:7656/ca1;tcp', a);
    const [carolAtA = ''] = await ground.authThrough(carol, [a], 'carol');

    const film = Buffer.from(Array.from({ length: 400_000 }, (_, place) => (place * 7) % 256));
    const sent = alice.send({ to: toBob(), messageId: 'film', contentType: 'video/mpeg', body: film });
    await ground.clock.elapse(1_000);
    carol.send({ to: [carolAtA, atB, bobUri], body: 'me too' });
    await ground.clock.elapse(1_000);
    // Not behind the film, which takes 4 s.
    expect(bob.requests.map(({ text }) => text)).toContain('me too');
    await ground.clock.elapse(8_000);
    expect(sent.answer?.code).toBe(200);
    const parts = bob.requests.filter(({ messageId }) => messageId === 'film');
    expect(parts.length).toBeGreaterThan(1);
    expect(parts.map(({ flag }) => flag).join('')).toMatch(/^\++\$$/);
    expect(bob.received('film').equals(film)).toBe(true);
    expect(Buffer.concat(parts.map((part) => part.body!)).equals(film)).toBe(true);
    for (const part of parts) expect(part.header('Content-Type')).toBe('video/mpeg');
    expect(alice.reports).toEqual([]);
  });
});
