// The load generator: one job, given as JSON in the first argument; tells its outcome to the parent.
import type { FromGenerator, Job, Outcome } from '../job.js';
import { Latency } from './latency.js';
import { cpuMs, rssBytes } from './process-usage.js';
import { Setup, type SessionPath } from './setup.js';
import { Traffic } from './traffic.js';

const job = JSON.parse(process.argv[2] ?? '') as Job;
const { target } = job;
const pids = target.pids;
/** Sessions set up at the same time. */
const atOnce = 64;
const drainMs = 10_000;

const traffic = new Traffic(job);
const { ledger } = traffic;
const bytesArrived = (): number => ledger.bulkBytes + ledger.messages * job.bodyBytes;

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

async function until(done: () => boolean, limitMs: number): Promise<boolean> {
  const end = performance.now() + limitMs;
  while (!done() && performance.now() < end) await wait(5);
  return done();
}

/** `exchange`: each session carries one small message at once, before the relay can take its sender for a stranger. */
async function openSessions(from: number, to: number, exchange = !job.shared): Promise<void> {
  const setup = new Setup(target, job.shared);
  const paths: [number, SessionPath][] = [];
  let next = from;
  const lane = async (): Promise<void> => {
    while (next < to) {
      const session = next++;
      const path = await setup.session(session);
      if (!exchange) {
        paths.push([session, path]);
        continue;
      }
      traffic.add(session, path);
      traffic.sendOne(session, performance.now());
    }
  };
  // The first one opens the connections that are shared; what is read from them belongs to AUTH until all are set up.
  await Promise.all(Array.from({ length: job.shared ? 1 : atOnce }, lane));
  for (const [session, path] of paths) traffic.add(session, path);
  if (exchange && !(await until(() => traffic.isQuiet, drainMs))) throw new Error('first messages were not answered');
}

interface Measured {
  readonly messages: number;
  readonly bodyBytes: number;
  readonly sessions: number;
  readonly seconds: number;
  readonly targetCpuMs: number | undefined;
  readonly generatorCpuMs: number;
  readonly peakBytes: number;
}

/** What happens while `work` goes on. */
async function measure(work: () => Promise<unknown>): Promise<Measured> {
  ledger.latency = new Latency();
  const [messages, sessions, bodyBytes, beganMs, own, cpu] = [
    ledger.messages,
    traffic.sessions,
    bytesArrived(),
    performance.now(),
    process.cpuUsage(),
    cpuMs(pids),
  ];
  let peakBytes = rssBytes(pids);
  const sampling = setInterval(() => {
    peakBytes = Math.max(peakBytes, rssBytes(pids));
  }, 250);
  await work();
  clearInterval(sampling);
  const [spent, cpuNow] = [process.cpuUsage(own), cpuMs(pids)];
  return {
    messages: ledger.messages - messages,
    sessions: traffic.sessions - sessions,
    bodyBytes: bytesArrived() - bodyBytes,
    seconds: (performance.now() - beganMs) / 1000,
    targetCpuMs: cpu === undefined || cpuNow === undefined ? undefined : cpuNow - cpu,
    generatorCpuMs: (spent.user + spent.system) / 1000,
    peakBytes: Math.max(peakBytes, rssBytes(pids)),
  };
}

function startAll(): void {
  for (const source of traffic.bulk) {
    source.running = true;
    source.pump();
  }
  if (job.mode !== 'mixed') traffic.start();
}

/** Small messages at a fixed rate, each due at its time whatever else goes on. */
async function pace(durationMs: number): Promise<void> {
  const stepMs = 1000 / job.perSecond;
  const beganMs = performance.now();
  for (let sent = 0; ;) {
    const nowMs = performance.now();
    if (nowMs - beganMs > durationMs) return;
    for (; beganMs + sent * stepMs <= nowMs; sent++) {
      traffic.sendOne(1 + (sent % (job.sessions - 1)), beganMs + sent * stepMs);
    }
    const dueInMs = beganMs + sent * stepMs - nowMs;
    await new Promise((resolve) => (dueInMs > 2 ? setTimeout(resolve, dueInMs - 1.5) : setImmediate(resolve)));
  }
}

