/** What a socket tells the relay. None of these may throw; after onClose none is called. */
export interface RelaySocketHandler {
  /**
   * Octets from the peer. They belong to the relay from now on. Not called while paused (one call in flight excepted), nor
   * before a call of pause(), resume() or write() has returned.
   */
  onData(octets: Buffer): void;
  /** The operating system has accepted the first `totalBytes` octets ever written. Only grows; may be called inside write(). */
  onWritten(totalBytes: number): void;
  /** The peer has closed its sending side; it may still read. */
  onEnd(): void;
  /** The socket is gone, in whatever way. Called exactly once, last. */
  onClose(why?: Error): void;
}

/**
 * One connection of a transport, seen by the relay. With framing `message` each onData and each write() is exactly one
 * MSRP message (WebSocket, data channel); with `stream` octets may be cut anywhere.
 */
export interface RelaySocket {
  readonly framing: 'stream' | 'message';
  /** Longest message the peer takes in one piece; Infinity on streams. */
  readonly maxMessageBytes: number;
  /** Called once, before anything else; octets that came earlier are delivered after it. */
  start(handler: RelaySocketHandler): void;
  /** Writes all parts in order. They belong to the socket until onWritten has passed them. Never called after end(). */
  write(parts: readonly Uint8Array[]): void;
  /** Stop calling onData until resume(): back-pressure on the peer. Under load called, and taken back, in each turn. */
  pause(): void;
  /** Call onData again, later, first with what came meanwhile. */
  resume(): void;
  /** Close the sending side once all is written; the socket closes when the peer has closed too, or soon after. */
  end(): void;
  /** Close at once, unwritten octets are lost. */
  destroy(why?: Error): void;
}

/** A user known from below MSRP or accepted by an authenticator. */
export interface AuthenticatedUser {
  readonly name: string;
  /** Free for the host; kept with the session, must survive JSON. */
  readonly appData?: unknown;
}

/** What a peer has shown in its TLS handshake. */
export interface PeerCertificate {
  /** Chain, dates and issuer are good (CONN-04: if not, the certificate gives no rights). */
  readonly verified: boolean;
  /** dNSName entries of subjectAltName; the common name does not count (SEC-36). */
  readonly names: readonly string[];
  readonly fingerprint256: string;
  /** Does a dNSName entry cover this host (exact, or wildcard as the whole leftmost label)? */
  covers(host: string): boolean;
}

/** What a transport knows of the peer; the classifier makes the class of it. */
export interface PeerFacts {
  /** Transport name as in URIs and listeners: `tcp`, `tls`, `ws`, `wss`, `memory`, … */
  readonly transport: string;
  /** TLS ends here, or at a front that was declared to be trusted (R41). */
  readonly secure: boolean;
  readonly remote: { readonly address: string; readonly port: number };
  /** Port of the listener that took the connection; undefined when dialled or unknown. */
  readonly localPort?: number | undefined;
  readonly certificate?: PeerCertificate | undefined;
  /** Known below MSRP (cookie, JWT, certificate): AUTH needs no challenge (WS-14). */
  readonly user?: AuthenticatedUser | undefined;
  /** Dialled: the server asked for our certificate, so relay traffic may pass (SEC-34). */
  readonly gaveOurCertificate?: boolean | undefined;
}

/** One end point a relay answers at. */
export interface Listener {
  readonly transport: string;
  readonly secure: boolean;
  readonly port: number;
  readonly address: string;
  /** Scheme and transport parameter of URIs that reach this listener. */
  readonly uri: { readonly scheme: 'msrp' | 'msrps'; readonly transport: string };
  /** Host and port that Use-Path shall name instead of the bound ones. */
  readonly advertise?: { readonly host?: string | undefined; readonly port?: number | undefined } | undefined;
}

/** What a transport may do with the relay it was plugged into. */
export interface TransportHost {
  /** A connection is ready for MSRP (after TLS, after the upgrade). */
  accept(socket: RelaySocket, facts: PeerFacts): void;
  /** A connection failed before it carried MSRP: handshake error or time-out, plain octets on a TLS port, too many. */
  refused(reason: TransportRefusal, remote: { address: string; port: number }, error?: Error): void;
}

/**
 * Why a connection ended before it carried MSRP. `not-allowed` is for transports of the host that turn a peer away; those of
 * this library never give it.
 */
export type TransportRefusal = 'handshake-failed' | 'handshake-timeout' | 'too-many-connections' | 'not-allowed';

/** Where to connect to. */
export interface DialTarget {
  /** Resolved and checked by the egress policy: exactly these are dialled, nothing is looked up again. */
  readonly addresses: readonly { readonly address: string; readonly family: 4 | 6 }[];
  readonly port: number;
  /** Host as the URI has it: server name indication and certificate check (SEC-31, SEC-32); may be an IP literal. */
  readonly host: string;
  readonly signal: AbortSignal;
}

/** What dial() rejects with; `unverified`: the peer answered, but its certificate does not do (SEC-32). */
export interface DialError extends Error {
  unverified?: boolean;
}

/** A way to listen, to dial, or both. */
export interface Transport {
  readonly name: string;
  /** Starts listening; resolves when connections are taken. Rejects with a RelayError (port in use, bad certificate). */
  listen?(host: TransportHost): Promise<Listener>;
  /** Stops taking connections; those that exist stay. */
  stopListening?(): Promise<void>;
  /** Which scheme this transport dials: `msrps` means verified TLS, never a fallback to plain (SEC-27). */
  readonly dials?: 'msrp' | 'msrps' | undefined;
  /** Rejects with a DialError. */
  dial?(target: DialTarget): Promise<{ socket: RelaySocket; facts: PeerFacts }>;
  /** Do its own certificates prove this host? Absent: it has none. The relay does not start without (SEC-30). */
  coversHost?(host: string): boolean;
  /** Takes new certificate material for connections to come (TLS only). */
  updateTls?(material: TlsMaterial): void;
}

/** PEM texts or their octets, as node:tls takes them. */
export interface TlsMaterial {
  readonly cert: string | Buffer | readonly (string | Buffer)[];
  readonly key: string | Buffer | readonly (string | Buffer)[];
  /** What client certificates of peer relays and servers dialled are verified with; default: Node's own roots. */
  readonly ca?: string | Buffer | readonly (string | Buffer)[] | undefined;
}
