import { describe, expect, it } from 'vitest';
import { memorySessionStore } from '../../src/index.js';
import { authenticate } from '../../src/testing/client-auth.js';
import { password, Scene, type SceneRelay } from '../support/scene.js';

const vx = 'msrps://x.example:2855/x1;tcp';
const uc = 'msrps://c.invalid:2855/c1;tcp';

/** Two relays with one host name, and one store: the second is reached at another address. */
async function farm(): Promise<{ scene: Scene; one: SceneRelay; other: SceneRelay }> {
  const scene = new Scene();
  const sessions = memorySessionStore({ runtime: scene.clock });
  const names = { hosts: ['farm.example'], advertise: { port: 2855 }, sessions };
  const one = await scene.relay('m1.example', { ...names, nodeId: 'm1' });
  const other = await scene.relay('m2.example', { ...names, nodeId: 'm2' });
  return { scene, one, other };
}

describe('relays that share a session store', () => {
  it('URI-21 a relay-bound token of one routes at the other, both ways', async () => {
    const { scene, one, other } = await farm();
    const x = scene.client(one, 'x', { uri: vx, certificate: 'x.example' });
    const relay = 'msrps://farm.example:2855;tcp';
    const { usePath } = await scene.clock.until(
      authenticate({ relay, username: 'carol', password }, 'c1', (headers) =>
        x.request('AUTH', { to: relay, from: [vx, uc], headers }).answered(),
      ),
    );
    const token = usePath.at(-1)!;
    x.end();
    await scene.quiet();
    const n = scene.peer({ host: 'n.example' });
    const again = scene.client(other, 'x', { uri: vx, certificate: 'x.example' });
    const outbound = again.send({ to: [token, n.uri], from: [vx, uc], body: 'out' });
    await scene.quiet();
    const inbound = scene.client(other, 'f').send({ to: [token, vx, uc], body: 'in' });
    await scene.quiet();
    expect([outbound.answer?.code, inbound.answer?.code]).toEqual([200, 200]);
    expect(n.clients[0]!.requests.map(({ text }) => text)).toEqual(['out']);
    expect(again.requests.map(({ text }) => text)).toEqual(['in']);
    const stranger = scene.client(other, 'y', { uri: 'msrps://y.example:2855/y;tcp', certificate: 'y.example' });
    const refused = stranger.send({ to: [token, n.uri], from: [stranger.uri, uc], body: 'no' });
    await scene.quiet();
    expect(refused.answer?.code).toBe(403);
    await scene.end(one, other);
  });

  it('CONN-17 CONN-18 a token bound to a client of one is nothing at the other', async () => {
    const { scene, one, other } = await farm();
    const a = scene.client(one, 'a');
    const [token] = await scene.auth(a, 'msrps://farm.example:2855;tcp');
    const refused = scene.client(other, 'f').send({ to: [token!, a.uri], body: 'hi' });
    const taken = scene.client(one, 'f').send({ to: [token!, a.uri], body: 'hi' });
    await scene.quiet();
    expect([refused.answer?.code, taken.answer?.code]).toEqual([481, 200]);
    await scene.end(one, other);
  });
});
