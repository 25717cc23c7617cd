import { expect } from 'vitest';
import { createRelay, digestAuthenticator, type PeerFacts, type Relay, type RelayOptions } from '../../src/index.js';
import {
  collectEvents,
  createMemoryNetwork,
  createMsrpClient,
  createTestClock,
  testCertificate,
  type Answer,
  type EventLog,
  type MemoryEnd,
  type MemoryNetwork,
  type MemoryNetworkOptions,
  type MemoryPeer,
  type MemoryPlace,
  type MemoryTransportOptions,
  type MsrpClient,
  type TestRuntime,
} from '../../src/testing/index.js';

export const password = 'open sesame';

export interface SceneRelay {
  readonly relay: Relay;
  readonly events: EventLog;
  readonly host: string;
  /** As an AUTH addresses it. */
  readonly uri: string;
}

export interface ScenePeer {
  readonly peer: MemoryPeer;
  readonly uri: string;
  /** One for each connection, in the order they came. */
  readonly clients: readonly MsrpClient[];
}

/** Several relays, clients and next hops in one memory network, under one test clock. */
export class Scene {
  readonly clock: TestRuntime = createTestClock();
  readonly network: MemoryNetwork;
  readonly #clients: MsrpClient[] = [];

  constructor(options: MemoryNetworkOptions = { latencyMs: 1 }) {
    this.network = createMemoryNetwork(this.clock, options);
  }

  /** A relay that listens at `<host>:2855` over TLS and at 2856 without. */
  async relay(
    host: string,
    options: Partial<RelayOptions> = {},
    place: Partial<MemoryTransportOptions> = {},
  ): Promise<SceneRelay> {
    const relay = createRelay({
      hosts: [host],
      transports: [
        this.network.transport({ name: 'tls', host, ...place }),
        this.network.transport({ name: 'tcp', host, port: 2856, secure: false }),
      ],
      authenticator: digestAuthenticator({ credentials: () => ({ password }) }),
      runtime: this.clock,
      resolver: this.network.resolver,
      ...options,
    });
    const events = collectEvents(relay);
    await this.clock.until(relay.listen());
    return { relay, events, host, uri: `msrps://${host}:2855;tcp` };
  }

  /** A client's connection over TLS; with `certificate` that of a relay of these names. */
  client(
    of: SceneRelay,
    name: string,
    wishes: {
      uri?: string;
      answer?: Answer;
      certificate?: string | readonly string[];
      facts?: Partial<PeerFacts>;
    } = {},
  ): MsrpClient {
    const { certificate, facts, answer, uri = `msrps://${name}.invalid:2855/${name}1;tcp` } = wishes;
    const shown = certificate === undefined ? {} : { certificate: testCertificate(certificate) };
    const end = this.network.connect(`${of.host}:2855`, { facts: { ...shown, ...facts } });
    return this.#kept(end, uri, answer);
  }

  /** A client over plain TCP. */
  plain(of: SceneRelay, name: string): MsrpClient {
    return this.#kept(this.network.connect(`${of.host}:2856`), `msrp://${name}.invalid:2855/${name}1;tcp`);
  }

  /** A next hop that relays dial; answers 200 unless told otherwise. */
  peer(place: MemoryPlace, answer: Answer = 200): ScenePeer {
    const clients: MsrpClient[] = [];
    const scheme = (place.secure ?? true) ? 'msrps' : 'msrp';
    const uri = `${scheme}://${place.host}:${place.port ?? 2855}/n1;tcp`;
    const peer = this.network.peer(place, (end) => clients.push(this.#kept(end, uri, answer)));
    return { peer, uri, clients };
  }

  /** AUTH at a relay, over those whose URIs are given; gives Use-Path. */
  async auth(
    client: MsrpClient,
    relay: string,
    wishes: { via?: readonly string[]; username?: string; expires?: number } = {},
  ): Promise<readonly string[]> {
    const { via = [], username = 'alice', ...rest } = wishes;
    const result = await this.clock.until(client.auth({ relay, via, username, password, ...rest }));
    expect(result.code).toBe(200);
    return result.usePath;
  }

  /** A client with its URI. */
  async registered(of: SceneRelay, name: string, answer?: Answer): Promise<MsrpClient & { token: string }> {
    const client = this.client(of, name, answer === undefined ? {} : { answer });
    const [token] = await this.auth(client, of.uri, { username: name });
    return Object.assign(client, { token: token! });
  }

  /** Lets everything happen that needs no long wait. */
  async quiet(): Promise<void> {
    await this.clock.elapse(2_000);
  }

  /** Ends the scene: nothing against the grammar was received, nothing is left of the relays. */
  async end(...relays: readonly SceneRelay[]): Promise<void> {
    await this.clock.elapse(5);
    for (const client of this.#clients) client.destroy();
    await this.clock.elapse(60_000);
    await Promise.all(relays.map(({ relay }) => this.clock.until(relay.close())));
    expect(this.#clients.flatMap((client) => client.violations)).toEqual([]);
    expect({ ends: this.network.openEnds, timers: this.clock.pendingTimers }).toEqual({ ends: 0, timers: 0 });
    for (const { relay } of relays) {
      const { connections, sessions } = relay.stats();
      expect({ connections: connections.open, sessions: sessions.open }).toEqual({ connections: 0, sessions: 0 });
    }
  }

  #kept(end: MemoryEnd, uri: string, answer?: Answer): MsrpClient {
    const client = createMsrpClient(end, { uri, ...(answer !== undefined && { answer }) });
    this.#clients.push(client);
    return client;
  }
}
