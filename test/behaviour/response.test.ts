import { expect } from 'vitest';
import type { ReceivedRequest } from '../../src/testing/index.js';
import { describeOverTransports, streams, withClock, type Party, type Registered, type World } from './harness.js';
import { octets, outcome, told } from './octets.js';

/** A has sent N a message, which N has not answered yet. */
async function unanswered(
  world: World,
  failureReport: 'yes' | 'no' | 'partial' = 'yes',
): Promise<{ a: Registered; hop: Party; request: ReceivedRequest }> {
  const a = await world.client('a');
  const n = await world.listeningPeer({ answer: 'never' });
  const sent = a.send({ to: [a.token, n.uri], body: 'hello', failureReport });
  const hop = await n.connected();
  const request = await world.until(hop.nextRequest());
  await world.when(() => sent.answer !== undefined || failureReport !== 'yes');
  return { a, hop, request };
}

/** A response with these lines between start line and end-line. */
function raw(tid: string, status: string, lines: readonly string[], flag = '$'): string {
  return [`MSRP ${tid} ${status}`, ...lines, `-------${tid}${flag}`, ''].join('\r\n');
}

describeOverTransports('RESPONSE to a SEND', (it) => {
  it('RESP-05, RESP-06 200 ends here, anything else becomes a REPORT with its code', async ({ world }) => {
    const { a, hop, request } = await unanswered(world);
    hop.respond(request, 415, { comment: 'no such pictures' });
    const report = await world.until(a.nextReport());
    expect(outcome(report)).toBe('1-5/5 000 415 no such pictures');
    hop.answer = 200;
    const sent = a.send({ to: [a.token, hop.uri], body: 'again' });
    expect(await world.code(sent)).toBe(200);
    await world.when(() => hop.requests.length === 2);
    await world.silence(a, { responses: 4, reports: 1 });
  });

  it('RESP-01, RESP-14 it counts by its tid, whatever its paths say', async ({ world }) => {
    const a = await world.client('a');
    const n = await world.listeningPeer({ answer: 'never' });
    const hop = async (): Promise<Party> => n.connected();
    const paths = [
      [[a.uri, a.token], [n.uri]],
      [['msrps://foreign.invalid:1/x;tcp'], [n.uri]],
      [[a.token, a.uri], [n.uri]],
      [[a.token], ['msrps://foreign.invalid:1/x;tcp']],
    ];
    for (const [i, [to, from]] of paths.entries()) {
      a.send({ to: [a.token, n.uri], messageId: `paths${i}`, body: 'x' });
      const { tid } = await world.until((await hop()).nextRequest());
      (await hop()).raw(raw(tid, '415 No', [`To-Path: ${to!.join(' ')}`, `From-Path: ${from!.join(' ')}`]));
      expect((await world.until(a.nextReport())).messageId).toBe(`paths${i}`);
    }
    await world.silence(a, { responses: a.responses.length, reports: 4 });
  });

  it('RESP-03 a tid nobody has, or one of another connection, is none', async ({ world }) => {
    const { a, hop, request } = await unanswered(world);
    const b = await world.client('b');
    b.respond(request, 415);
    hop.respond({ ...request, tid: 'madeUpTid01' }, 415);
    hop.respond({ ...request, tid: `${request.tid}x` }, 415);
    hop.respond({ ...request, tid: request.tid.toUpperCase() + 'A' }, 415);
    await world.when(() => world.relay.stats().responsesDropped.unmatched === 4);
    await world.silence(a, { responses: 3 });
    hop.respond(request, 415);
    expect(outcome(await world.until(a.nextReport()))).toBe('1-5/5 000 415 Unsupported Media Type');
  });

  it('RESP-07 partial: a bad answer is told, and nothing before', async ({ world }) => {
    const { a, hop, request } = await unanswered(world, 'partial');
    await world.quiet();
    expect([a.responses.length, a.reports.length]).toEqual([2, 0]);
    hop.respond(request, 415);
    expect(outcome(await world.until(a.nextReport()))).toBe('1-5/5 000 415 Unsupported Media Type');
    await world.silence(a, { responses: 2, reports: 1 });
  });

  it('RESP-08 no: nothing at all', async ({ world }) => {
    const { a, hop, request } = await unanswered(world, 'no');
    hop.respond(request, 415);
    await world.silence(a, { responses: 2 });
  });

  it('RESP-09, RESP-15 any 2xx is success; what comes later is dropped', async ({ world }) => {
    const { a, hop, request } = await unanswered(world);
    hop.respond(request, 202);
    hop.respond(request, 415);
    hop.respond(request, 200);
    await world.when(() => world.relay.stats().responsesDropped.unmatched === 2);
    await world.silence(a, { responses: 3 });
    expect(world.events.of('deliveryFailed')).toEqual([]);
  });

  it('RESP-16 a flood of responses nobody asked for does no harm', async ({ world }) => {
    const { a, hop, request } = await unanswered(world);
    for (let i = 0; i < 1_000; i++) hop.respond({ ...request, tid: `flood${i}` }, i % 2 ? 200 : 481);
    hop.respond(request, 481);
    await world.until(a.nextReport());
    await world.works(hop, a);
    expect(world.relay.stats().responsesDropped.unmatched).toBe(1_000);
  });

  it.for([428, 404, 999, 100, 600])('RESP-17 %i is told as it is', async (code, { world }) => {
    const { a, hop, request } = await unanswered(world);
    hop.respond(request, code);
    expect((await world.until(a.nextReport())).header('Status')).toMatch(new RegExp(`^000 ${code}( |$)`));
  });

  it.for([481, 506])('RESP-22 after %i the token is as good as before', async (code, { world }) => {
    const { a, hop, request } = await unanswered(world);
    hop.respond(request, code);
    await world.until(a.nextReport());
    a.send({ to: [a.token, hop.uri], body: 'once more' });
    expect((await world.until(hop.nextRequest())).text).toBe('once more');
  });

  it('RESP-10 the range is that of the chunk refused', async ({ world }) => {
    const a = await world.client('a');
    const n = await world.listeningPeer({ answer: ({ range }) => (range!.start === 2001 ? 413 : 200) });
    const sent = a.sendChunks({ to: [a.token, n.uri], body: octets(3_000) }, 1_000);
    for (const each of sent) expect([200, 413]).toContain(await world.code(each));
    expect(outcome(await world.until(a.nextReport()))).toBe('2001-3000/3000 000 413 Stop Sending');
    await world.quiet();
    expect(a.reports).toHaveLength(1);
  });

  it('RESP-18 after 413 later chunks of that message get it too, and no other message does', async ({ world }) => {
    const a = await world.client('a');
    const b = await world.client('b');
    const n = await world.listeningPeer({ answer: ({ messageId }) => (messageId === 'refused' ? 413 : 200) });
    const chunk = { to: [a.token, n.uri], messageId: 'refused', flag: '+', body: 'x'.repeat(10) } as const;
    a.send({ ...chunk, range: '1-10/40' });
    expect(outcome(await world.until(a.nextReport()))).toBe('1-10/40 000 413 Stop Sending');
    expect(await world.code(a.send({ ...chunk, range: '11-20/40' }))).toBe(413);
    a.send({ ...chunk, range: '21-30/40', failureReport: 'no' });
    const hop = await n.connected();
    const others = [
      b.send({ ...chunk, to: [b.token, n.uri], range: '1-10/40', failureReport: 'partial' }),
      a.send({ ...chunk, messageId: 'another', range: '1-10/40' }),
    ];
    expect(await world.code(others[1]!)).toBe(200);
    await world.when(() => hop.requests.length === 3);
    expect(hop.requests.filter(({ fromPath }) => fromPath[1] === a.uri).map(({ range }) => range!.start)).toEqual([
      1, 1,
    ]);
    await world.quiet();
    expect(a.reports).toHaveLength(1);
  });

  it('RESP-21 a body, another flag or Content-Type make it no response', async ({ world }) => {
    const { a, hop, request } = await unanswered(world);
    const { tid } = request;
    const paths = [`To-Path: ${a.token}`, `From-Path: ${hop.uri}`];
    hop.raw(raw(tid, '415 No', paths, '+'));
    hop.raw(raw(tid, '415 No', [...paths, 'Content-Type: text/plain', '', 'body']));
    hop.raw(raw(tid, '415 No', [...paths, 'Content-Type: text/plain']));
    await world.when(() => world.relay.stats().responsesDropped.unparsable === 3);
    await world.silence(a, { responses: 3 });
    hop.raw(raw(tid, '415 No', paths));
    expect(outcome(await world.until(a.nextReport()))).toBe('1-5/5 000 415 No');
    await world.works(hop, a);
  });

  it('RESP-02 one that can not be parsed is dropped', async ({ world }) => {
    const { a, hop, request } = await unanswered(world);
    hop.raw(raw(request.tid, '415 No', [`To-Path: ${a.token}`]));
    hop.raw(raw(request.tid, '415 No', [`From-Path: ${hop.uri}`, `To-Path: ${a.token}`]));
    await world.when(() => world.relay.stats().responsesDropped.unparsable === 2);
    await world.silence(a, { responses: 3 });
    await world.works(hop, a);
  });

  it('RESP-10 FWD-19 the words of a response can not forge headers', async ({ world }) => {
    const { a, hop, request } = await unanswered(world);
    const paths = [`To-Path: ${a.token}`, `From-Path: ${hop.uri}`];
    hop.raw(raw(request.tid, '415 naïve "quotes" \u{1f600}', paths));
    const report = await world.until(a.nextReport());
    expect(report.header('Status')).toBe('000 415 naïve "quotes" \u{1f600}');
    expect(report.headers.map(([name]) => name)).toEqual(['Message-ID', 'Byte-Range', 'Status']);
  });
});

