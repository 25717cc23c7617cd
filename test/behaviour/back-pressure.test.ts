import { createHash } from 'node:crypto';
import { expect } from 'vitest';
import type { ClientEnd } from '../../src/testing/index.js';
import { describeOverTransports, streams, withClock, type Party, type World } from './harness.js';
import { octets, outcome, sha256 } from './octets.js';

/** Octets that have come in and not gone out again. */
function kept(world: World): number {
  const { octetsIn, octetsOut } = world.relay.stats().traffic;
  return octetsIn - octetsOut;
}

/** What one stopped route may keep (256 KiB), what lies between relay and system (64 KiB), one read, and headers. */
const mostKept = 600_000;

describeOverTransports(
  'Back-pressure',
  (it) => {
    it('XMIT-15 a receiver that does not read holds its sender and nobody else', async ({ world }) => {
      await world.start({ limits: { writeStallMs: 300_000 } });
      const a = await world.client('a');
      const b = await world.client('b');
      const n = await world.listeningPeer();
      const m = await world.listeningPeer({ host: 'm.example' });
      a.send({ to: [a.token, n.uri], body: 'hello' });
      const hop = await n.connected();
      await world.until(hop.nextRequest());
      hop.pause();
      const body = octets(30_000_000);
      const sent = a.send({ to: [a.token, n.uri], messageId: 'much', body });
      await world.when(() => world.events.of('connectionHeld').length > 0);
      await world.quiet();
      expect(world.events.of('connectionHeld').map(({ reason }) => reason)).toContain('route-full');
      expect(kept(world)).toBeLessThan(mostKept);
      b.send({ to: [b.token, m.uri], body: 'elsewhere' });
      expect((await world.until((await m.connected()).nextRequest())).text).toBe('elsewhere');
      expect(sent.answer).toBeUndefined();
      hop.resume();
      expect(await world.code(sent)).toBe(200);
      await world.when(() => hop.requests.at(-1)?.flag === '$' && hop.requests.at(-1)?.messageId === 'much');
      expect(sha256(hop.received('much'))).toBe(sha256(body));
      expect(a.reports).toEqual([]);
    });
  },
  { only: streams },
);

