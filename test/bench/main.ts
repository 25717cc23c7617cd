// `npm run bench`: how fast the relay is, beside a pipe that only copies octets. See docs/performance.md.
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, release } from 'node:os';
import { scratchFolder } from './compile.js';
import { prepare, type Bench } from './contestants.js';
import { readOptions, usage, type Options } from './options.js';
import { isPinned } from './processes.js';
import { runJob } from './run-job.js';
import { scenarios, type Scenario } from './scenarios.js';
import { complaints, tableHead, tableRow, type Result, type Run } from './summary.js';

async function measure(bench: Bench, scenario: Scenario, options: Options): Promise<Result> {
  const rounds = Math.min(options.runs, scenario.runs ?? Infinity);
  const runs = new Map<string, Run[]>(bench.contestants.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    // Whoever comes second may find a warmer machine: they take turns at it.
    const order = round % 2 === 0 ? bench.contestants : bench.contestants.toReversed();
    for (const contestant of order) {
      const run = await runJob(contestant, scenario, options, bench.generator).then(
        (outcome) => ({ outcome }),
        (error: unknown) => ({ failed: error instanceof Error ? error.message : String(error) }),
      );
      runs.get(contestant.name)!.push(run);
    }
  }
  return { scenario, runs };
}

function line(cells: readonly string[]): string {
  const widths = [14, 12];
  return `| ${cells.map((cell, at) => (cell === '---' ? '-'.repeat(widths[at] ?? 9) : cell.padEnd(widths[at] ?? 9))).join(' | ')} |`;
}

function machine(): string {
  const all = cpus();
  const pinning = isPinned ? 'relay on one core, generator on another' : 'not pinned: ratios mean little';
  return `Node ${process.version}, Linux ${release()}, ${all.length} × ${all[0]?.model.trim() ?? '?'}; ${pinning}`;
}

async function main(options: Options): Promise<void> {
  const chosen = scenarios.filter(({ name }) => options.only.test(name));
  if (chosen.length === 0) throw new Error('no scenario has such a name; --list shows them');
  if (options.profile !== undefined) mkdirSync(options.profile, { recursive: true });
  const bench = await prepare(scratchFolder(), options);
  console.log(machine());
  for (const cells of tableHead(bench.contestants)) console.log(line(cells));
  const results: Result[] = [];
  for (const scenario of chosen) {
    const result = await measure(bench, scenario, options);
    results.push(result);
    console.log(line(tableRow(result, bench.contestants)));
  }
  const wrong = results.flatMap(complaints);
  for (const one of wrong) console.log(`FAULT ${one}`);
  const all = results.flatMap(({ scenario, runs }) =>
    [...runs].map(([name, list]) => ({ scenario: scenario.name, name, runs: list })),
  );
  if (options.json !== undefined)
    writeFileSync(options.json, JSON.stringify({ machine: machine(), results: all }, null, 1));
  console.log(wrong.length === 0 ? 'every message arrived once, whole and in order' : `${wrong.length} faults`);
  process.exitCode = wrong.length === 0 ? 0 : 1;
}

const options = readOptions(process.argv.slice(2));
if (options === 'help') console.log(usage);
else if (options === 'list') for (const { name, title } of scenarios) console.log(`${name.padEnd(14)} ${title}`);
else await main(options);
