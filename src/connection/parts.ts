import type { Loss, Scheduler } from '../transmission/types.js';
import type { RelaySocket } from '../transport/types.js';
import type { MessageSink } from '../wire/types.js';

/** A scheduler as its connection drives it. */
export interface DrivenScheduler extends Scheduler {
  readonly drained: boolean;
  /** Nothing waits, is being sent, or is outstanding. */
  readonly quiet: boolean;
  readonly octetsOut: number;
  /** Octets waiting in small messages. */
  readonly smallBytes: number;
  open(socket: RelaySocket, mayRelay: boolean): void;
  written(totalBytes: number): void;
  pump(): void;
  lost(loss: Loss): void;
}

/** Cuts what comes in into messages. */
export interface Parser {
  push(octets: Buffer): void;
  stop(): void;
}

/** What a connection takes messages with; told when they stop coming. */
export interface ConnectionSink extends MessageSink {
  cut(): void;
}