describeOverTransports(
  'Back-pressure in time',
  (it) => {
    it('XMIT-15 a stopped message that keeps other sessions waiting fails after 30 s', async ({ world }) => {
      await world.start({ limits: { writeStallMs: 300_000 } });
      const a = await world.client('a');
      const second = await world.register(a, 'a2');
      const n = await world.listeningPeer();
      a.send({ to: [a.token, n.uri], body: 'hello' });
      const hop = await n.connected();
      await world.until(hop.nextRequest());
      hop.pause();
      const m = await world.listeningPeer({ host: 'm.example' });
      a.send({ to: [second, m.uri], body: 'first' });
      const other = await m.connected();
      await world.until(other.nextRequest());
      const atMs = world.clock.nowMs();
      const stopped = a.send({ to: [a.token, n.uri], messageId: 'stopped', range: '1-*/*', body: octets(3_000_000) });
      a.send({ to: [second, m.uri], body: 'second' });
      await world.clock.elapse(25_000);
      expect(other.requests).toHaveLength(1);
      await world.when(() => other.requests.length === 2);
      const tookMs = world.clock.nowMs() - atMs;
      expect(tookMs).toBeGreaterThan(28_000);
      expect(tookMs).toBeLessThan(35_000);
      expect(other.requests[1]!.text).toBe('second');
      expect(await world.code(stopped)).toBe(200);
      const report = await world.until(a.nextReport());
      expect([report.messageId, report.header('Status')]).toEqual(['stopped', '000 408 Request Timeout']);
      hop.answer = 200;
      hop.resume();
      await world.when(() => hop.requests.at(-1)?.flag === '#');
      await world.clock.elapse(40_000);
      expect(new Set(a.reports.map(({ messageId }) => messageId)).has('stopped')).toBe(true);
      expect(hop.requests.filter(({ messageId, flag }) => messageId === 'stopped' && flag === '$')).toEqual([]);
    });

    it('XMIT-15 many small messages that keep other sessions waiting fail until these go on', async ({ world }) => {
      await world.start({ limits: { writeStallMs: 300_000 } });
      const a = await world.client('a');
      const second = await world.register(a, 'a2');
      const n = await world.listeningPeer();
      a.send({ to: [a.token, n.uri], body: 'hello' });
      const hop = await n.connected();
      await world.until(hop.nextRequest());
      hop.pause();
      const m = await world.listeningPeer({ host: 'm.example' });
      a.send({ to: [second, m.uri], body: 'first' });
      const other = await m.connected();
      await world.until(other.nextRequest());
      const count = 420;
      const to = [a.token, n.uri];
      for (let i = 0; i < count; i++)
        a.send({ to, messageId: `small${i}`, body: octets(600), failureReport: 'partial' });
      a.send({ to: [second, m.uri], body: 'second' });
      await world.clock.elapse(25_000);
      expect(other.requests).toHaveLength(1);
      await world.clock.elapse(10_000);
      expect(other.requests.at(-1)?.text).toBe('second');
      const failed = a.reports.map(({ messageId }) => messageId);
      expect(failed.length).toBeGreaterThan(1);
      const reasons = world.events.of('deliveryFailed').map(({ reason }) => reason);
      expect(reasons).toEqual(failed.map(() => 'stalled-route'));
      hop.resume();
      await world.when(() => hop.requests.length - 1 + failed.length === count);
      const arrived = hop.requests.slice(1).map(({ messageId }) => messageId);
      expect(new Set([...arrived, ...failed]).size).toBe(count);
      await world.quiet();
      expect(a.reports).toHaveLength(failed.length);
    });

    it('XMIT-15 stopped messages that only together keep other sessions waiting fail after 30 s', async ({
      world,
    }) => {
      await world.start({ limits: { writeStallMs: 300_000, maxSourceBytes: 300_000 } });
      const a = await world.client('a');
      const ways: { token: string; uri: string; hop: Party }[] = [];
      for (const name of ['n1', 'n2', 'n3']) {
        const token = await world.register(a, name);
        const n = await world.listeningPeer({ host: `${name}.example` });
        a.send({ to: [token, n.uri], body: 'hello' });
        const hop = await n.connected();
        await world.until(hop.nextRequest());
        hop.pause();
        ways.push({ token, uri: n.uri, hop });
      }
      const m = await world.listeningPeer({ host: 'm.example' });
      // Each below the limit for one pair of paths.
      for (const [i, { token, uri }] of ways.entries()) {
        a.send({ to: [token, uri], messageId: `part${i}`, body: octets(i === 2 ? 200_000 : 250_000) });
      }
      a.send({ to: [a.token, m.uri], body: 'from another session' });
      await world.clock.elapse(20_000);
      expect(world.events.of('connectionHeld').map(({ reason }) => reason)).toEqual(['source-full']);
      expect([m.connections, a.reports]).toEqual([[], []]);
      await world.clock.elapse(15_000);
      expect((await world.until((await m.connected()).nextRequest())).text).toBe('from another session');
      const failed = a.reports.map((report) => `${report.messageId} ${report.header('Status')}`);
      expect(failed[0]).toBe('part0 000 408 Request Timeout');
      expect(failed).not.toContain('part2 000 408 Request Timeout');
      expect(new Set(world.events.of('deliveryFailed').map(({ reason }) => reason))).toEqual(
        new Set(['stalled-route']),
      );
      for (const { hop } of ways) hop.resume();
      await world.when(() => ways[2]!.hop.requests.at(-1)?.flag === '$' && ways[2]!.hop.requests.length > 1);
      expect(ways[2]!.hop.received('part2')).toHaveLength(200_000);
      await world.when(() => ways[0]!.hop.requests.at(-1)?.flag === '#');
      expect(a.reports).toHaveLength(failed.length);
    });

    it('XMIT-15 alone on its connection it may wait', async ({ world }) => {
      await world.start({ limits: { writeStallMs: 300_000 } });
      const a = await world.client('a');
      const n = await world.listeningPeer();
      a.send({ to: [a.token, n.uri], body: 'hello' });
      const hop = await n.connected();
      await world.until(hop.nextRequest());
      hop.pause();
      const body = octets(2_000_000);
      const sent = a.send({ to: [a.token, n.uri], messageId: 'waits', body });
      await world.clock.elapse(60_000);
      expect(a.reports).toEqual([]);
      hop.resume();
      expect(await world.code(sent)).toBe(200);
      await world.when(() => hop.requests.at(-1)?.flag === '$' && hop.requests.length > 1);
      expect(hop.received('waits').equals(body)).toBe(true);
    });

    it('XMIT-16 a connection that takes nothing for 30 s is closed, what waits fails', async ({ world }) => {
      const a = await world.client('a');
      const b = await world.client('b');
      const n = await world.listeningPeer();
      a.send({ to: [a.token, n.uri], body: 'hello' });
      const hop = await n.connected();
      await world.until(hop.nextRequest());
      hop.pause();
      const atMs = world.clock.nowMs();
      const large = a.send({ to: [a.token, n.uri], messageId: 'large', range: '1-*/500000', body: octets(500_000) });
      const small = b.send({ to: [b.token, n.uri], messageId: 'small', body: 'x' });
      expect(await world.code(small)).toBe(200);
      expect(outcome(await world.until(b.nextReport()))).toBe('1-1/1 000 408 Request Timeout');
      const tookMs = world.clock.nowMs() - atMs;
      expect(tookMs).toBeGreaterThan(28_000);
      expect(tookMs).toBeLessThan(33_000);
      await world.when(() => a.reports.some(({ messageId }) => messageId === 'large'));
      expect(await world.code(large)).toBe(200);
      expect(world.relay.stats().connections.closed['write-stalled']).toBe(1);
    });

    it('XMIT-27 while a connection is not read its answers are not late', async ({ world }) => {
      await world.start({ limits: { writeStallMs: 300_000 } });
      const a = await world.client('a');
      const f = await world.foreign();
      const n = await world.listeningPeer();
      a.send({ to: [a.token, n.uri], body: 'hello' });
      const hop = await n.connected();
      await world.until(hop.nextRequest());
      hop.pause();
      a.send({ to: [a.token, n.uri], messageId: 'much', body: octets(3_000_000) });
      await world.when(() => world.events.of('connectionHeld').length > 0);
      f.send({ to: [a.token, a.uri], body: 'question' });
      await world.until(a.nextRequest());
      await world.clock.elapse(40_000);
      expect(f.reports).toEqual([]);
      hop.resume();
      await world.when(() => hop.requests.at(-1)?.messageId === 'much' && hop.requests.at(-1)?.flag === '$');
      await world.clock.elapse(40_000);
      expect([f.reports, a.reports]).toEqual([[], []]);
    });

    it('XMIT-10 a response waits for a piece, not for a queue', async ({ world }) => {
      const a = await world.client('a');
      const b = await world.client('b');
      const n = await world.listeningPeer();
      a.send({ to: [a.token, n.uri], body: 'hello' });
      const hop = await n.connected();
      await world.until(hop.nextRequest());
      hop.pause();
      for (let i = 0; i < 1_000; i++) a.send({ to: [a.token, n.uri], messageId: `queued${i}`, body: octets(500) });
      await world.quiet();
      const question = hop.send({ to: [b.token, b.uri], body: 'question' });
      await world.until(b.nextRequest());
      await world.quiet();
      hop.resume();
      const seen = await world.until(question.answered().then(() => hop.requests.length));
      // What had been handed over before: 64 KiB in the relay, 64 KiB on the link.
      expect(seen).toBeLessThan(250);
      await world.when(() => hop.requests.length === 1_001);
    });

    it('FWD-48 who does not read its answers is not read', async ({ world }) => {
      await world.start({ limits: { writeStallMs: 300_000, maxSmallBytes: 8 * 1024 } });
      const a = await world.client('a');
      const f = await world.foreign();
      f.pause();
      const count = 3_000;
      for (let i = 0; i < count; i++) f.send({ to: [a.token, a.uri], messageId: `unread${i}`, body: 'x' });
      await world.when(() => world.events.of('connectionHeld').some(({ reason }) => reason === 'small-messages'));
      await world.quiet();
      const { traffic } = world.relay.stats();
      expect(traffic.sendsIn).toBeLessThan(count);
      f.resume();
      await world.when(() => f.responses.length === count);
      expect(new Set(f.responses.map(({ code }) => code))).toEqual(new Set([200]));
      await world.when(() => a.requests.length === count);
    });

    it('FWD-40 what was accepted for a slow receiver arrives although its sender has gone', async ({ world }) => {
      const a = await world.client('a');
      const f = await world.foreign();
      f.send({ to: [a.token, a.uri], body: 'hello' });
      await world.until(a.nextRequest());
      a.pause();
      const sent = Array.from({ length: 10 }, (_, i) =>
        f.send({ to: [a.token, a.uri], messageId: `slow${i}`, body: octets(30_000, i) }),
      );
      for (const each of sent) expect(await world.code(each)).toBe(200);
      f.destroy();
      await world.quiet();
      a.resume();
      await world.when(() => a.requests.filter(({ flag }) => flag === '$').length === 11);
      for (let i = 0; i < 10; i++) expect(a.received(`slow${i}`).equals(octets(30_000, i))).toBe(true);
    });

    it('FWD-40 what was queued for a client that goes fails with 481', async ({ world }) => {
      const a = await world.client('a');
      const f = await world.foreign();
      f.send({ to: [a.token, a.uri], body: 'hello' });
      await world.until(a.nextRequest());
      a.pause();
      const sent = Array.from({ length: 8 }, (_, i) =>
        f.send({ to: [a.token, a.uri], messageId: `gone${i}`, body: octets(30_000, i) }),
      );
      for (const each of sent) expect(await world.code(each)).toBe(200);
      a.destroy();
      await world.when(() => new Set(f.reports.map(({ messageId }) => messageId)).size === 8);
      expect(new Set(f.reports.map((report) => report.header('Status')))).toEqual(
        new Set(['000 481 No Such Session']),
      );
      for (const [i] of sent.entries()) {
        const ranges = f.reports.filter(({ messageId }) => messageId === `gone${i}`).map(({ range }) => range!);
        ranges.sort((one, two) => one.start - two.start);
        expect([ranges[0]!.start, ranges.at(-1)!.end]).toEqual([1, 30_000]);
        for (let k = 1; k < ranges.length; k++) expect(ranges[k]!.start).toBe(ranges[k - 1]!.end! + 1);
      }
    });
  },
  { only: withClock },
);

