import { beforeEach, describe, expect, it } from 'vitest';
import type { RelayOptions } from '../../src/index.js';
import { authenticate } from '../../src/testing/client-auth.js';
import type { MsrpClient } from '../../src/testing/index.js';
import { password, Scene, type SceneRelay } from '../support/scene.js';

const vx = 'msrps://x.example:2855/x1;tcp';
const uc = 'msrps://c.invalid:2855/c1;tcp';

let scene: Scene;
let r: SceneRelay;

beforeEach(() => {
  scene = new Scene();
});

async function start(options: Partial<RelayOptions> = {}): Promise<void> {
  r = await scene.relay('relay.example', options);
}

/** A connection of peer relay X, or of another one. */
function peerRelay(names: string | readonly string[] = 'x.example', uri = vx): MsrpClient {
  return scene.client(r, 'x', { uri, certificate: names });
}

/** AUTH of client C through a relay; gives the last response's code, and the token. */
async function authOfC(
  x: MsrpClient,
  from: readonly string[] = [x.uri, uc],
): Promise<{ code: number; token: string }> {
  const result = await scene.clock.until(
    authenticate({ relay: r.uri, username: 'carol', password }, 'c1', (headers) =>
      x.request('AUTH', { to: r.uri, from, headers }).answered(),
    ),
  );
  return { code: result.code, token: result.usePath.at(-1) ?? '' };
}

describe('a token bound to a relay', () => {
  it('AUTH-21 routes over any connection of that relay; one that shares only another name gets 403', async () => {
    await start();
    const n = scene.peer({ host: 'n.example' });
    const { token } = await authOfC(peerRelay(['x.example', 'farm.example']));
    const again = peerRelay(['x.example', 'farm.example']);
    const y = peerRelay(['y.example', 'farm.example'], 'msrps://farm.example:2855/y1;tcp');
    const [own, foreign] = [again, y].map((one) => one.send({ to: [token, n.uri], from: [one.uri, uc], body: 'hi' }));
    await scene.quiet();
    expect(own!.answer?.code).toBe(200);
    expect(foreign!.answer?.code).toBe(403);
    expect(n.clients[0]!.requests.map(({ fromPath }) => fromPath)).toEqual([[token, vx, uc]]);
    expect(r.events.of('requestRefused').map(({ reason }) => reason)).toEqual(['wrong-direction']);
    await scene.end(r);
  });

  it('CONN-18 FWD-09 survives the connection: R dials the relay, once for all who ask meanwhile', async () => {
    await start();
    const first = peerRelay();
    const { token } = await authOfC(first);
    first.end();
    await scene.quiet();
    expect(r.relay.stats().sessions.open).toBe(1);
    const x = scene.peer({ host: 'x.example' });
    const senders = ['f', 'g', 'h'].map((name) => scene.client(r, name));
    const sent = senders.map((f) => f.send({ to: [token, vx, uc], body: f.uri }));
    await scene.quiet();
    expect(sent.map(({ answer }) => answer?.code)).toEqual([200, 200, 200]);
    expect(x.clients).toHaveLength(1);
    expect(x.clients[0]!.requests.map(({ text, toPath }) => [text, toPath])).toEqual(
      senders.map((f) => [f.uri, [vx, uc]]),
    );
    const [dialled] = r.events.of('hopDialled');
    expect(dialled).toMatchObject({ host: 'x.example', connection: { class: 'relay', dialled: true, secure: true } });
    await scene.end(r);
  });

  it('CONN-18 RELAY-08 a client can not use it', async () => {
    await start();
    const { token } = await authOfC(peerRelay());
    const f = scene.client(r, 'f');
    const sent = f.send({ to: [token, 'msrps://n.example:2855/n;tcp'], body: 'hi' });
    expect((await scene.clock.until(sent.answered())).code).toBe(403);
    await scene.end(r);
  });

  it('CONN-27 RELAY-11 over a connection that R opened the same rules hold', async () => {
    await start();
    const x = peerRelay();
    const { token } = await authOfC(x);
    x.end();
    await scene.quiet();
    const server = scene.peer({ host: 'x.example' });
    const n = scene.peer({ host: 'n.example' });
    scene.client(r, 'f').send({ to: [token, vx, uc], body: 'makes R dial' });
    await scene.quiet();
    const over = server.clients[0]!;
    const own = over.send({ to: [token, n.uri], from: [vx, uc], body: 'own' });
    const many = over.send({ to: [token, n.uri], from: ['msrps://evil.example:1/x;tcp', uc], body: 'evil' });
    const one = over.send({ to: [token, n.uri], from: 'msrps://evil.example:1/x;tcp', body: 'evil' });
    await scene.quiet();
    expect([own, many, one].map(({ answer }) => answer?.code)).toEqual([200, 403, 403]);
    expect(n.clients[0]!.requests.map(({ text }) => text)).toEqual(['own']);
    await scene.end(r);
  });

  it('CONN-16 a connection that R opened is not closed because the peer sends no request', async () => {
    await start();
    const a = await scene.registered(r, 'a');
    const n = scene.peer({ host: 'n.example' });
    a.send({ to: [a.token, n.uri], body: 'hi' });
    await scene.clock.elapse(90_000);
    expect(n.clients.map(({ closed, ended }) => closed || ended)).toEqual([false]);
    await scene.end(r);
  });

  it('FWD-09 a relay of the same name on another port is another one', async () => {
    await start();
    const a = await scene.registered(r, 'a');
    const [one, other] = [2855, 2900].map((port) => scene.peer({ host: 'x.example', port }));
    for (const { uri } of [one!, other!]) a.send({ to: [a.token, uri, uc], body: uri });
    await scene.quiet();
    for (const { uri, clients } of [one!, other!]) {
      expect(clients.map((client) => client.requests.map(({ text }) => text))).toEqual([[uri]]);
    }
    await scene.end(r);
  });
});

