import { expect } from 'vitest';
import type { ReceivedRequest } from '../../src/testing/index.js';
import { describeOverTransports, streams, withClock } from './harness.js';
import { octets, outcome, told } from './octets.js';

const carol = 'msrps://carol.invalid:2855/c1;tcp';

describeOverTransports('REPORT of a failure', (it) => {
  it('FWD-19 its paths, its headers, nothing else', async ({ world }) => {
    const a = await world.client('a', { answer: 415 });
    const x = await world.peerRelay();
    const sent = x.send({
      to: [a.token, a.uri],
      from: [x.uri, carol],
      messageId: 'fwd19',
      tid: 'tid-fwd19',
      headers: [['X-Foo', 'bar']],
      successReport: 'yes',
      failureReport: 'yes',
      body: '0123456789',
    });
    const report = await world.until(x.nextReport());
    expect(await world.code(sent)).toBe(200);
    expect([report.toPath, report.fromPath]).toEqual([[x.uri, carol], [a.token]]);
    expect(report.headers).toEqual([
      ['Message-ID', 'fwd19'],
      ['Byte-Range', '1-10/10'],
      ['Status', '000 415 Unsupported Media Type'],
    ]);
    expect([report.body, report.flag]).toEqual([undefined, '$']);
    expect(report.tid).toMatch(/^[A-Za-z0-9]{16,32}$/);
    await world.silence(x, { responses: 1, reports: 1 });
  });

  it.for([
    ['yes', 200, 1],
    [undefined, 200, 1],
    ['partial', undefined, 1],
    ['no', undefined, 0],
  ] as const)(
    'FWD-22, FWD-23, RELAY-15, RELAY-17, RELAY-18: Failure-Report %s, the hop refuses connections',
    async ([failureReport, code, reports], { world }) => {
      const a = await world.client('a');
      const closed = await world.listeningPeer();
      await closed.answers('refuse');
      for (const uri of [closed.uri, 'msrps://nowhere.invalid:2855/x;tcp']) {
        const before = a.reports.length;
        const sent = a.send({ to: [a.token, uri], body: 'hello', ...(failureReport && { failureReport }) });
        await world.when(() => a.reports.length === before + reports);
        await world.quiet();
        expect(sent.answer?.code).toBe(code);
        expect(a.reports.slice(before).map(outcome)).toEqual(['1-5/5 000 408 Request Timeout'].slice(0, reports));
      }
      const failed = world.events.of('deliveryFailed').map(({ told }) => told);
      expect(failed).toEqual(reports === 1 ? ['report', 'report'] : ['nobody', 'nobody']);
    },
  );

  it('XMIT-21 five messages that wait for a connection in vain: five REPORTs', async ({ world }) => {
    const a = await world.client('a');
    const closed = await world.listeningPeer();
    await closed.answers('refuse');
    const sent = [1, 2, 3, 4, 5].map((i) => a.send({ to: [a.token, closed.uri], body: `${i}` }));
    await world.when(() => a.reports.length === 5);
    expect(a.reports.map(({ messageId }) => messageId)).toEqual(sent.map(({ messageId }) => messageId));
    for (const each of sent) expect(await world.code(each)).toBe(200);
    await world.quiet();
    expect(a.reports).toHaveLength(5);
  });

  it('FWD-39 a hop that breaks: REPORTs at once for all that waited for an answer', async ({ world }) => {
    const a = await world.client('a');
    const b = await world.client('b');
    const n = await world.listeningPeer({ answer: 'never' });
    const sent = [a, b, a].map((from) => from.send({ to: [from.token, n.uri], body: 'hello' }));
    const hop = await n.connected();
    await world.when(() => hop.requests.length === 3);
    hop.destroy();
    await world.when(() => a.reports.length === 2 && b.reports.length === 1);
    expect([...a.reports, ...b.reports].map(outcome)).toEqual(Array(3).fill('1-5/5 000 408 Request Timeout'));
    for (const each of sent) expect(await world.code(each)).toBe(200);
  });

  it('FWD-39 a hop that closes in order breaks them too', async ({ world }) => {
    const a = await world.client('a');
    const n = await world.listeningPeer({ answer: 'never' });
    a.send({ to: [a.token, n.uri], body: 'hello' });
    const hop = await n.connected();
    await world.until(hop.nextRequest());
    hop.end();
    expect(outcome(await world.until(a.nextReport()))).toBe('1-5/5 000 408 Request Timeout');
  });

  it('FWD-39 partial and no: what was written whole is forgotten', async ({ world }) => {
    const a = await world.client('a');
    const n = await world.listeningPeer();
    for (const failureReport of ['partial', 'no'] as const) {
      a.send({ to: [a.token, n.uri], body: 'hello', failureReport });
    }
    const hop = await n.connected();
    await world.when(() => hop.requests.length === 2);
    hop.destroy();
    await world.when(() => world.relay.stats().connections.open === 1);
    await world.silence(a, { responses: 2 });
    expect(a.reports).toEqual([]);
  });

  it('FWD-40, FWD-22 481 for what was queued for a client that has gone', async ({ world }) => {
    const a = await world.client('a', { answer: 'never' });
    const f = await world.foreign();
    const sent = f.send({ to: [a.token, a.uri], body: 'hello' });
    await world.until(a.nextRequest());
    a.destroy();
    expect(outcome(await world.until(f.nextReport()))).toBe('1-5/5 000 481 No Such Session');
    expect(await world.code(sent)).toBe(200);
    expect(await world.code(f.send({ to: [a.token, a.uri], body: 'again' }))).toBe(481);
    await world.quiet();
    expect(f.reports).toHaveLength(1);
  });

  it('FWD-40 what was accepted is delivered although its sender has gone', async ({ world }) => {
    const a = await world.client('a');
    const f = await world.foreign();
    for (let i = 0; i < 10; i++) f.send({ to: [a.token, a.uri], body: `${i}` });
    f.end();
    await world.when(() => a.requests.length === 10);
    expect(a.requests.map(({ text }) => text).join('')).toBe('0123456789');
  });

  it('FWD-21 the way back of a client is its connection alone', async ({ world }) => {
    const a = await world.client('a', { answer: 'never' });
    const n = await world.listeningPeer();
    const f = await world.foreign('f', { uri: n.uri });
    f.send({ to: [a.token, a.uri], body: 'hello' });
    const request = await world.until(a.nextRequest());
    f.destroy();
    await world.when(() => world.relay.stats().connections.open === 1);
    a.respond(request, 415);
    await world.when(() => world.events.of('deliveryFailed').length === 1);
    await world.quiet();
    expect(world.events.of('deliveryFailed')[0]!.told).toBe('nobody');
    expect(n.dialled).toBe(0);
  });

  it('FWD-21 a relay is told over another connection of its own', async ({ world }) => {
    const a = await world.client('a', { answer: 'never' });
    const x = await world.peerRelay('x');
    const again = await world.peerRelay('x');
    x.send({ to: [a.token, a.uri], from: [x.uri, carol], body: 'hello' });
    const request = await world.until(a.nextRequest());
    x.destroy();
    await world.when(() => world.relay.stats().connections.open === 2);
    a.respond(request, 415);
    const report = await world.until(again.nextReport());
    expect([report.toPath, report.fromPath]).toEqual([[x.uri, carol], [a.token]]);
    expect(report.header('Status')).toBe('000 415 Unsupported Media Type');
  });

  it('FWD-21 or over a new one', async ({ world }) => {
    const a = await world.client('a', { answer: 'never' });
    const listening = await world.listeningPeer({ host: 'x.example' });
    const x = await world.peerRelay('x', { uri: listening.uriOf('x1') });
    x.send({ to: [a.token, a.uri], from: [x.uri, carol], body: 'hello' });
    const request = await world.until(a.nextRequest());
    x.destroy();
    await world.when(() => world.relay.stats().connections.open === 1);
    a.respond(request, 415);
    const dialled = await listening.connected();
    const report = await world.until(dialled.nextReport());
    expect([report.toPath, report.fromPath]).toEqual([[x.uri, carol], [a.token]]);
  });

  it('FWD-23 a response that matches nothing, or a second one, makes no REPORT', async ({ world }) => {
    const a = await world.client('a');
    const n = await world.listeningPeer({ answer: 'never' });
    a.send({ to: [a.token, n.uri], body: 'hello' });
    const hop = await n.connected();
    const request = await world.until(hop.nextRequest());
    hop.respond({ ...request, tid: 'madeUpTid01' }, 415);
    hop.respond(request, 415);
    hop.respond(request, 415);
    hop.respond(request, 481);
    await world.until(a.nextReport());
    await world.when(() => world.relay.stats().responsesDropped.unmatched === 3);
    await world.quiet();
    expect(a.reports.map(outcome)).toEqual(['1-5/5 000 415 Unsupported Media Type']);
  });

  it('FWD-19 REPORTs of endpoints on each chunk pass as they are', async ({ world }) => {
    const a = await world.client('a');
    const b = await world.client('b');
    a.sendChunks({ to: [b.token, b.uri], messageId: 'chunks', body: octets(4_000), successReport: 'yes' }, 1_000);
    await world.when(() => b.requests.length === 4);
    for (const chunk of b.requests) b.report(chunk);
    await world.when(() => a.reports.length === 4);
    expect(a.reports.map(outcome)).toEqual([
      '1-1000/4000 000 200 OK',
      '1001-2000/4000 000 200 OK',
      '2001-3000/4000 000 200 OK',
      '3001-4000/4000 000 200 OK',
    ]);
  });
});

