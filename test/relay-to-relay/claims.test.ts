import { beforeEach, describe, expect, it } from 'vitest';
import type { RelayOptions } from '../../src/index.js';
import type { MsrpClient } from '../../src/testing/index.js';
import { Scene, type SceneRelay } from '../support/scene.js';

const uf = 'msrps://f.invalid:2855/f1;tcp';
const uz = 'msrps://z.invalid:2855/z1;tcp';

let scene: Scene;
let r: SceneRelay;
let a: MsrpClient & { token: string };

beforeEach(() => {
  scene = new Scene();
});

async function start(options: Partial<RelayOptions> = {}): Promise<void> {
  r = await scene.relay('relay.example', options);
  a = await scene.registered(r, 'a');
}

/** Lets a party send to A, so that its URI is known to belong to its connection. */
async function claims(party: MsrpClient, token = a, from = party.uri): Promise<void> {
  const sent = party.send({ to: [token.token, token.uri], from, body: 'it is me' });
  await scene.quiet();
  expect(sent.answer?.code).toBe(200);
}

async function sendTo(uri: string | readonly string[], from = a): Promise<number | undefined> {
  const sent = from.send({ to: [from.token, ...[uri].flat()], body: 'hello' });
  await scene.quiet();
  return sent.answer?.code;
}

const got = (party: MsrpClient): number => party.requests.length;

describe("a peer's own connection", () => {
  it('FWD-13 is used for what the owner of the token sends to it; nobody is dialled', async () => {
    await start();
    const f = scene.client(r, 'f');
    await claims(f);
    expect(await sendTo(f.uri)).toBe(200);
    expect(f.requests).toMatchObject([{ toPath: [uf], fromPath: [a.token, a.uri], text: 'hello' }]);
    expect(r.events.of('hopFailed')).toEqual([]);
    await scene.end(r);
  });

  it('FWD-13 by transport ws too, which can not be dialled; unknown it is 481', async () => {
    await start();
    const q = scene.client(r, 'q', { uri: 'msrps://q.invalid:2855/q1;ws' });
    expect(await sendTo(q.uri)).toBe(481);
    await claims(q);
    expect(await sendTo(q.uri)).toBe(200);
    expect(got(q)).toBe(1);
    await scene.end(r);
  });

  it('FWD-13 R24 plain TCP is never used for an msrps URI; for its msrp one it is', async () => {
    await start();
    const p = scene.plain(r, 'p');
    await claims(p, a, uf);
    expect(await sendTo(uf)).toBe(200);
    expect(got(p)).toBe(0);
    expect(a.reports.map((report) => report.header('Status')?.slice(0, 7))).toEqual(['000 408']);
    await claims(p);
    expect(await sendTo(p.uri)).toBe(200);
    expect(got(p)).toBe(1);
    await scene.end(r);
  });

  it('FWD-13 R24 not for a hop with more URIs after it: that is a relay', async () => {
    await start();
    const f = scene.client(r, 'f', { uri: 'msrps://q.example:2855/q1;tcp' });
    await claims(f);
    await sendTo([f.uri, uz]);
    expect(got(f)).toBe(0);
    const x = scene.client(r, 'x', { uri: 'msrps://x.example:2855/x1;tcp', certificate: 'x.example' });
    await claims(x);
    expect(await sendTo([x.uri, uz])).toBe(200);
    expect(got(x)).toBe(1);
    await scene.end(r);
  });

  it('FWD-14 R24 claimed with another token, or later from elsewhere: nothing is diverted', async () => {
    await start();
    const b = await scene.registered(r, 'b');
    const [f, g] = [scene.client(r, 'f'), scene.client(r, 'g', { uri: uf })];
    await claims(g, b);
    await claims(f);
    await claims(g);
    await sendTo(uf);
    await sendTo(uf, b);
    expect([got(f), got(g)]).toEqual([1, 1]);
    expect(f.requests[0]!.fromPath[0]).toBe(a.token);
    expect(g.requests[0]!.fromPath[0]).toBe(b.token);
    await scene.end(r);
  });

  it('R24 ends with its connection: then another may claim', async () => {
    await start();
    const [f, g] = [scene.client(r, 'f'), scene.client(r, 'g', { uri: uf })];
    await claims(f);
    f.destroy();
    await scene.quiet();
    await claims(g);
    await sendTo(uf);
    expect(got(g)).toBe(1);
    await scene.end(r);
  });

  it('R24 ends when a message times out on it: a peer behind a dead socket can come back', async () => {
    await start();
    const [f, g] = [scene.client(r, 'f', { answer: 'never' }), scene.client(r, 'g', { uri: uf })];
    await claims(f);
    await sendTo(uf);
    await claims(g);
    await sendTo(uf);
    expect([got(f), got(g)]).toEqual([2, 0]);
    await scene.clock.elapse(31_000);
    expect(a.reports).toHaveLength(2);
    await claims(g);
    await sendTo(uf);
    expect([got(f), got(g)]).toEqual([2, 1]);
    await scene.end(r);
  });

  it('R24 a connection that R opened to that URI goes before', async () => {
    await start();
    const n = scene.peer({ host: 'n.example' });
    await sendTo(n.uri);
    const f = scene.client(r, 'f', { uri: n.uri });
    await claims(f);
    await sendTo(n.uri);
    expect([got(f), got(n.clients[0]!)]).toEqual([0, 2]);
    await scene.end(r);
  });

  it('FWD-48 a hundred thousand URIs would not make it grow: the oldest of who holds most is forgotten', async () => {
    await start({ limits: { maxClaims: 3 } });
    const [f, g] = [scene.client(r, 'f'), scene.client(r, 'g')];
    await claims(g);
    for (let i = 0; i < 20; i++) await claims(f, a, `msrps://f.invalid:2855/f${i};tcp`);
    await sendTo(g.uri);
    await sendTo('msrps://f.invalid:2855/f19;tcp');
    await sendTo('msrps://f.invalid:2855/f18;tcp');
    await sendTo('msrps://f.invalid:2855/f17;tcp');
    expect([got(g), got(f)]).toEqual([1, 2]);
    await scene.end(r);
  });
});
