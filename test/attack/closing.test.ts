import { describe, expect, it } from 'vitest';
import { Scene } from '../support/scene.js';

const vx = 'msrps://x.example:2855/x1;tcp';

describe('the end of a relay', () => {
  it('CONN-28 a REPORT that would need a new connection opens none while the relay closes', async () => {
    const scene = new Scene({ latencyMs: 1 });
    const one = await scene.relay('relay.example');
    const x = scene.client(one, 'x', { uri: vx, certificate: 'x.example' });
    const listening = scene.peer({ host: 'x.example' });
    const n = scene.peer({ host: 'n.example', link: { latencyMs: 1, bufferBytes: 4096 } }, 'never');
    const [, token] = await scene.auth(x, one.uri, { via: [] }).then((path) => [undefined, path[0]]);
    x.send({ to: [token!, n.uri], body: 'x'.repeat(2_000) });
    await scene.quiet();
    n.clients[0]!.pause();
    x.send({ to: [token!, n.uri], body: 'x'.repeat(20_000) });
    await scene.clock.elapse(100);
    let closed = false;
    void one.relay.close().then(() => (closed = true));
    await scene.clock.elapse(20_000);
    expect(closed).toBe(true);
    expect(listening.clients).toHaveLength(0);
    await scene.end();
  });

  it('RELAY-20 close() inside an event harms nothing', async () => {
    const scene = new Scene({ latencyMs: 1 });
    const one = await scene.relay('relay.example');
    let closed = false;
    one.relay.on('requestRefused', () => void one.relay.close().then(() => (closed = true)));
    const f = scene.client(one, 'f');
    f.send({ to: ['msrps://relay.example:2855/nnnn;tcp', 'msrps://n.example:1/x;tcp'], body: 'x' });
    f.send({ to: ['msrps://relay.example:2855/nnnn;tcp', 'msrps://n.example:1/x;tcp'], body: 'x' });
    await scene.clock.elapse(20_000);
    expect(closed).toBe(true);
    expect(f.responses.map(({ code }) => code)).toEqual([481, 481]);
    await scene.end();
  });

  it('CONN-17 kick() inside an event of a source being held harms nothing', async () => {
    const scene = new Scene({ latencyMs: 1 });
    const one = await scene.relay('relay.example', { limits: { maxRouteBytes: 8192, maxTransactions: 2 } });
    const a = await scene.registered(one, 'a');
    const f = scene.client(one, 'f');
    const { session } = one.events.of('sessionOpened')[0]!;
    one.relay.on('connectionHeld', () => one.relay.kick(session.id));
    const sent = Array.from({ length: 10 }, () => f.send({ to: [a.token, a.uri], body: 'x'.repeat(3_000) }));
    await scene.quiet();
    const codes = sent.map(({ answer }) => answer?.code);
    const accepted = codes.lastIndexOf(200) + 1;
    expect(accepted).toBeGreaterThan(0);
    expect(codes).toEqual(codes.map((_, i) => (i < accepted ? 200 : 481)));
    expect(a.requests).toHaveLength(accepted);
    await scene.end(one);
  });
});

describe('limits at their least', () => {
  it.each(['yes', 'no'] as const)('FWD-48 two transactions at a time, Failure-Report %s', async (kind) => {
    const scene = new Scene({ latencyMs: 1 });
    const one = await scene.relay('relay.example', { limits: { maxTransactions: 2 } });
    const a = await scene.registered(one, 'a');
    const f = scene.client(one, 'f');
    const ids = ['mm01', 'mm02', 'mm03', 'mm04'];
    for (const messageId of ids) {
      const body = 'x'.repeat(messageId === 'mm03' ? 100 : 200_000);
      f.send({ to: [a.token, a.uri], body, failureReport: kind, messageId });
    }
    await scene.clock.elapse(20_000);
    expect(ids.map((id) => a.received(id).length)).toEqual([200_000, 200_000, 100, 200_000]);
    expect(f.reports).toEqual([]);
    await scene.end(one);
  });

  it('FWD-48 RESP-07 partial SENDs, which nobody confirms, do not stop their sender at the bound', async () => {
    const scene = new Scene({ latencyMs: 1 });
    const one = await scene.relay('relay.example', { limits: { maxTransactions: 8 } });
    const n = scene.peer({ host: 'n.example' }, 'never');
    const a = await scene.registered(one, 'a');
    for (let i = 0; i < 40; i++) {
      a.send({ to: [a.token, n.uri], body: `number ${i}`, failureReport: 'partial', messageId: `mm${100 + i}` });
      await scene.clock.elapse(10);
    }
    const { requests } = n.clients[0]!;
    expect(requests).toHaveLength(40);
    expect(one.events.of('connectionHeld')).toEqual([]);
    n.clients[0]!.respond(requests.at(-1)!, 415);
    await scene.clock.elapse(60_000);
    expect(a.reports.map(({ messageId }) => messageId)).toEqual(['mm139']);
    await scene.end(one);
  });

  it('FWD-48 transactions given up make room for those who wait', async () => {
    const scene = new Scene({ latencyMs: 1 });
    const one = await scene.relay('relay.example', { limits: { maxTransactions: 2 } });
    const n = scene.peer({ host: 'n.example', asksForCertificate: false, link: { latencyMs: 50 } });
    const a = await scene.registered(one, 'a');
    const beyond = 'msrps://z.example:2855/z1;tcp';
    for (let i = 0; i < 3; i++) a.request('FOOBAR', { to: [a.token, n.uri, beyond] });
    await scene.quiet();
    expect(a.responses.map(({ code }) => code).slice(-3)).toEqual([408, 408, 408]);
    const sent = a.send({ to: [a.token, n.uri], body: 'still read' });
    await scene.quiet();
    expect(sent.answer?.code).toBe(200);
    await scene.end(one);
  });

  it('XMIT-15 all of them together only slow down', async () => {
    const scene = new Scene({ latencyMs: 1 });
    const least = {
      maxRouteBytes: 8192,
      maxSourceBytes: 8192,
      maxRelayBytes: 8192,
      turnBytes: 2048,
      maxTransactions: 2,
    };
    const ones = { maxSmallBytes: 1, maxUnwrittenBytes: 1, maxRoutes: 1, maxClaims: 1, maxRefusedMessages: 1 };
    const one = await scene.relay('relay.example', { limits: { ...least, ...ones } });
    const a = await scene.registered(one, 'a');
    const b = await scene.registered(one, 'b');
    const f = scene.client(one, 'f');
    const sizes = Array.from({ length: 20 }, (_, i) => i * 500);
    const sent = sizes.map((size, i) => {
      const to = i % 2 === 0 ? a : b;
      return f.send({ to: [to.token, to.uri], body: Buffer.alloc(size, 'x'), messageId: `mm${100 + i}` });
    });
    const reply = a.send({ to: [a.token, b.token, b.uri], body: 'y'.repeat(9_000), messageId: 'reply' });
    await scene.clock.elapse(20_000);
    expect(sent.map(({ answer }) => answer?.code)).toEqual(sizes.map(() => 200));
    expect(reply.answer?.code).toBe(200);
    expect(sizes.map((_, i) => (i % 2 === 0 ? a : b).received(`mm${100 + i}`).length)).toEqual(sizes);
    expect(b.received('reply')).toHaveLength(9_000);
    await scene.end(one);
  });
});