describeOverTransports(
  'REPORT of a failure, in time',
  (it) => {
    it.for(['yes', undefined] as const)(
      'FWD-16, RELAY-15 Failure-Report %s: no answer for 30 s, REPORT 408',
      async (failureReport, { world }) => {
        const a = await world.client('a');
        const n = await world.listeningPeer({ answer: 'never' });
        const sent = a.send({ to: [a.token, n.uri], body: 'hello', ...(failureReport && { failureReport }) });
        const hop = await n.connected();
        const request = await world.until(hop.nextRequest());
        const atMs = world.clock.nowMs();
        expect(await world.code(sent)).toBe(200);
        expect(outcome(await world.until(a.nextReport()))).toBe('1-5/5 000 408 Request Timeout');
        const tookMs = world.clock.nowMs() - atMs;
        expect(tookMs).toBeGreaterThanOrEqual(28_000);
        expect(tookMs).toBeLessThanOrEqual(33_000);
        hop.respond(request, 415);
        hop.respond(request, 200);
        await world.clock.elapse(40_000);
        expect(a.reports).toHaveLength(1);
        expect(world.relay.stats().responsesDropped.unmatched).toBe(2);
      },
    );

    it.for(['partial', 'no'] as const)('FWD-18 Failure-Report %s: silence', async (failureReport, { world }) => {
      const a = await world.client('a');
      const n = await world.listeningPeer({ answer: 'never' });
      a.send({ to: [a.token, n.uri], body: 'hello', failureReport });
      a.send({ to: [a.token, n.uri], body: octets(5_000), failureReport });
      const hop = await n.connected();
      await world.when(() => hop.requests.length === 2);
      await world.clock.elapse(45_000);
      await world.silence(a, { responses: 2 });
      expect(world.events.of('deliveryFailed')).toEqual([]);
    });

    it('RELAY-15 the 200 comes although the hop can not be reached for long', async ({ world }) => {
      const a = await world.client('a');
      const n = await world.listeningPeer();
      await n.answers('never');
      const atMs = world.clock.nowMs();
      const sent = a.send({ to: [a.token, n.uri], body: 'hello' });
      expect(await world.code(sent)).toBe(200);
      expect(world.clock.nowMs() - atMs).toBeLessThan(1_000);
      expect(outcome(await world.until(a.nextReport()))).toBe('1-5/5 000 408 Request Timeout');
      expect(world.clock.nowMs() - atMs).toBeLessThan(15_000);
    });

    it('FWD-21 a relay that has gone is dialled for the REPORT of a time-out', async ({ world }) => {
      const a = await world.client('a', { answer: 'never' });
      const listening = await world.listeningPeer({ host: 'x.example' });
      const x = await world.peerRelay('x', { uri: listening.uriOf('x1') });
      x.send({ to: [a.token, a.uri], from: [x.uri, carol], body: 'hello' });
      await world.until(a.nextRequest());
      x.destroy();
      const report = await world.until((await listening.connected()).nextReport());
      expect(outcome(report)).toBe('1-5/5 000 408 Request Timeout');
      expect(report.toPath).toEqual([x.uri, carol]);
    });

    it('FWD-23 each case of silence', async ({ world }) => {
      const a = await world.client('a');
      const n = await world.listeningPeer();
      const hop = async (request: Promise<ReceivedRequest>): Promise<ReceivedRequest> => world.until(request);
      expect(await world.code(a.send({ to: [world.ownUri('guess'), n.uri], body: 'refused' }))).toBe(481);
      expect(await world.code(a.send({ to: [a.token, n.uri], body: 'delivered' }))).toBe(200);
      expect((await hop((await n.connected()).nextRequest())).text).toBe('delivered');
      a.request('FOOBAR', { to: [a.token, n.uri] });
      await hop((await n.connected()).nextRequest());
      await world.clock.elapse(40_000);
      expect(a.reports).toEqual([]);
    });

    it('XMIT-23 1000 time-outs at once are told between 28 and 33 s', async ({ world }) => {
      const a = await world.client('a');
      const b = await world.client('b', { answer: 'never' });
      const atMs = world.clock.nowMs();
      for (let i = 0; i < 1_000; i++) a.send({ to: [b.token, b.uri], messageId: `late${i}`, body: 'x' });
      await world.clock.elapse(28_000);
      expect(a.reports).toEqual([]);
      await world.clock.elapse(33_000 - (world.clock.nowMs() - atMs));
      expect(new Set(a.reports.map(({ messageId }) => messageId)).size).toBe(1_000);
      expect(a.reports).toHaveLength(1_000);
    });

    it('FWD-43, XMIT-18 10 000 outstanding at once, and none kept after 30 s', async ({ world }) => {
      const a = await world.client('a');
      const b = await world.client('b', { answer: 'never' });
      for (let i = 0; i < 10_000; i++) a.send({ to: [b.token, b.uri], failureReport: 'partial', body: 'x' });
      await world.when(() => b.requests.length === 10_000);
      const tids = b.requests.map(({ tid }) => tid);
      expect(new Set(tids).size).toBe(10_000);
      for (const tid of tids) expect(tid).toMatch(/^[A-Za-z0-9]{16,32}$/);
      await world.clock.elapse(31_000);
      for (const request of b.requests) b.respond(request, 415);
      await world.when(() => world.relay.stats().responsesDropped.unmatched === 10_000);
      expect(a.reports).toEqual([]);
    });
  },
  { only: withClock },
);