describeOverTransports('RESPONSE to another request', (it) => {
  it('RESP-01 it must come back through us; else it is dropped', async ({ world }) => {
    const a = await world.client('a');
    const n = await world.listeningPeer({ answer: 'never' });
    a.request('NICKNAME', { to: [a.token, n.uri] })
      .answered()
      .catch(() => undefined);
    const hop = await n.connected();
    const { tid } = await world.until(hop.nextRequest());
    hop.raw(raw(tid, '200 OK', [`To-Path: msrps://foreign.invalid:1/x;tcp ${a.uri}`, `From-Path: ${n.uri}`]));
    await world.when(() => world.relay.stats().responsesDropped['not-for-this-relay'] === 1);
    await world.silence(a, { responses: 2 });
    await world.works(hop, a);
  });

  it('RESP-24 one that ends at R is dropped', async ({ world }) => {
    const a = await world.client('a');
    const n = await world.listeningPeer({ answer: 'never' });
    a.request('AUTH', { to: [a.token, n.uri] })
      .answered()
      .catch(() => undefined);
    const hop = await n.connected();
    const { tid } = await world.until(hop.nextRequest());
    hop.raw(raw(tid, '200 OK', [`To-Path: ${a.token}`, `From-Path: ${n.uri}`]));
    await world.when(() => world.relay.stats().responsesDropped['not-for-this-relay'] === 1);
    await world.silence(a, { responses: 2 });
    await world.works(hop, a);
  });

  it('XMIT-20 each answer leaves on the connection of its request', async ({ world }) => {
    const one = await world.client('a');
    const two = await world.client('a');
    const b = await world.client('b', { answer: 425 });
    const tids = (party: Party): string[] => party.responses.slice(2).map(({ tid }) => tid);
    one.send({ to: [b.token, b.uri], tid: 'one-send', body: 'x', failureReport: 'partial' });
    one.request('FOOBAR', { to: [b.token, b.uri], tid: 'one-foobar' });
    two.request('FOOBAR', { to: [b.token, b.uri], tid: 'two-foobar' });
    two.send({ to: [b.token, b.uri], tid: 'two-send', body: 'x' });
    await world.when(() => one.reports.length === 1 && two.reports.length === 1);
    await world.when(() => one.responses.length === 3 && two.responses.length === 4);
    expect([tids(one), tids(two).sort()]).toEqual([['one-foobar'], ['two-foobar', 'two-send']]);
  });
});

