import { expect } from 'vitest';
import { describeOverTransports, streams, withClock } from './harness.js';
import { arrived } from './cut.js';
import { octets, told } from './octets.js';

describeOverTransports('Transmission', (it) => {
  it('XMIT-07 with nothing else waiting a chunk stays one', async ({ world }) => {
    const a = await world.client('a');
    const n = await world.listeningPeer();
    const sent = a.send({ to: [a.token, n.uri], body: octets(5_000_000) });
    expect(await world.code(sent)).toBe(200);
    const hop = await n.connected();
    await world.when(() => hop.requests.length > 0);
    expect(hop.requests.map(told)).toEqual(['1-*/5000000 5000000 $']);
  });

  it('XMIT-17 nothing waits for answers', async ({ world }) => {
    const a = await world.client('a');
    const b = await world.client('b', { answer: 'never' });
    for (let i = 0; i < 20; i++) a.send({ to: [b.token, b.uri], body: `${i}` });
    await world.when(() => b.requests.length === 20);
    await world.quiet();
    expect(b.requests).toHaveLength(20);
    for (const request of b.requests) b.respond(request, 200);
  });
});

describeOverTransports(
  'Transmission, piece by piece',
  (it) => {
    it('XMIT-13 a sender that stalls inside a chunk stands in nobody’s way', async ({ world }) => {
      const a = await world.client('a');
      const b = await world.client('b');
      const n = await world.listeningPeer();
      const body = octets(200_000, 7);
      const open = a.openSend({ to: [a.token, n.uri], messageId: 'stalls', range: '1-*/200000' });
      const hop = await n.connected();
      open.write(body.subarray(0, 100_000));
      await arrived(world, hop, 99_999);
      expect(await world.code(b.send({ to: [b.token, n.uri], body: 'meanwhile' }))).toBe(200);
      await world.when(() => hop.requests.length === 2);
      expect(told(hop.requests[0]!)).toMatch(/^1-\*\/200000 (99999|9999\d) \+$/);
      expect(hop.requests[1]!.text).toBe('meanwhile');
      open.write(body.subarray(100_000));
      open.end();
      await world.when(() => hop.requests.length === 3);
      expect(hop.received(open.messageId).equals(body)).toBe(true);
      expect(hop.requests[2]!.flag).toBe('$');
    });

    it('XMIT-14 a chunk is begun with more than 2048 octets or its end', async ({ world }) => {
      const a = await world.client('a');
      const b = await world.client('b');
      const n = await world.listeningPeer();
      const open = a.openSend({ to: [a.token, n.uri] });
      const hop = await n.connected();
      open.write('x'.repeat(10));
      await world.silence(hop);
      expect(hop.incoming).toBeUndefined();
      expect(await world.code(b.send({ to: [b.token, n.uri], body: 'not delayed' }))).toBe(200);
      await world.when(() => hop.requests.length === 1);
      open.write('x'.repeat(2_038));
      await world.quiet();
      expect(hop.incoming).toBeUndefined();
      open.write('x'.repeat(100));
      await arrived(world, hop, 2_147);
      open.end();
      await world.when(() => hop.requests.length === 2);
      expect(told(hop.requests[1]!)).toBe('1-*/* 2148 $');
      const short = a.openSend({ to: [a.token, n.uri], messageId: 'short' });
      short.write('x'.repeat(10));
      await world.quiet();
      short.end('+');
      await world.when(() => hop.requests.length === 3);
      expect(told(hop.requests[2]!)).toMatch(/^1-(\*|10)\/\* 10 \+$/);
    });

    it('XMIT-26 a cut leaves at least one octet for the last piece', async ({ world }) => {
      const a = await world.client('a');
      const n = await world.listeningPeer();
      const open = a.openSend({ to: [a.token, n.uri], range: '1-*/*' });
      const hop = await n.connected();
      open.write('x'.repeat(4_096));
      await arrived(world, hop, 4_095);
      const question = hop.send({ to: [a.token, a.uri], body: 'cut', failureReport: 'yes' });
      a.answer = 'never';
      await world.when(() => question.answer !== undefined);
      open.end();
      await world.when(() => hop.requests.length === 2);
      expect(hop.requests.map(told)).toEqual([
        '1-*/* 4095 +',
        expect.stringMatching(/^4096-(\*|4096)\/(\*|4096) 1 \$$/),
      ]);
      await world.until(a.nextRequest());
      a.respond(a.requests[0]!, 200);
    });

    it.for(['with CRLF', 'without CRLF', 'in two reads', 'in many reads', 'twice'] as const)(
      'XMIT-19 a sender that has learned our transaction id can not forge the end-line: %s',
      async (how, { world }) => {
        const a = await world.client('a');
        const n = await world.listeningPeer();
        const open = a.openSend({ to: [a.token, n.uri] });
        const hop = await n.connected();
        const written: string[] = [];
        const write = async (text: string): Promise<void> => {
          written.push(text);
          open.write(text);
          await world.quiet();
        };
        await write('x'.repeat(5_000));
        await arrived(world, hop, 4_999);
        const { tid } = hop.incoming!;
        const forged = `\r\n-------${tid}$\r\nMSRP abcd1234 SEND\r\nTo-Path: ${n.uri}\r\nFrom-Path: ${a.token}\r\n`;
        const smuggled = `${forged}Message-ID: smuggled\r\n-------abcd1234$\r\n`;
        if (how === 'with CRLF') await write(smuggled);
        else if (how === 'without CRLF') await write(`-------${tid}$`);
        else if (how === 'twice') await write(smuggled + smuggled);
        else {
          const size = how === 'in two reads' ? 20 : 1;
          const head = smuggled.slice(0, 60);
          for (let at = 0; at < head.length; at += size) await write(head.slice(at, at + size));
          await write(smuggled.slice(60));
        }
        await write('y'.repeat(3_000));
        open.end();
        expect(await world.code(open)).toBe(200);
        await world.when(() => hop.requests.at(-1)?.flag === '$');
        expect(new Set(hop.requests.map(({ messageId }) => messageId))).toEqual(new Set([open.messageId]));
        expect(hop.requests.length).toBeGreaterThan(1);
        expect(hop.requests.slice(0, -1).map(({ flag }) => flag)).toEqual(hop.requests.slice(1).map(() => '+'));
        expect(Buffer.concat(hop.requests.map(({ body }) => body!)).toString()).toBe(written.join(''));
        expect(hop.requests[0]!.tid).toBe(tid);
      },
    );
  },
  { only: streams },
);

