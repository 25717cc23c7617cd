import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { testCertificate } from '../../src/testing/certificate.js';
import type { MemoryEnd } from '../../src/testing/memory-end.js';
import { createMemoryNetwork } from '../../src/testing/memory-network.js';
import type {
  ConnectOptions,
  MemoryNetwork,
  MemoryNetworkOptions,
  MemoryPlace,
} from '../../src/testing/memory-types.js';
import { createTestClock, type TestRuntime } from '../../src/testing/test-clock.js';
import type { DialTarget, PeerFacts, RelaySocket, Transport } from '../../src/transport/types.js';

/** Writes down all that a socket says. */
class Recorder {
  readonly data: Buffer[] = [];
  readonly events: string[] = [];
  written = 0;

  constructor(end: RelaySocket) {
    end.start({
      onData: (octets) => {
        this.data.push(octets);
      },
      onWritten: (totalBytes) => {
        this.written = totalBytes;
      },
      onEnd: () => {
        this.events.push('end');
      },
      onClose: (why) => {
        this.events.push(why ? `closed: ${why.message}` : 'closed');
      },
    });
  }

  get text(): string {
    return Buffer.concat(this.data).toString();
  }
}

const octets = (n: number): Buffer => Buffer.alloc(n, 'abcdefghijklmnopqrstuvwxyz');

function pair(
  options: MemoryNetworkOptions = {},
  place: Partial<MemoryPlace> = {},
): { clock: TestRuntime; network: MemoryNetwork; a: MemoryEnd; b: MemoryEnd; recordA: Recorder; recordB: Recorder } {
  const clock = createTestClock({ nowMs: 0 });
  const network = createMemoryNetwork(clock, options);
  const peer = network.peer({ host: 'b.example', ...place });
  const a = network.connect('b.example:2855');
  clock.run();
  const b = peer.ends[0]!;
  return { clock, network, a, b, recordA: new Recorder(a), recordB: new Recorder(b) };
}

describe('memory network: octets', () => {
  test('arrive in order, joined as on a stream, both ways', () => {
    const { clock, a, b, recordA, recordB } = pair();
    a.write([Buffer.from('one '), Buffer.from('two ')]);
    a.write([Buffer.from('three')]);
    b.write([Buffer.from('back')]);
    expect(recordB.data).toEqual([]);
    clock.run();
    expect(recordB.data.map(String)).toEqual(['one two three']);
    expect(recordA.text).toBe('back');
    expect(recordA.written).toBe(13);
    expect(b.readBytes).toBe(13);
  });

  test('written before the far end has started are kept for it', () => {
    const clock = createTestClock();
    const network = createMemoryNetwork(clock);
    const peer = network.peer({ host: 'b.example' });
    network.connect('b.example:2855').write([Buffer.from('early')]);
    clock.run();
    const recorder = new Recorder(peer.ends[0]!);
    clock.run();
    expect(recorder.text).toBe('early');
  });

  test('belong to the writer again once reported as written', () => {
    const { clock, a, recordA, recordB } = pair({ reportWritten: 'at-once' });
    const part = Buffer.from('first');
    a.write([part]);
    expect(recordA.written).toBe(5);
    part.fill('x');
    clock.run();
    expect(recordB.text).toBe('first');
  });

  test('are reported as written after the turn by default', () => {
    const { clock, a, recordA } = pair();
    a.write([octets(10)]);
    expect(recordA.written).toBe(0);
    clock.run();
    expect(recordA.written).toBe(10);
  });

  test('take the latency of the link, and arrive at that very time', () => {
    const { clock, a, recordB } = pair({ latencyMs: 40 });
    clock.advance(100);
    a.write([octets(3)]);
    clock.advance(39);
    expect(recordB.text).toBe('');
    clock.advance(1);
    expect(recordB.text).toBe('abc');
    expect(clock.pendingTimers).toBe(0);
  });

  test('are slowed down to the bandwidth of the link', () => {
    const { clock, a, recordB } = pair({ bytesPerMs: 10, bufferBytes: 1000 });
    a.write([octets(100)]);
    a.write([octets(100)]);
    clock.advance(10);
    expect(recordB.text).toHaveLength(100);
    clock.advance(9);
    expect(recordB.text).toHaveLength(100);
    clock.advance(1);
    expect(recordB.text).toHaveLength(200);
  });

  test('are cut into pieces of a given size', () => {
    const { clock, a, recordB } = pair({ split: 3 });
    a.write([Buffer.from('abcdefgh')]);
    clock.run();
    expect(recordB.data.map(String)).toEqual(['abc', 'def', 'gh']);
  });

  test('are cut into random pieces, the same ones for the same seed', () => {
    const sizes = (seed: number): number[] => {
      const { clock, a, recordB } = pair({ split: 'random', seed });
      a.write([octets(50_000)]);
      clock.run();
      expect(recordB.text).toBe(octets(50_000).toString());
      return recordB.data.map(({ length }) => length);
    };
    expect(sizes(1)).toEqual(sizes(1));
    expect(sizes(1)).not.toEqual(sizes(2));
    expect(new Set(sizes(1)).size).toBeGreaterThan(10);
  });

  test('none are given after pause(), not even the rest of what has arrived', () => {
    const { clock, a, b, recordB } = pair({ split: 1 });
    const seen: string[] = [];
    const clockB = createTestClock();
    const network = createMemoryNetwork(clockB, { split: 1 });
    const peer = network.peer({ host: 'c.example' }, (end) => {
      end.start({
        onData: (data) => {
          seen.push(data.toString());
          if (seen.length === 2) end.pause();
        },
        onWritten: () => undefined,
        onEnd: () => undefined,
        onClose: () => undefined,
      });
    });
    network.connect('c.example:2855').write([Buffer.from('abcd')]);
    clockB.run();
    expect(seen).toEqual(['a', 'b']);
    peer.ends[0]!.resume();
    expect(seen).toEqual(['a', 'b']);
    clockB.run();
    expect(seen).toEqual(['a', 'b', 'c', 'd']);

    b.pause();
    a.write([octets(5)]);
    clock.run();
    expect(recordB.text).toBe('');
    expect(b.unreadBytes).toBe(5);
    b.resume();
    clock.run();
    expect(recordB.text).toBe('abcde');
    expect(b.unreadBytes).toBe(0);
  });
});

