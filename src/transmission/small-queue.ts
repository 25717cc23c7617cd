import { Fifo } from '../fifo.js';
import { HeldSources } from '../held-sources.js';
import type { StallWatch } from './deadlines.js';
import type { Source } from './types.js';

/** A message that is written whole. `slot`: its transaction, if its answer must find a way back; else -1. */
export interface SmallMessage {
  readonly bytes: Buffer;
  readonly slot: number;
  /** For a relay only (SEC-34). */
  readonly relayTraffic: boolean;
}

interface Watches {
  newWatch(queue: SmallQueue): StallWatch;
}

/**
 * Responses, REPORTs and other whole messages that wait for one connection. Bounded: who causes too many is held, and not
 * for long if none of them leaves (XMIT-15).
 */
export class SmallQueue {
  bytes = 0;
  private readonly queue = new Fifo<SmallMessage>();
  private readonly held = new HeldSources('small-messages');

  private readonly maxBytes: number;
  private readonly watches: Watches;
  private watch: StallWatch | undefined;

  /** The watch that is made is told of each message that leaves while others are held, and asks what is unwritten. */
  constructor(maxBytes: number, watches: Watches) {
    this.maxBytes = maxBytes;
    this.watches = watches;
  }

  /** What somebody is held for. */
  get unwritten(): number {
    return this.held.any ? this.bytes : 0;
  }

  get size(): number {
    return this.queue.size;
  }

  push(message: SmallMessage, cause: Source): void {
    const { bytes } = message;
    this.queue.push(message);
    this.bytes += bytes.length;
    if (this.bytes <= this.maxBytes) return;
    const first = !this.held.any;
    this.held.hold(cause);
    if (first) (this.watch ??= this.watches.newWatch(this)).progress();
  }

  shift(): SmallMessage | undefined {
    const message = this.queue.shift();
    if (message === undefined) return undefined;
    this.gone(message);
    return message;
  }

  /** Takes out what is for a relay only. */
  takeRelayTraffic(): readonly SmallMessage[] {
    const taken = [...this.queue].filter((message) => message.relayTraffic);
    for (const message of taken) {
      this.queue.remove(message);
      this.gone(message);
    }
    return taken;
  }

  private gone({ bytes }: SmallMessage): void {
    this.bytes -= bytes.length;
    if (!this.held.any) return;
    if (this.bytes < this.maxBytes / 2) this.held.releaseAll();
    this.watch?.progress();
  }
}
