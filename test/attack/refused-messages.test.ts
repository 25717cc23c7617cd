import { describe, expect, it } from 'vitest';
import type { MsrpClient } from '../../src/testing/index.js';
import { Scene } from '../support/scene.js';

/** What was reported, in order. */
function reported({ reports }: MsrpClient): readonly string[] {
  return reports.map((report) => `${report.header('Byte-Range')} ${report.header('Status')!.split(' ')[1]}`);
}

describe('a message that is refused while more of it is under way', () => {
  it('RESP-18 chunks that wait in line when the next hop says 413 are not sent on', async () => {
    const scene = new Scene({ latencyMs: 1 });
    const one = await scene.relay('relay.example', { limits: { maxUnwrittenBytes: 4096 } });
    const n = scene.peer({ host: 'n.example', link: { latencyMs: 1, bufferBytes: 4096 } }, 'never');
    const a = await scene.registered(one, 'a');
    a.send({ to: [a.token, n.uri], body: 'wake' });
    await scene.quiet();
    const [peer] = n.clients;
    peer!.pause();
    const chunks = a.sendChunks({ to: [a.token, n.uri], body: Buffer.alloc(40_000, 'x'), messageId: 'mm01' }, 10_000);
    const other = a.send({ to: [a.token, n.uri], body: 'another message', messageId: 'mm02' });
    await scene.clock.elapse(100);
    expect(chunks.map(({ answer }) => answer?.code)).toEqual([200, 200, 200, 200]);
    peer!.answer = ({ messageId }) => (messageId === 'mm01' ? 413 : 200);
    peer!.resume();
    await scene.quiet();
    expect(other.answer?.code).toBe(200);
    const got = peer!.requests.filter(({ messageId }) => messageId === 'mm01');
    expect(got.map(({ text, flag }) => [text.length, flag])).toEqual([
      [10_000, '+'],
      [expect.any(Number), '#'],
    ]);
    expect(peer!.requests.at(-1)?.text).toBe('another message');
    expect(reported(a)).toEqual(['1-10000/40000 413', '10001-20000/40000 413', '20001-30000/40000 413', '30001-40000/40000 413']); // prettier-ignore
    expect(await scene.clock.until(a.send({ to: [a.token, n.uri], body: 'x', messageId: 'mm01' }).answered())).toMatchObject({ code: 413 }); // prettier-ignore
    await scene.end(one);
  });

  it('FWD-23 RELAY-30 no octet of a chunk past the size limit is reported twice', async () => {
    const scene = new Scene({ latencyMs: 1 });
    const one = await scene.relay('relay.example', { limits: { maxMessageBytes: 10_000 } });
    const n = scene.peer({ host: 'n.example' }, 'never');
    const a = await scene.registered(one, 'a');
    const sent = a.openSend({ to: [a.token, n.uri], messageId: 'mm01' });
    sent.write('x'.repeat(8_000));
    await scene.clock.elapse(100);
    sent.write('x'.repeat(8_000));
    await scene.clock.elapse(100);
    sent.end();
    await scene.clock.elapse(40_000);
    expect(n.clients[0]!.requests.map(({ text, flag }) => [text.length, flag])).toEqual([[7_999, '#']]);
    expect(sent.answer?.code).toBe(200);
    expect(reported(a)).toEqual(['1-16000/* 413']);
    await scene.end(one);
  });
});