describe('memory network: back-pressure', () => {
  test('a reader that does not read stops the writer at the size of the buffer', () => {
    const { clock, a, b, recordA, recordB } = pair({ bufferBytes: 100 });
    b.pause();
    a.write([octets(70)]);
    a.write([octets(70), octets(10)]);
    clock.advance(60_000);
    expect(recordA.written).toBe(100);
    expect(a.unacceptedBytes).toBe(50);
    b.resume();
    clock.run();
    expect(recordA.written).toBe(150);
    expect(a.unacceptedBytes).toBe(0);
    expect(recordB.text).toBe([octets(70), octets(70), octets(10)].join(''));
  });

  test('the buffer holds 65536 octets by default', () => {
    const { clock, a, b, recordA } = pair();
    b.pause();
    a.write([octets(100_000)]);
    clock.run();
    expect(recordA.written).toBe(65_536);
  });

  test('octets under way fill the buffer, so latency bounds the rate', () => {
    const { clock, a, recordA, recordB } = pair({ bufferBytes: 100, latencyMs: 10 });
    a.write([octets(250)]);
    clock.run();
    expect(recordA.written).toBe(100);
    clock.advance(10);
    expect(recordB.text).toHaveLength(100);
    expect(recordA.written).toBe(200);
    clock.advance(20);
    expect(recordB.text).toHaveLength(250);
  });

  test('one direction that is stopped does not stop the other', () => {
    const { clock, a, b, recordA } = pair({ bufferBytes: 10 });
    b.pause();
    a.write([octets(50)]);
    b.write([octets(50)]);
    clock.run();
    expect(recordA.text).toHaveLength(50);
  });

  test('nothing is lost, doubled or turned around, whatever the link and the reader do', () => {
    const command = fc.oneof(
      fc.record({
        kind: fc.constant('write' as const),
        sizes: fc.array(fc.nat(300), { minLength: 1, maxLength: 4 }),
      }),
      fc.record({ kind: fc.constant('pause' as const) }),
      fc.record({ kind: fc.constant('resume' as const) }),
      fc.record({ kind: fc.constant('pass' as const), ms: fc.nat(30) }),
    );
    const link = fc.record({
      latencyMs: fc.nat(20),
      bufferBytes: fc.integer({ min: 1, max: 500 }),
      split: fc.constantFrom('random' as const, 1, 7, 1000),
      bytesPerMs: fc.constantFrom(1, 50, Infinity),
      reportWritten: fc.constantFrom('at-once' as const, 'later' as const),
    });
    fc.assert(
      fc.property(
        link,
        fc.constantFrom('stream' as const, 'message' as const),
        fc.array(command),
        (l, framing, run) => {
          const { clock, a, b, recordA, recordB } = pair(l, { framing });
          let sent = '';
          const messages: string[] = [];
          for (const c of run) {
            if (c.kind === 'write') {
              const parts = c.sizes.map((size, i) => Buffer.alloc(size, `${sent.length}.${i} `));
              a.write(parts);
              messages.push(Buffer.concat(parts).toString());
              sent += messages.at(-1)!;
            } else if (c.kind === 'pause') b.pause();
            else if (c.kind === 'resume') b.resume();
            else clock.advance(c.ms);
            expect(recordA.written).toBeGreaterThanOrEqual(recordB.text.length);
            expect(sent.startsWith(recordB.text)).toBe(true);
          }
          a.end();
          b.resume();
          clock.advance(10_000_000);
          expect(recordB.text).toBe(sent);
          expect(recordA.written).toBe(sent.length);
          expect(recordB.events).toEqual(['end']);
          expect(framing === 'stream' || messages.join('|') === recordB.data.join('|')).toBe(true);
          expect(clock.pendingTimers).toBe(0);
        },
      ),
    );
  });
});

