import { expect, it } from 'vitest';
import { Scene } from '../support/scene.js';

it('FWD-27 a request that comes octet by octet arrives whole', async () => {
  const scene = new Scene();
  const one = await scene.relay('relay.example', {}, { link: { split: 1, latencyMs: 1 } });
  const a = await scene.registered(one, 'a');
  const f = scene.client(one, 'f');
  const body = Array.from({ length: 10_240 }, (_, i) => String.fromCharCode(97 + (i % 26))).join('');
  const asked = f.request('FOOBAR', { to: [a.token, a.uri], body });
  const tooLong = f.request('FOOBAR', { to: [a.token, a.uri], body: `${body}x` });
  await scene.quiet();
  expect([asked.answer?.code, tooLong.answer?.code]).toEqual([200, 400]);
  expect(a.requests.map(({ text }) => text)).toEqual([body]);
  await scene.end(one);
});
