import { nodeRuntime, type Runtime } from '../../../src/runtime.js';
import type { RelaySocket, RelaySocketHandler } from '../../../src/transport/types.js';

/** Node's time and randomness, but turns end when `endTurn()` is called. */
export function steppedRuntime(): { readonly runtime: Runtime; endTurn(): void } {
  let asked: (() => void)[] = [];
  return {
    runtime: {
      ...nodeRuntime(),
      afterInput(fn) {
        asked.push(fn);
      },
    },
    endTurn() {
      while (asked.length > 0) {
        const now = asked;
        asked = [];
        for (const fn of now) fn();
      }
    },
  };
}

/** A socket whose other end takes everything at once. Copies what it took to `taken`, up to `octets`, while `record` is set. */
export class Sink implements RelaySocket {
  readonly framing = 'stream';
  readonly maxMessageBytes = Infinity;
  handler!: RelaySocketHandler;
  record = false;
  readonly taken = Buffer.alloc(1024 * 1024);
  octets = 0;
  total = 0;

  start(handler: RelaySocketHandler): void {
    this.handler = handler;
  }

  write(parts: readonly Uint8Array[]): void {
    for (const part of parts) {
      this.total += part.length;
      if (!this.record) continue;
      this.taken.set(part, this.octets);
      this.octets += part.length;
    }
    this.handler.onWritten(this.total);
  }

  pause(): void {}
  resume(): void {}
  end(): void {}
  destroy(): void {}
}
