/**
 * Entry point `msrp-relay/testing`: drive a relay over a network in memory, with a clock that only goes on when told.
 */
export { createTestClock, type TestClockOptions, type TestRuntime } from './test-clock.js';
export {
  createMemoryNetwork,
  type ConnectOptions,
  type MemoryNetwork,
  type MemoryNetworkOptions,
  type MemoryPeer,
  type MemoryPlace,
  type MemoryTransportOptions,
} from './memory-network.js';
export type { MemoryEnd } from './memory-end.js';
export type { LinkOptions } from './memory-pipe.js';
export { testCertificate } from './certificate.js';
export { createSeededRandom, type SeededRandom } from './seeded-random.js';