/** A link on which a megabyte takes ten seconds. */
const slow = { bufferBytes: 8_192, bytesPerMs: 100, latencyMs: 1 };

describeOverTransports(
  'Transmission over a slow link',
  (it) => {
    it('XMIT-04, XMIT-06 a response, a REPORT and another request pass a long SEND', async ({ world }) => {
      const a = await world.client('a');
      const b = await world.client('b');
      const n = await world.listeningPeer();
      a.send({ to: [a.token, n.uri], messageId: 'long', body: octets(1_000_000) });
      const hop = await n.connected();
      await world.clock.elapse(2_000);
      const passes = async (what: () => boolean): Promise<void> => {
        const atMs = world.clock.nowMs();
        await world.when(what);
        expect(world.clock.nowMs() - atMs).toBeLessThan(1_000);
        expect(hop.requests.filter(({ messageId }) => messageId === 'long').at(-1)!.flag).toBe('+');
      };
      const small = hop.send({ to: [b.token, b.uri], body: 'small' });
      await passes(() => small.answer !== undefined);
      b.request('FOOBAR', { to: [b.token, n.uri] });
      await passes(() => hop.requests.some(({ method }) => method === 'FOOBAR'));
      b.request('REPORT', {
        to: [b.token, n.uri],
        headers: [
          ['Message-ID', 'm-12345'],
          ['Byte-Range', '1-1/1'],
          ['Status', '000 200'],
        ],
      });
      await passes(() => hop.reports.length === 1);
      await world.when(() => hop.requests.at(-1)!.flag === '$');
      const pieces = hop.requests.filter(({ messageId }) => messageId === 'long');
      expect(pieces.slice(0, -1).every(({ body }) => body!.length >= 2_048)).toBe(true);
      expect(pieces).toHaveLength(4);
      expect(hop.received('long').equals(octets(1_000_000))).toBe(true);
    });

    it('XMIT-05 two sessions take turns', async ({ world }) => {
      const a = await world.client('a');
      const b = await world.client('b');
      const n = await world.listeningPeer();
      for (const from of [a, b])
        from.send({ to: [from.token, n.uri], messageId: from.token.slice(-20, -4), body: octets(300_000) });
      const hop = await n.connected();
      await world.when(() => hop.requests.some(({ flag }) => flag === '$'));
      const sizes = [a, b].map((from) => hop.received(from.token.slice(-20, -4)).length);
      expect(Math.abs(sizes[0]! - sizes[1]!)).toBeLessThan(60_000);
      const cut = hop.requests.filter(({ flag }) => flag === '+');
      expect(cut.every(({ body }) => body!.length >= 2_048)).toBe(true);
      await world.when(() => hop.requests.filter(({ flag }) => flag === '$').length === 2);
    });

    it('XMIT-24 turns are of sessions, not of messages', async ({ world }) => {
      const a = await world.client('a');
      const b = await world.client('b');
      const n = await world.listeningPeer();
      for (let i = 0; i < 40; i++) b.send({ to: [b.token, n.uri], messageId: `many${i}`, body: octets(20_000) });
      a.send({ to: [a.token, n.uri], messageId: 'alone', body: octets(200_000) });
      const hop = await n.connected();
      await world.when(() => hop.requests.some(({ messageId, flag }) => messageId === 'alone' && flag === '$'));
      const ofB = hop.requests
        .filter(({ messageId }) => messageId !== 'alone')
        .reduce((sum, { body }) => sum + body!.length, 0);
      expect(ofB).toBeGreaterThan(130_000);
      expect(ofB).toBeLessThan(300_000);
      await world.when(() => hop.requests.some(({ messageId, flag }) => messageId === 'many39' && flag === '$'));
    });

    it('FWD-42 a message without Byte-Range over a busy connection', async ({ world }) => {
      const a = await world.client('a');
      const b = await world.client('b');
      const n = await world.listeningPeer();
      a.send({ to: [a.token, n.uri], messageId: 'long', body: octets(200_000) });
      b.send({ to: [b.token, n.uri], messageId: 'none', range: false, body: octets(50_000) });
      const hop = await n.connected();
      await world.when(() => hop.requests.some(({ messageId, flag }) => messageId === 'none' && flag === '$'));
      const pieces = hop.requests.filter(({ messageId }) => messageId === 'none');
      expect(pieces.length).toBeGreaterThan(1);
      let start = 1;
      for (const piece of pieces) {
        expect(piece.range!.start).toBe(start);
        start += piece.body!.length;
      }
      expect(hop.received('none').equals(octets(50_000))).toBe(true);
      await world.when(() => hop.requests.at(-1)!.flag === '$');
    });
  },
  { only: ['stream'], link: slow },
);

