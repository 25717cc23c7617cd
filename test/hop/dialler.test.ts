import { beforeEach, describe, expect, it } from 'vitest';

import { createDialler } from '../../src/hop/dialler.js';
import { createEgress } from '../../src/hop/egress.js';
import type { SrvRecord } from '../../src/hop/srv.js';
import type { Dialler, HopFailure, HopTarget } from '../../src/hop/types.js';
import type { DialTarget, PeerFacts, RelaySocket, Transport } from '../../src/transport/types.js';

/** A clock that stands still until it is moved. */
class Clock {
  now = 0;
  #due: { atMs: number; fn: () => void }[] = [];
  nowMs = (): number => this.now;
  after = (delayMs: number, fn: () => void): (() => void) => {
    const entry = { atMs: this.now + delayMs, fn };
    this.#due.push(entry);
    return () => {
      this.#due = this.#due.filter((each) => each !== entry);
    };
  };
  get pending(): number {
    return this.#due.length;
  }
  advance(ms: number): void {
    this.now += ms;
    const due = this.#due.filter((each) => each.atMs <= this.now);
    this.#due = this.#due.filter((each) => each.atMs > this.now);
    for (const { fn } of due) fn();
  }
}

const facts: PeerFacts = { transport: 'fake', secure: true, remote: { address: '192.0.2.9', port: 1 } };
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

let clock: Clock;
let asked: string[];
let names: Record<string, string[]>;
let services: Record<string, SrvRecord[]>;
let dialled: { scheme: string; target: DialTarget }[];
let destroyed: number;
let answer: (target: DialTarget) => Promise<unknown>;
let dialler: Dialler;

const fakeSocket = (): RelaySocket => ({
  framing: 'stream',
  maxMessageBytes: Infinity,
  start: () => undefined,
  write: () => undefined,
  pause: () => undefined,
  resume: () => undefined,
  end: () => undefined,
  destroy: () => {
    destroyed++;
  },
});

const fakeTransport = (scheme: 'msrp' | 'msrps'): Transport => ({
  name: scheme,
  dials: scheme,
  async dial(target) {
    dialled.push({ scheme, target });
    await answer(target);
    return { socket: fakeSocket(), facts };
  },
});

const found = async <T>(table: Record<string, T[]>, name: string): Promise<T[]> => {
  await Promise.resolve();
  const list = table[name];
  if (!list) throw new Error(`ENOTFOUND ${name}`);
  return list;
};

const make = (transports: Transport[]): Dialler =>
  createDialler({
    resolver: {
      async lookup(host) {
        asked.push(`A ${host}`);
        const list = await found(names, host);
        return list.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
      },
      srv(name) {
        asked.push(`SRV ${name}`);
        return found(services, name);
      },
    },
    egress: createEgress({ ports: { deny: [25] } }),
    transports,
    timers: clock,
    dialTimeoutMs: 10_000,
    randomFill: (into) => into.fill(0),
  });

beforeEach(() => {
  clock = new Clock();
  asked = [];
  names = {};
  services = {};
  dialled = [];
  destroyed = 0;
  answer = () => Promise.resolve();
  dialler = make([fakeTransport('msrp'), fakeTransport('msrps')]);
});

type Outcome = { opened: PeerFacts } | { failed: HopFailure };

const start = (target: Partial<HopTarget>): { outcomes: Outcome[]; cancel: () => void } => {
  const outcomes: Outcome[] = [];
  const cancel = dialler.dial(
    { scheme: 'msrps', host: 'n.example', port: 2900, ...target },
    (_socket, opened) => outcomes.push({ opened }),
    (failed) => outcomes.push({ failed }),
  );
  expect(outcomes).toEqual([]);
  return { outcomes, cancel };
};

const dial = async (target: Partial<HopTarget>): Promise<Outcome[]> => {
  const { outcomes } = start(target);
  await turn();
  return outcomes;
};

const failure = (code: number, reason: string): unknown => ({
  failed: expect.objectContaining({ code, reason }),
});

