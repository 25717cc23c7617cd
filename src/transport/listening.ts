import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';

import { badOption, RelayError } from '../errors.js';
import { checkLinger, type NetSocketOptions } from './net-socket.js';
import type { Listener, TransportHost } from './types.js';

const keepAliveMs = 60_000;

/** Where a listener is bound, and what Use-Path says instead. */
export interface ListenOptions extends NetSocketOptions {
  /** Port to listen on; 0: one that is free. Absent: the transport only dials. */
  readonly port?: number | undefined;
  /** Address to bind. Default: all addresses, IPv6 and IPv4. */
  readonly host?: string | undefined;
  /** Host and port that URIs of this relay name, where they differ from the relay's first host and the bound port. */
  readonly advertise?: Listener['advertise'];
  /**
   * Connections, those in their TLS handshake counted, that this listener takes at the same time; more are closed at once.
   * Default: no bound of its own (the relay's `limits.maxConnections` counts connections that are ready for MSRP).
   */
  readonly maxConnections?: number | undefined;
}

export function checkListenOptions(options: ListenOptions): void {
  const { port, maxConnections, lingerMs } = options;
  if (port !== undefined && !within(port, 0, 65_535)) throw badOption('port', port, 'an integer from 0 to 65535');
  if (maxConnections !== undefined && !within(maxConnections, 1, Infinity)) {
    throw badOption('maxConnections', maxConnections, 'a positive integer');
  }
  checkLinger(lingerMs);
}

function within(value: number, least: number, most: number): boolean {
  return Number.isInteger(value) && value >= least && value <= most;
}

/**
 * Listens; resolves with the bound server. What the server takes goes to `taken`, with the port it came to; what it has no
 * room for to the host.
 */
export function listenOn(
  options: ListenOptions,
  host: TransportHost,
  taken: (socket: Socket, localPort: number) => void,
): Promise<{ server: Server; bound: AddressInfo }> {
  let bound: AddressInfo;
  const server = createServer({ noDelay: true, keepAlive: true, keepAliveInitialDelay: keepAliveMs }, (socket) => {
    taken(socket, bound.port);
  });
  if (options.maxConnections !== undefined) server.maxConnections = options.maxConnections;
  server.on('drop', (data) => {
    host.refused('too-many-connections', { address: data?.remoteAddress ?? '', port: data?.remotePort ?? 0 });
  });
  return new Promise((resolve, reject) => {
    const refuse = (cause: Error): void => {
      reject(new RelayError('listen-failed', `can not listen: ${cause.message}`, { cause }));
    };
    server.once('error', refuse);
    server.listen({ port: options.port, host: options.host }, () => {
      server.off('error', refuse);
      // The system would not give a connection: no more file descriptors.
      server.on('error', (error) => {
        host.refused('too-many-connections', { address: '', port: 0 }, error);
      });
      bound = server.address() as AddressInfo;
      resolve({ server, bound });
    });
  });
}
