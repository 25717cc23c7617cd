import { spawn } from 'node:child_process';
import { createServer, type AddressInfo } from 'node:net';
import type { Contestant } from './contestants.js';
import type { Job, Outcome } from './job.js';
import { generatorCore, pinned } from './processes.js';

/** What another generator prints as its last line; see docs/performance.md. */
interface Printed {
  readonly result: string;
  readonly error?: string;
  readonly elapsed_s: number;
  readonly sessions_up: number;
  readonly setup_per_s: number;
  readonly sent: number;
  readonly received: number;
  readonly msgs_per_s: number;
  readonly body_MBps: number;
  readonly bulk_MBps?: number;
  readonly lat_us: { readonly p50: number; readonly p99: number; readonly p999: number; readonly max: number };
  readonly relay_cpu_s: number;
  readonly relay_mem_kB: number;
  readonly relay_mem_kB_before: number;
  readonly gen_cpu_user_s: number;
  readonly gen_cpu_sys_s: number;
  readonly [fault: string]: unknown;
}

const faultNames = [
  'lost',
  'duplicated',
  'reordered',
  'corrupted',
  'misrouted',
  'range_errors',
  'unknown',
  'error_responses',
  'unexpected_responses',
  'failure_reports',
  'closed',
  'bulk_bad_bytes',
  'overlap',
  'aborted',
];

/** Its memory, its mixture and a stalling receiver are for the generator of this benchmark alone. */
export function canRunOutside(job: Pick<Job, 'mode'>): boolean {
  return job.mode === 'small' || job.mode === 'bulk' || job.mode === 'idle';
}

/** One run with another generator, whose command line is that of the first argument. */
export async function runOutside(
  program: string,
  contestant: Contestant,
  job: Omit<Job, 'target'>,
  tls: boolean,
): Promise<Outcome> {
  const listenPort = contestant.kind === 'pipe' ? await freePort() : undefined;
  const running = await contestant.start(listenPort);
  try {
    const target = running.target(tls);
    const args = [
      ...modeArgs(job),
      ...['--sessions', String(job.sessions), '--body', String(job.bodyBytes), '--failure-report', job.failureReport],
      ...(job.shared ? ['--shared'] : []),
      ...['--auth-tls', tls ? '1' : '0', '--pid', target.pids.join(','), '--json'],
      ...(listenPort === undefined
        ? ['--auth-port', String(target.port)]
        : ['--direct', '--listen-port', String(listenPort), '--send-port', String(target.port)]),
    ];
    return outcomeOf(await lastLine(program, args));
  } finally {
    await running.stop();
  }
}

function modeArgs({ mode, window, chunkBytes, bulkWindow, warmupMs, durationMs }: Omit<Job, 'target'>): string[] {
  if (mode === 'idle') return ['idle', '--hold', '1'];
  if (mode === 'small') {
    return ['rate', '--window', `${window}`, '--warmup', `${warmupMs / 1000}`, '--duration', `${durationMs / 1000}`];
  }
  // Enough to be longer than what warms up.
  const total = chunkBytes > 0 && chunkBytes <= 2048 ? '768M' : '2G';
  const chunk = chunkBytes === 0 ? 'giant' : String(chunkBytes);
  return ['bulk', '--chunk', chunk, '--bulk-window', String(bulkWindow), '--total', total];
}

function outcomeOf(printed: Printed): Outcome {
  const faults: Record<string, number> = {};
  for (const name of faultNames) if (Number(printed[name] ?? 0) > 0) faults[name] = Number(printed[name]);
  if (printed.result !== 'ok') throw new Error(`${printed.result}: ${printed.error ?? ''}`);
  const { elapsed_s: seconds, lat_us: latency } = printed;
  return {
    messages: printed.msgs_per_s * seconds,
    bodyBytes: (printed.bulk_MBps ?? printed.body_MBps) * 1e6 * seconds,
    sessions: printed.sessions_up,
    seconds,
    latencyMs: {
      p50: latency.p50 / 1000,
      p99: latency.p99 / 1000,
      p999: latency.p999 / 1000,
      max: latency.max / 1000,
    },
    targetCpuMs: printed.relay_cpu_s < 0 ? undefined : printed.relay_cpu_s * 1000,
    generatorCpuMs: 1000 * (printed.gen_cpu_user_s + printed.gen_cpu_sys_s),
    rssBytes: {
      before: printed.relay_mem_kB_before * 1024,
      peak: printed.relay_mem_kB * 1024,
      after: printed.relay_mem_kB * 1024,
    },
    rateAlone: undefined,
    sent: printed.sent,
    arrived: printed.received,
    faults,
  };
}

function lastLine(program: string, args: readonly string[]): Promise<Printed> {
  const [command, ...rest] = pinned(generatorCore, [program, ...args]);
  return new Promise((resolve, reject) => {
    const child = spawn(command, rest, { stdio: ['ignore', 'pipe', 'inherit'], timeout: 300_000 });
    let text = '';
    child.stdout.on('data', (octets: Buffer) => {
      text += octets.toString();
    });
    child.on('error', reject);
    child.on('close', () => {
      try {
        resolve(JSON.parse(text.trim().split('\n').at(-1) ?? '') as Printed);
      } catch {
        reject(new Error(`the generator printed no JSON: ${text.slice(0, 200)}`));
      }
    });
  });
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
