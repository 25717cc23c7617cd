import { expect, it } from 'vitest';
import { createSeededRandom } from '../../src/testing/seeded-random.js';
import { Scene } from '../support/scene.js';

it('FWD-21 a REPORT finds another way when the connection of its relay takes no more', async () => {
  const scene = new Scene();
  const one = await scene.relay('relay.example');
  const x = scene.client(one, 'x', { uri: 'msrps://x.example:2855/x1;tcp', certificate: 'x.example' });
  const back = scene.peer({ host: 'x.example' });
  const n = scene.peer({ host: 'n.example' }, 'never');
  const [token] = await scene.auth(x, one.uri);
  x.send({ to: [token!, n.uri], body: 'x' });
  await scene.quiet();
  x.answer = 'never';
  x.pause();
  scene.client(one, 'f').send({ to: [token!, x.uri], body: 'y'.repeat(300_000) });
  await scene.quiet();
  x.end();
  await scene.clock.elapse(10);
  n.clients[0]!.destroy();
  await scene.clock.elapse(1_000);
  expect(back.clients[0]?.reports.map((report) => report.header('Status'))).toEqual(['000 408 Request Timeout']);

  await scene.end(one);
});

it('FWD-13 SEC-35 an AUTH does not go to a peer that claims the URI of a relay, though a SEND did', async () => {
  const scene = new Scene();
  const one = await scene.relay('relay.example');
  const a = await scene.registered(one, 'a');
  const relay = scene.peer({ host: 'x.example' });
  const thief = scene.client(one, 'e', { uri: 'msrps://x.example:2855;tcp' });
  thief.send({ to: [a.token, a.uri], body: 'hi' });
  await scene.quiet();
  a.send({ to: [a.token, thief.uri], body: 'who are you' });
  await scene.quiet();
  const asked = a.request('AUTH', {
    to: [a.token, thief.uri],
    headers: [['Authorization', 'Digest response="secret"']],
  });
  await scene.quiet();
  expect(asked.answer?.code).toBe(200);
  expect(thief.requests.map(({ method }) => method)).toEqual(['SEND']);
  expect(relay.clients[0]?.requests.map(({ method }) => method)).toEqual(['AUTH']);
  await scene.end(one);
});

it.each([1, 2, 3, 4, 5, 6, 7, 8])(
  'XMIT-25 WIRE-26 whatever comes in, only the grammar goes out (seed %i)',
  async (seed) => {
    const scene = new Scene();
    const one = await scene.relay('relay.example', { limits: { maxFailures: 50 } });
    const random = createSeededRandom(seed);
    const next = (): number => random.next();
    const between = (least: number, most: number): number => random.between(least, most);
    const pick = <T>(list: readonly T[]): T => list[between(0, list.length - 1)]!;
    const a = await scene.registered(one, 'a');
    const n = scene.peer({ host: 'n.example' });
    const own = 'msrps://relay.example:2855';
    const uris = [
      ...[a.token, a.uri, n.uri, a.token.toUpperCase(), a.token.replace('relay', 're%6cay'), `${own};tcp`, 'foo', ''],
      ...['msrps://x@y.example:1/z;tcp;a=b', 'msrps://[::1]:22/x;tcp', a.token.replace(':2855', ':02855')],
      ...['msrp://relay.example:2856/x;tcp', a.token.replace(';tcp', ';ws'), 'msrps://relay.example;tcp', '\u0001'],
    ];
    const path = (): string =>
      Array.from({ length: between(1, 4) }, () => pick(uris)).join(pick([' ', ' ', ' ', '  ', '\t']));
    const headers = [
      ...['Message-ID: a b', 'Byte-Range: 1-*/*', 'Byte-Range: 1-5/3', 'Byte-Range: 9007199254740991-*/*'],
      ...['Failure-Report: no', 'Failure-Report: partial', 'Failure-Report: x', 'Status: 000 200 OK', 'Status: x'],
      ...['X: \u0000', 'X: a\nTo-Path: b', ' folded', 'X\u00ff: y', 'X: \u00c0\u0080', 'Expires: 5', 'X: y'],
      ...['Authorization: Digest a=b', 'From-Path: msrps://x.example:1/y;tcp', 'Content-ID: <x>', 'Use-Path: x'],
    ];
    const methods = ['SEND', 'SEND', 'SEND', 'REPORT', 'AUTH', 'FOOBAR', 'Send', '200 OK', '481'];
    const clients = [];
    for (let i = 0; i < 60; i++) {
      const f = scene.client(one, `f${i}`);
      clients.push(f);
      for (let count = between(1, 4); count > 0; count--) {
        const sender = next() < 0.2 ? a : f;
        const tid = pick(['abcd1234', 'tid2', 'x'.repeat(32)]);
        const to = next() < 0.6 ? `${a.token} ${pick([a.uri, n.uri])}` : path();
        const from = next() < 0.6 ? sender.uri : path();
        const head = [`MSRP ${tid} ${pick(methods)}`, `To-Path: ${to}`, `From-Path: ${from}`];
        if (next() < 0.7) head.push('Message-ID: abcd');
        for (let more = between(0, 3); more > 0; more--) head.push(pick(headers));
        if (next() < 0.6) head.push('Content-Type: text/plain', '', 'b'.repeat(between(0, 5000)));
        sender.raw(Buffer.from(`${head.join('\r\n')}\r\n-------${tid}${pick(['$', '$', '+', '#'])}\r\n`, 'latin1'));
      }
      await scene.clock.elapse(between(0, 50));
    }
    await scene.clock.elapse(40_000);
    const all = [a, ...clients, ...n.clients];
    // Answers to requests written by hand are none the client knows of; what is carried may be as odd as it came.
    const odd = all.flatMap(({ violations }) => violations).filter((what) => !what.startsWith('response to no open'));
    expect(odd).toEqual([]);
    expect(all.flatMap(({ responses }) => responses).length).toBeGreaterThan(20);
    for (const client of all) client.destroy();
    await scene.clock.elapse(60_000);
    await scene.clock.until(one.relay.close());
    expect(one.relay.stats().connections.open).toBe(0);
  },
);
