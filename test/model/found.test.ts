import { expect, it } from 'vitest';
import type { Command, Setting, Step } from './commands.js';
import { faultsOf } from './play.js';

const plain: Setting = {
  seed: 0,
  link: { bufferBytes: 700, reportWritten: 'at-once' },
  limits: {},
  closesFirst: false,
};

function play(
  commands: readonly (Command & { readonly settled?: boolean })[],
  over: Partial<Setting> = {},
): Promise<string[]> {
  const steps = commands.map(({ settled = false, ...command }): Step => ({ command, settled }));
  return faultsOf({ ...plain, ...over }, steps);
}

const way = { kind: 'to-client', token: 0, target: 0 } as const;

it('CONN-25 what becomes ready for a connection after its end was written is told as lost, not written', async () => {
  const faults = await play([
    { do: 'open', actor: 1, way: { ...way, token: 1 }, report: undefined },
    { do: 'answering', actor: 0, as: 200, settled: true },
    { do: 'malformed', actor: 0, how: 'garbage', way },
  ]);
  expect(faults).toEqual([]);
});

it('FWD-48 a client that is not read until it answers, and not heard until it is read, comes free again', async () => {
  const faults = await play(
    [
      {
        do: 'send',
        actor: 1,
        way: { ...way, token: 0 },
        bytes: 30_000,
        chunkBytes: 3000,
        report: 'yes',
        range: true,
      },
    ],
    { limits: { maxTransactions: 4 } },
  );
  expect(faults).toEqual([]);
});
