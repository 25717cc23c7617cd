import { expect } from 'vitest';
import {
  createRelay,
  digestAuthenticator,
  type Relay,
  type RelayOptions,
  type RelaySocket,
  type Transport,
} from '../../src/index.js';
import {
  createMemoryNetwork,
  createMsrpClient,
  createStrictParser,
  createTestClock,
  type LinkOptions,
  type MemoryNetwork,
  type MsrpClient,
  type ReceivedRequest,
  type ReceivedResponse,
  type StrictParser,
  type TestRuntime,
} from '../../src/testing/index.js';

/** What crossed the connections a relay has dialled: to the right what it wrote, to the left what it read. */
export interface HopLog {
  readonly requestsRight: readonly ReceivedRequest[];
  readonly requestsLeft: readonly ReceivedRequest[];
  readonly responsesRight: readonly ReceivedResponse[];
  readonly responsesLeft: readonly ReceivedResponse[];
}

export interface TestRelay {
  readonly relay: Relay;
  readonly host: string;
  readonly port: number;
  readonly log: HopLog;
  /** Cuts the connections this relay has dialled. */
  cut(): void;
}

export interface Ground {
  readonly clock: TestRuntime;
  readonly network: MemoryNetwork;
  /** A relay with a certificate for its name. Users are as `users` has them, for each host its own. */
  relay(host: string, port: number, link?: LinkOptions): Promise<TestRelay>;
  /** A client on a connection of its own, of this relay or of whoever listens there. */
  client(uri: string, relay: TestRelay): MsrpClient;
  /** AUTH at one relay after the other, the later ones through those before; gives Use-Path of the last. */
  authThrough(client: MsrpClient, relays: readonly TestRelay[], username: string): Promise<readonly string[]>;
  expectStrict(): void;
  close(): Promise<void>;
}

export const passwordOf = (username: string, host: string): string => `${username} of ${host}`;

/** `srv`: ports of relays that are named without one. */
export function createGround(srv: Readonly<Record<string, number>> = {}): Ground {
  const clock = createTestClock();
  const network = createMemoryNetwork(clock, {
    srv: Object.fromEntries(
      Object.entries(srv).map(([name, port]) => [`_msrps._tcp.${name}`, [{ name, port, priority: 1, weight: 1 }]]),
    ),
  });
  const relays: Relay[] = [];
  const violations: (() => readonly string[])[] = [];
  return {
    clock,
    network,
    async relay(host, port, link = {}) {
      const wire = tap(network.transport({ host, port, link }));
      const options: RelayOptions = {
        hosts: [host],
        transports: [wire.transport, network.transport({ name: 'tcp', host, port: port + 1, secure: false })],
        authenticator: digestAuthenticator({
          credentials: ({ username }) => ({ password: passwordOf(username, host) }),
        }),
        runtime: clock,
        resolver: network.resolver,
      };
      const relay = createRelay(options);
      relays.push(relay);
      violations.push(() => wire.violations);
      await clock.until(relay.listen());
      return { relay, host, port, log: wire, cut: wire.cut };
    },
    client(uri, { host, port }) {
      const client = createMsrpClient(network.connect(`${host}:${port}`), { uri });
      violations.push(() => client.violations);
      return client;
    },
    async authThrough(client, path, username) {
      let via: readonly string[] = [];
      for (const { host } of path) {
        const result = await clock.until(
          client.auth({ relay: `msrps://${host};tcp`, via, username, password: passwordOf(username, host) }),
        );
        if (result.code !== 200) throw new Error(`AUTH at ${host} got ${result.code}`);
        via = result.usePath;
      }
      return via;
    },
    expectStrict() {
      expect(violations.flatMap((of) => of())).toEqual([]);
    },
    async close() {
      for (const relay of relays) await clock.until(relay.close());
    },
  };
}

/** A transport that writes down what crosses the connections it dials. */
function tap(transport: Transport): HopLog & { transport: Transport; violations: string[]; cut: () => void } {
  const requestsRight: ReceivedRequest[] = [];
  const requestsLeft: ReceivedRequest[] = [];
  const responsesRight: ReceivedResponse[] = [];
  const responsesLeft: ReceivedResponse[] = [];
  const violations: string[] = [];
  const sockets: RelaySocket[] = [];
  const reader = (requests: ReceivedRequest[], responses: ReceivedResponse[]): StrictParser =>
    createStrictParser('stream', {
      request: (request) => requests.push(request),
      response: (response) => responses.push(response),
      violation: (what) => violations.push(what),
    });
  const tapped = (socket: RelaySocket): RelaySocket => {
    const out = reader(requestsRight, responsesRight);
    const back = reader(requestsLeft, responsesLeft);
    sockets.push(socket);
    return {
      framing: socket.framing,
      maxMessageBytes: socket.maxMessageBytes,
      start(handler) {
        socket.start({
          onData(octets) {
            back.feed(Buffer.from(octets));
            handler.onData(octets);
          },
          onWritten: (totalBytes) => {
            handler.onWritten(totalBytes);
          },
          onEnd: () => {
            handler.onEnd();
          },
          onClose: (why) => {
            handler.onClose(why);
          },
        });
      },
      write(parts) {
        for (const part of parts) out.feed(Buffer.from(part));
        socket.write(parts);
      },
      pause: () => {
        socket.pause();
      },
      resume: () => {
        socket.resume();
      },
      end: () => {
        socket.end();
      },
      destroy: (why) => {
        socket.destroy(why);
      },
    };
  };
  return {
    requestsRight,
    requestsLeft,
    responsesRight,
    responsesLeft,
    violations,
    transport: {
      ...transport,
      async dial(target) {
        const dialled = await transport.dial!(target);
        return { ...dialled, socket: tapped(dialled.socket) };
      },
    },
    cut() {
      for (const socket of sockets) socket.destroy();
    },
  };
}
