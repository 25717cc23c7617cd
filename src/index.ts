export { createRelay } from './create-relay.js';
export type { CloseOptions, Relay, RelayState } from './types.js';
export type { AdvertiseOptions, ExpiresOptions, PeerRelayOptions, RelayOptions, RuleOptions } from './options.js';
export { isRelayError, RelayError, type RelayErrorCode, type RelayErrorDetails } from './errors.js';
export { defaultLimits, type Limits } from './limits.js';
export { nodeRuntime, type Cancel, type Runtime } from './runtime.js';

export type { ListenOptions } from './transport/listening.js';
export { tcp, type TcpOptions } from './transport/tcp.js';
export { tls, type TlsOptions } from './transport/tls.js';
export { fromNetSocket, type NetSocketOptions } from './transport/net-socket.js';
export { peerFactsOf } from './transport/peer-facts.js';
export type * from './transport/types.js';

export {
  digestAuthenticator,
  type CredentialsQuery,
  type DigestOptions,
  type UserCredentials,
} from './auth/digest/authenticator.js';
export type { DigestAlgorithm } from './auth/digest/hash.js';
export type { Authenticator, AuthenticatorHost, AuthRequest, AuthVerdict } from './auth/types.js';

export { memorySessionStore, type MemorySessionStoreOptions } from './session/memory-store.js';
export type { AnchorGrant, AuthGrant, Grant, Json, Owner, SessionLimits } from './session/grant.js';
export type { Direction, EndReason, SessionStore, Totals } from './session/types.js';

export { nodeResolver, type NodeResolverOptions } from './hop/resolver.js';
export type { EgressOptions, PortRange } from './hop/egress.js';
export type { Resolver } from './hop/types.js';

export type { ConnectionInfo, PeerClass } from './connection/info.js';
export type { ListenerErrorEvent, RelayEvent, RelayEvents } from './observe/events.js';
export type { Counts, RelayStats } from './observe/stats.js';
export type {
  AuthFailure,
  ConnectionEnd,
  DeliveryFailure,
  Fact,
  FactName,
  HoldReason,
  Logger,
  LogLevel,
  RefusalReason,
  SessionInfo,
  Traffic,
} from './observe/types.js';
export type { MaybePromise } from './policy/types.js';