describe('memory network: messages', () => {
  test('each write is one message, delivered whole, whatever split says', () => {
    const { clock, a, b, recordB } = pair({ split: 2 }, { framing: 'message', maxMessageBytes: 500 });
    expect([a.framing, b.framing, b.maxMessageBytes]).toEqual(['message', 'message', 500]);
    a.write([Buffer.from('one '), Buffer.from('message')]);
    a.write([Buffer.from('another')]);
    clock.run();
    expect(recordB.data.map(String)).toEqual(['one message', 'another']);
  });

  test('a message longer than the buffer passes alone; the next one waits for room', () => {
    const { clock, a, b, recordA, recordB } = pair({ bufferBytes: 100 }, { framing: 'message' });
    b.pause();
    a.write([octets(150)]);
    a.write([octets(10)]);
    clock.run();
    expect(recordA.written).toBe(150);
    b.resume();
    clock.run();
    expect(recordA.written).toBe(160);
    expect(recordB.data.map(({ length }) => length)).toEqual([150, 10]);
  });
});

describe('memory network: endings', () => {
  test('half-close: the peer reads all, then the end, and may still write', () => {
    const { clock, network, a, b, recordA, recordB } = pair({ latencyMs: 5 });
    a.write([octets(3)]);
    a.end();
    clock.advance(5);
    expect(recordB.text).toBe('abc');
    expect(recordB.events).toEqual(['end']);
    clock.advance(60_000);
    b.write([octets(2)]);
    clock.advance(5);
    expect(recordA.text).toBe('ab');
    expect([a.closed, b.closed]).toEqual([false, false]);
    b.end();
    clock.advance(5);
    expect(recordA.events).toEqual(['end', 'closed']);
    expect(recordB.events).toEqual(['end', 'closed']);
    expect(network.openEnds).toBe(0);
    expect(clock.pendingTimers).toBe(0);
  });

  test('end() waits for what is not yet accepted', () => {
    const { clock, a, b, recordB } = pair({ bufferBytes: 10 });
    b.pause();
    a.write([octets(25)]);
    a.end();
    clock.run();
    expect(recordB.events).toEqual([]);
    b.resume();
    clock.run();
    expect(recordB.text).toHaveLength(25);
    expect(recordB.events).toEqual(['end']);
  });

  test('a paused reader does not learn of the end before it reads on', () => {
    const { clock, a, b, recordB } = pair();
    b.pause();
    a.end();
    clock.run();
    expect(recordB.events).toEqual([]);
    b.resume();
    clock.run();
    expect(recordB.events).toEqual(['end']);
  });

  test('destroy(): what was accepted arrives, then the end; what was not is lost', () => {
    const { clock, a, b, recordA, recordB } = pair({ bufferBytes: 10 });
    b.pause();
    a.write([octets(25)]);
    a.destroy(new Error('enough'));
    expect(recordA.events).toEqual([]);
    b.resume();
    clock.run();
    expect(recordA.events).toEqual(['closed: enough']);
    expect(recordB.text).toBe('abcdefghij');
    expect(recordB.events).toEqual(['end']);
  });

  test('writing to an end that is gone closes the writer with an error', () => {
    const { clock, a, b, recordB } = pair({ latencyMs: 5 });
    a.destroy();
    clock.advance(5);
    b.write([octets(100_000)]);
    clock.advance(5);
    expect(recordB.events).toEqual(['end', 'closed: write EPIPE']);
    expect(clock.pendingTimers).toBe(0);
  });

  test('reset(): octets under way are lost and the peer hears of an error, even while it does not read', () => {
    const { clock, network, a, b, recordA, recordB } = pair({ latencyMs: 5 });
    b.pause();
    a.write([octets(10)]);
    a.reset();
    a.reset();
    clock.advance(5);
    expect(recordA.events).toEqual(['closed']);
    expect(recordB.events).toEqual(['closed: read ECONNRESET']);
    b.resume();
    b.write([octets(1)]);
    clock.advance(100);
    expect(recordB.text).toBe('');
    expect(recordB.events).toHaveLength(1);
    expect(network.openEnds).toBe(0);
    expect(clock.pendingTimers).toBe(0);
  });

  test('reset(): a peer that reads gets nothing of what was under way', () => {
    const { clock, a, recordB } = pair({ latencyMs: 5 });
    a.write([octets(10)]);
    a.reset();
    clock.advance(100);
    expect(recordB.text).toBe('');
    expect(recordB.events).toEqual(['closed: read ECONNRESET']);
  });

  test('an end that closed before it was started says so when it is', () => {
    const clock = createTestClock();
    const network = createMemoryNetwork(clock);
    const peer = network.peer({ host: 'b.example' });
    network.connect('b.example:2855').reset();
    clock.run();
    const recorder = new Recorder(peer.ends[0]!);
    clock.run();
    expect(recorder.events).toEqual(['closed: read ECONNRESET']);
  });

  test('misuse by the owner of a socket is an error at once', () => {
    const { a, recordA } = pair();
    expect(() => {
      a.start({
        onData: () => undefined,
        onWritten: () => undefined,
        onEnd: () => undefined,
        onClose: () => undefined,
      });
    }).toThrow('start() called twice');
    a.end();
    expect(() => {
      a.write([octets(1)]);
    }).toThrow('write() after end()');
    expect(recordA.events).toEqual([]);
  });
});

