import type { RelaySocket, RelaySocketHandler } from '../../src/transport/types.js';

/** Started socket with everything it told. Octets are kept as latin1 text. */
export class Told {
  readonly events: string[] = [];
  text = '';
  written = 0;
  why: Error | undefined;
  #waiting: (() => void)[] = [];
  readonly socket: RelaySocket;

  constructor(socket: RelaySocket, overrides: Partial<RelaySocketHandler> = {}) {
    this.socket = socket;
    socket.start({
      onData: (octets) => {
        this.text += octets.toString('latin1');
        this.#wake();
      },
      onWritten: (total) => {
        this.written = total;
        this.#wake();
      },
      onEnd: () => {
        this.events.push('end');
        this.#wake();
      },
      onClose: (why) => {
        this.events.push('close');
        this.why = why;
        this.#wake();
      },
      ...overrides,
    });
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }

  /** Resolves when `condition` holds; the test's own time limit is the only one. */
  async until(condition: (told: this) => boolean): Promise<void> {
    while (!condition(this)) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }
}
