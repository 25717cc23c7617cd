/**
 * Entry point `msrp-relay/testing`: drive a relay over a network in memory, with a clock that only goes on when told.
 */
export { createTestClock, type TestClockOptions, type TestRuntime } from './test-clock.js';
export { createMemoryNetwork } from './memory-network.js';
export type {
  ConnectOptions,
  MemoryNetwork,
  MemoryNetworkOptions,
  MemoryPeer,
  MemoryPlace,
  MemoryTransportOptions,
} from './memory-types.js';
export type { MemoryEnd } from './memory-end.js';
export type { LinkOptions } from './memory-pipe.js';
export { testCertificate } from './certificate.js';
export { createSeededRandom, type SeededRandom } from './seeded-random.js';
export { createMsrpClient } from './msrp-client.js';
export type {
  Answer,
  MsrpClient,
  MsrpClientOptions,
  OpenSend,
  RequestOptions,
  SendOptions,
  SentRequest,
} from './client-types.js';
export type { AuthOptions, AuthResult } from './client-auth.js';
export { socketEnd, type ClientEnd } from './client-end.js';
export type { ByteRangeText, IncomingRequest, ReceivedRequest, ReceivedResponse } from './received.js';
export type { Body, HeaderList } from './write-message.js';
export { createStrictParser, type StrictParser, type StrictSink } from './strict-parser.js';
export {
  digestAnswer,
  digestAuthorization,
  digestParameters,
  type DigestAlgorithm,
  type DigestInput,
} from './digest-answer.js';
export { collectEvents, type EventLog, type EventOf, type EventSource } from './collect-events.js';
