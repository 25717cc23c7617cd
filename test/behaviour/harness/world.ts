import { expect } from 'vitest';
import {
  createRelay,
  digestAuthenticator,
  type PeerFacts,
  type Relay,
  type RelayOptions,
} from '../../../src/index.js';
import { collectEvents, type Answer, type EventLog, type TestRuntime } from '../../../src/testing/index.js';
import type { AuthOptions, AuthResult, ClientEnd, SentRequest } from '../../../src/testing/index.js';
import { authenticate } from '../../../src/testing/client-auth.js';
import { relayHost, type Ground, type ListeningPlace, type PeerPlace } from './ground.js';
import { Watch, type Party, type Registered } from './party.js';

export interface ConnectWishes {
  /** Default: `msrps://<name>.invalid:2855/<name>1;tcp` (`;ws` over messages; `msrp` for the plain one). */
  readonly uri?: string;
  readonly answer?: Answer;
  /** What the relay is told of this peer; in memory only. */
  readonly facts?: Partial<PeerFacts>;
}

export interface ClientWishes extends ConnectWishes {
  readonly expires?: number;
  /** Default: the name. */
  readonly username?: string;
}

type AuthWishes = Partial<Omit<AuthOptions, 'via'>>;

/** N: a next hop that the relay has to dial. */
export interface ListeningPeer extends ListeningPlace {
  /** U_N. */
  readonly uri: string;
  readonly connections: readonly Party[];
  /** The connection with this number, when it is there. */
  connected(index?: number): Promise<Party>;
  uriOf(sessionId: string): string;
}

/** The one password; user `barred` may not use the relay, `nobody` is not known. */
export const password = 'open sesame';

/** Some ten seconds over sockets, and ten on the test clock. */
const maxSteps = 10_000;

type StartOptions = Partial<Omit<RelayOptions, 'runtime' | 'resolver'>>;

/** One relay and the tester's parties around it, for one test. Every wait is for something, never for a time. */
export class World {
  readonly ground: Ground;
  readonly logged: string[] = [];
  readonly #watches: Watch[] = [];
  readonly #tolerated: string[] = [];
  #relay: Relay | undefined;
  #events: EventLog | undefined;
  /** Session-ids of the URIs handed out. */
  readonly #secrets = new Set<string>();

  constructor(ground: Ground) {
    this.ground = ground;
  }