describe('what a relay may say', () => {
  it('RELAY-11 AUTH-22 another From-Path[0] than its certificate covers: 403, the connection stays', async () => {
    await start();
    const a = await scene.registered(r, 'a');
    const x = peerRelay();
    const from = ['msrps://evil.example:1/x;tcp', uc];
    const refused = x.send({ to: [a.token, a.uri], from, body: 'hi' });
    expect((await authOfC(x, from)).code).toBe(403);
    const good = x.send({ to: [a.token, a.uri], from: [vx, uc], body: 'good' });
    await scene.quiet();
    expect([refused.answer?.code, good.answer?.code]).toEqual([403, 200]);
    expect(a.requests.map(({ text }) => text)).toEqual(['good']);
    expect(r.events.of('requestRefused').map(({ method, reason }) => [method, reason])).toEqual([
      ['SEND', 'relay-name-mismatch'],
      ['AUTH', 'relay-name-mismatch'],
    ]);
    await scene.end(r);
  });

  it.each([
    ['denied', { deny: ['x.example'] }, 403],
    ['denied with all below a name', { deny: ['*.example'] }, 403],
    ['not among those allowed', { allow: ['y.example'] }, 403],
    ['allowed and denied', { allow: ['*.example'], deny: ['X.Example'] }, 403],
    ['allowed', { allow: ['X.example'], deny: ['y.example', '*.x.example'] }, 200],
  ])('AUTH-36 a relay that is %s', async (_title, relays, code) => {
    await start({ relays });
    const a = await scene.registered(r, 'a');
    const x = peerRelay();
    const sent = x.send({ to: [a.token, a.uri], from: [vx, uc], body: 'hi' });
    const unknown = x.request('FOO', { to: [a.token, a.uri], from: [vx, uc] });
    await scene.quiet();
    expect([sent.answer?.code, unknown.answer?.code, (await authOfC(x)).code]).toEqual([code, code, code]);
    expect(a.requests).toHaveLength(code === 200 ? 2 : 0);
    await scene.end(r);
  });

  it('AUTH-30 AUTH-36 twenty denied or failed AUTHs do not close the connection of a relay', async () => {
    await start({ relays: { deny: ['x.example'] } });
    const x = peerRelay();
    for (let i = 0; i < 20; i++) x.request('AUTH', { to: r.uri, from: [vx, uc] });
    await scene.quiet();
    expect(x.responses.map(({ code }) => code)).toEqual(new Array<number>(20).fill(403));
    expect(x.closed).toBe(false);
    await scene.end(r);
  });
});