const megabyte = 1_048_576;
const megabytes = 256;

describeOverTransports(
  'A very large chunk',
  (it) => {
    it(
      'FWD-05, XMIT-15 256 MB in one chunk pass, and no more than a little of it is ever kept',
      { timeout: 120_000 },
      async ({ world }) => {
        const a = await world.client('a');
        const hash = createHash('sha256');
        const taken: { head: string; bytes: number; tail: Buffer } = { head: '', bytes: 0, tail: Buffer.alloc(0) };
        let far: ClientEnd | undefined;
        const place = await world.ground.listen({ host: 'n.example' }, (end) => {
          far = end;
          end.start({
            onData: (data) => {
              let rest = data;
              if (!taken.head.endsWith('\r\n\r\n')) {
                const text = taken.head + rest.toString('latin1');
                const headEnd = text.indexOf('\r\n\r\n') + 4;
                if (headEnd < 4) {
                  taken.head = text;
                  return;
                }
                rest = rest.subarray(headEnd - taken.head.length);
                taken.head = text.slice(0, headEnd);
              }
              const body = rest.subarray(0, megabytes * megabyte - taken.bytes);
              hash.update(body);
              taken.bytes += body.length;
              taken.tail = Buffer.concat([taken.tail, rest.subarray(body.length)]);
            },
            onWritten: () => undefined,
            onEnd: () => undefined,
            onClose: () => undefined,
          });
        });
        const open = a.openSend({
          to: [a.token, `msrps://n.example:${place.port}/n1;tcp`],
          range: `1-*/${megabytes * megabyte}`,
        });
        const block = octets(megabyte);
        const expected = createHash('sha256');
        let most = 0;
        let rssAtFirst = 0;
        for (let i = 0; i < megabytes; i++) {
          open.write(block);
          expected.update(block);
          await world.when(() => taken.bytes > (i - 1) * megabyte);
          most = Math.max(most, kept(world));
          if (i === 32) rssAtFirst = process.memoryUsage.rss();
        }
        open.end();
        expect(await world.code(open)).toBe(200);
        await world.when(() => taken.tail.toString('latin1').endsWith('$\r\n'));
        const tid = /^MSRP (\S+) SEND\r\n/.exec(taken.head)![1]!;
        expect(taken.tail.toString('latin1')).toBe(`\r\n-------${tid}$\r\n`);
        expect(hash.digest('hex')).toBe(expected.digest('hex'));
        expect(most).toBeLessThan(mostKept);
        expect(process.memoryUsage.rss() - rssAtFirst).toBeLessThan(128 * megabyte);
        far!.destroy();
      },
    );
  },
  { only: ['sockets'] },
);
