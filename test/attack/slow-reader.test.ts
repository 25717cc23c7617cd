import { describe, expect, it } from 'vitest';
import { createMsrpClient } from '../../src/testing/index.js';
import { password, Scene } from '../support/scene.js';

describe('a client that reads a few octets now and then', () => {
  it('XMIT-15 XMIT-16 does not hold the link of a peer relay for long with the REPORTs it leaves unread', async () => {
    const scene = new Scene();
    const one = await scene.relay('relay.example', { limits: { maxSmallBytes: 8_192, maxUnwrittenBytes: 1_024 } });
    const end = scene.network.connect('relay.example:2855', { link: { bufferBytes: 2, latencyMs: 1 } });
    const a = createMsrpClient(end, { uri: 'msrps://a.invalid:2855/a1;tcp' });
    const { usePath } = await scene.clock.until(a.auth({ relay: one.uri, username: 'a', password }));
    const b = await scene.registered(one, 'b');
    const x = scene.client(one, 'x', { certificate: 'x.example', uri: 'msrps://x.example:2855/x1;tcp' });
    a.pause();
    const headers = [['Message-ID', 'mmmm'], ['Byte-Range', '1-1/1'], ['Status', '000 200 OK']] as const; // prettier-ignore
    for (let i = 0; i < 400; i++) x.request('REPORT', { to: [usePath[0]!, a.uri], headers });
    const sent = x.send({ to: [b.token, b.uri], body: 'over the same link' });
    const drip = async (): Promise<void> => {
      await scene.clock.elapse(5_000);
      a.resume();
      await scene.clock.elapse(1);
      a.pause();
    };
    for (let i = 0; i < 4; i++) await drip();
    expect(one.events.of('connectionHeld').map(({ reason }) => reason)).toEqual(['small-messages']);
    expect(sent.answer).toBeUndefined();
    for (let i = 0; i < 9; i++) await drip();
    expect(one.relay.stats().connections.closed['write-stalled']).toBe(1);
    expect([sent.answer?.code, b.requests.map(({ text }) => text)]).toEqual([200, ['over the same link']]);
    a.destroy();
    await scene.end(one);
  });
});
