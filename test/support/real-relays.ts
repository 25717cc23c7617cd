import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import {
  connect,
  createServer as createTlsServer,
  type ConnectionOptions,
  type TLSSocket,
  type TlsOptions,
} from 'node:tls';
import {
  createRelay,
  digestAuthenticator,
  tcp,
  tls,
  type Relay,
  type RelayOptions,
  type TlsOptions as RelayTls,
} from '../../src/index.js';
import { collectEvents, createMsrpClient, socketEnd, type Answer, type EventLog, type MsrpClient } from '../../src/testing/index.js'; // prettier-ignore
import { makeCa, type Ca, type Issued } from './certificates.js';

export const password = 'open sesame';
const loopback = '127.0.0.1';

export interface RealRelay {
  readonly relay: Relay;
  readonly events: EventLog;
  readonly host: string;
  readonly port: number;
  readonly plainPort: number;
  /** As an AUTH addresses it. */
  readonly uri: string;
}

/** Relays, clients and next hops over TLS on loopback; every name leads there. */
export class RealRelays {
  readonly ca: Ca;
  readonly #close: (() => unknown)[] = [];

  private constructor(ca: Ca) {
    this.ca = ca;
  }

  static async make(): Promise<RealRelays> {
    return new RealRelays(await makeCa());
  }

  async relay(host: string, options: Partial<RelayOptions> = {}, more: Partial<RelayTls> = {}): Promise<RealRelay> {
    const material = { ca: this.ca.cert, ...(await this.ca.issue({ dnsNames: [host] })) };
    const relay = createRelay({
      hosts: [host],
      transports: [
        tls({ host: loopback, port: 0, lingerMs: 200, ...material, ...more }),
        tcp({ host: loopback, port: 0 }),
      ],
      authenticator: digestAuthenticator({ credentials: () => ({ password }) }),
      egress: { allow: ['127.0.0.0/8'] },
      resolver: {
        lookup: () => Promise.resolve([{ address: loopback, family: 4 }]),
        srv: () => Promise.reject(new Error('ENOTFOUND')),
      },
      ...options,
    });
    this.#close.push(() => relay.close());
    const events = collectEvents(relay);
    const listeners = await relay.listen();
    const port = listeners.find(({ secure }) => secure)!.port;
    const plainPort = listeners.find(({ secure }) => !secure)!.port;
    return { relay, events, host, port, plainPort, uri: `msrps://${host}:${port};tcp` };
  }

  /** A TLS socket to the relay, after its handshake. */
  async socket(of: RealRelay, options: ConnectionOptions = {}): Promise<TLSSocket> {
    const socket = connect({ host: loopback, port: of.port, servername: of.host, ca: this.ca.cert, ...options });
    this.#close.push(() => socket.destroy());
    await once(socket, 'secureConnect');
    return socket;
  }

  async client(of: RealRelay, name: string, options: ConnectionOptions & { uri?: string } = {}): Promise<MsrpClient> {
    const { uri = `msrps://${name}.invalid:2855/${name}1;tcp`, ...more } = options;
    return createMsrpClient(socketEnd(await this.socket(of, more)), { uri });
  }

  async registered(of: RealRelay, name: string): Promise<MsrpClient & { token: string }> {
    const client = await this.client(of, name);
    const { usePath } = await client.auth({ relay: of.uri, username: name, password });
    return Object.assign(client, { token: usePath.at(-1)! });
  }

  /** A next hop over TLS, with any certificate. */
  async hop(
    options: TlsOptions & Issued,
    answer: Answer = 200,
  ): Promise<{ port: number; clients: MsrpClient[]; sockets: TLSSocket[] }> {
    const clients: MsrpClient[] = [];
    const sockets: TLSSocket[] = [];
    const server = createTlsServer({ requestCert: true, rejectUnauthorized: false, ca: this.ca.cert, ...options }, (socket) => {
      sockets.push(socket);
      clients.push(createMsrpClient(socketEnd(socket), { uri: 'msrps://n.example/n1;tcp', answer }));
    }); // prettier-ignore
    server.on('tlsClientError', () => undefined);
    return { port: await this.#listen(server), clients, sockets };
  }

  /** A next hop that does what it likes with the bare TCP connection. */
  async bareHop(taken: (socket: Socket) => void): Promise<number> {
    return this.#listen(
      createServer((socket) => {
        socket.on('error', () => undefined);
        taken(socket);
      }),
    );
  }

  async closeAll(): Promise<void> {
    for (const close of this.#close.splice(0).reverse()) await close();
  }

  async #listen(server: Server): Promise<number> {
    const sockets = new Set<Socket>();
    server.on('connection', (socket: Socket) => sockets.add(socket));
    this.#close.push(() => {
      for (const socket of sockets) socket.destroy();
      server.close();
    });
    server.listen(0, loopback);
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  }
}
