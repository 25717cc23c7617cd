import { createRelay, type Relay, type RelayOptions } from '../../src/index.js';
import type { Limits } from '../../src/limits.js';
import {
  createMemoryNetwork,
  createTestClock,
  type MemoryNetwork,
  type TestRuntime,
} from '../../src/testing/index.js';
import { clientFacts, Peer, type Appetite } from './peer.js';

export interface Registered {
  readonly peer: Peer;
  readonly uri: string;
  readonly token: string;
}

/** A relay under attack. */
export class Ground {
  readonly clock: TestRuntime = createTestClock();
  readonly network: MemoryNetwork = createMemoryNetwork(this.clock);
  readonly relay: Relay;
  private readonly all: Peer[] = [];

  private constructor(limits: Partial<Limits>, options: Partial<RelayOptions>) {
    this.relay = createRelay({
      hosts: ['relay.example'],
      transports: [this.network.transport({ name: 'tls', host: 'relay.example' })],
      authenticator: { authenticate: () => ({ refuse: 403, why: 'barred' }) },
      runtime: this.clock,
      resolver: this.network.resolver,
      limits,
      ...options,
    });
  }

  static async make(limits: Partial<Limits> = {}, options: Partial<RelayOptions> = {}): Promise<Ground> {
    const ground = new Ground(limits, options);
    await ground.clock.until(ground.relay.listen());
    return ground;
  }

  /** A connection of a client that is known by name. */
  peer(name: string, appetite: Appetite = 'all', known = true): Peer {
    const peer = new Peer(this.clock, appetite);
    this.all.push(peer);
    this.relay.accept(peer, clientFacts(known ? name : undefined));
    return peer;
  }

  peers(count: number, name: string, appetite: Appetite = 'all', known = true): readonly Peer[] {
    return Array.from({ length: count }, (_, i) => this.peer(`${name}${i}`, appetite, known));
  }

  /** A client with a URI of the relay. Takes its answer, and then as much as `appetite` says. */
  registered(name: string, appetite: Appetite = 'all'): Registered {
    const peer = this.peer(name);
    const uri = `msrps://${name}.invalid:2855/${name};tcp`;
    const token = this.auth(peer, uri);
    peer.appetite = appetite === 'all' ? 'all' : peer.accepted + appetite;
    return { peer, uri, token };
  }

  /** One AUTH; its Use-Path. */
  auth(peer: Peer, uri: string): string {
    peer.tail = '';
    peer.send(`MSRP auth AUTH\r\nTo-Path: msrps://relay.example:2855;tcp\r\nFrom-Path: ${uri}\r\n-------auth$\r\n`);
    this.clock.run();
    const token = /^Use-Path: (\S+)/m.exec(peer.tail)?.[1];
    if (token === undefined) throw new Error(`no URI: ${peer.tail}`);
    return token;
  }

  /** Octets that have come in and not gone out again: at least what the relay holds. */
  get between(): number {
    const { octetsIn, octetsOut } = this.relay.stats().traffic;
    return octetsIn - octetsOut;
  }

  async end(): Promise<void> {
    for (const peer of this.all) peer.destroy();
    this.clock.run();
    await this.clock.until(this.relay.close());
  }
}

export const usual = (name: string): string => `msrps://${name}.invalid:2855/${name};tcp`;
export const long = (letters: number): string => 'x'.repeat(letters);
/** The longest URI that a header line of 8192 octets holds, another one for each number. */
export const longFrom = (i: number): string => `msrps://f.invalid:2855/${10_000 + i}${long(8_140)};tcp`;

let count = 0;

/** A SEND; without `flag` its end is left out. */
export function send(wish: {
  to: readonly string[];
  from: string;
  body?: string;
  headers?: string;
  flag?: string;
  messageId?: string;
}): string {
  const { to, from, body, headers = '', flag = '$', messageId = `m${count}xyz` } = wish;
  const tid = `t${(count++).toString(36).padStart(8, '0')}`;
  const head = `MSRP ${tid} SEND\r\nTo-Path: ${to.join(' ')}\r\nFrom-Path: ${from}\r\nMessage-ID: ${messageId}\r\n${headers}`;
  const content = body === undefined ? '' : `Content-Type: text/plain\r\n\r\n${body}`;
  const end = flag === '' ? '' : `${body === undefined ? '' : '\r\n'}-------${tid}${flag}\r\n`;
  return head + content + end;
}

/** Lets the code run that is to be measured, so that what Node keeps for the code itself is not measured with it. */
export async function warmUp(): Promise<void> {
  const ground = await Ground.make();
  const fast = ground.registered('a');
  const slow = ground.registered('b', 0);
  const sender = ground.peer('f');
  for (let i = 0; i < 400; i++) {
    for (const to of [fast, slow]) {
      const wish = { to: [to.token, to.uri], from: i % 2 === 0 ? usual('f') : longFrom(i), body: long(i % 7) };
      sender.send(send({ ...wish, messageId: `${i}`.padStart(i % 128, 'm') }));
      sender.send(send({ ...wish, to: [usual('relay')] }));
      ground.clock.run();
    }
    ground.peer('c').send(send({ to: [fast.token, fast.uri], from: usual('f'), flag: '' }));
  }
  await ground.clock.elapse(31_000);
  await ground.end();
}
