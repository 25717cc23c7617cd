import { expect } from 'vitest';
import { createRelay, digestAuthenticator, type Relay, type RelayOptions } from '../../src/index.js';
import {
  collectEvents,
  createMemoryNetwork,
  createMsrpClient,
  createStrictParser,
  createTestClock,
  type EventLog,
  type MemoryEnd,
  type MemoryNetwork,
  type MemoryPeer,
  type MemoryPlace,
  type MsrpClient,
  type MsrpClientOptions,
  type ReceivedRequest,
  type ReceivedResponse,
  type TestRuntime,
} from '../../src/testing/index.js';

/** Lines of a message, each ended by CRLF. An empty line before the body; the end-line is the last one. */
export function lines(...all: readonly string[]): string {
  return all.map((line) => `${line}\r\n`).join('');
}

/**
 * An endpoint that writes octets made by the test, and reads with the strict parser. It answers nothing by itself:
 * `onRequest` and `onResponse` are the script of the client that is played.
 */
export interface WireEnd {
  readonly requests: readonly ReceivedRequest[];
  readonly responses: readonly ReceivedResponse[];
  /** All octets received, as latin1. */
  readonly text: string;
  /** With message framing: each message received, as latin1. */
  readonly frames: readonly string[];
  readonly violations: readonly string[];
  readonly closed: boolean;
  onRequest: (request: ReceivedRequest) => void;
  onResponse: (response: ReceivedResponse) => void;
  /** Writes text as UTF-8; with message framing it is one message. */
  write(octets: string | Uint8Array): void;
  destroy(): void;
}

export function wireEnd(end: MemoryEnd): WireEnd {
  const requests: ReceivedRequest[] = [];
  const responses: ReceivedResponse[] = [];
  const frames: string[] = [];
  const violations: string[] = [];
  const state = { closed: false };
  const wire: WireEnd = {
    requests,
    responses,
    frames,
    violations,
    get text() {
      return frames.join('');
    },
    get closed() {
      return state.closed;
    },
    onRequest: () => undefined,
    onResponse: () => undefined,
    write(octets) {
      end.write([Buffer.from(octets)]);
    },
    destroy() {
      end.destroy();
    },
  };
  const parser = createStrictParser(end.framing, {
    request: (request) => {
      requests.push(request);
      wire.onRequest(request);
    },
    response: (response) => {
      responses.push(response);
      wire.onResponse(response);
    },
    violation: (what) => violations.push(what),
  });
  end.start({
    onData(octets) {
      frames.push(Buffer.from(octets).toString('latin1'));
      parser.feed(Buffer.from(octets));
    },
    onWritten: () => undefined,
    onEnd: () => {
      parser.finish();
    },
    onClose: () => {
      state.closed = true;
    },
  });
  return wire;
}

/** Where a client of the relay comes in. */
export type Door = 'tls' | 'tcp' | 'message';
const ports: Readonly<Record<Door, number>> = { tls: 2855, tcp: 2856, message: 443 };

export interface World {
  readonly clock: TestRuntime;
  readonly network: MemoryNetwork;
  readonly relay: Relay;
  readonly events: EventLog;
  /** An endpoint that dials the relay. `message`: one MSRP message in each write, as WebSocket has it, behind TLS. */
  dialIn(door?: Door): WireEnd;
  /** An endpoint that the relay dials; its connection is there once the relay has made one. */
  listen(place: MemoryPlace): { readonly peer: MemoryPeer; readonly connection: () => WireEnd };
  /** An ordinary client over TLS. */
  client(options: MsrpClientOptions, door?: Door): MsrpClient;
  /** An ordinary client with a relay URI, which is given too. */
  registered(options: MsrpClientOptions, username?: string): Promise<{ client: MsrpClient; token: string }>;
  /** All strict readers have been content, so far. */
  expectStrict(): void;
  close(): Promise<void>;
}

export const passwords: Readonly<Record<string, string>> = { alice: 'wonderland', bob: 'builder' };

/** A relay for the names relay.example and example.net, and a network around it. */
export async function createWorld(options: Partial<RelayOptions> = {}): Promise<World> {
  const clock = createTestClock();
  const network = createMemoryNetwork(clock);
  const relay = createRelay({
    hosts: ['relay.example', 'example.net'],
    transports: [
      network.transport({ name: 'tls', host: 'relay.example', port: ports.tls }),
      network.transport({ name: 'tcp', host: 'relay.example', port: ports.tcp, secure: false }),
      network.transport({ name: 'ws', host: 'relay.example', port: ports.message, framing: 'message' }),
    ],
    authenticator: digestAuthenticator({
      credentials: ({ username }) => {
        const password = passwords[username];
        return password === undefined ? undefined : { password };
      },
    }),
    runtime: clock,
    resolver: network.resolver,
    ...options,
  });
  const events = collectEvents(relay);
  await clock.until(relay.listen());
  const readers: { readonly violations: readonly string[] }[] = [];
  const read = <T extends { readonly violations: readonly string[] }>(reader: T): T => {
    readers.push(reader);
    return reader;
  };
  const connect = (door: Door): MemoryEnd => network.connect(`relay.example:${ports[door]}`);
  const client: World['client'] = (clientOptions, door = 'tls') =>
    read(createMsrpClient(connect(door), clientOptions));
  return {
    clock,
    network,
    relay,
    events,
    dialIn: (door = 'tls') => read(wireEnd(connect(door))),
    listen(place) {
      const wires: WireEnd[] = [];
      const peer = network.peer(place, (end) => wires.push(read(wireEnd(end))));
      return {
        peer,
        connection() {
          const last = wires.at(-1);
          if (last === undefined) throw new Error(`the relay has not dialled ${place.host}`);
          return last;
        },
      };
    },
    client,
    async registered(clientOptions, username = 'bob') {
      const one = client(clientOptions);
      const { code, usePath } = await clock.until(
        one.auth({ relay: 'msrps://relay.example;tcp', username, password: passwords[username] ?? '' }),
      );
      if (code !== 200 || usePath.length !== 1) throw new Error(`AUTH of ${username} got ${code}`);
      return { client: one, token: usePath[0]! };
    },
    expectStrict() {
      expect(readers.flatMap(({ violations }) => violations)).toEqual([]);
    },
    close: () => clock.until(relay.close()),
  };
}