describeOverTransports(
  'RESPONSE in time',
  (it) => {
    it('RESP-04 200 after 29 s is in time', async ({ world }) => {
      const { a, hop, request } = await unanswered(world);
      await world.clock.elapse(29_000);
      hop.respond(request, 200);
      await world.clock.elapse(40_000);
      await world.silence(a, { responses: 3 });
    });

    it('RESP-07 partial: an error after 10 s is told', async ({ world }) => {
      const { a, hop, request } = await unanswered(world, 'partial');
      await world.clock.elapse(10_000);
      hop.respond(request, 415);
      expect(outcome(await world.until(a.nextReport()))).toBe('1-5/5 000 415 Unsupported Media Type');
    });

    it('FWD-43, RESP-07 partial: after 30 s nothing is remembered', async ({ world }) => {
      const { a, hop, request } = await unanswered(world, 'partial');
      await world.clock.elapse(31_000);
      hop.respond(request, 415);
      await world.clock.elapse(10_000);
      await world.silence(a, { responses: 2 });
    });

    it('RESP-02 what can not be parsed is as good as silence: 408', async ({ world }) => {
      const { a, hop, request } = await unanswered(world);
      hop.raw(raw(request.tid, '200 OK', [`To-Path: ${a.token}`]));
      expect(outcome(await world.until(a.nextReport()))).toBe('1-5/5 000 408 Request Timeout');
    });

    it('RESP-15 an error at 35 s, after the REPORT 408, is nothing', async ({ world }) => {
      const { a, hop, request } = await unanswered(world);
      expect(outcome(await world.until(a.nextReport()))).toBe('1-5/5 000 408 Request Timeout');
      await world.clock.elapse(5_000);
      hop.respond(request, 415);
      await world.silence(a, { responses: 3, reports: 1 });
    });
  },
  { only: withClock },
);

