import { beforeEach, describe, expect, it } from 'vitest';
import type { RelayOptions, Resolver } from '../../src/index.js';
import type { MsrpClient, ReceivedResponse } from '../../src/testing/index.js';
import { Scene, type SceneRelay } from '../support/scene.js';

type Srv = Awaited<ReturnType<Resolver['srv']>>[number];

let scene: Scene;
let r: SceneRelay;
let a: MsrpClient & { token: string };
/** What the relay has asked for, in order. */
let asked: string[];
let addresses: Record<string, readonly string[]>;
let services: Record<string, readonly Partial<Srv>[]>;

const resolver: Resolver = {
  async lookup(host) {
    asked.push(`A ${host}`);
    const own = addresses[host];
    if (own === undefined) return scene.network.resolver.lookup(host);
    return own.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
  },
  srv(name) {
    asked.push(`SRV ${name}`);
    const found = services[name]?.map((record) => ({ name: '', port: 2855, priority: 0, weight: 0, ...record }));
    return found === undefined ? Promise.reject(new Error('ENOTFOUND')) : Promise.resolve(found);
  },
};

beforeEach(() => {
  scene = new Scene();
  [asked, addresses, services] = [[], {}, {}];
});

async function start(options: Partial<RelayOptions> = {}): Promise<void> {
  r = await scene.relay('relay.example', { resolver, ...options });
  a = await scene.registered(r, 'a');
}

async function authAt(uri: string): Promise<ReceivedResponse | undefined> {
  const sent = a.request('AUTH', { to: [a.token, uri] });
  await scene.quiet();
  return sent.answer;
}

async function sendTo(uri: string): Promise<number | undefined> {
  const sent = a.send({ to: [a.token, uri], body: 'hello' });
  await scene.quiet();
  return sent.answer?.code;
}

const statuses = (): (string | undefined)[] => a.reports.map((report) => report.header('Status')?.slice(0, 7));

describe('the next hop of an AUTH without port', () => {
  it('URI-14 URI-17 SRV by priority, the next record when one fails, with its port; certificate of the name in the URI', async () => {
    await start();
    services['_msrps._tcp.ext.example'] = [
      { name: 'h2.ext.example', port: 2902, priority: 20 },
      { name: 'h1.ext.example', port: 2901, priority: 10 },
    ];
    const certificate = { host: 'h2.ext.example', port: 2902 };
    const { testCertificate } = await import('../../src/testing/index.js');
    const h2 = scene.peer({ ...certificate, certificate: testCertificate('ext.example') });
    scene.peer({ host: 'h1.ext.example', port: 2901 }).peer.answers = 'refuse';
    expect((await authAt('msrps://ext.example;tcp'))?.code).toBe(200);
    expect(asked).toEqual(['SRV _msrps._tcp.ext.example', 'A h1.ext.example', 'A h2.ext.example']);
    expect(h2.clients[0]!.requests.map(({ method, toPath }) => [method, toPath])).toEqual([
      ['AUTH', ['msrps://ext.example;tcp']],
    ]);
    await scene.end(r);
  });

  it('URI-17 a certificate that names only the SRV target does not do: 408', async () => {
    await start();
    services['_msrps._tcp.ext.example'] = [{ name: 'h1.ext.example' }];
    const h1 = scene.peer({ host: 'h1.ext.example' });
    expect((await authAt('msrps://ext.example;tcp'))?.code).toBe(408);
    expect(h1.clients).toEqual([]);
    await scene.end(r);
  });

  it('URI-14 target "." means no service: 408, nothing is dialled', async () => {
    await start();
    services['_msrps._tcp.ext.example'] = [{ name: '.' }];
    const ext = scene.peer({ host: 'ext.example' });
    expect((await authAt('msrps://ext.example;tcp'))?.code).toBe(408);
    expect(ext.peer.dialled).toBe(0);
    await scene.end(r);
  });

  it('URI-15 without SRV records: A or AAAA of the name, port 2855', async () => {
    await start();
    const ext = scene.peer({ host: 'ext.example' });
    expect((await authAt('msrps://ext.example;tcp'))?.code).toBe(200);
    expect(ext.clients).toHaveLength(1);
    expect(asked).toEqual(['SRV _msrps._tcp.ext.example', 'A ext.example']);
    await scene.end(r);
  });

  it('URI-14 a second AUTH to that name goes over the same connection, without a question', async () => {
    await start();
    const ext = scene.peer({ host: 'ext.example' });
    await authAt('msrps://ext.example;tcp');
    asked.length = 0;
    await authAt('msrps://ext.example;tcp');
    expect(ext.clients.map(({ requests }) => requests.length)).toEqual([2]);
    expect(asked).toEqual([]);
    await scene.end(r);
  });
});

