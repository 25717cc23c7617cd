import fc from 'fast-check';
import { expect, it } from 'vitest';
import { setting, steps } from './commands.js';
import { faultsOf } from './play.js';

/** `MODEL_RUNS=5000 MODEL_SEED=42` looks longer, or again. */
const runs = Number(process.env['MODEL_RUNS'] ?? 150);
const seed = process.env['MODEL_SEED'] === undefined ? undefined : Number(process.env['MODEL_SEED']);
const path = process.env['MODEL_PATH'];

it(
  'random sequences: nothing invented, lost untold, told twice, out of order or left behind',
  { timeout: 3_600_000 },
  async () => {
    await fc.assert(
      fc.asyncProperty(setting, steps, async (settings, sequence) => {
        expect(await faultsOf(settings, sequence)).toEqual([]);
      }),
      {
        numRuns: runs,
        ...(seed === undefined ? {} : { seed }),
        ...(path === undefined ? {} : { path }),
        endOnFailure: process.env['MODEL_PATH'] !== undefined,
        interruptAfterTimeLimit: 1_800_000,
      },
    );
  },
);
