import { describe, test, type TestAPI } from 'vitest';
import type { GroundOptions } from './harness/ground.js';
import { memoryGround } from './harness/memory-ground.js';
import { socketGround } from './harness/socket-ground.js';
import { World } from './harness/world.js';

export { password } from './harness/world.js';
export type { World } from './harness/world.js';
export type { Party, Registered } from './harness/party.js';

/**
 * `stream`: memory network; `messages`: memory network, where clients have a toy transport with one MSRP message per
 * write; `sockets`: TLS and TCP on loopback. The first two run on the test clock.
 */
export type GroundName = 'stream' | 'messages' | 'sockets';

/** Where time can be made to pass. */
export const withClock: readonly GroundName[] = ['stream', 'messages'];
/** Where clients can write a message piece by piece. */
export const streams: readonly GroundName[] = ['stream', 'sockets'];

export interface SuiteOptions extends GroundOptions {
  /** Default: all. */
  readonly only?: readonly GroundName[];
}

const grounds: Readonly<Record<GroundName, (options: GroundOptions) => World['ground']>> = {
  stream: (options) => memoryGround('stream', options),
  messages: (options) => memoryGround('message', options),
  sockets: socketGround,
};

type It = TestAPI<{ world: World }>;

/**
 * The same tests over every transport. Each test gets a new `world`: `it('…', async ({ world }) => …)`. When it is over the
 * parties go, and it is checked that the relay spoke the grammar, logged no secret and kept nothing of them.
 */
export function describeOverTransports(title: string, define: (it: It) => void, options: SuiteOptions = {}): void {
  const names = options.only ?? (Object.keys(grounds) as GroundName[]);
  describe.each(names.map((name) => ({ name })))(`${title}, over $name`, ({ name }) => {
    define(test.extend<{ world: World }>({
      world: [
        // Vitest reads off the pattern what a fixture needs.
        // eslint-disable-next-line no-empty-pattern
        async ({}, use) => {
          const world = new World(grounds[name](options));
          await use(world);
          await world.end();
        },
        { auto: true },
      ],
    }));
  });
}
