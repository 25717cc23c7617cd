import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { RelayOptions } from '../../src/index.js';
import type { MemoryNetworkOptions, MsrpClient } from '../../src/testing/index.js';
import { Scene, type SceneRelay } from '../support/scene.js';

/** A client behind one, two, three relays of ours; `use[i]` is the Use-Path that the relay with this number gave. */
interface Chain {
  readonly scene: Scene;
  readonly relays: readonly SceneRelay[];
  readonly a: MsrpClient;
  readonly use: readonly (readonly string[])[];
}

async function chain(
  hosts: readonly string[],
  network: MemoryNetworkOptions = {},
  options: Partial<RelayOptions> = {},
): Promise<Chain> {
  const scene = new Scene(network);
  const relays: SceneRelay[] = [];
  for (const host of hosts) relays.push(await scene.relay(host, options));
  const a = scene.client(relays[0]!, 'a');
  const use: (readonly string[])[] = [];
  for (const { uri } of relays) use.push(await scene.auth(a, uri, { via: use.at(-1) ?? [] }));
  return { scene, relays, a, use };
}

const tokenOf = (host: string): unknown => expect.stringMatching(`^msrps://${host}:2855/[A-Za-z0-9]+;tcp$`);

describe('AUTH through relays', () => {
  it('AUTH-19 RELAY-13 RESP-12 Use-Path of a chain of three, in the order of To-Path', async () => {
    const { scene, relays, use } = await chain(['inner.example', 'middle.example', 'outer.example']);
    expect(use[0]).toEqual([tokenOf('inner.example')]);
    expect(use[1]).toEqual([use[0]![0], tokenOf('middle.example')]);
    expect(use[2]).toEqual([...use[1]!, tokenOf('outer.example')]);
    await scene.end(...relays);
  });

  it('CONN-03 SEC-33 one connection between each pair of relays, over which both have shown who they are', async () => {
    const { scene, relays } = await chain(['inner.example', 'middle.example', 'outer.example']);
    const opened = relays.map(({ events }) =>
      events
        .of('connectionOpened')
        .map(({ connection }) => `${connection.dialled ? 'to' : 'from'} ${connection.class}`),
    );
    expect(opened).toEqual([['from client', 'to relay'], ['from relay', 'to relay'], ['from relay']]);
    await scene.end(...relays);
  });

  it('AUTH-23 SEC-07 the far relay challenges the client, over the rightmost URI as written', async () => {
    const scene = new Scene();
    const [inner, outer] = [await scene.relay('inner.example'), await scene.relay('outer.example')];
    const a = scene.client(inner, 'a');
    const via = await scene.auth(a, inner.uri);
    for (const uri of ['msrps://alice@OUTER.example:2855;tcp', 'msrps://outer.example:2855;TCP']) {
      await scene.auth(a, uri, { via });
    }
    expect(outer.events.of('authFailed').map(({ reason, code }) => [reason, code])).toEqual([
      ['challenged', 401],
      ['challenged', 401],
    ]);
    await scene.end(inner, outer);
  });

  it('AUTH-02 RESP-11 FWD-26 the answer comes back along the path, with what the far relay wrote', async () => {
    const { scene, relays, a, use } = await chain(['inner.example', 'outer.example']);
    const [challenge, success] = a.responses.slice(-2);
    expect(challenge).toMatchObject({ code: 401, toPath: [a.uri] });
    expect(challenge!.fromPath).toEqual([use[0]![0], 'msrps://outer.example:2855;tcp']);
    expect(challenge!.header('WWW-Authenticate')).toMatch(/^Digest realm="outer.example", /);
    expect(success).toMatchObject({ code: 200, toPath: [a.uri], fromPath: challenge!.fromPath });
    expect(success!.header('Authentication-Info')).toMatch(/rspauth="[0-9a-f]{64}"/);
    await scene.end(...relays);
  });

  it('AUTH-17 AUTH-21 an AUTH through the same relay, over a new connection, renews', async () => {
    const { scene, relays, a, use } = await chain(['inner.example', 'outer.example']);
    const outer = relays[1]!;
    const again = await scene.auth(a, outer.uri, { via: use[0]!, expires: 120 });
    expect(again).toEqual(use[1]);
    expect(outer.events.names).toContain('sessionRenewed');
    await scene.end(...relays);
  });

  it('FWD-38 a relay that can not be reached: the client gets 408 from ours', async () => {
    const scene = new Scene();
    const inner = await scene.relay('inner.example');
    const a = scene.client(inner, 'a');
    const via = await scene.auth(a, inner.uri);
    const sent = a.request('AUTH', { to: [...via, 'msrps://outer.example:2855;tcp'] });
    const answer = await scene.clock.until(sent.answered());
    expect(answer).toMatchObject({ code: 408, toPath: [a.uri], fromPath: via });
    expect(inner.events.of('hopFailed').map(({ reason }) => reason)).toEqual(['hop-unresolved']);
    await scene.end(inner);
  });
});

