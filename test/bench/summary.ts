import type { Contestant } from './contestants.js';
import type { Outcome } from './job.js';
import type { Figure, Scenario } from './scenarios.js';

/** One run of one contestant: an outcome, or why there is none. */
export type Run = { readonly outcome: Outcome } | { readonly failed: string };

/** All runs of a scenario, by contestant, in the order of the rounds. */
export interface Result {
  readonly scenario: Scenario;
  readonly runs: ReadonlyMap<string, readonly Run[]>;
}

interface FigureKind {
  readonly unit: string;
  readonly decimals: number;
  readonly of: (outcome: Outcome) => number;
  /** What CPU time is divided by, and the unit of the quotient of microseconds. */
  readonly per: (outcome: Outcome) => number;
  readonly cpuUnit: string;
}

const messages = { per: (one: Outcome) => one.messages, cpuUnit: 'µs/msg' };
const kinds: Record<Figure, FigureKind> = {
  messages: { unit: 'k/s', decimals: 0, of: (one) => one.messages / one.seconds / 1000, ...messages },
  megabytes: {
    unit: 'MB/s',
    decimals: 0,
    of: (one) => one.bodyBytes / one.seconds / 1e6,
    per: (one) => one.bodyBytes / 1e6,
    cpuUnit: 'µs/MB',
  },
  p50: { unit: 'µs', decimals: 0, of: (one) => one.latencyMs.p50 * 1000, ...messages },
  p99: {
    unit: 'µs p99',
    decimals: 0,
    of: (one) => one.latencyMs.p99 * 1000,
    per: (one) => one.bodyBytes / 1e6,
    cpuUnit: 'µs/MB',
  },
  sessions: {
    unit: '/s',
    decimals: 0,
    of: (one) => one.sessions / one.seconds,
    per: (one) => one.sessions,
    cpuUnit: 'µs',
  },
  memory: {
    unit: 'kB',
    decimals: 1,
    of: (one) => (one.rssBytes.after - one.rssBytes.before) / one.sessions / 1000,
    per: (one) => one.sessions,
    cpuUnit: 'µs',
  },
  stall: { unit: 'MB more', decimals: 1, of: (one) => (one.rssBytes.peak - one.rssBytes.before) / 1e6, ...messages },
};

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

const outcomes = (runs: readonly Run[] | undefined): readonly Outcome[] =>
  (runs ?? []).flatMap((run) => ('outcome' in run ? [run.outcome] : []));

/** Median of the ratios of the rounds: both contestants of a round have seen the same machine. */
function ratio(result: Result, name: string, of: (outcome: Outcome) => number): number {
  const [ours, theirs] = [result.runs.get('relay') ?? [], result.runs.get(name) ?? []];
  const ratios = ours.flatMap((run, round) => {
    const other = theirs[round];
    return 'outcome' in run && other !== undefined && 'outcome' in other ? [of(run.outcome) / of(other.outcome)] : [];
  });
  return median(ratios);
}

const dash = '–';
const number = (value: number, decimals: number): string => (Number.isFinite(value) ? value.toFixed(decimals) : dash);

export function tableHead(contestants: readonly Contestant[]): readonly (readonly string[])[] {
  const others = contestants.slice(1).map((one) => one.name);
  const head = ['scenario', 'relay', ...others.flatMap((name) => [name, `÷ ${name}`]), 'relay CPU', '÷ pipe', 'busy'];
  return [[...head, 'RSS', 'besides'], [...head, 'RSS', 'besides'].map(() => '---')];
}

export function tableRow(result: Result, contestants: readonly Contestant[]): readonly string[] {
  const { scenario, runs } = result;
  const kind = kinds[scenario.figure];
  const ours = outcomes(runs.get('relay'));
  const figure = (name: string): string => {
    const values = outcomes(runs.get(name)).map(kind.of);
    return values.length === 0 ? 'failed' : `${number(median(values), kind.decimals)} ${kind.unit}`;
  };
  const cpu = (one: Outcome): number => ((one.targetCpuMs ?? NaN) * 1000) / kind.per(one);
  const cpuMedian = median(ours.map(cpu));
  return [
    scenario.name,
    figure('relay'),
    ...contestants.slice(1).flatMap(({ name }) => [figure(name), number(ratio(result, name, kind.of), 2)]),
    `${number(cpuMedian, cpuMedian < 100 ? 2 : 0)} ${kind.cpuUnit}`,
    number(ratio(result, 'pipe', cpu), 2),
    `${number(median(ours.map((one) => (one.targetCpuMs ?? NaN) / one.seconds / 10)), 0)} %`,
    `${number(median(ours.map((one) => one.rssBytes.peak)) / 1e6, 0)} MB`,
    besides(scenario, ours),
  ];
}

function besides({ figure }: Scenario, ours: readonly Outcome[]): string {
  if (ours.length === 0) return '';
  const ms = (of: (one: Outcome) => number): string => `${number(median(ours.map(of)), 2)} ms`;
  const kept = (of: (one: Outcome) => number): string =>
    `${number(100 * median(ours.map((one) => of(one) / (one.rateAlone ?? NaN))), 0)} %`;
  switch (figure) {
    case 'messages':
      return `p99.9 ${ms((one) => one.latencyMs.p999)}`;
    case 'p50':
      return `p99 ${ms((one) => one.latencyMs.p99)}`;
    case 'p99':
      return `bulk keeps ${kept((one) => one.bodyBytes / one.seconds)}`;
    case 'stall':
      return `the others keep ${kept((one) => one.messages / one.seconds)}`;
    case 'megabytes':
    case 'sessions':
    case 'memory':
      return '';
  }
}

/** What went wrong in any run. */
export function complaints({ scenario, runs }: Result): string[] {
  return [...runs].flatMap(([name, all]) =>
    all.flatMap((run) => {
      if ('failed' in run) return [`${scenario.name}, ${name}: ${run.failed}`];
      return Object.entries(run.outcome.faults).map(
        ([what, times]) => `${scenario.name}, ${name}: ${what}: ${times}`,
      );
    }),
  );
}
