import { describe, expect, it } from 'vitest';
import { authenticate } from '../../src/testing/client-auth.js';
import { createMsrpClient, type MsrpClient } from '../../src/testing/index.js';
import { password, Scene, type SceneRelay } from '../support/scene.js';
import { slowStore } from '../support/slow-store.js';

const vx = 'msrps://x.example:2855/x1;tcp';
const uc = 'msrps://c.invalid:2855/c1;tcp';
const unknown = `msrps://farm.example:2855/${'u'.repeat(32)};tcp`;

interface Ground {
  readonly scene: Scene;
  readonly relays: readonly SceneRelay[];
  readonly r: SceneRelay;
  /** A token the relay has to ask the store for, each time anew; X, to whom it belongs, is connected. */
  readonly token: string;
  readonly x: MsrpClient;
  readonly f: MsrpClient;
}

async function ground(delayMs: number): Promise<Ground> {
  const scene = new Scene();
  const names = { hosts: ['farm.example'], advertise: { port: 2855 }, sessions: slowStore(scene, delayMs) };
  const first = await scene.relay('m1.example', { ...names, nodeId: 'm1' });
  const r = await scene.relay('m2.example', { ...names, nodeId: 'm2' });
  const registering = scene.client(first, 'x', { uri: vx, certificate: 'x.example' });
  const relay = 'msrps://farm.example:2855;tcp';
  const { usePath } = await scene.clock.until(
    authenticate({ relay, username: 'carol', password }, 'c1', (headers) =>
      registering.request('AUTH', { to: relay, from: [vx, uc], headers }).answered(),
    ),
  );
  const x = scene.client(r, 'x', { uri: vx, certificate: 'x.example' });
  return { scene, relays: [first, r], r, token: usePath.at(-1)!, x, f: scene.client(r, 'f') };
}

describe('a peer that closes its sending side while a slow session store is asked', () => {
  it('CONN-25, FWD-40 gets its answers, its messages are delivered, and the connection ends at once', async () => {
    const { scene, relays, r, token, x, f } = await ground(1_000);
    const to = [token, vx, uc];
    const sent = f.send({ to, body: 'last words' });
    const late = f.send({ to, body: 'x'.repeat(20_000), messageId: 'long' });
    f.end();
    await scene.clock.elapse(900);
    expect([f.ended, f.responses]).toEqual([false, []]);
    await scene.clock.elapse(200);
    expect([sent.answer?.code, late.answer?.code]).toEqual([200, 200]);
    expect([f.ended, f.closeError]).toEqual([true, undefined]);
    expect([x.requests[0]!.text, x.received('long').length]).toEqual(['last words', 20_000]);
    expect(r.events.of('connectionClosed').map(({ reason }) => reason)).toEqual(['peer-closed']);
    await scene.end(...relays);
  });

  it('CONN-25, RELAY-10 is told that there is no such session', async () => {
    const { scene, relays, f } = await ground(1_000);
    const sent = f.send({ to: [unknown, uc], body: 'to nobody' });
    f.end();
    await scene.clock.elapse(1_100);
    expect([sent.answer?.code, f.ended, f.closeError]).toEqual([481, true, undefined]);
    await scene.end(...relays);
  });

  it('CONN-25 what asks for no answer is delivered, and the end does not wait for one', async () => {
    const { scene, relays, token, x, f } = await ground(1_000);
    f.send({ to: [token, vx, uc], body: 'no answer', failureReport: 'no' });
    f.end();
    await scene.clock.elapse(1_100);
    expect([f.ended, x.requests.map(({ text }) => text)]).toEqual([true, ['no answer']]);
    const other = scene.client(relays[1]!, 'g');
    other.send({ to: [unknown, uc], body: 'nobody', failureReport: 'no' });
    other.end();
    await scene.clock.elapse(1_100);
    expect([other.ended, other.responses]).toEqual([true, []]);
    await scene.end(...relays);
  });

  it('CONN-25 a REPORT and an unknown method that waited for the store go on', async () => {
    const { scene, relays, token, x, f } = await ground(1_000);
    const to = [token, vx, uc];
    f.request('REPORT', { to, headers: [['Message-ID', 'mmmm'], ['Byte-Range', '1-1/1'], ['Status', '000 200 OK']] }); // prettier-ignore
    f.request('FOOBAR', { to });
    f.end();
    await scene.clock.elapse(1_100);
    expect(f.ended).toBe(true);
    expect([x.reports.length, x.requests.map(({ method }) => method)]).toEqual([1, ['FOOBAR']]);
    await scene.end(...relays);
  });

  it('CONN-25 waits no longer than a hook may take', async () => {
    const { scene, relays, f } = await ground(20_000);
    const sent = f.send({ to: [unknown, uc], body: 'to nobody' });
    f.end();
    await scene.clock.elapse(1_900);
    expect(f.ended).toBe(false);
    await scene.clock.elapse(200);
    expect([sent.answer?.code, f.ended]).toEqual([481, true]);
    await scene.end(...relays);
  });

  it('CONN-25 one that does not read either is given up in the end', async () => {
    const { scene, relays, r, f } = await ground(1_500);
    f.pause();
    f.send({ to: [unknown, uc], body: 'to nobody' });
    f.end();
    await scene.clock.elapse(7_200);
    expect(r.events.of('connectionClosed').map(({ reason }) => reason)).toEqual(['peer-closed']);
    await scene.end(...relays);
  });

  it('CONN-25 R24 learns no way back to a peer that has hung up', async () => {
    const { scene, relays, r, token, x } = await ground(1_000);
    const n = scene.peer({ host: 'g.invalid' });
    // It does not read, so that its connection can not be closed for some seconds.
    const end = scene.network.connect('m2.example:2855', { link: { bufferBytes: 16 } });
    const g = createMsrpClient(end, { uri: 'msrps://g.invalid:2855/g1;tcp' });
    g.pause();
    g.send({ to: [token, vx, uc], body: 'hello' });
    g.end();
    await scene.clock.elapse(1_500);
    expect([x.requests.length, r.relay.stats().connections.open]).toEqual([1, 3]);
    const reply = x.send({ to: [token, g.uri], from: [vx, uc], body: 'reply' });
    await scene.clock.elapse(1_500);
    expect(reply.answer?.code).toBe(200);
    expect(n.clients[0]!.requests.map(({ text }) => text)).toEqual(['reply']);
    g.destroy();
    await scene.quiet();
    expect(r.events.of('deliveryFailed')).toEqual([]);
    await scene.end(...relays);
  });

  it('CONN-25 nothing waits for one that is gone altogether', async () => {
    const { scene, relays, r, token, x } = await ground(1_000);
    const end = scene.network.connect('m2.example:2855');
    const g = createMsrpClient(end, { uri: 'msrps://g.invalid:2855/g1;tcp' });
    g.send({ to: [token, vx, uc], body: 'hello' });
    g.end();
    await scene.clock.elapse(10);
    expect(r.relay.stats().connections.open).toBe(3);
    end.reset();
    await scene.clock.elapse(10);
    expect(r.relay.stats().connections.open).toBe(2);
    await scene.quiet();
    expect(x.requests).toEqual([]);
    await scene.end(...relays);
  });

  it('CONN-25, FWD-36 inside a chunk that is undecided nothing is owed', async () => {
    const { scene, relays, f } = await ground(1_000);
    f.openSend({ to: [unknown, uc] }).write(Buffer.from('half'));
    f.end();
    await scene.clock.elapse(100);
    expect([f.ended, f.responses]).toEqual([true, []]);
    await scene.end(...relays);
  });
});