describeOverTransports(
  'Transmission under load',
  (it) => {
    it('XMIT-01, XMIT-25, RELAY-20 all of it is grammar, each chunk has one answer', async ({ world }) => {
      const n = await world.listeningPeer();
      const clients = [await world.client('a'), await world.client('b'), await world.client('c')];
      const sent = clients.flatMap((from, i) => {
        const next = clients[(i + 1) % clients.length]!;
        const routes = [
          [from.token, n.uri],
          [next.token, next.uri],
          [from.token, next.token, next.uri],
        ];
        return Array.from({ length: 60 }, (_, k) =>
          from.send({
            to: routes[k % 3]!,
            messageId: `load-${i}-${k}`,
            body: octets((k * 997) % 9_000, k),
            flag: k % 7 === 0 ? '+' : '$',
          }),
        );
      });
      for (const each of sent) expect(await world.code(each)).toBe(200);
      const hop = await n.connected();
      const all = (): string[] =>
        [hop, ...clients].flatMap(({ requests }) => requests).map(({ messageId }) => messageId!);
      await world.when(() => new Set(all()).size === 180);
      for (const [i, client] of clients.entries()) {
        expect(client.responses.filter(({ code }) => code === 200).length).toBe(61);
        const received = clients[(i + 1) % clients.length]!.received(`load-${i}-1`);
        expect(received.equals(octets(997, 1))).toBe(true);
      }
    });
  },
  { only: withClock, link: { split: 'random', bufferBytes: 5_000, latencyMs: 1 } },
);
