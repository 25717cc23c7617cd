import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Answer, Ask, Client, ClientEvent } from './protocol.js';

// fork() passes on how this process reads TypeScript.
const relayProgram = fileURLToPath(new URL('../standalone/main.ts', import.meta.url));
const clientProgram = fileURLToPath(new URL('./client.ts', import.meta.url));

export interface RelayProcess {
  readonly pid: number;
  readonly tlsPort: number;
  /** Most memory seen in its lines of stats. */
  readonly rssMb: number;
  /** SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null>;
  kill(): void;
}

/** The standalone relay in a process of its own; rejects when it ends instead of being ready. */
export async function startRelay(flags: readonly string[]): Promise<RelayProcess> {
  const child = fork(relayProgram, flags, { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  const exited = once(child, 'exit') as Promise<[number | null]>;
  let complaints = '';
  let rssMb = 0;
  createInterface({ input: child.stderr! }).on('line', (line) => {
    const rss = /^stats .*\brss_mb=(\d+)/.exec(line)?.[1];
    if (rss !== undefined) rssMb = Math.max(rssMb, Number(rss));
    else complaints += `${line} `;
  });
  const [line] = (await Promise.race([
    once(createInterface({ input: child.stdout! }), 'line'),
    exited.then(() => ['']),
  ])) as [string];
  if (line === '') throw new Error(`the relay did not start: ${complaints}`);
  const { listeners } = JSON.parse(line) as { listeners: { transport: string; port: number }[] };
  return {
    pid: child.pid!,
    tlsPort: listeners.find(({ transport }) => transport === 'tls')!.port,
    get rssMb() {
      return rssMb;
    },
    async stop() {
      child.kill('SIGTERM');
      const [code] = await exited;
      return code;
    },
    kill() {
      child.kill('SIGKILL');
    },
  };
}

/** A client in a process of its own. */
export class ClientProcess {
  readonly pid: number;
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, { resolve: (result: never) => void; reject: (error: Error) => void }>();
  #asked = 0;

  constructor(told: (event: ClientEvent) => void) {
    this.#child = fork(clientProgram, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    this.pid = this.#child.pid!;
    this.#child.on('message', (message: Answer | ClientEvent) => {
      if ('event' in message) {
        told(message);
        return;
      }
      const asker = this.#waiting.get(message.answer);
      this.#waiting.delete(message.answer);
      if ('error' in message) asker?.reject(new Error(message.error));
      else asker?.resolve(message.result as never);
    });
    this.#child.on('exit', (code) => {
      const error = new Error(`a client process has ended with ${String(code)}`);
      for (const { reject } of this.#waiting.values()) reject(error);
      told({ event: 'lost', why: error.message });
    });
  }

  ask<N extends keyof Client>(name: N, argument: Parameters<Client[N]>[0]): ReturnType<Client[N]> {
    const ask: Ask = { ask: ++this.#asked, name, argument };
    const answered = new Promise<never>((resolve, reject) => {
      this.#waiting.set(ask.ask, { resolve, reject });
      this.#child.send(ask, (error) => {
        if (error !== null) reject(error);
      });
    });
    return answered as unknown as ReturnType<Client[N]>;
  }

  /** Lets it go; resolves with the exit code. */
  async end(): Promise<number | null> {
    const exited = once(this.#child, 'exit') as Promise<[number | null]>;
    this.#child.disconnect();
    const [code] = await exited;
    return code;
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }
}