/** Ends all, waits for what is under way, and looks for what is missing. */
async function finish(): Promise<void> {
  traffic.running = false;
  for (const source of traffic.bulk) source.finish();
  if (await until(() => traffic.isQuiet, drainMs)) return;
  const sent = ledger.total(ledger.next);
  const missing = sent - ledger.total(ledger.arrived);
  const unanswered = job.failureReport === 'yes' ? sent - ledger.total(ledger.answered) : 0;
  const octets = traffic.bulkBytesSent - ledger.bulkBytes;
  if (missing !== 0) ledger.fault('not arrived', -2, missing);
  if (unanswered !== 0) ledger.fault('not answered', -2, unanswered);
  if (octets !== 0) ledger.fault('octets missing', -2, octets);
  if (missing === 0 && unanswered === 0 && octets === 0) ledger.fault('chunks not answered', -2);
}

interface Findings {
  readonly measured: Measured;
  readonly before: number;
  readonly rateAlone?: number;
}

async function steady(): Promise<Findings> {
  await openSessions(0, job.sessions);
  const before = rssBytes(pids);
  startAll();
  await wait(job.warmupMs);
  return { measured: await measure(() => wait(job.durationMs)), before };
}

async function mixed(): Promise<Findings> {
  await openSessions(0, job.sessions);
  const before = rssBytes(pids);
  startAll();
  await wait(job.warmupMs);
  const alone = await measure(() => wait(job.durationMs));
  await pace(job.warmupMs / 2);
  const measured = await measure(() => pace(job.durationMs));
  return { measured, before, rateAlone: alone.bodyBytes / alone.seconds };
}

async function stall(): Promise<Findings> {
  await openSessions(0, job.sessions);
  startAll();
  await wait(job.warmupMs);
  const before = rssBytes(pids);
  const alone = await measure(() => wait(3000));
  ledger.forgiven = 0;
  traffic.pauseReceiver(0);
  return { measured: await measure(() => wait(job.durationMs)), before, rateAlone: alone.messages / alone.seconds };
}

/** Memory of sessions beyond the first fifth, which makes the target grow to its working size. */
async function idle(): Promise<Findings> {
  const first = Math.ceil(job.sessions / 5);
  const settle = async (): Promise<number> => {
    process.send?.({ collect: true });
    await wait(Math.min(1000, job.durationMs));
    return rssBytes(pids);
  };
  await openSessions(0, first);
  const before = await settle();
  const measured = await measure(async () => {
    await openSessions(first, job.sessions);
    await settle();
  });
  return { measured, before };
}

async function setup(): Promise<Findings> {
  const first = Math.ceil(job.sessions / 4);
  await openSessions(0, first, false);
  const before = rssBytes(pids);
  return { measured: await measure(() => openSessions(first, job.sessions, false)), before };
}

const modes: Record<Job['mode'], () => Promise<Findings>> = {
  small: steady,
  bulk: steady,
  mixed,
  idle,
  setup,
  stall,
};

async function run(): Promise<Outcome> {
  const { measured, before, rateAlone } = await modes[job.mode]();
  const latencyMs = ledger.latency.summary();
  const after = rssBytes(pids);
  await finish();
  // The stalled one may be closed, on both sides.
  const gone = Math.max(0, traffic.gone - (job.mode === 'stall' ? 2 : 0));
  if (gone > 0) ledger.fault('connections lost', -2, gone);
  const { peakBytes, ...found } = measured;
  return {
    ...found,
    latencyMs,
    rssBytes: { before, peak: peakBytes, after },
    rateAlone,
    sent: ledger.total(ledger.next),
    arrived: ledger.total(ledger.arrived),
    faults: ledger.faults,
  };
}

function tell(told: FromGenerator): void {
  process.send?.(told, () => process.exit());
}

for (const end of ['message', 'disconnect']) {
  process.on(end, () => {
    process.exit();
  });
}
process.on('uncaughtException', (error) => {
  tell({ failed: error.message });
});
run().then(
  (outcome) => {
    tell({ outcome });
  },
  (error: unknown) => {
    tell({ failed: String(error) });
  },
);
