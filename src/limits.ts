/**
 * Every limit of a relay, with its default. All are options (`createRelay({ limits })`); times in milliseconds, sizes in
 * octets. Sources: RFC 4975, RFC 4976 and, where they are silent, the reasoning in docs/limits.md.
 */
export interface Limits {
  /** One header section (WIRE-28). */
  readonly maxHeadBytes: number;
  /** One header line. */
  readonly maxLineBytes: number;
  readonly maxUrisPerPath: number;
  readonly maxHeaders: number;
  /** Body of a request other than SEND (RFC 4975 section 7.1). */
  readonly maxSmallBodyBytes: number;
  /** Such a body is read on, and thrown away, up to this size; then the connection is closed (R37). */
  readonly maxDiscardedBodyBytes: number;

  /** Time from accept (or end of handshake) to the first successful request (RFC 4976 section 6.1). */
  readonly probationMs: number;
  /** Unsuccessful requests in the probation, or failed AUTHs later, before the connection is closed. */
  readonly maxFailures: number;
  /** A connection without live token and without traffic is closed after this; 0: never. */
  readonly idleMs: number;
  /**
   * Connections in all; at the bound the least recently used gives way (CONN-21). Newcomers may exceed it by a sixteenth, at
   * least by one, until they have proved themselves.
   */
  readonly maxConnections: number;

  /** SEND transactions, and responses to other requests, are waited for this long (RFC 4976 section 6.4.1). */
  readonly transactionMs: number;
  /** Transactions outstanding on one connection; at the bound their sources are held. */
  readonly maxTransactions: number;
  /**
   * Nothing written for this long while octets wait, or no small message while others are held for them: the connection is
   * closed (XMIT-16).
   */
  readonly writeStallMs: number;
  /**
   * Messages that hold a shared source for this long, alone or together, without an octet leaving fail (XMIT-15), and so do
   * those that stand still for this long while that alone keeps the relay full (SEC-40).
   */
  readonly stalledRouteMs: number;

  /** Octets waiting for one route, from one source connection, in the whole relay; above it the source is held. */
  readonly maxRouteBytes: number;
  readonly maxSourceBytes: number;
  readonly maxRelayBytes: number;
  /** Small messages (responses, REPORTs, …) waiting for one connection; above it their causes are held. */
  readonly maxSmallBytes: number;
  /** Octets handed to the operating system ahead of its acceptance. */
  readonly maxUnwrittenBytes: number;
  /** Turn of one session on a shared connection. */
  readonly turnBytes: number;
  /** Longest body of one piece on a message transport (WS-07). */
  readonly maxMessagePieceBytes: number;
  /** Routes remembered per connection. */
  readonly maxRoutes: number;
  /** Peers' own connections remembered per token (FWD-13). */
  readonly maxClaims: number;
  /** Messages remembered as refused, per connection (RESP-18). */
  readonly maxRefusedMessages: number;
  /** Destinations whose failed AUTHs are counted, per connection (AUTH-31). */
  readonly maxAuthDestinations: number;
  /** Longest message in octets, refused with 413 beyond it (RELAY-30). */
  readonly maxMessageBytes: number;

  /** Host's hooks, authenticator and session store. */
  readonly hookTimeoutMs: number;
  /** Resolving and dialling a next hop, all addresses together. */
  readonly dialTimeoutMs: number;
  /** Dials under way that one user (a session, where it has none) has caused; beyond it 403 (FWD-47). */
  readonly maxDialsPerUser: number;
  /** Live URIs of one client connection, of one user (AUTH-35). */
  readonly maxSessionsPerConnection: number;
  readonly maxSessionsPerUser: number;
  /** AUTHs of one connection that wait for an answer; above it the connection is held. */
  readonly maxWaitingAuths: number;
}

/** What holds for each limit that is not given. */
export const defaultLimits: Limits = {
  maxHeadBytes: 16 * 1024,
  maxLineBytes: 8 * 1024,
  maxUrisPerPath: 32,
  maxHeaders: 64,
  maxSmallBodyBytes: 10_240,
  maxDiscardedBodyBytes: 64 * 1024,
  probationMs: 30_000,
  maxFailures: 3,
  idleMs: 3_600_000,
  maxConnections: 100_000,
  transactionMs: 30_000,
  maxTransactions: 16_384,
  writeStallMs: 30_000,
  stalledRouteMs: 30_000,
  maxRouteBytes: 256 * 1024,
  maxSourceBytes: 1024 * 1024,
  maxRelayBytes: 256 * 1024 * 1024,
  maxSmallBytes: 256 * 1024,
  maxUnwrittenBytes: 64 * 1024,
  turnBytes: 16 * 1024,
  maxMessagePieceBytes: 32 * 1024,
  maxRoutes: 256,
  maxClaims: 64,
  maxRefusedMessages: 64,
  maxAuthDestinations: 64,
  maxMessageBytes: Infinity,
  hookTimeoutMs: 2_000,
  dialTimeoutMs: 10_000,
  maxDialsPerUser: 16,
  maxSessionsPerConnection: 256,
  maxSessionsPerUser: 1_024,
  maxWaitingAuths: 16,
};