describeOverTransports(
  'REPORT and the end of a long chunk',
  (it) => {
    it('FWD-17 the time begins with the last octet', async ({ world }) => {
      const a = await world.client('a');
      const n = await world.listeningPeer();
      const open = a.openSend({ to: [a.token, n.uri] });
      const hop = await n.connected();
      for (let i = 0; i < 60; i++) {
        open.write(octets(17_000));
        await world.clock.elapse(1_000);
      }
      expect(a.reports).toEqual([]);
      hop.answer = 'never';
      open.end();
      await world.until(hop.nextRequest());
      expect(hop.requests).toHaveLength(1);
      await world.clock.elapse(28_000);
      expect(a.reports).toEqual([]);
      expect(outcome(await world.until(a.nextReport()))).toMatch(/^1-1020000\/(\*|1020000) 000 408 Request Timeout$/);
      expect(await world.code(open)).toBe(200);
    });
  },
  { only: ['stream'] },
);

describeOverTransports(
  'A sender or a hop that breaks inside a chunk',
  (it) => {
    it('FWD-36 the sender breaks off: # at the hop, which stays in sync', async ({ world }) => {
      const a = await world.client('a');
      const b = await world.client('b');
      const n = await world.listeningPeer();
      const open = a.openSend({ to: [a.token, n.uri], range: '1-*/1000000' });
      open.answered().catch(() => undefined);
      const hop = await n.connected();
      const half = octets(500_000);
      open.write(half);
      await world.when(() => (hop.incoming?.bodyBytes ?? 0) > 499_900);
      a.destroy();
      await world.when(() => hop.requests.length === 1);
      const [chunk] = hop.requests;
      expect([chunk!.flag, chunk!.header('Byte-Range')]).toEqual(['#', '1-*/1000000']);
      expect(chunk!.body!.equals(half.subarray(0, chunk!.body!.length))).toBe(true);
      expect(chunk!.body!.length).toBeGreaterThan(499_900);
      b.send({ to: [b.token, n.uri], body: 'in sync' });
      await world.when(() => hop.requests.at(-1)!.text === 'in sync');
      expect(n.dialled).toBe(1);
    });

    it('FWD-36 nothing has been begun: nothing is invented', async ({ world }) => {
      const a = await world.client('a');
      const n = await world.listeningPeer();
      const open = a.openSend({ to: [a.token, n.uri] });
      open.answered().catch(() => undefined);
      const hop = await n.connected();
      open.write('x'.repeat(2_000));
      await world.quiet();
      a.destroy();
      await world.when(() => a.closed);
      await world.silence(hop);
    });

    it('RELAY-19, FWD-39 the hop breaks inside a chunk: REPORT for what was begun, 200 at its end', async ({
      world,
    }) => {
      const a = await world.client('a');
      const n = await world.listeningPeer();
      const open = a.openSend({ to: [a.token, n.uri], range: '1-*/*' });
      const hop = await n.connected();
      open.write(octets(100_000));
      await world.when(() => (hop.incoming?.bodyBytes ?? 0) > 99_900);
      hop.destroy();
      const report = await world.until(a.nextReport());
      expect(outcome(report)).toMatch(/^1-(100000|99999|99\d\d\d)\/\* 000 408 Request Timeout$/);
      expect(open.answer).toBeUndefined();
      open.write(octets(100_000));
      open.end();
      expect(await world.code(open)).toBe(200);
      await world.quiet();
      expect(a.reports).toHaveLength(1);
    });

    it('FWD-39, CONN-25 the hop takes no more inside a chunk: # there, REPORT at once', async ({ world }) => {
      const a = await world.client('a');
      const n = await world.listeningPeer({ answer: 'never' });
      const open = a.openSend({ to: [a.token, n.uri], range: '1-*/*' });
      const hop = await n.connected();
      open.write(octets(100_000));
      await world.when(() => (hop.incoming?.bodyBytes ?? 0) > 99_900);
      hop.end();
      await world.when(() => hop.requests.length === 1);
      expect(told(hop.requests[0]!)).toMatch(/^1-\*\/\* (100000|99\d\d\d) #$/);
      await world.closed(hop);
      expect(outcome(await world.until(a.nextReport()))).toBe('1-100000/* 000 408 Request Timeout');
      open.end();
      expect(await world.code(open)).toBe(200);
      await world.quiet();
      expect(a.reports).toHaveLength(1);
    });

    it('FWD-39 a partial chunk that was not written whole is reported', async ({ world }) => {
      const a = await world.client('a');
      const n = await world.listeningPeer();
      const open = a.openSend({ to: [a.token, n.uri], failureReport: 'partial' });
      const hop = await n.connected();
      open.write(octets(100_000));
      await world.when(() => (hop.incoming?.bodyBytes ?? 0) > 99_900);
      hop.destroy();
      expect((await world.until(a.nextReport())).header('Status')).toBe('000 408 Request Timeout');
      open.end();
      await world.quiet();
      expect([a.reports.length, open.answer]).toEqual([1, undefined]);
    });

    it('RELAY-19 a hop found dead while the chunk still comes: an error response or a REPORT, never both', async ({
      world,
    }) => {
      const a = await world.client('a');
      const closed = await world.listeningPeer();
      await closed.answers('refuse');
      const open = a.openSend({ to: [a.token, closed.uri] });
      open.write('x'.repeat(10));
      await world.when(() => open.answer !== undefined);
      expect(open.answer!.code).toBe(408);
      open.write('x'.repeat(5_000));
      open.end();
      await world.quiet();
      expect(a.reports).toEqual([]);
      expect(a.responses.filter(({ tid }) => tid === open.tid)).toHaveLength(1);
    });
  },
  { only: streams },
);