describe.each([
  { title: 'two', hosts: ['inner.example', 'outer.example'] },
  { title: 'three', hosts: ['inner.example', 'middle.example', 'outer.example'] },
])('messages through $title relays', ({ hosts }) => {
  it('FWD-01 RELAY-06 RELAY-16 inbound: each relay moves its URI, each hop is answered by the next', async () => {
    const { scene, relays, a, use } = await chain(hosts, { split: 'random', latencyMs: 3 });
    const path = use.at(-1)!;
    const f = scene.client(relays.at(-1)!, 'f');
    const sent = f.send({ to: [...path.toReversed(), a.uri], body: 'hello' });
    const got = await scene.clock.until(a.nextRequest());
    expect(got).toMatchObject({ text: 'hello', toPath: [a.uri], fromPath: [...path, f.uri] });
    expect(sent.answer).toMatchObject({ code: 200, toPath: [f.uri], fromPath: [path.at(-1)] });
    await scene.end(...relays);
  });

  it('FWD-01 RELAY-07 outbound, and the success report of the far end comes back', async () => {
    const { scene, relays, a, use } = await chain(hosts, { split: 'random', latencyMs: 3 });
    const n = scene.peer({ host: 'n.example' });
    const path = use.at(-1)!;
    const sent = a.send({ to: [...path, n.uri], body: 'hello', successReport: 'yes' });
    await scene.quiet();
    expect(sent.answer?.code).toBe(200);
    const [got] = n.clients[0]!.requests;
    expect(got).toMatchObject({ text: 'hello', toPath: [n.uri], fromPath: [...path.toReversed(), a.uri] });
    n.clients[0]!.report(got!);
    const report = await scene.clock.until(a.nextReport());
    expect(report).toMatchObject({ messageId: sent.messageId, toPath: [a.uri], fromPath: [...path, n.uri] });
    await scene.end(...relays);
  });

  it('FWD-05 FWD-16 FWD-19 a large message arrives whole; one the far end refuses is told back once', async () => {
    const { scene, relays, a, use } = await chain(hosts, { latencyMs: 1 });
    const n = scene.peer({ host: 'n.example' });
    const path = use.at(-1)!;
    const body = randomBytes(1_000_000);
    const [first] = a.sendChunks({ to: [...path, n.uri], body }, 400_000);
    await scene.quiet();
    expect(n.clients[0]!.received(first!.messageId).equals(body)).toBe(true);
    n.clients[0]!.answer = 415;
    const refused = a.send({ to: [...path, n.uri], body: 'no' });
    const report = await scene.clock.until(a.nextReport());
    expect(report).toMatchObject({ messageId: refused.messageId, toPath: [a.uri] });
    expect(report.header('Status')).toMatch(/^000 415/);
    expect(report.fromPath).toEqual(path);
    await scene.clock.elapse(40_000);
    expect(a.reports).toHaveLength(1);
    await scene.end(...relays);
  });

  it('CONN-18 FWD-09 connections between relays are closed, tokens stay: the next message makes others', async () => {
    const { scene, relays, a, use } = await chain(hosts, { latencyMs: 1 }, { limits: { idleMs: 60_000 } });
    const path = use.at(-1)!;
    const outer = relays.at(-1)!;
    const f = scene.client(outer, 'f');
    const to = [...path.toReversed(), a.uri];
    f.send({ to, body: 'one' });
    await scene.clock.until(a.nextRequest());
    await scene.clock.elapse(130_000);
    for (const { relay } of relays) expect(relay.stats().connections.closed).toHaveProperty('idle');
    const again = scene.client(outer, 'f');
    const late = again.send({ to, body: 'two' });
    expect((await scene.clock.until(a.nextRequest())).text).toBe('two');
    await scene.quiet();
    expect(late.answer?.code).toBe(200);
    expect(again.reports).toEqual([]);
    await scene.end(...relays);
  });
});