  /** Starts the relay. Needed only for other options than the usual: every party starts it. */
  async start(options: StartOptions = {}): Promise<Relay> {
    if (this.#relay !== undefined) return this.#relay;
    const note = (obj: object, msg: string): void => void this.logged.push(`${msg} ${JSON.stringify(obj)}`);
    const relay = createRelay({
      hosts: [relayHost, 'example'],
      transports: await this.ground.transports(),
      authenticator: digestAuthenticator({
        credentials: ({ username }) =>
          username === 'nobody' ? undefined : { password, barred: username === 'barred' },
      }),
      logger: { debug: note, info: note, warn: note, error: note },
      ...this.ground.relay,
      ...options,
    });
    this.#relay = relay;
    this.#events = collectEvents(relay);
    this.ground.listening(await this.until(relay.listen()));
    return relay;
  }

  get relay(): Relay {
    return this.#relay!;
  }

  get events(): EventLog {
    return this.#events!;
  }

  get framing(): 'stream' | 'message' {
    return this.ground.framing;
  }

  get clock(): TestRuntime {
    if (this.ground.clock === undefined) throw new Error('real sockets have real time');
    return this.ground.clock;
  }

  // --- URIs

  /** The relay as an AUTH addresses it. */
  get relayUri(): string {
    return `msrps://${relayHost}:${this.ground.port};tcp`;
  }

  /** A URI of the relay with this session-id. */
  ownUri(sessionId: string): string {
    return `msrps://${relayHost}:${this.ground.port}/${sessionId};tcp`;
  }

  uriOf(name: string): string {
    return `msrps://${name}.invalid:2855/${name}1;${this.framing === 'message' ? 'ws' : 'tcp'}`;
  }

  // --- parties

  /** A, B: over TLS without certificate, with a 200 for AUTH. */
  async client(name: string, wishes: ClientWishes = {}): Promise<Registered> {
    const party = await this.foreign(name, wishes);
    return Object.assign(party, { token: await this.register(party, wishes.username ?? name, wishes.expires) });
  }

  /** AUTH of a party that is there; gives its URI. */
  async register(party: Party, username = 'alice', expires?: number): Promise<string> {
    const result = await this.authFrom(party, party.uri, { username, ...(expires !== undefined && { expires }) });
    expect(result.code).toBe(200);
    return result.usePath.at(-1)!;
  }

  /** F: over TLS without certificate, never does AUTH unless told. */
  async foreign(name = 'f', wishes: ConnectWishes = {}): Promise<Party> {
    await this.start();
    return this.#party(await this.ground.connect(undefined, wishes.facts), wishes, this.uriOf(name));
  }

  /** P: over plain TCP. */
  async plain(name = 'p', wishes: ConnectWishes = {}): Promise<Party> {
    await this.start();
    return this.#party(await this.ground.connectPlain(), wishes, `msrp://${name}.invalid:2855/${name}1;tcp`);
  }

  /** X: over TLS with a certificate for `<name>.example`. */
  async peerRelay(name = 'x', wishes: ConnectWishes = {}): Promise<Party> {
    await this.start();
    const host = `${name}.example`;
    return this.#party(await this.ground.connect(host, wishes.facts), wishes, `msrps://${host}:2855/${name}1;tcp`);
  }

  /** AUTH of a client behind a peer relay: From-Path is the relay's URI and then the client's. */
  authBehind(x: Party, clientUri: string, wishes: AuthWishes = {}): Promise<AuthResult> {
    return this.authFrom(x, [x.uri, clientUri], { username: 'carol', ...wishes });
  }

  /** AUTH with this From-Path. */
  async authFrom(party: Party, from: string | readonly string[], wishes: AuthWishes = {}): Promise<AuthResult> {
    const options = { relay: this.relayUri, username: 'alice', password, ...wishes };
    const result = await this.until(
      authenticate(options, 'c1', (headers) =>
        party.request('AUTH', { to: options.relay, from, headers }).answered(),
      ),
    );
    if (result.code === 200) this.#handedOut(result);
    return result;
  }

  /** N: listens at `<host>`, over TLS unless told. */
  async listeningPeer(place: Partial<PeerPlace> & { readonly answer?: Answer } = {}): Promise<ListeningPeer> {
    await this.start();
    const { host = 'n.example', plain = false, answer = 200 } = place;
    const connections: Party[] = [];
    const waiting: (() => void)[] = [];
    const uriOf = (sessionId: string): string =>
      `${plain ? 'msrp' : 'msrps'}://${host}:${listening.port}/${sessionId};tcp`;
    const listening = await this.ground.listen({ ...place, host }, (end) => {
      connections.push(this.#party(end, { answer }, uriOf('n1')));
      for (const wake of waiting.splice(0)) wake();
    });
    const there = async (index: number): Promise<Party> => {
      while (connections.length <= index) await new Promise<void>((resolve) => waiting.push(resolve));
      return connections[index]!;
    };
    return {
      uri: uriOf('n1'),
      connections,
      connected: (index = 0) => this.until(there(index)),
      uriOf,
      port: listening.port,
      get dialled() {
        return listening.dialled;
      },
      answers: (how) => listening.answers(how),
    };
  }

  // --- waiting

  async until<T>(promise: PromiseLike<T>): Promise<T> {
    return this.ground.until(promise);
  }

  /** Code of the response to a request. */
  async code(sent: SentRequest): Promise<number> {
    return (await this.until(sent.answered())).code;
  }

  /** The relay closes the party's connection, on the test clock within this time. */
  async closed(party: Party, withinMs = 2_000): Promise<void> {
    const clock = this.ground.clock;
    await (clock === undefined ? party.whenClosed : clock.until(party.whenClosed, withinMs));
  }

  /** Waits until something holds. */
  async when(condition: () => boolean): Promise<void> {
    for (let steps = 0; !condition(); steps++) {
      if (steps === maxSteps) throw new Error('waited in vain');
      await this.ground.step();
    }
  }

  /** Lets pass what silence means: 2 s on the test clock; over sockets until they are quiet. */
  async quiet(): Promise<void> {
    await this.ground.quiet();
  }

  /** Nothing has come to this party but these numbers of requests, REPORTs and responses, and nothing comes. */
  async silence(party: Party, but: { requests?: number; reports?: number; responses?: number } = {}): Promise<void> {
    await this.quiet();
    const { requests, reports, responses } = party;
    expect({ requests: requests.length, reports: reports.length, responses: responses.length }).toEqual({
      requests: 0,
      reports: 0,
      responses: 0,
      ...but,
    });
  }

  /** A message from one to a registered other gets through, and is acknowledged: both connections are in sync. */
  async works(from: Party, to: Registered): Promise<void> {
    const body = `still there? ${to.requests.length}`;
    const sent = from.send({ to: [to.token, to.uri], body });
    expect(await this.code(sent)).toBe(200);
    await this.when(() => to.requests.some(({ text }) => text === body));
  }

  // --- the end

  /** Parties get this breach of the grammar from others through the relay, which only carries it (WIRE-31). */
  tolerate(violation: string): void {
    this.#tolerated.push(violation);
  }

  /** All parties go, the relay comes to rest: nothing of them may be left in it. */
  async end(): Promise<void> {
    const relay = this.#relay;
    if (relay === undefined) return;
    await this.quiet();
    for (const { party } of this.#watches) party.destroy();
    await this.when(() => this.#watches.every(({ party }) => party.closed));
    await this.ground.rest();
    if (this.ground.clock !== undefined && relay.state !== 'closed') {
      const { connections, sessions } = relay.stats();
      const timers = this.ground.clock.pendingTimers;
      expect({ connections: connections.open, sessions: sessions.open, timers }, 'left in the relay').toEqual({
        connections: 0,
        sessions: 0,
        timers: 0,
      });
    }
    await this.until(relay.close());
    for (const watch of this.#watches) watch.check(this.#tolerated);
    expect(await this.ground.leftBehind(), 'left behind').toEqual({ timers: 0, ends: 0 });
    const { connections, sessions } = relay.stats();
    expect({ connections: connections.open, sessions: sessions.open }, 'left in the relay').toEqual({
      connections: 0,
      sessions: 0,
    });
    for (const secret of [...this.#secrets, password]) {
      expect(
        this.logged.filter((line) => line.includes(secret)),
        'secrets in the log',
      ).toEqual([]);
    }
  }

  #handedOut({ usePath }: AuthResult): void {
    this.#secrets.add(/\/([^/;]+);/.exec(usePath.at(-1)!)![1]!);
  }

  #party(end: ClientEnd, { uri, answer = 200 }: ConnectWishes, usual: string): Party {
    const watch = new Watch(end, uri ?? usual, answer);
    this.#watches.push(watch);
    return watch.party;
  }
}