describe('REPORTs', () => {
  it('FWD-21 to a relay whose connection is gone: over a new one', async () => {
    await start();
    const x = peerRelay();
    const n = scene.peer({ host: 'n.example' }, 'never');
    const { token } = await authOfC(x);
    const sent = x.send({ to: [token, n.uri], from: [vx, uc], body: 'hi' });
    await scene.quiet();
    x.end();
    const server = scene.peer({ host: 'x.example' });
    await scene.clock.elapse(31_000);
    expect(server.clients).toHaveLength(1);
    const [report] = server.clients[0]!.reports;
    expect(report).toMatchObject({ messageId: sent.messageId, toPath: [vx, uc], fromPath: [token] });
    expect(report!.header('Status')).toMatch(/^000 408/);
    expect(r.events.of('deliveryFailed').map(({ reason, told }) => [reason, told])).toEqual([['timeout', 'report']]);
    await scene.end(r);
  });

  it('FWD-21 SEC-34 not over one that was dialled without being asked for our certificate', async () => {
    await start();
    const x = peerRelay();
    const n = scene.peer({ host: 'n.example' }, 'never');
    const { token } = await authOfC(x);
    x.send({ to: [token, n.uri], from: [vx, uc], body: 'hi' });
    await scene.quiet();
    x.end();
    const server = scene.peer({ host: 'x.example', asksForCertificate: false });
    await scene.clock.elapse(31_000);
    expect(server.clients.map(({ reports }) => reports)).toEqual([[]]);
    await scene.end(r);
  });

  it('FWD-21 over any connection of that relay that there is', async () => {
    await start();
    const [x, other] = [peerRelay(), peerRelay()];
    const server = scene.peer({ host: 'x.example' });
    const n = scene.peer({ host: 'n.example' }, 'never');
    const { token } = await authOfC(x);
    await authOfC(other);
    x.send({ to: [token, n.uri], from: [vx, uc], body: 'hi' });
    await scene.quiet();
    x.end();
    await scene.clock.elapse(31_000);
    expect(other.reports.map(({ toPath }) => toPath)).toEqual([[vx, uc]]);
    expect(server.peer.dialled).toBe(0);
    await scene.end(r);
  });

  it('FWD-21 SEC-39 to a client whose connection is gone: not at all, and nobody is dialled', async () => {
    await start();
    const [a, f] = [await scene.registered(r, 'a', 'never'), scene.client(r, 'f', { uri: 'msrps://f.example:2855/f;tcp' })]; // prettier-ignore
    const named = scene.peer({ host: 'f.example' });
    f.send({ to: [a.token, a.uri], body: 'hi' });
    await scene.quiet();
    f.end();
    await scene.clock.elapse(31_000);
    expect(named.peer.dialled).toBe(0);
    expect(r.events.of('deliveryFailed').map(({ reason, told }) => [reason, told])).toEqual([['timeout', 'nobody']]);
    await scene.end(r);
  });
});

describe('AUTH that fails elsewhere', () => {
  const xRelay = 'msrps://x.example:2855;tcp';
  const credentials: [string, string][] = [['Authorization', 'Digest username="a", response="0"']];
  const challenge = (more = ''): [string, string][] => [
    ['WWW-Authenticate', `Digest realm="x.example", nonce="n", qop="auth"${more}`],
  ];

  it('AUTH-31 RESP-23 three in a row at one destination: the last answer is passed on, then the client is closed', async () => {
    await start();
    const a = await scene.registered(r, 'a');
    const x = scene.peer({ host: 'x.example' }, 'never');
    for (let i = 0; i < 3; i++) {
      const sent = a.request('AUTH', { to: [a.token, xRelay], headers: credentials });
      await scene.quiet();
      const { requests } = x.clients[0]!;
      x.clients[0]!.respond(requests.at(-1)!, 401, { headers: challenge() });
      await scene.quiet();
      expect(sent.answer?.code).toBe(401);
    }
    expect(a.ended).toBe(true);
    expect(r.events.of('remoteAuthFailed').map(({ host, failures }) => [host, failures])).toEqual([
      ['x.example', 1],
      ['x.example', 2],
      ['x.example', 3],
    ]);
    expect(r.events.of('connectionClosed').map(({ reason }) => reason)).toEqual(['too-many-failures']);
    expect(r.relay.stats().sessions.closed).toEqual({ 'connection-closed': 1 });
    await scene.end(r);
  });

  it('AUTH-31 challenges, stale nonces, other codes and other destinations do not count; a success starts again', async () => {
    await start();
    const a = await scene.registered(r, 'a');
    const answers: [number, [string, string][], [string, string][]][] = [
      [401, challenge(), []],
      [401, challenge(), []],
      [401, challenge(), []],
      [401, challenge(', stale=true'), credentials],
      [401, challenge(', stale="TRUE"'), credentials],
      [403, [], credentials],
      [401, challenge(), credentials],
      [401, challenge(), credentials],
      [200, [['Use-Path', 'msrps://x.example:2855/t;tcp'], ['Expires', '60']], credentials],
      [401, challenge(), credentials],
      [401, challenge(), credentials],
    ]; // prettier-ignore
    const x = scene.peer({ host: 'x.example' }, 'never');
    const y = scene.peer({ host: 'y.example' }, 'never');
    for (const [code, headers, sent] of [...answers, answers[6]!]) {
      const at = a.responses.length < 2 + answers.length ? x : y;
      a.request('AUTH', { to: [a.token, at === x ? xRelay : 'msrps://y.example:2855;tcp'], headers: sent });
      await scene.quiet();
      at.clients[0]!.respond(at.clients[0]!.requests.at(-1)!, code, { headers });
      await scene.quiet();
    }
    expect(a.closed || a.ended).toBe(false);
    expect(a.responses).toHaveLength(2 + 12);
    await scene.end(r);
  });

  it('AUTH-31 AUTH-30 a relay that passes on the AUTHs of its clients is not closed', async () => {
    await start();
    const v = peerRelay();
    const { token } = await authOfC(v);
    const x = scene.peer({ host: 'z.example' }, 'never');
    for (let i = 0; i < 5; i++) {
      v.request('AUTH', { to: [token, 'msrps://z.example:2855;tcp'], from: [vx, uc], headers: credentials });
      await scene.quiet();
      x.clients[0]!.respond(x.clients[0]!.requests.at(-1)!, 401, { headers: challenge() });
      await scene.quiet();
    }
    expect(v.closed || v.ended).toBe(false);
    expect(v.responses.filter(({ code }) => code === 401)).toHaveLength(6);
    await scene.end(r);
  });
});