interface Accepted {
  readonly socket: RelaySocket;
  readonly facts: PeerFacts;
}

async function listening(transport: Transport): Promise<Accepted[]> {
  const accepted: Accepted[] = [];
  await transport.listen?.({
    accept: (socket, facts) => {
      accepted.push({ socket, facts });
    },
    refused: () => undefined,
  });
  return accepted;
}

function target(address: string, host: string, signal = new AbortController().signal): DialTarget {
  return { addresses: [{ address, family: 4 }], port: 2855, host, signal };
}

describe('memory network: transports', () => {
  function setUp(options?: MemoryNetworkOptions): { clock: TestRuntime; network: MemoryNetwork } {
    const clock = createTestClock({ nowMs: 0 });
    return { clock, network: createMemoryNetwork(clock, options) };
  }

  test('a client that connects is accepted with the facts of the place and of the test', async () => {
    const { clock, network } = setUp();
    const transport = network.transport({ host: 'relay.example', port: 7000 });
    const accepted = await listening(transport);
    const connect = (options?: ConnectOptions): PeerFacts => {
      network.connect('Relay.Example:7000', options);
      clock.run();
      return accepted.at(-1)!.facts;
    };
    expect(connect()).toEqual({
      transport: 'memory',
      secure: true,
      remote: { address: '198.51.100.1', port: 50_001 },
      localPort: 7000,
    });
    const user = { name: 'alice' };
    const certificate = testCertificate('x.example');
    expect(connect({ facts: { user, certificate, secure: false, transport: 'ws' } })).toMatchObject({
      transport: 'ws',
      secure: false,
      user,
      certificate,
    });
  });

  test('listen() tells of the listener; a place can be taken once and be given up', async () => {
    const { network } = setUp();
    const transport = network.transport({ host: 'relay.example', name: 'inner', secure: false, address: '10.0.0.1' });
    const host = { accept: () => undefined, refused: () => undefined };
    await expect(transport.listen?.(host)).resolves.toEqual({
      transport: 'inner',
      secure: false,
      address: '10.0.0.1',
      port: 2855,
      uri: { scheme: 'msrp', transport: 'tcp' },
    });
    await expect(transport.listen?.(host)).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await transport.stopListening?.();
    expect(() => network.connect('relay.example:2855')).toThrow('nobody listens at relay.example:2855');
  });

  test('one relay dials another: both are told who the other is', async () => {
    const { clock, network } = setUp({ latencyMs: 10 });
    const r = network.transport({ host: 'r.example' });
    const x = network.transport({ host: 'x.example' });
    const accepted = await listening(x);
    const [record] = await network.resolver.lookup('x.example');
    const dialled = await clock.until(r.dial!(target(record!.address, 'x.example')));
    expect(clock.nowMs()).toBe(10);
    expect(dialled.facts).toMatchObject({
      transport: 'memory',
      secure: true,
      remote: { address: record!.address, port: 2855 },
      gaveOurCertificate: true,
    });
    expect(dialled.facts.certificate?.covers('x.example')).toBe(true);
    clock.run();
    expect(accepted[0]!.facts.certificate?.names).toEqual(['r.example']);
    const far = new Recorder(accepted[0]!.socket);
    const near = new Recorder(dialled.socket);
    dialled.socket.write([Buffer.from('hello')]);
    accepted[0]!.socket.write([Buffer.from('world')]);
    clock.advance(10);
    expect([far.text, near.text]).toEqual(['hello', 'world']);
  });

  test('a test can be the next hop, one that does not ask for certificates too', async () => {
    const { clock, network } = setUp();
    const r = network.transport({ host: 'r.example' });
    const seen: PeerFacts[] = [];
    const peer = network.peer(
      { host: 'p.example', address: '203.0.113.77', asksForCertificate: false },
      (_, facts) => {
        seen.push(facts);
      },
    );
    const { facts } = await clock.until(r.dial!(target('203.0.113.77', 'p.example')));
    clock.run();
    expect(facts.gaveOurCertificate).toBe(false);
    expect(seen[0]?.certificate).toBeUndefined();
    expect(peer.ends).toHaveLength(1);
    expect(peer.dialled).toBe(1);
  });

  test('msrps is never a fallback: wrong name, unverified certificate and plain peers are refused', async () => {
    const { clock, network } = setUp();
    const r = network.transport({ host: 'r.example' });
    network.peer({ host: 'p.example', address: '203.0.113.1' });
    network.peer({ host: 'q.example', address: '203.0.113.2', secure: false });
    const certificate = testCertificate('s.example', { verified: false });
    network.peer({ host: 's.example', address: '203.0.113.3', certificate });
    const dial = (address: string, host: string): Promise<unknown> => clock.until(r.dial!(target(address, host)));
    await expect(dial('203.0.113.1', 'z.example')).rejects.toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
    await expect(dial('203.0.113.2', 'q.example')).rejects.toMatchObject({ code: 'ERR_SSL_WRONG_VERSION_NUMBER' });
    await expect(dial('203.0.113.3', 's.example')).rejects.toMatchObject({ code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' });
    expect(network.openEnds).toBe(0);
  });

  test('msrp dials plain places only', async () => {
    const { clock, network } = setUp();
    const r = network.transport({ host: 'r.example', port: 2856, secure: false });
    network.peer({ host: 'p.example', address: '203.0.113.1' });
    network.peer({ host: 'q.example', address: '203.0.113.2', secure: false });
    await expect(clock.until(r.dial!(target('203.0.113.1', 'p.example')))).rejects.toMatchObject({
      code: 'ECONNRESET',
    });
    const { facts } = await clock.until(r.dial!(target('203.0.113.2', 'q.example')));
    expect(facts).toMatchObject({ secure: false, certificate: undefined, gaveOurCertificate: false });
  });

  test('a dial that is refused, or never answered and given up, rejects', async () => {
    const { clock, network } = setUp();
    const r = network.transport({ host: 'r.example' });
    const peer = network.peer({ host: 'p.example', address: '203.0.113.1' });
    await expect(clock.until(r.dial!(target('203.0.113.9', 'p.example')))).rejects.toMatchObject({
      code: 'ECONNREFUSED',
    });
    peer.answers = 'refuse';
    await expect(clock.until(r.dial!(target('203.0.113.1', 'p.example')))).rejects.toMatchObject({
      code: 'ECONNREFUSED',
    });
    peer.answers = 'never';
    const abort = new AbortController();
    const dialling = r.dial!(target('203.0.113.1', 'p.example', abort.signal));
    clock.wakeAt(9_000, () => {
      abort.abort(new Error('given up'));
    });
    await expect(clock.until(dialling)).rejects.toThrow('given up');
    expect(clock.nowMs()).toBe(9_000);
    expect(peer.dialled).toBe(2);
    expect(peer.ends).toEqual([]);
  });

  test('of several addresses the first that answers is taken', async () => {
    const { clock, network } = setUp();
    const r = network.transport({ host: 'r.example' });
    network.peer({ host: 'p.example', address: '203.0.113.1' }).answers = 'refuse';
    const second = network.peer({ host: 'p.example', address: '203.0.113.2' });
    const addresses = ['203.0.113.9', '203.0.113.1', '203.0.113.2'].map((address) => ({
      address,
      family: 4 as const,
    }));
    const { facts } = await clock.until(r.dial!({ ...target('', 'p.example'), addresses }));
    clock.run();
    expect(facts.remote.address).toBe('203.0.113.2');
    expect(second.ends).toHaveLength(1);
  });

  test('a relay socket that ended does not wait for ever for its peer', async () => {
    const { clock, network } = setUp();
    const accepted = await listening(network.transport({ host: 'relay.example', lingerMs: 300 }));
    const client = new Recorder(network.connect('relay.example:2855'));
    clock.run();
    const { socket } = accepted[0]!;
    const relay = new Recorder(socket);
    socket.write([octets(3)]);
    socket.end();
    clock.advance(299);
    expect(client.text).toBe('abc');
    expect(relay.events).toEqual([]);
    clock.advance(1);
    expect(relay.events).toEqual(['closed']);
    expect(client.events).toEqual(['end']);
  });

  test('a relay socket whose peer ends in time waits no longer', async () => {
    const { clock, network } = setUp();
    const accepted = await listening(network.transport({ host: 'relay.example', lingerMs: 300 }));
    const client = network.connect('relay.example:2855');
    clock.run();
    const relay = new Recorder(accepted[0]!.socket);
    accepted[0]!.socket.end();
    clock.advance(100);
    expect(clock.pendingTimers).toBe(1);
    client.end();
    clock.run();
    expect(relay.events).toEqual(['end', 'closed']);
    expect(clock.pendingTimers).toBe(0);
  });

  test('the resolver knows the hosts of the network and the given SRV records', async () => {
    const records = [{ name: 'r.example', port: 2855, priority: 1, weight: 1 }];
    const { network } = setUp({ srv: { '_msrps._tcp.example': records } });
    network.peer({ host: 'p.example', address: '2001:db8::1' });
    network.peer({ host: 'q.example' });
    await expect(network.resolver.lookup('P.example')).resolves.toEqual([{ address: '2001:db8::1', family: 6 }]);
    await expect(network.resolver.lookup('q.example')).resolves.toEqual([{ address: '203.0.113.2', family: 4 }]);
    await expect(network.resolver.lookup('z.example')).rejects.toMatchObject({ code: 'ENOTFOUND' });
    await expect(network.resolver.srv('_msrps._tcp.example')).resolves.toEqual(records);
    await expect(network.resolver.srv('_msrps._tcp.other')).rejects.toMatchObject({ code: 'ENOTFOUND' });
  });
});

describe('testCertificate', () => {
  test('covers its names without regard to case, and one label by a wildcard', () => {
    const certificate = testCertificate(['r.example', '*.wild.example']);
    expect(certificate.covers('R.EXAMPLE')).toBe(true);
    expect(certificate.covers('a.wild.example')).toBe(true);
    expect(certificate.covers('a.b.wild.example')).toBe(false);
    expect(certificate.covers('wild.example')).toBe(false);
    expect(certificate.covers('example')).toBe(false);
    expect(certificate.fingerprint256).not.toBe(testCertificate('r.example').fingerprint256);
  });
});
