import { connect, type Server } from 'node:net';

import { connectOptions, ready } from './dialling.js';
import { checkListenOptions, listenOn, type ListenOptions } from './listening.js';
import { fromNetSocket } from './net-socket.js';
import { factsOf, remoteOf } from './peer-facts.js';
import type { DialTarget, PeerFacts, RelaySocket, Transport } from './types.js';

/** Options of tcp(). */
export type TcpOptions = ListenOptions;

/**
 * MSRP over TCP without TLS: the listener for peers that have no relay of their own, and the dialler of final `msrp:` URIs
 * (RFC 4976 section 9.2, note). AUTH is refused here. Without `port` it only dials; without any such transport the relay
 * reaches `msrps:` only. Throws a `RelayError` (`bad-option`); `listen()` rejects with `listen-failed`.
 */
export function tcp(options: TcpOptions = {}): Transport {
  checkListenOptions(options);
  const dial = async (target: DialTarget): Promise<{ socket: RelaySocket; facts: PeerFacts }> => {
    const socket = connect(connectOptions(target));
    const connected = ready(socket, 'connect', target.signal).then(() => ({
      socket: fromNetSocket(socket, options),
      facts: { transport: 'tcp', secure: false, remote: remoteOf(socket) },
    }));
    return connected;
  };
  if (options.port === undefined) return { name: 'tcp', dials: 'msrp', dial };

  let server: Server | undefined;
  return {
    name: 'tcp',
    dials: 'msrp',
    dial,
    async listen(host) {
      const listening = await listenOn(options, host, (socket, localPort) => {
        host.accept(fromNetSocket(socket, options), factsOf(socket, localPort));
      });
      server = listening.server;
      return {
        transport: 'tcp',
        secure: false,
        port: listening.bound.port,
        address: listening.bound.address,
        uri: { scheme: 'msrp', transport: 'tcp' },
        advertise: options.advertise,
      };
    },
    stopListening() {
      server?.close();
      server = undefined;
      return Promise.resolve();
    },
  };
}
