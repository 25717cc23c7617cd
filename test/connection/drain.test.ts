import { describe, expect, it } from 'vitest';
import type { Authenticator } from '../../src/index.js';
import { Scene } from '../support/scene.js';
import { slowStore } from '../support/slow-store.js';

const unknown = `msrps://relay.example:2855/${'u'.repeat(32)};tcp`;
const far = 'msrps://far.invalid:2855/f;tcp';

/** Lets everybody in, after some time. */
function slowAuthenticator(scene: Scene, delayMs: number): Authenticator {
  return {
    authenticate: () =>
      new Promise((resolve) => {
        scene.clock.wakeAt(scene.clock.nowMs() + delayMs, () => {
          resolve({ accept: { name: 'alice' } });
        });
      }),
  };
}

describe('close() with drain', () => {
  it('CONN-28 waits for the session store where a request waits for it', async () => {
    const scene = new Scene();
    const one = await scene.relay('relay.example', { sessions: slowStore(scene, 1_000) });
    const f = scene.client(one, 'f');
    const sent = f.send({ to: [unknown, far], body: 'to nobody' });
    await scene.clock.elapse(100);
    const closed = one.relay.close({ drainMs: 10_000 });
    await scene.clock.elapse(800);
    expect([one.relay.state, sent.answer]).toEqual(['draining', undefined]);
    await scene.clock.elapse(300);
    expect([sent.answer?.code, f.ended]).toEqual([481, true]);
    await scene.clock.until(closed);
    await scene.end(one);
  });

  it('CONN-28 waits for the authenticator, for AUTHs that stand in line too', async () => {
    const scene = new Scene();
    const one = await scene.relay('relay.example', { authenticator: slowAuthenticator(scene, 1_000) });
    const f = scene.client(one, 'f');
    const asked = [f.request('AUTH', { to: one.uri }), f.request('AUTH', { to: one.uri })];
    await scene.clock.elapse(100);
    const closed = one.relay.close({ drainMs: 10_000 });
    await scene.clock.elapse(1_800);
    expect([one.relay.state, ...asked.map(({ answer }) => answer?.code)]).toEqual(['draining', 200, undefined]);
    await scene.clock.elapse(300);
    expect([asked[1]!.answer?.code, f.ended]).toEqual([200, true]);
    await scene.clock.until(closed);
    await scene.end(one);
  });

  it('CONN-28 waits for them no longer than it was told', async () => {
    const scene = new Scene();
    const authenticator = slowAuthenticator(scene, 1_500);
    const one = await scene.relay('relay.example', { sessions: slowStore(scene, 1_500), authenticator });
    const f = scene.client(one, 'f');
    const asked = [f.request('AUTH', { to: one.uri }), f.send({ to: [unknown, far], body: 'to nobody' })];
    await scene.clock.elapse(100);
    const closed = one.relay.close({ drainMs: 500 });
    await scene.clock.elapse(450);
    expect(f.ended).toBe(false);
    await scene.clock.elapse(100);
    expect(f.ended).toBe(true);
    expect(asked.map(({ answer }) => answer)).toEqual([undefined, undefined]);
    await scene.clock.until(closed);
    await scene.end(one);
  });
});
