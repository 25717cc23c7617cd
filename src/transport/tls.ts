import { constants, X509Certificate } from 'node:crypto';
import { isIP, type Server } from 'node:net';
import {
  connect,
  createSecureContext,
  createServer,
  type SecureContext,
  type SecureContextOptions,
  type Server as TlsServer,
} from 'node:tls';

import { badOption, RelayError } from '../errors.js';
import { connectOptions, ready } from './dialling.js';
import { checkListenOptions, listenOn, type ListenOptions } from './listening.js';
import { fromNetSocket } from './net-socket.js';
import { coversHostOrAddress, coversName, dnsNames, peerCertificate } from './peer-certificate.js';
import { factsOf, remoteOf } from './peer-facts.js';
import type {
  DialError,
  DialTarget,
  PeerFacts,
  RelaySocket,
  TlsMaterial,
  Transport,
  TransportHost,
} from './types.js';

/** Options of tls(). */
export interface TlsOptions extends ListenOptions, TlsMaterial {
  /** Chooses another certificate by server name, as in `tls.createServer()`. */
  readonly SNICallback?:
    ((servername: string, done: (error: Error | null, context?: SecureContext) => void) => void) | undefined;
  /** Oldest TLS version, in and out. Default `TLSv1.2` (RFC 8996). */
  readonly minVersion?: 'TLSv1.2' | 'TLSv1.3' | undefined;
  /**
   * Cipher suites as OpenSSL writes them. Default: Node's own, in which TLS_RSA_WITH_AES_128_CBC_SHA (RFC 4975 section 14.2)
   * comes last; `:!AES128-SHA` at the end of a list switches it off.
   */
  readonly ciphers?: string | undefined;
  /** A handshake that takes longer, in milliseconds, is given up. Default 30000. */
  readonly handshakeTimeoutMs?: number | undefined;
}

/**
 * MSRP over TLS: the listener for clients and peer relays, and the dialler of `msrps:` URIs (RFC 4976 section 9.2). Clients
 * are asked for a certificate and go on without one. Sessions are never resumed, so every connection proves its identity
 * anew, with today's CA and dates. Servers dialled must show a certificate that verifies and names the URI's host.
 * Without `port` it only dials. Throws a `RelayError` (`bad-option`, `bad-certificate`), as `updateTls()` does, which
 * then leaves the old certificate in place; `listen()` rejects with `listen-failed`.
 */
export function tls(options: TlsOptions): Transport {
  checkListenOptions(options);
  const { handshakeTimeoutMs = 30_000, SNICallback } = options;
  if (!Number.isInteger(handshakeTimeoutMs) || handshakeTimeoutMs < 1) {
    throw badOption('handshakeTimeoutMs', handshakeTimeoutMs, 'a positive number of milliseconds');
  }
  let own = prepare(options, options);
  let tlsServer: TlsServer | undefined;
  let server: Server | undefined;

  const transport: Transport = {
    name: 'tls',
    dials: 'msrps',
    dial: (target) => dialTls(target, own.context, options),
    coversHost: (host) => own.certificates.every((certificate) => coversName(certificate, host)),
    updateTls(material) {
      own = prepare(material, options);
      tlsServer?.setSecureContext(own.contextOptions);
    },
  };
  if (options.port === undefined) return transport;

  transport.listen = async (host) => {
    let port = 0;
    const secured = createServer({
      ...own.contextOptions,
      requestCert: true,
      rejectUnauthorized: false,
      handshakeTimeout: handshakeTimeoutMs,
      ...(SNICallback && { SNICallback }),
    });
    secured.on('secureConnection', (socket) => {
      socket.disableRenegotiation();
      host.accept(fromNetSocket(socket, options), factsOf(socket, port));
    });
    reportFailures(secured, host);
    const listening = await listenOn(options, host, (socket) => secured.emit('connection', socket));
    port = listening.bound.port;
    tlsServer = secured;
    server = listening.server;
    return {
      transport: 'tls',
      secure: true,
      port: listening.bound.port,
      address: listening.bound.address,
      uri: { scheme: 'msrps', transport: 'tcp' },
      advertise: options.advertise,
    };
  };
  transport.stopListening = () => {
    server?.close();
    server = undefined;
    return Promise.resolve();
  };
  return transport;
}

/** dNSName entries of the first certificate of a PEM text: the hosts it proves (SEC-30). Throws `bad-certificate`. */
export function certificateNames(pem: string | Buffer): readonly string[] {
  return dnsNames(usable(() => new X509Certificate(pem)));
}

interface Own {
  readonly contextOptions: SecureContextOptions;
  readonly context: SecureContext;
  readonly certificates: readonly X509Certificate[];
}

function prepare(material: TlsMaterial, options: Pick<TlsOptions, 'minVersion' | 'ciphers'>): Own {
  const contextOptions: SecureContextOptions = {
    cert: [material.cert].flat(),
    key: [material.key].flat(),
    ...(material.ca !== undefined && { ca: [material.ca].flat() }),
    ...(options.ciphers !== undefined && { ciphers: options.ciphers }),
    minVersion: options.minVersion ?? 'TLSv1.2',
    // No session tickets, and Node keeps no sessions by itself: nothing can be resumed (SEC-37).
    secureOptions: constants.SSL_OP_NO_TICKET,
  };
  return usable(() => {
    // Node passes over a CA that it can not read, and would then verify nobody.
    for (const pem of [material.ca ?? []].flat()) new X509Certificate(pem);
    return {
      contextOptions,
      context: createSecureContext(contextOptions),
      certificates: [material.cert].flat().map((pem) => new X509Certificate(pem)),
    };
  });
}

function usable<T>(make: () => T): T {
  try {
    return make();
  } catch (cause) {
    const why = cause instanceof Error ? `: ${cause.message}` : '';
    throw new RelayError('bad-certificate', `certificate, key or CA can not be used${why}`, { cause });
  }
}

function reportFailures(server: TlsServer, host: TransportHost): void {
  server.on('tlsClientError', (error: NodeJS.ErrnoException, socket) => {
    const late = error.code === 'ERR_TLS_HANDSHAKE_TIMEOUT';
    const remote = remoteOf(socket);
    socket.destroy();
    host.refused(late ? 'handshake-timeout' : 'handshake-failed', remote, error);
  });
}

async function dialTls(
  target: DialTarget,
  secureContext: SecureContext,
  options: TlsOptions,
): Promise<{ socket: RelaySocket; facts: PeerFacts }> {
  const { host } = target;
  const socket = connect({
    ...connectOptions(target),
    secureContext,
    rejectUnauthorized: true,
    ...(isIP(host) === 0 && { servername: host }),
    checkServerIdentity: (_name, certificate) =>
      coversHostOrAddress(new X509Certificate(certificate.raw), host)
        ? undefined
        : Object.assign(new Error(`certificate does not name ${host}`), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' }),
  });
  try {
    await ready(socket, 'secureConnect', target.signal);
  } catch (error) {
    if ((socket.authorizationError as Error | null) !== null) (error as DialError).unverified = true;
    throw error;
  }
  socket.disableRenegotiation();
  const certificate = socket.getPeerX509Certificate();
  return {
    socket: fromNetSocket(socket, options),
    facts: {
      transport: 'tls',
      secure: true,
      remote: remoteOf(socket),
      ...(certificate && { certificate: peerCertificate(certificate, socket.authorized, coversHostOrAddress) }),
      // Filled by the server's CertificateRequest; true of full handshakes only, and we never resume.
      gaveOurCertificate: socket.getSharedSigalgs().length > 0,
    },
  };
}
