import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { availableParallelism } from 'node:os';

/** Where `taskset` exists and there is more than one core, target and generator get one each. */
export const isPinned: boolean =
  availableParallelism() > 1 && spawnSync('taskset', ['-c', '0', 'true'], { stdio: 'ignore' }).status === 0;

export const targetCore = 0;
export const generatorCore = 1;

/** Command line that runs on one core, where that can be had. */
export function pinned(core: number, command: readonly string[]): readonly [string, ...string[]] {
  const whole = isPinned ? ['taskset', '-c', String(core), ...command] : command;
  return whole as [string, ...string[]];
}

/** A Node process on one core, with a channel to this one. */
export function startNode(
  core: number,
  options: readonly string[],
  script: string,
  args: readonly string[],
): ChildProcess {
  const [command, ...rest] = pinned(core, [process.execPath, ...options, script, ...args]);
  return spawn(command, rest, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
}

/** The first message of a child that `wanted` makes something of. Rejects when the child ends before. */
export function firstMessage<T>(child: ChildProcess, wanted: (message: unknown) => T | undefined): Promise<T> {
  return new Promise((resolve, reject) => {
    child.on('message', (message) => {
      try {
        const value = wanted(message);
        if (value !== undefined) resolve(value);
      } catch (error) {
        reject(error instanceof Error ? error : new Error(String(error)));
      }
    });
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      reject(new Error(`process ended with ${String(code ?? signal)}`));
    });
  });
}

/** Tells a child to stop; kills it when it does not. */
export async function stopNode(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const timer = setTimeout(() => child.kill('SIGKILL'), 5000);
  if (child.connected) child.send('stop', () => {});
  else child.kill('SIGKILL');
  await ended;
  clearTimeout(timer);
}