describe('dialler', () => {
  it('URI-11 a name with a port: addresses are asked for, no SRV; all go to the transport in the order received', async () => {
    names['n.example'] = ['8.8.8.8', '2606:4700::1', '1.1.1.1'];
    expect(await dial({})).toEqual([{ opened: facts }]);
    expect(asked).toEqual(['A n.example']);
    expect(dialled).toHaveLength(1);
    expect(dialled[0]).toMatchObject({
      scheme: 'msrps',
      target: {
        host: 'n.example',
        port: 2900,
        addresses: [
          { address: '8.8.8.8', family: 4 },
          { address: '2606:4700::1', family: 6 },
          { address: '1.1.1.1', family: 4 },
        ],
      },
    });
    expect(clock.pending).toBe(0);
  });

  it.each([
    ['8.8.8.8', 4],
    ['2606:4700::1', 6],
  ])('URI-13 the literal %s is used as it is, no query', async (host, family) => {
    expect(await dial({ host })).toEqual([{ opened: facts }]);
    expect(asked).toEqual([]);
    expect(dialled[0]!.target.addresses).toEqual([{ address: host, family }]);
    expect(dialled[0]!.target.host).toBe(host);
  });

  it('FWD-12 SEC-27 msrp is dialled by the plain transport, msrps never', async () => {
    await dial({ scheme: 'msrp', host: '8.8.8.8' });
    await dial({ scheme: 'msrps', host: '8.8.8.8' });
    expect(dialled.map((each) => each.scheme)).toEqual(['msrp', 'msrps']);
    dialler = make([fakeTransport('msrp')]);
    expect(await dial({ scheme: 'msrps', host: '8.8.8.8' })).toEqual([failure(408, 'hop-unreachable')]);
    expect(dialled).toHaveLength(2);
  });

  it.each(['127.0.0.1', '::ffff:127.0.0.1', '::1', '169.254.169.254'])(
    'FWD-47 the literal %s is refused without a connection',
    async (host) => {
      expect(await dial({ host })).toEqual([failure(403, 'egress-refused')]);
      expect(dialled).toEqual([]);
    },
  );

  it('FWD-47 a name is judged by its addresses: those refused are not dialled', async () => {
    names['n.example'] = ['10.0.0.1', '8.8.8.8', '::1'];
    await dial({});
    expect(dialled[0]!.target.addresses).toEqual([{ address: '8.8.8.8', family: 4 }]);
    names['metadata.example'] = ['169.254.169.254'];
    expect(await dial({ host: 'metadata.example' })).toEqual([failure(403, 'egress-refused')]);
    expect(dialled).toHaveLength(1);
  });

  it('FWD-47 a numeric name such as 127.1 is a name, and its address is what counts', async () => {
    names['127.1'] = ['127.0.0.1'];
    expect(await dial({ host: '127.1' })).toEqual([failure(403, 'egress-refused')]);
    expect(asked).toEqual(['A 127.1']);
  });

  it('FWD-47 the port is judged too', async () => {
    expect(await dial({ host: '8.8.8.8', port: 25 })).toEqual([failure(403, 'egress-refused')]);
  });

  it('tries at most eight addresses of a name', async () => {
    names['n.example'] = Array.from({ length: 200 }, (_, i) => `8.8.8.${i}`);
    await dial({});
    expect(dialled[0]!.target.addresses).toHaveLength(8);
  });

  it('URI-14 URI-17 without port: SRV _msrps, the next record on failure, the certificate is for the name of the URI', async () => {
    services['_msrps._tcp.ext.example'] = [
      { name: 'second.example', port: 3002, priority: 2, weight: 0 },
      { name: 'first.example', port: 3001, priority: 1, weight: 0 },
    ];
    names['first.example'] = ['8.8.8.1'];
    names['second.example'] = ['8.8.8.2'];
    answer = (target) => (target.port === 3001 ? Promise.reject(new Error('ECONNREFUSED')) : Promise.resolve());
    expect(await dial({ host: 'ext.example', port: undefined })).toEqual([{ opened: facts }]);
    expect(asked).toEqual(['SRV _msrps._tcp.ext.example', 'A first.example', 'A second.example']);
    expect(dialled.map(({ target }) => [target.addresses[0]!.address, target.port, target.host])).toEqual([
      ['8.8.8.1', 3001, 'ext.example'],
      ['8.8.8.2', 3002, 'ext.example'],
    ]);
  });

  it('URI-14 target "." means no service: nothing is dialled', async () => {
    services['_msrps._tcp.n.example'] = [{ name: '.', port: 0, priority: 0, weight: 0 }];
    names['n.example'] = ['8.8.8.8'];
    expect(await dial({ port: undefined })).toEqual([failure(408, 'hop-unresolved')]);
    expect(dialled).toEqual([]);
  });

  it.each([['missing'], ['empty']])('URI-15 SRV %s: address of the name, port 2855', async (how) => {
    services = how === 'empty' ? { '_msrps._tcp.n.example': [] } : {};
    names['n.example'] = ['8.8.8.8'];
    expect(await dial({ port: undefined })).toEqual([{ opened: facts }]);
    expect(dialled[0]!.target).toMatchObject({ port: 2855, host: 'n.example' });
    expect(asked).toEqual(['SRV _msrps._tcp.n.example', 'A n.example']);
  });

  it('URI-15 there is no _msrp service, and none of a literal', async () => {
    names['n.example'] = ['8.8.8.8'];
    await dial({ scheme: 'msrp', port: undefined });
    await dial({ host: '8.8.8.8', port: undefined });
    expect(asked).toEqual(['A n.example']);
    expect(dialled.map(({ target }) => target.port)).toEqual([2855, 2855]);
  });

  it('tries at most eight SRV records', async () => {
    services['_msrps._tcp.n.example'] = Array.from({ length: 100 }, (_, i) => ({
      name: 't.example',
      port: 3000 + i,
      priority: i,
      weight: 0,
    }));
    names['t.example'] = ['8.8.8.8'];
    answer = () => Promise.reject(new Error('ECONNREFUSED'));
    expect(await dial({ port: undefined })).toEqual([failure(408, 'hop-unreachable')]);
    expect(dialled).toHaveLength(8);
  });

  it('R26 name not found, refused, not verified', async () => {
    expect(await dial({})).toEqual([failure(408, 'hop-unresolved')]);
    names['n.example'] = [];
    expect(await dial({})).toEqual([failure(408, 'hop-unresolved')]);
    names['n.example'] = ['8.8.8.8'];
    const refused = new Error('ECONNREFUSED');
    answer = () => Promise.reject(refused);
    expect(await dial({})).toEqual([{ failed: { code: 408, reason: 'hop-unreachable', error: refused } }]);
    const expired = Object.assign(new Error('expired'), { unverified: true });
    answer = () => Promise.reject(expired);
    expect(await dial({})).toEqual([{ failed: { code: 408, reason: 'hop-unverified', error: expired } }]);
  });

  it('of several records the failure that came furthest is told', async () => {
    services['_msrps._tcp.n.example'] = ['unverified', 'private', 'missing'].map((name, priority) => ({
      name,
      port: 3000,
      priority,
      weight: 0,
    }));
    names['unverified'] = ['8.8.8.8'];
    names['private'] = ['10.0.0.1'];
    answer = () => Promise.reject(Object.assign(new Error('expired'), { unverified: true }));
    expect(await dial({ port: undefined })).toEqual([failure(408, 'hop-unverified')]);
  });

  it('one deadline for all: fails at 10 s, aborts, and a late socket is destroyed', async () => {
    names['n.example'] = ['8.8.8.8'];
    let late: () => void = () => undefined;
    answer = () => new Promise<void>((resolve) => (late = resolve));
    const { outcomes } = start({});
    await turn();
    clock.advance(9_999);
    expect(outcomes).toEqual([]);
    clock.advance(1);
    expect(outcomes).toEqual([failure(408, 'hop-unreachable')]);
    expect(dialled[0]!.target.signal.aborted).toBe(true);
    late();
    await turn();
    expect(outcomes).toHaveLength(1);
    expect(destroyed).toBe(1);
  });

  it('a resolver that never answers fails at the deadline too', async () => {
    dialler = createDialler({
      resolver: { lookup: () => new Promise(() => undefined), srv: () => new Promise(() => undefined) },
      egress: createEgress(),
      transports: [],
      timers: clock,
      dialTimeoutMs: 500,
      randomFill: () => undefined,
    });
    const { outcomes } = start({ port: undefined });
    await turn();
    clock.advance(500);
    expect(outcomes).toEqual([failure(408, 'hop-unresolved')]);
  });

  it('a cancelled dial tells nothing, aborts the transport and leaves no timer', async () => {
    names['n.example'] = ['8.8.8.8'];
    let late: () => void = () => undefined;
    answer = () => new Promise<void>((resolve) => (late = resolve));
    const { outcomes, cancel } = start({});
    await turn();
    cancel();
    cancel();
    expect(dialled[0]!.target.signal.aborted).toBe(true);
    expect(clock.pending).toBe(0);
    late();
    await turn();
    expect(outcomes).toEqual([]);
    expect(destroyed).toBe(1);
  });

  it('cancelled while resolving: nothing is dialled', async () => {
    names['n.example'] = ['8.8.8.8'];
    const { outcomes, cancel } = start({});
    cancel();
    await turn();
    expect(dialled).toEqual([]);
    expect(outcomes).toEqual([]);
  });

  it('cancelled while asking for SRV records: no further query', async () => {
    const { cancel } = start({ port: undefined });
    cancel();
    await turn();
    expect(asked).toEqual(['SRV _msrps._tcp.n.example']);
  });

  it('a hop that failed five times sleeps for a second; other hops do not', async () => {
    answer = () => Promise.reject(new Error('ECONNREFUSED'));
    for (let i = 0; i < 5; i++) await dial({ host: '8.8.8.8' });
    expect(dialled).toHaveLength(5);
    expect(await dial({ host: '8.8.8.8' })).toEqual([failure(408, 'hop-asleep')]);
    expect(dialled).toHaveLength(5);
    clock.advance(500);
    expect(await dial({ host: '8.8.8.8' })).toEqual([failure(408, 'hop-asleep')]);
    expect(await dial({ host: '8.8.4.4' })).toEqual([failure(408, 'hop-unreachable')]);
    clock.advance(500);
    answer = () => Promise.resolve();
    expect(await dial({ host: '8.8.8.8' })).toEqual([{ opened: facts }]);
    answer = () => Promise.reject(new Error('ECONNREFUSED'));
    await dial({ host: '8.8.8.8' });
    expect(await dial({ host: '8.8.8.8' })).toEqual([failure(408, 'hop-unreachable')]);
  });

  it('what the egress policy refuses never sleeps: it stays 403', async () => {
    for (let i = 0; i < 7; i++) expect(await dial({ host: '127.0.0.1' })).toEqual([failure(403, 'egress-refused')]);
  });
});
