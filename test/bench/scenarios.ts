import type { Job } from './job.js';

/** The figure a scenario is about. */
export type Figure = 'messages' | 'megabytes' | 'p50' | 'p99' | 'sessions' | 'memory' | 'stall';

export interface Scenario {
  readonly name: string;
  readonly title: string;
  readonly figure: Figure;
  readonly tls: boolean;
  readonly job: Omit<Job, 'target' | 'warmupMs' | 'durationMs'>;
  /** Runs enough, whatever is asked for. */
  readonly runs?: number;
  /** Milliseconds, if not as asked for. */
  readonly durationMs?: number;
}

const usual: Scenario['job'] = {
  mode: 'small',
  sessions: 10,
  window: 32,
  bodyBytes: 200,
  failureReport: 'yes',
  shared: false,
  chunkBytes: 0,
  bulkWindow: 16,
  perSecond: 0,
};

interface Wish {
  readonly name: string;
  readonly title: string;
  readonly figure: Figure;
  readonly job: Partial<Scenario['job']>;
  readonly runs?: number;
  readonly durationMs?: number;
}

function both({ name, title, job, ...rest }: Wish): Scenario[] {
  return [false, true].map((tls) => ({
    ...rest,
    name: `${name}-${tls ? 'tls' : 'tcp'}`,
    title: `${title}, ${tls ? 'TLS' : 'TCP'}`,
    tls,
    job: { ...usual, ...job },
  }));
}

const bulk = { mode: 'bulk', sessions: 1 } as const;

/** All scenarios, in the order of the table. Small messages have 200 octets of body and Failure-Report yes if not said otherwise. */
export const scenarios: readonly Scenario[] = [
  ...both({ name: 'small', title: 'small messages, 10 sessions × window 32', figure: 'messages', job: {} }),
  ...both({
    name: 'small-no',
    title: 'the same, Failure-Report no',
    figure: 'messages',
    job: { failureReport: 'no' },
  }),
  ...both({
    name: 'shared',
    title: '10 sessions over shared connections',
    figure: 'messages',
    job: { shared: true },
  }),
  ...both({ name: 'single', title: 'one message at a time', figure: 'p50', job: { sessions: 1, window: 1 } }),
  ...both({
    name: 'many-4',
    title: '200 sessions × window 4',
    figure: 'messages',
    job: { sessions: 200, window: 4 },
  }),
  ...both({
    name: 'many-32',
    title: '200 sessions × window 32',
    figure: 'messages',
    job: { sessions: 200, window: 32 },
  }),
  ...both({
    name: 'wide',
    title: '5000 sessions × window 1',
    figure: 'messages',
    job: { sessions: 5000, window: 1 },
  }).filter((one) => !one.tls),
  ...both({
    name: 'bulk-2k',
    title: 'bulk in chunks of 2048 octets',
    figure: 'megabytes',
    job: { ...bulk, chunkBytes: 2048, bulkWindow: 512 },
  }),
  ...both({
    name: 'bulk-64k',
    title: 'bulk in chunks of 64 KiB',
    figure: 'megabytes',
    job: { ...bulk, chunkBytes: 65_536, bulkWindow: 16 },
  }),
  ...both({ name: 'giant', title: 'bulk in one chunk', figure: 'megabytes', job: { ...bulk, chunkBytes: 0 } }),
  ...both({
    name: 'mixed',
    title: 'small messages beside a bulk transfer on the same connections',
    figure: 'p99',
    job: { mode: 'mixed', sessions: 11, shared: true, chunkBytes: 65_536, bulkWindow: 4, perSecond: 1000 },
  }),
  ...both({
    name: 'idle',
    title: 'memory of an idle session',
    figure: 'memory',
    job: { mode: 'idle', sessions: 2500 },
  }),
  ...both({
    name: 'setup',
    title: 'AUTH and session set-up',
    figure: 'sessions',
    job: { mode: 'setup', sessions: 2000 },
  }),
  ...both({
    name: 'stall',
    title: '100 sessions, one receiver stalls for 60 s',
    figure: 'stall',
    job: { mode: 'stall', sessions: 100, window: 32, bodyBytes: 2000 },
    runs: 1,
    durationMs: 60_000,
  }).filter((one) => !one.tls),
];