describeOverTransports(
  'RESPONSE while the chunk is being sent',
  (it) => {
    it.for([
      [413, 'RESP-18'],
      [481, 'RESP-19'],
      [415, 'RELAY-19, RESP-19'],
    ] as const)('%i, %s: # at the hop, one REPORT, later chunks refused', async ([code], { world }) => {
      const a = await world.client('a');
      const b = await world.client('b');
      const n = await world.listeningPeer({ answer: 'never' });
      const open = a.openSend({ to: [a.token, n.uri], messageId: 'early', range: '1-*/1000000' });
      const hop = await n.connected();
      open.write(octets(10_001));
      await world.when(() => (hop.incoming?.bodyBytes ?? 0) > 9_900);
      hop.respond({ ...hop.incoming!, flag: '+', body: undefined, text: '' }, code);
      await world.when(() => hop.requests.length === 1);
      expect(told(hop.requests[0]!)).toBe('1-*/1000000 10000 #');
      const report = await world.until(a.nextReport());
      expect([report.header('Byte-Range'), report.header('Status')?.slice(0, 7)]).toEqual([
        '1-10000/1000000',
        `000 ${code}`,
      ]);
      hop.answer = 200;
      open.write(octets(50_000));
      open.end('+');
      expect([200, code]).toContain(await world.code(open));
      const later = a.send({
        to: [a.token, n.uri],
        messageId: 'early',
        range: '60002-60011/1000000',
        body: 'x'.repeat(10),
      });
      expect(await world.code(later)).toBe(code);
      expect(await world.code(a.send({ to: [a.token, n.uri], messageId: 'other', body: 'fine' }))).toBe(200);
      expect(await world.code(b.send({ to: [b.token, n.uri], messageId: 'early', body: 'fine' }))).toBe(200);
      await world.when(() => hop.requests.length === 3);
      expect(hop.requests.slice(1).map(({ text }) => text)).toEqual(['fine', 'fine']);
      await world.quiet();
      expect([a.reports.length, a.responses.filter(({ tid }) => tid === open.tid).length]).toEqual([1, 1]);
    });

    it('RESP-20 a 200 before the end is the answer', async ({ world }) => {
      const a = await world.client('a');
      const n = await world.listeningPeer({ answer: 'never' });
      const open = a.openSend({ to: [a.token, n.uri] });
      const hop = await n.connected();
      open.write(octets(10_000));
      await world.when(() => hop.incoming !== undefined);
      hop.respond({ ...hop.incoming!, flag: '+', body: undefined, text: '' }, 200);
      await world.when(() => world.relay.stats().traffic.responsesIn === 1);
      open.write(octets(10_000, 2));
      open.end();
      expect(await world.code(open)).toBe(200);
      const whole = await world.until(hop.nextRequest());
      expect(whole.body!.equals(Buffer.concat([octets(10_000), octets(10_000, 2)]))).toBe(true);
      hop.respond(whole, 415);
      await world.when(() => world.relay.stats().responsesDropped.unmatched === 1);
      await world.silence(a, { responses: 3 });
    });
  },
  { only: streams },
);
