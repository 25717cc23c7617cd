import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, expect, test } from 'vitest';
import { Ledger } from './bench/generator/ledger.js';
import { root } from './tools/steps.js';

const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'msrp-relay-bench-'));

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

interface Report {
  results: {
    scenario: string;
    name: string;
    runs: { outcome?: { sent: number; arrived: number; faults: object } }[];
  }[];
}

test(
  'the benchmark runs, and every message arrives through the relay and the byte pipe',
  { timeout: 60_000 },
  async () => {
    const json = join(folder, 'bench.json');
    const flags = ['--quick', '--warmup', '0.05', '--duration', '0.1', '--only', '^small-tcp$', '--json', json];
    await run(process.execPath, ['--import', 'tsx', 'test/bench/main.ts', ...flags], { cwd: root });

    const { results } = JSON.parse(readFileSync(json, 'utf8')) as Report;
    expect(results.map(({ scenario, name }) => [scenario, name])).toEqual([
      ['small-tcp', 'relay'],
      ['small-tcp', 'pipe'],
    ]);
    for (const { runs } of results) {
      expect(runs).toHaveLength(1);
      const { sent, arrived, faults } = runs[0]!.outcome!;
      expect(sent).toBeGreaterThan(0);
      expect(arrived).toBe(sent);
      expect(faults).toEqual({});
    }
  },
);

test('the ledger of the load generator tells what was lost, doubled or answered out of order', () => {
  const ledger = new Ledger(2, 16);
  for (let i = 0; i < 6; i++) ledger.sending(1, 0);
  for (const number of [0, 1, 1, 4, 5]) ledger.arrives(1, number);
  for (const number of [0, 2]) ledger.answer(1, number);
  expect(ledger.faults).toEqual({ duplicated: 1, 'lost or reordered': 2, 'answers out of order': 1 });
  expect(ledger.messages).toBe(4);
});
