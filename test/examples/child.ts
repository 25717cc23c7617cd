import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { root } from '../tools/steps.js';

/** A program of examples/ in a process of its own, with what it has written. */
export class Child {
  readonly process: ChildProcess;
  stdout = '';
  stderr = '';
  readonly ended: Promise<number | null>;
  #over = false;
  #wake: () => void = () => undefined;

  constructor(program: string, args: readonly string[] = []) {
    this.process = spawn(process.execPath, ['--import', 'tsx', join('examples', program), ...args], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.process.stdout?.on('data', (text: Buffer) => {
      this.stdout += text.toString();
      this.#wake();
    });
    this.process.stderr?.on('data', (text: Buffer) => {
      this.stderr += text.toString();
      this.#wake();
    });
    this.ended = once(this.process, 'close').then(([code]) => {
      this.#over = true;
      this.#wake();
      return code as number | null;
    });
  }

  /** Resolves when that has been written; rejects when the program ends without. */
  async until(stream: 'stdout' | 'stderr', pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const found = pattern.exec(this[stream]);
      if (found !== null) return found;
      if (this.#over) throw new Error(`the program has ended: ${this.stderr}`);
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  /** Ends it if it still runs, the hard way when it does not listen. */
  async end(): Promise<void> {
    const timer = setTimeout(() => this.process.kill('SIGKILL'), 3_000);
    this.process.kill('SIGTERM');
    await this.ended;
    clearTimeout(timer);
  }
}
