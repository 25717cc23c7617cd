import type { Contestant } from './contestants.js';
import { canRunOutside, runOutside } from './external-generator.js';
import type { FromGenerator, Job, Outcome } from './job.js';
import type { Options } from './options.js';
import { firstMessage, generatorCore, startNode, stopNode } from './processes.js';
import type { Scenario } from './scenarios.js';

const usualMs = 3000;

function jobOf(scenario: Scenario, options: Options): Omit<Job, 'target'> {
  const durationMs = options.durationMs ?? scenario.durationMs ?? usualMs;
  const { sessions } = scenario.job;
  return {
    ...scenario.job,
    // A short look at many sessions is a look at their set-up.
    sessions: options.quick ? Math.min(sessions, 200) : sessions,
    warmupMs: options.warmupMs,
    durationMs,
  };
}

/** One run: a fresh target, a fresh generator. */
export async function runJob(
  contestant: Contestant,
  scenario: Scenario,
  options: Options,
  generator: string,
): Promise<Outcome> {
  const wanted = jobOf(scenario, options);
  if (options.generator !== undefined && canRunOutside(wanted)) {
    return runOutside(options.generator, contestant, wanted, scenario.tls);
  }
  const running = await contestant.start();
  try {
    const job: Job = { ...wanted, target: running.target(scenario.tls) };
    const child = startNode(generatorCore, [], generator, [JSON.stringify(job)]);
    try {
      return await firstMessage(child, (message) => {
        const told = message as FromGenerator;
        if ('failed' in told) throw new Error(told.failed);
        if ('outcome' in told) return told.outcome;
        running.tell('collect garbage');
        return undefined;
      });
    } finally {
      await stopNode(child);
    }
  } finally {
    await running.stop();
  }
}