describe('a next relay that does not ask for our certificate', () => {
  const next = 'msrps://n.example:2855/n1;tcp';

  it('SEC-34 gets no relay traffic: not what waits while it is dialled, not what comes later', async () => {
    await start();
    const a = await scene.registered(r, 'a');
    const n = scene.peer({ host: 'n.example', asksForCertificate: false });
    const waiting = a.send({ to: [a.token, next, uc], body: 'while it is dialled' });
    const nickname = a.request('NICKNAME', { to: [a.token, next, uc] });
    a.request('REPORT', {
      to: [a.token, next, uc],
      headers: [['Message-ID', 'm1'], ['Byte-Range', '1-1/1'], ['Status', '000 200 OK']],
    }); // prettier-ignore
    await scene.quiet();
    expect(waiting.answer?.code).toBe(200);
    expect(nickname.answer?.code).toBe(408);
    expect(a.reports.map((report) => [report.messageId, report.header('Status')?.slice(0, 7)])).toEqual([
      [waiting.messageId, '000 408'],
    ]);
    const late = a.send({ to: [a.token, next, uc], body: 'later' });
    const lateToo = a.request('NICKNAME', { to: [a.token, next, uc] });
    await scene.quiet();
    expect([late.answer?.code, lateToo.answer?.code]).toEqual([408, 408]);
    expect(n.clients.flatMap(({ requests, reports }) => [...requests, ...reports])).toEqual([]);
    expect(r.events.of('deliveryFailed').map(({ method, reason }) => [method, reason])).toEqual([
      ['SEND', 'hop-wants-no-certificate'],
      ['NICKNAME', 'hop-wants-no-certificate'],
    ]);
    await scene.end(r);
  });

  it('SEC-34 gets what is for itself, over the same connection', async () => {
    await start();
    const a = await scene.registered(r, 'a');
    const n = scene.peer({ host: 'n.example', asksForCertificate: false });
    const [relayed, own] = [[next, uc], [next]].map((to) => a.send({ to: [a.token, ...to], body: `${to.length}` }));
    await scene.quiet();
    expect([relayed!.answer?.code, own!.answer?.code]).toEqual([200, 200]);
    expect(n.clients.map(({ requests }) => requests.map(({ text }) => text))).toEqual([['1']]);
    expect(a.reports.map(({ messageId }) => messageId)).toEqual([relayed!.messageId]);
    await scene.end(r);
  });

  it('SEC-34 lenient: relay traffic passes, first and later', async () => {
    await start({ rules: { relayCertificate: 'lenient' } });
    const a = await scene.registered(r, 'a');
    const n = scene.peer({ host: 'n.example', asksForCertificate: false });
    a.send({ to: [a.token, next, uc], body: 'one' });
    const nickname = a.request('NICKNAME', { to: [a.token, next, uc] });
    await scene.quiet();
    a.send({ to: [a.token, next, uc], body: 'two' });
    await scene.quiet();
    expect(n.clients.map(({ requests }) => requests.map(({ method }) => method).sort())).toEqual([
      ['NICKNAME', 'SEND', 'SEND'],
    ]);
    expect(nickname.answer?.code).toBe(200);
    expect(a.reports).toEqual([]);
    await scene.end(r);
  });
});
