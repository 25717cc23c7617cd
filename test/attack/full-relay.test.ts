import { describe, expect, it } from 'vitest';
import { Scene } from '../support/scene.js';

const filler = 'x'.repeat(3_000);

describe('a relay whose memory is full', () => {
  it('SEC-40 XMIT-15 does not stay so because of chunks that never go on', async () => {
    const scene = new Scene();
    const one = await scene.relay('relay.example', { limits: { maxRelayBytes: 65_536 } });
    const a = await scene.registered(one, 'a');
    const b = await scene.registered(one, 'b');
    const attackers = Array.from({ length: 20 }, (_, i) => scene.client(one, `f${i}`));
    const parts = attackers.map((f) => {
      const open = f.openSend({ to: [a.token, a.uri], headers: [['Filler', filler]] });
      open.write(Buffer.from('part'));
      return open;
    });
    await scene.quiet();
    // Sends while the relay is full: held before it can go on.
    const small = b.openSend({ to: [a.token, a.uri], messageId: 'small' });
    small.write(Buffer.from('small, '));
    await scene.clock.elapse(100);
    small.write(Buffer.from('but goes on'));
    small.end();
    await scene.clock.elapse(25_000);
    expect(new Set(one.events.of('connectionHeld').map(({ reason }) => reason))).toEqual(new Set(['relay-full']));
    expect([small.answer, a.requests, parts.filter(({ answer }) => answer !== undefined)]).toEqual([
      undefined,
      [],
      [],
    ]);
    await scene.clock.elapse(40_000);
    expect([small.answer?.code, a.received('small').toString()]).toEqual([200, 'small, but goes on']);
    const codes = parts.map(({ answer }) => answer?.code);
    expect(new Set(codes)).toEqual(new Set([408, undefined]));
    expect(new Set(one.events.of('deliveryFailed').map(({ reason }) => reason))).toEqual(new Set(['stalled-route']));
    expect(attackers.some(({ ended }) => ended)).toBe(false);
    await scene.end(one);
  });

  it('SEC-40 chunks that stand still are let be while others are the cause', async () => {
    const scene = new Scene();
    const one = await scene.relay('relay.example', {
      limits: { maxRelayBytes: 65_536, writeStallMs: 300_000, transactionMs: 300_000, maxUnwrittenBytes: 4_096 },
    });
    const a = await scene.registered(one, 'a');
    const b = await scene.registered(one, 'b');
    const open = scene.client(one, 'f').openSend({ to: [a.token, a.uri], messageId: 'open' });
    open.write(Buffer.from('stands still'));
    await scene.quiet();
    b.pause();
    for (const name of ['g', 'h', 'i']) {
      scene.client(one, name).send({ to: [b.token, b.uri], body: 'y'.repeat(50_000), messageId: `much-${name}` });
    }
    await scene.clock.elapse(120_000);
    expect(one.events.of('connectionHeld').map(({ reason }) => reason)).toContain('relay-full');
    expect(one.events.of('deliveryFailed')).toEqual([]);
    b.resume();
    open.write(Buffer.from(', but goes on'));
    open.end();
    await scene.quiet();
    expect([open.answer?.code, a.received('open').toString()]).toEqual([200, 'stands still, but goes on']);
    await scene.end(one);
  });
});
