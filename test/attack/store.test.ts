import { describe, expect, it } from 'vitest';
import { Scene } from '../support/scene.js';
import { slowStore } from '../support/slow-store.js';

const far = 'msrps://far.invalid:2855/f;tcp';

describe('requests that wait until a slow session store has spoken', () => {
  it('WIRE-24 RELAY-21 a chunk past the last position is refused while its route is undecided', async () => {
    const scene = new Scene();
    const one = await scene.relay('relay.example', { sessions: slowStore(scene, 500) });
    const f = scene.client(one, 'f');
    const unknown = `msrps://relay.example:2855/${'u'.repeat(32)};tcp`;
    const sent = f.send({ to: [unknown, far], range: '9007199254740990-*/*', body: 'ten octets', messageId: 'mmmm' });
    const next = f.send({ to: [unknown, far], body: 'next' });
    await scene.clock.elapse(100);
    expect(sent.answer?.code).toBe(400);
    await scene.quiet();
    expect(next.answer?.code).toBe(481);
    expect(f.responses).toHaveLength(2);
    await scene.end(one);
  });

  it('RELAY-30 a chunk past the size limit is refused while its route is undecided', async () => {
    const scene = new Scene();
    const one = await scene.relay('relay.example', {
      sessions: slowStore(scene, 500),
      limits: { maxMessageBytes: 1000 },
    });
    const f = scene.client(one, 'f');
    const unknown = `msrps://relay.example:2855/${'u'.repeat(32)};tcp`;
    const sent = f.send({ to: [unknown, far], body: 'x'.repeat(1001) });
    await scene.clock.elapse(100);
    expect(sent.answer?.code).toBe(413);
    await scene.end(one);
  });

  it('FWD-48 requests other than SEND that wait for the store hold their sender', async () => {
    const scene = new Scene();
    const one = await scene.relay('relay.example', { sessions: slowStore(scene, 1_500) });
    const x = scene.client(one, 'x', { certificate: 'x.example', uri: 'msrps://x.example:2855/x1;tcp' });
    const unknown = `msrps://relay.example:2855/${'u'.repeat(32)};tcp`;
    const count = 200;
    for (let i = 0; i < count; i++) x.request('FOOBAR', { to: [unknown, far], body: 'b'.repeat(10_000) });
    await scene.clock.elapse(1_000);
    // 2 MB were sent; so much may wait for one route, and what one read brought more.
    expect(one.events.of('connectionHeld').map(({ reason }) => reason)).toEqual(['route-full']);
    expect(one.relay.stats().traffic.octetsIn).toBeLessThan(400_000);
    await scene.clock.elapse(20_000);
    expect(x.responses.map(({ code }) => code)).toEqual(Array.from({ length: count }, () => 481));
    await scene.end(one);
  });
});
