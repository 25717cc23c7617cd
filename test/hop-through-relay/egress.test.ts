import { beforeEach, describe, expect, it } from 'vitest';
import type { RelayOptions } from '../../src/index.js';
import type { MsrpClient } from '../../src/testing/index.js';
import { Scene, type SceneRelay } from '../support/scene.js';

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

const reports = (): (string | undefined)[] => a.reports.map((report) => report.header('Status')?.slice(0, 7));

describe('egress policy', () => {
  it.each([
    '127.0.0.1',
    '[::ffff:127.0.0.1]',
    '[::1]',
    '10.0.0.7',
    '169.254.169.254',
    '[fd00:ec2::254]',
    '[64:ff9b::7f00:1]',
  ])(
    // prettier-ignore
    'FWD-47 by default %s is not dialled: 200, then REPORT 403, and an event',
    async (host) => {
      await start();
      const literal = host.replace(/[[\]]/g, '');
      const n = scene.peer({ host: literal, address: literal, port: 22 });
      const sent = a.send({ to: [a.token, `msrps://${host}:22/x;tcp`], body: 'hello' });
      await scene.quiet();
      expect([sent.answer?.code, ...reports()]).toEqual([200, '000 403']);
      expect(n.peer.dialled).toBe(0);
      expect(r.events.of('hopFailed').map(({ port, reason }) => [port, reason])).toEqual([[22, 'egress-refused']]);
      expect(r.events.of('deliveryFailed').map(({ code, reason, told }) => [code, reason, told])).toEqual([
        [403, 'egress-refused', 'report'],
      ]);
      expect(r.relay.stats().hops.failed).toEqual({ 'egress-refused': 1 });
      await scene.end(r);
    },
  );

  it('FWD-47 a name is judged by its address; a chunk still coming is refused by a response, other requests too', async () => {
    await start();
    const n = scene.peer({ host: 'metadata.example', address: '169.254.169.254' });
    const nickname = a.request('NICKNAME', { to: [a.token, n.uri] });
    const auth = a.request('AUTH', { to: [a.token, 'msrps://metadata.example:2855;tcp'] });
    const open = a.openSend({ to: [a.token, n.uri] });
    open.write('hello');
    await scene.quiet();
    open.end();
    await scene.quiet();
    expect([open, nickname, auth].map(({ answer }) => answer?.code)).toEqual([403, 403, 403]);
    expect(reports()).toEqual([]);
    expect(n.peer.dialled).toBe(0);
    await scene.end(r);
  });

  it('FWD-47 allow, deny and ports are obeyed; a hop that exists already is not concerned', async () => {
    await start({ egress: { allow: ['10.1.0.0/16'], deny: ['10.1.2.0/24'], ports: { deny: [25] } } });
    const peers = ['10.1.1.1', '10.1.2.1', '10.2.0.1'].map((address) => scene.peer({ host: address, address }));
    const smtp = scene.peer({ host: '10.1.1.1', port: 25 });
    const refused = scene.client(r, 'f', { uri: smtp.uri });
    refused.send({ to: [a.token, a.uri], body: 'this is my connection' });
    await scene.quiet();
    for (const { uri } of [...peers, smtp]) a.send({ to: [a.token, uri], body: 'hello' });
    await scene.quiet();
    expect([...peers, smtp].map(({ peer }) => peer.dialled)).toEqual([1, 0, 0, 0]);
    expect(refused.requests).toHaveLength(1);
    expect(reports()).toEqual(['000 403', '000 403']);
    await scene.end(r);
  });

  it('FWD-47 SEC-39 a failed look at many doors never reaches a third party: no REPORT but to the sender', async () => {
    await start();
    const f = scene.client(r, 'f');
    const sent = f.send({ to: [a.token, 'msrps://10.0.0.1:22/x;tcp'], body: 'hello' });
    await scene.quiet();
    expect(sent.answer?.code).toBe(403);
    expect(r.events.of('hopFailed')).toEqual([]);
    await scene.end(r);
  });
});

describe('dials of one user', () => {
  const doors = (count: number): ReturnType<Scene['peer']>[] =>
    Array.from({ length: count }, (_, i) => {
      const door = scene.peer({ host: `n${i}.example` });
      door.peer.answers = 'never';
      return door;
    });

  it('FWD-47 beyond the limit: 403 at once as response, typed reason, event; another user is not concerned', async () => {
    await start({ limits: { maxDialsPerUser: 2 } });
    const b = await scene.registered(r, 'b');
    const [one, two, three] = doors(3);
    const sent = [one!, two!, three!].map(({ uri }) => a.send({ to: [a.token, uri], body: 'hello' }));
    const others = b.send({ to: [b.token, three!.uri], body: 'hello' });
    await scene.quiet();
    expect(sent.map(({ answer }) => answer?.code)).toEqual([200, 200, 403]);
    expect(others.answer?.code).toBe(200);
    expect([one!, two!, three!].map(({ peer }) => peer.dialled)).toEqual([1, 1, 1]);
    expect(r.events.of('requestRefused').map(({ reason, code }) => [reason, code])).toEqual([
      ['too-many-dials', 403],
    ]);
    expect(r.events.of('hopFailed').map(({ host, reason }) => [host, reason])).toEqual([
      ['n2.example', 'too-many-dials'],
    ]);
    await scene.end(r);
  });

  it('FWD-47 they count for a user over all connections, and no longer when they have failed or been made', async () => {
    await start({ limits: { maxDialsPerUser: 1 } });
    const again = scene.client(r, 'again');
    const [token] = await scene.auth(again, r.uri, { username: 'a' });
    const [one, two, three] = doors(3);
    const send = async (uri: string): Promise<number | undefined> => {
      const sent = again.send({ to: [token!, uri], body: 'hello' });
      await scene.quiet();
      return sent.answer?.code;
    };
    a.send({ to: [a.token, one!.uri], body: 'hello' });
    await scene.quiet();
    expect(await send(two!.uri)).toBe(403);
    await scene.clock.elapse(10_000);
    two!.peer.answers = 'accept';
    expect(await send(two!.uri)).toBe(200);
    expect(await send(three!.uri)).toBe(200);
    await scene.end(r);
  });

  it('FWD-47 by default sixteen', async () => {
    await start();
    const sent = doors(17).map(({ uri }) => a.send({ to: [a.token, uri], body: 'hello' }));
    await scene.quiet();
    expect(sent.map(({ answer }) => answer?.code)).toEqual([...new Array<number>(16).fill(200), 403]);
    await scene.end(r);
  });
});
