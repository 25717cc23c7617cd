import { beforeEach, describe, expect, it } from 'vitest';
import type { RelayOptions } from '../../src/index.js';
import type { LinkOptions, MemoryEnd, MsrpClient } from '../../src/testing/index.js';
import { Scene, type SceneRelay } from '../support/scene.js';

let scene: Scene;
let r: SceneRelay;
let a: MsrpClient & { token: string };
let b: MsrpClient & { token: string };

beforeEach(() => {
  scene = new Scene();
});

async function start(options: Partial<RelayOptions> = {}): Promise<void> {
  r = await scene.relay('relay.example', options);
  a = await scene.registered(r, 'a');
  b = await scene.registered(r, 'b');
}

/** A next hop that does with each connection, and with each read, what it likes. */
function badHop(
  does: { taken?(end: MemoryEnd): void; read?(end: MemoryEnd, octets: Buffer): void },
  link: LinkOptions = {},
): string {
  scene.network.peer({ host: 'bad.example', link }, (end) => {
    end.start({
      onData: (octets) => does.read?.(end, octets),
      onWritten: () => undefined,
      onEnd: () => {
        end.end();
      },
      onClose: () => undefined,
    });
    does.taken?.(end);
  });
  return 'msrps://bad.example:2855/n1;tcp';
}

/** Two messages and a NICKNAME to the bad hop: what the sender is told of each, and that nothing else is harmed. */
async function suffers(
  uri: string,
  waitMs = 2_000,
): Promise<{ statuses: string[]; reasons: string[]; nickname: number | undefined }> {
  // prettier-ignore
  const sent = [1, 2].map((i) => a.send({ to: [a.token, uri], body: `message ${i}` }));
  const silent = a.send({ to: [a.token, uri], body: 'nobody wants to know', failureReport: 'no' });
  const nickname = a.request('NICKNAME', { to: [a.token, uri] });
  await scene.clock.elapse(waitMs);
  expect(sent.map(({ answer }) => answer?.code)).toEqual([200, 200]);
  expect(a.reports.map(({ messageId }) => messageId)).toEqual(sent.map(({ messageId }) => messageId));
  expect(silent.answer).toBeUndefined();
  const other = a.send({ to: [b.token, b.uri], body: 'still there?' });
  const back = b.send({ to: [a.token, a.uri], body: 'yes' });
  await scene.quiet();
  expect([other, back].map(({ answer }) => answer?.code)).toEqual([200, 200]);
  expect([a.requests.at(-1)?.text, b.requests.at(-1)?.text]).toEqual(['yes', 'still there?']);
  return {
    statuses: a.reports.map((report) => report.header('Status')!.slice(0, 7)),
    reasons: [...new Set(r.events.of('deliveryFailed').map(({ reason }) => reason))],
    nickname: nickname.answer?.code,
  };
}

const told408 = { statuses: ['000 408', '000 408'], nickname: 408 };

