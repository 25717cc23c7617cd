import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const root: string = fileURLToPath(new URL('../..', import.meta.url));

export interface Step {
  readonly name: string;
  /** Command line without a shell; the first word may be a binary of an installed package. */
  readonly run: readonly [command: string, ...args: string[]];
  /** Its output is shown when all went well, too. */
  readonly show?: boolean;
  /** Killed, and failed, after this long. */
  readonly limitMs?: number;
}

export interface StepResult {
  readonly name: string;
  readonly ok: boolean;
}

const tsx = (script: string, ...args: string[]): Step['run'] => [
  process.execPath,
  '--import',
  'tsx',
  `test/tools/${script}.ts`,
  ...args,
];

/** A step that runs one of the programs in test/tools. */
export function tool(name: string, script: string, ...args: string[]): Step {
  return { name, run: tsx(script, ...args) };
}

/** A step that runs the binary of an installed package. */
export function bin(name: string, command: string, ...args: string[]): Step {
  return { name, run: [`node_modules/.bin/${command}`, ...args] };
}

/** Runs lanes side by side and the steps of each lane in order; a failed step does not stop the others. */
export async function runLanes(...lanes: readonly (readonly Step[])[]): Promise<StepResult[]> {
  const results = await Promise.all(
    lanes.map(async (lane) => {
      const done: StepResult[] = [];
      for (const step of lane) done.push(await runStep(step));
      return done;
    }),
  );
  return results.flat();
}

async function runStep(step: Step): Promise<StepResult> {
  const started = performance.now();
  const { ok, output } = await collect(step);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const text = ok && step.show !== true ? '' : output.trim();
  console.log(`${ok ? 'ok    ' : 'FAILED'} ${step.name} (${seconds} s)${text === '' ? '' : `\n${indent(text)}`}`);
  return { name: step.name, ok };
}

function collect(step: Step): Promise<{ ok: boolean; output: string }> {
  const [command, ...args] = step.run;
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const timer = setTimeout(() => {
      output += `\nstopped after ${(step.limitMs ?? 600_000) / 1000} s\n`;
      child.kill('SIGKILL');
    }, step.limitMs ?? 600_000);
    const add = (chunk: Buffer): void => {
      output += chunk.toString();
    };
    child.stdout.on('data', add);
    child.stderr.on('data', add);
    child.on('error', (error) => {
      clearTimeout(timer);
      resolve({ ok: false, output: `${output}${error.message}` });
    });
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve({ ok: code === 0, output });
    });
  });
}

function indent(text: string): string {
  return text.replaceAll(/^(?=.)/gm, '  ');
}