describe('addresses of the next hop', () => {
  it('URI-11 of a name with port: A and AAAA, no SRV', async () => {
    await start();
    const n = scene.peer({ host: 'n.example', port: 2900 });
    expect(await sendTo(n.uri)).toBe(200);
    expect(asked).toEqual(['A n.example']);
    await scene.end(r);
  });

  it('URI-12 the next address when one fails', async () => {
    await start();
    addresses['n.example'] = ['203.0.113.250', '203.0.113.77'];
    const n = scene.peer({ host: 'n.example', address: '203.0.113.77' });
    await sendTo(n.uri);
    expect(n.clients[0]?.requests).toHaveLength(1);
    await scene.end(r);
  });

  it('URI-13 an address literal: no question at all', async () => {
    await start();
    const n = scene.peer({ host: '203.0.113.77', address: '203.0.113.77' });
    await sendTo(n.uri);
    expect(n.clients[0]?.requests).toHaveLength(1);
    expect(asked).toEqual([]);
    await scene.end(r);
  });

  it('SEC-38 no question is ever asked for a request without live token', async () => {
    await start();
    const f = scene.client(r, 'f');
    const target = 'msrps://n.example:2855/n;tcp';
    const codes = [
      f.send({ to: ['msrps://relay.example:2855/guess;tcp', target], body: 'x' }),
      f.send({ to: [a.token, target], body: 'x' }),
    ];
    f.request('AUTH', { to: ['msrps://relay.example:2855;tcp', 'msrps://ext.example;tcp'] });
    await scene.quiet();
    expect(codes.map(({ answer }) => answer?.code)).toEqual([481, 403]);
    expect(asked).toEqual([]);
    await scene.end(r);
  });
});

describe('name service that fails', () => {
  it.each<readonly [string, Resolver['lookup']]>([
    ['says that there is no such name', () => Promise.reject(new Error('ENOTFOUND'))],
    ['gives no address', () => Promise.resolve([])],
    [
      'throws',
      () => {
        throw new Error('resolver');
      },
    ],
    ['gives what is no list', () => Promise.resolve(undefined as never)],
    ['gives what are no addresses', () => Promise.resolve([undefined as never])],
    ['gives addresses that are none', () => Promise.resolve([{ address: 7 as never, family: 4 }])],
  ])('FWD-22 R26 one that %s: REPORT 408, hop-unresolved', async (_title, lookup) => {
    await start({ resolver: { ...resolver, lookup } });
    expect(await sendTo('msrps://n.example:2855/n;tcp')).toBe(200);
    expect(statuses()).toEqual(['000 408']);
    expect(r.events.of('hopFailed').map(({ host, reason }) => [host, reason])).toEqual([
      ['n.example', 'hop-unresolved'],
    ]);
    expect(r.events.of('deliveryFailed').map(({ reason }) => reason)).toEqual(['hop-unresolved']);
    await scene.end(r);
  });

  it('FWD-22 one that never answers: REPORT 408 after the time for dialling', async () => {
    await start({ resolver: { ...resolver, lookup: () => new Promise(() => undefined) } });
    await sendTo('msrps://n.example:2855/n;tcp');
    await scene.clock.elapse(7_900);
    expect(statuses()).toEqual([]);
    await scene.clock.elapse(200);
    expect(statuses()).toEqual(['000 408']);
    await scene.end(r);
  });

  it('FWD-38 for another request: 408 from the relay itself', async () => {
    await start({ resolver: { ...resolver, lookup: () => Promise.reject(new Error('ENOTFOUND')) } });
    const sent = a.request('NICKNAME', { to: [a.token, 'msrps://n.example:2855/n;tcp'] });
    await scene.quiet();
    expect(sent.answer).toMatchObject({ code: 408, toPath: [a.uri], fromPath: [a.token] });
    await scene.end(r);
  });

  it('XMIT-21 each message that waits fails for itself; those to other hops do not', async () => {
    await start();
    const n = scene.peer({ host: 'n.example' });
    const sent = [1, 2, 3].map((i) => a.send({ to: [a.token, 'msrps://nowhere.example:2855/n;tcp'], body: `${i}` }));
    a.send({ to: [a.token, n.uri], body: 'hello' });
    await scene.quiet();
    expect(a.reports.map(({ messageId }) => messageId)).toEqual(sent.map(({ messageId }) => messageId));
    expect(n.clients[0]!.requests).toHaveLength(1);
    await scene.end(r);
  });
});

describe('a hop that refuses again and again', () => {
  it('R26 sleeps: after five failures nothing is asked or dialled for a second; others are not concerned', async () => {
    await start();
    const n = scene.peer({ host: 'n.example' });
    n.peer.answers = 'refuse';
    const send = async (): Promise<void> => {
      a.send({ to: [a.token, n.uri], body: 'hello' });
      await scene.clock.elapse(10);
    };
    for (let i = 0; i < 5; i++) await send();
    expect(n.peer.dialled).toBe(5);
    await send();
    expect(n.peer.dialled).toBe(5);
    expect(r.events.of('hopFailed').map(({ reason }) => reason)).toEqual([
      ...new Array<string>(5).fill('hop-unreachable'),
      'hop-asleep',
    ]);
    expect(statuses()).toEqual(new Array<string>(6).fill('000 408'));
    const other = scene.peer({ host: 'n.example', port: 2900 });
    await sendTo(other.uri);
    n.peer.answers = 'accept';
    await sendTo(n.uri);
    expect([other, n].map(({ clients }) => clients.length)).toEqual([1, 1]);
    await scene.end(r);
  });
});
