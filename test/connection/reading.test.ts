import { describe, expect, it } from 'vitest';
import { Reading } from '../../src/connection/reading.js';
import type { ConnectionInfo } from '../../src/connection/info.js';
import { Ground, send } from '../worst-case/ground.js';

const info = { id: 'c1' } as ConnectionInfo;

/** A connection's reading, what its socket was told, and what was noted. */
function reading(begun = true): { readonly it: Reading; readonly told: string[]; turnEnds: () => void } {
  const told: string[] = [];
  let touched: { dirty: boolean; pump(): void }[] = [];
  const socket = { pause: () => told.push('pause'), resume: () => told.push('resume') };
  const it = new Reading(
    {
      limits: { transactionMs: 30_000 },
      timers: { nowMs: () => 0 },
      observer: { note: ({ name }: { name: string }) => told.push(name) },
      turnEnd: {
        relieve() {},
        touch(one: { dirty: boolean; pump(): void }) {
          one.dirty = true;
          touched.push(one);
        },
      },
    },
    { info },
  );
  if (begun) it.begin(socket as unknown as Parameters<Reading['begin']>[0]);
  const turnEnds = (): void => {
    const now = touched;
    touched = [];
    for (const one of now) {
      one.dirty = false;
      one.pump();
    }
  };
  return { it, told, turnEnds };
}

describe('reading', () => {
  it('XMIT-15 rests until the turn is over, once', () => {
    const { it, told, turnEnds } = reading();
    it.rest();
    it.rest();
    expect([told, it.running]).toEqual([['pause'], true]);
    turnEnds();
    turnEnds();
    expect(told).toEqual(['pause', 'resume']);
  });

  it('XMIT-15 after a rest goes on only when no hold stands', () => {
    const { it, told, turnEnds } = reading();
    const key = {};
    it.rest();
    it.hold('route-full', key);
    turnEnds();
    expect(told).toEqual(['pause', 'pause', 'connectionHeld']);
    it.release(key);
    expect(told.slice(3)).toEqual(['resume', 'connectionReleased']);
  });

  it('XMIT-15 a hold that ends does not end a rest', () => {
    const { it, told, turnEnds } = reading();
    const key = {};
    it.hold('route-full', key);
    it.rest();
    it.release(key);
    expect(told).toEqual(['pause', 'connectionHeld', 'pause', 'connectionReleased']);
    turnEnds();
    expect(told.at(-1)).toBe('resume');
  });

  it('XMIT-15 holds that stand before there is a socket count', () => {
    const { it, told } = reading(false);
    it.hold('relay-full', {});
    it.rest();
    expect(told).toEqual(['connectionHeld']);
    it.begin({ pause: () => told.push('pause') } as unknown as Parameters<Reading['begin']>[0]);
    expect(told).toEqual(['connectionHeld', 'pause']);
  });

  it('CONN-25 what is thrown away is taken, whatever else happens', () => {
    const { it, told, turnEnds } = reading();
    const key = {};
    it.rest();
    it.hold('route-full', key);
    it.throwAway();
    expect(told.at(-1)).toBe('resume');
    it.rest();
    it.hold('source-full', {});
    it.release(key);
    turnEnds();
    expect(told.slice(4)).toEqual([]);
  });

  it('nothing is told of a connection that is closed', () => {
    const { it, told } = reading();
    const key = {};
    it.hold('route-full', key);
    it.throwAway();
    it.end();
    it.hold('source-full', {});
    it.release(key);
    expect(told).toEqual(['pause', 'connectionHeld', 'resume']);
  });
});

it('XMIT-15 who brings many small messages for a hop that takes no more is read once a turn, before it is held', async () => {
  const ground = await Ground.make();
  const { uri, token } = ground.registered('a', 0);
  const sender = ground.peer('f');
  const told: string[] = [];
  const pause = sender.pause.bind(sender);
  const resume = sender.resume.bind(sender);
  sender.pause = () => {
    told.push('pause');
    pause();
  };
  sender.resume = () => {
    told.push('resume');
    resume();
  };
  const from = 'msrps://f.invalid:2855/f;tcp';
  const some = (count: number): string =>
    Array.from({ length: count }, () => send({ to: [token, uri], from, body: 'x'.repeat(2_000) })).join('');
  // 64 KiB are taken and stay unwritten; of what comes then 16 KiB may wait before there is a rest.
  sender.send(some(30));
  ground.clock.run();
  expect(told).toEqual([]);
  sender.send(some(20));
  expect(told).toEqual(['pause']);
  ground.clock.run();
  expect(told).toEqual(['pause', 'resume']);
  expect(ground.relay.stats().connections.held).toEqual({});
  sender.send(some(150));
  ground.clock.run();
  expect(told.at(-1)).toBe('pause');
  expect(ground.relay.stats().connections.held).toEqual({ 'route-full': 1 });
  await ground.end();
});

it('XMIT-15 with many peers what they are to get does not wait for the end of the turn', async () => {
  const ground = await Ground.make();
  const { peer, uri, token } = ground.registered('a');
  const senders = ground.peers(40, 'f');
  ground.clock.run();
  const before = peer.handed;
  const handed = senders.map((sender) => {
    sender.send(send({ to: [token, uri], from: 'msrps://f.invalid:2855/f;tcp', body: 'hello' }));
    return peer.handed > before;
  });
  // Thirty-one senders get their answers, and one receiver the messages: then there are thirty-two.
  expect(handed).toEqual(senders.map((_, i) => i >= 30));
  ground.clock.run();
  expect(senders.every(({ handed: bytes }) => bytes > 0)).toBe(true);
  await ground.end();
});
