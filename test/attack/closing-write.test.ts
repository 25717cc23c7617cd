import { expect, it } from 'vitest';
import { Ground, send } from '../worst-case/ground.js';

it('FWD-39 FWD-40 a socket that closes while it is written to takes no message with it', async () => {
  const ground = await Ground.make();
  const { peer, uri, token } = ground.registered('a');
  const sender = ground.peer('f');
  const from = 'msrps://f.invalid:2855/f;tcp';
  sender.send(send({ to: [token, uri], from, body: 'hello' }));
  ground.clock.run();
  peer.write = () => {
    peer.closeNow();
  };
  sender.tail = '';
  // The long one waits for its turn, and is written when the short one comes.
  sender.send(
    send({ to: [token, uri], from, body: 'x'.repeat(62_000) }) +
      send({ to: [token, uri], from, body: 'short', messageId: 'lost' }),
  );
  ground.clock.run();
  expect(ground.relay.stats().connections.open).toBe(1);
  const codes = [...sender.tail.matchAll(/^MSRP \S+ (\d{3}) /gm)].map((match) => match[1]);
  expect(codes).toEqual(['200', '481']);
  // Each message that was accepted fails once: the first one, and the long one.
  const reports = [...sender.tail.matchAll(/^MSRP \S+ REPORT\r\n.*?Message-ID: (\S+)/gms)].map((match) => match[1]);
  expect(reports).toEqual(['m0xyz', 'm1xyz']);
  await ground.end();
});
