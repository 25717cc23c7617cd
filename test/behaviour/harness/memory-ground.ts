import { isIP } from 'node:net';
import { createMemoryNetwork, createTestClock, testCertificate } from '../../../src/testing/index.js';
import type { MemoryPeer } from '../../../src/testing/index.js';
import { relayHost, type Ground, type GroundOptions } from './ground.js';

const messagePort = 2857;
/** Longer than any URI lives by default. */
const restMs = 100_000_000;

/** The network in memory, with the test clock. Clients have streams, or a toy transport that frames messages. */
export function memoryGround(framing: 'stream' | 'message', options: GroundOptions): Ground {
  const clock = createTestClock();
  const network = createMemoryNetwork(clock, { latencyMs: 1, ...options.link });
  const peers: MemoryPeer[] = [];
  let lastPort = 3000;
  const port = 2855;
  const plainPort = 2856;
  const clientPort = framing === 'message' ? messagePort : port;
  return {
    framing,
    clock,
    port,
    plainPort,
    relay: { runtime: clock, resolver: network.resolver },
    transports: () =>
      Promise.resolve([
        network.transport({ name: 'tls', host: relayHost, port }),
        network.transport({ name: 'tcp', host: relayHost, port: plainPort, secure: false }),
        network.transport({ name: 'toy', host: relayHost, port: messagePort, framing: 'message' }),
      ]),
    listening: () => undefined,
    connect(certificateOf, facts = {}) {
      if (certificateOf === undefined) {
        return Promise.resolve(network.connect(`${relayHost}:${clientPort}`, { facts }));
      }
      const certificate = testCertificate(certificateOf);
      return Promise.resolve(network.connect(`${relayHost}:${port}`, { facts: { certificate, ...facts } }));
    },
    connectPlain: () => Promise.resolve(network.connect(`${relayHost}:${plainPort}`)),
    listen({ host, plain = false, asksForCertificate = !plain, port: wanted = ++lastPort }, taken) {
      const address = isIP(host) > 0 ? { address: host } : {};
      const peer = network.peer({ host, port: wanted, secure: !plain, asksForCertificate, ...address }, taken);
      peers.push(peer);
      return Promise.resolve({
        port: wanted,
        get dialled() {
          return peer.dialled;
        },
        answers(how) {
          peer.answers = how;
          return Promise.resolve();
        },
      });
    },
    until: (promise) => clock.until(promise),
    quiet: () => clock.elapse(2_000),
    step: () => clock.elapse(1),
    rest() {
      for (const peer of peers) peer.answers = 'refuse';
      return clock.elapse(restMs);
    },
    leftBehind: () => Promise.resolve({ timers: clock.pendingTimers, ends: network.openEnds }),
  };
}