describe('a next hop that', () => {
  it('FWD-39 resets when it is written to', async () => {
    await start();
    const uri = badHop({ read: (end) => { end.reset(); } }); // prettier-ignore
    expect(await suffers(uri)).toEqual({ ...told408, reasons: ['connection-lost'] });
    expect(r.events.of('connectionClosed').map(({ reason }) => reason)).toEqual(['peer-reset']);
    await scene.end(r);
  });

  it('FWD-39 takes the connection and closes it', async () => {
    await start();
    const uri = badHop({ taken: (end) => { end.end(); } }); // prettier-ignore
    expect(await suffers(uri)).toEqual({ ...told408, reasons: ['connection-lost'] });
    await scene.end(r);
  });

  it('FWD-22 never finishes the handshake: 408 when the time for dialling is over', async () => {
    await start();
    scene.peer({ host: 'bad.example' }).peer.answers = 'never';
    expect(await suffers('msrps://bad.example:2855/n1;tcp', 11_300)).toEqual({
      ...told408,
      reasons: ['hop-unreachable'],
    });
    await scene.end(r);
  });

  it('WIRE-26 speaks HTTP: framing is lost, closed, 408', async () => {
    await start();
    const uri = badHop({ read: (end) => { end.write([Buffer.from('HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n')]); } }); // prettier-ignore
    expect(await suffers(uri)).toEqual({ ...told408, reasons: ['connection-lost'] });
    expect(r.events.of('connectionClosed').map(({ reason }) => reason)).toEqual(['framing-lost']);
    await scene.end(r);
  });

  it('WIRE-28 answers garbage without end: closed, 408, and no more of it is kept', async () => {
    await start();
    const garbage = Buffer.alloc(4096, 0xa5);
    let closed = false;
    const uri = badHop({
      read(end) {
        const more = (): void => {
          closed ||= end.closed;
          if (!closed && end.unacceptedBytes < 1_000_000) end.write([garbage]);
        };
        for (let i = 0; i < 400; i++) more();
      },
    });
    expect(await suffers(uri)).toEqual({ ...told408, reasons: ['connection-lost'] });
    expect(r.relay.stats().traffic.octetsIn).toBeLessThan(200_000);
    await scene.end(r);
  });

  it('RESP-02 answers what can not be read, in sync: as if it were silent', async () => {
    await start();
    const uri = badHop({
      read(end, octets) {
        for (const [, tid] of octets.toString('latin1').matchAll(/^MSRP (\S+) [A-Z]+\r$/gm)) {
          end.write([Buffer.from(`MSRP ${tid!} 200 OK\r\nTo-Path: nonsense\r\n-------${tid!}$\r\n`)]);
        }
      },
    });
    expect(await suffers(uri, 31_300)).toEqual({ ...told408, reasons: ['timeout'] });
    expect(r.relay.stats().responsesDropped).toEqual({ unparsable: 4 });
    await scene.end(r);
  });

  it('XMIT-16 takes all and reads nothing: 408 after 30 s without an octet accepted', async () => {
    await start();
    const taken: MemoryEnd[] = [];
    const pauses = (end: MemoryEnd): void => {
      end.pause();
      taken.push(end);
    };
    const uri = badHop({ taken: pauses }, { bufferBytes: 100 });
    expect(await suffers(uri, 62_000)).toEqual({ ...told408, reasons: ['write-stalled'] });
    for (const end of taken) end.destroy();
    await scene.end(r);
  });

  it('SEC-27 SEC-32 is not what its URI says: other name, unverified, no TLS', async () => {
    const { testCertificate } = await import('../../src/testing/index.js');
    await start();
    const places = [
      { host: 'other.example', certificate: testCertificate('x.example') },
      { host: 'expired.example', certificate: testCertificate('expired.example', { verified: false }) },
      { host: 'nameless.example', certificate: testCertificate([]) },
      { host: 'plain.example', secure: false },
    ];
    const peers = places.map((place) => scene.peer(place));
    for (const { host } of places) a.send({ to: [a.token, `msrps://${host}:2855/n1;tcp`], body: 'secret' });
    await scene.quiet();
    expect(a.reports.map((report) => report.header('Status')?.slice(0, 7))).toEqual(
      new Array<string>(4).fill('000 408'),
    );
    expect(peers.flatMap(({ clients }) => clients)).toEqual([]);
    await scene.end(r);
  });
});

describe('a peer that pipelines and never reads its answers', () => {
  it('FWD-48 XMIT-15 is no longer read from; what waits for it is bounded; when it reads on, all arrives', async () => {
    await start({ limits: { maxSmallBytes: 20_000 } });
    const f = scene.client(r, 'f');
    f.pause();
    const sent = Array.from({ length: 1_500 }, (_, i) => f.send({ to: [a.token, a.uri], body: `${i}` }));
    await scene.quiet();
    const { held } = r.relay.stats().connections;
    expect(held).toEqual({ 'small-messages': 1 });
    const before = a.requests.length;
    expect(before).toBeLessThan(1_300);
    await scene.quiet();
    expect(a.requests).toHaveLength(before);
    const other = b.send({ to: [a.token, a.uri], body: 'not concerned' });
    await scene.quiet();
    expect(other.answer?.code).toBe(200);
    f.resume();
    await scene.quiet();
    expect(sent.map(({ answer }) => answer?.code)).toEqual(new Array<number>(1_500).fill(200));
    expect(a.requests).toHaveLength(1_501);
    await scene.end(r);
  });

  it('FWD-48 also when the answers are refusals, or 401s', async () => {
    await start({ limits: { maxSmallBytes: 20_000, maxFailures: 1_000_000 } });
    const f = scene.client(r, 'f', { uri: 'msrps://f.invalid:2855/f1;tcp' });
    const g = scene.client(r, 'g');
    f.pause();
    g.pause();
    for (let i = 0; i < 1_500; i++) {
      f.send({ to: ['msrps://relay.example:2855/guess;tcp', a.uri], body: 'x' });
      g.request('AUTH', { to: r.uri });
    }
    await scene.quiet();
    expect(r.relay.stats().connections.held['small-messages']).toBe(2);
    expect(r.relay.stats().requestsRefused['unknown-token']).toBeLessThan(1_300);
    expect(r.relay.stats().authFailures.challenged).toBeLessThan(1_300);
    await scene.end(r);
  });
});
