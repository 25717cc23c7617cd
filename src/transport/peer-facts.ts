import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';

import { coversName, peerCertificate } from './peer-certificate.js';
import type { PeerFacts } from './types.js';

/** Address and port of the peer; empty and 0 when the socket is closed already. */
export function remoteOf(socket: Socket): { address: string; port: number } {
  return { address: socket.remoteAddress ?? '', port: socket.remotePort ?? 0 };
}

/**
 * What a socket that was taken (not dialled) shows of its peer, for `relay.accept()`. A `tls.TLSSocket` must have finished
 * its handshake. A client certificate makes a relay of the peer when the server has asked for it (`requestCert`), it
 * verified, and it has dNSName entries (RFC 4976 section 6.1); else it gives no rights.
 */
export function peerFactsOf(socket: Socket): PeerFacts {
  return factsOf(socket, socket.localPort);
}

/** The same, without asking the socket for what its listener knows: a socket keeps what it was asked for. */
export function factsOf(socket: Socket, localPort: number | undefined): PeerFacts {
  const remote = remoteOf(socket);
  if (!(socket instanceof TLSSocket)) return { transport: 'tcp', secure: false, remote, localPort };
  const shown = socket.getPeerX509Certificate();
  // `authorized` alone says nothing: Node sets it for a resumed TLS 1.3 session without any certificate.
  const certificate = shown && peerCertificate(shown, socket.authorized, coversName);
  return { transport: 'tls', secure: true, remote, localPort, ...(certificate && { certificate }) };
}
