/** What the generator shall do. Travels as JSON. */
export interface Job {
  readonly mode: 'small' | 'bulk' | 'mixed' | 'idle' | 'setup' | 'stall';
  readonly target: Target;
  readonly sessions: number;
  /** Messages (small) of one session that wait for their answer; with Failure-Report no: that have not arrived. */
  readonly window: number;
  readonly bodyBytes: number;
  readonly failureReport: 'yes' | 'no';
  /** All sessions over one connection of the receivers and one of the senders. */
  readonly shared: boolean;
  /** Body of one bulk chunk; 0: one chunk that lasts as long as the measurement. */
  readonly chunkBytes: number;
  /** Bulk chunks of one session that wait for their answer. */
  readonly bulkWindow: number;
  /** Mixed: small messages in a second, in all. */
  readonly perSecond: number;
  readonly warmupMs: number;
  readonly durationMs: number;
}

/** Whom the generator speaks with. */
export interface Target {
  readonly kind: 'relay' | 'pipe';
  readonly port: number;
  readonly tls: boolean;
  /** Processes whose CPU time and memory are told. */
  readonly pids: readonly number[];
}

/** What the generator found. All times in milliseconds, sizes in octets. */
export interface Outcome {
  /** What arrived while measured. */
  readonly messages: number;
  readonly bodyBytes: number;
  /** Sessions set up while measured. */
  readonly sessions: number;
  readonly seconds: number;
  /** From the write of a SEND (mixed: from the time it was due) to its arrival. */
  readonly latencyMs: { readonly p50: number; readonly p99: number; readonly p999: number; readonly max: number };
  /** CPU time of the target, and of the generator, in the measured time; undefined where the system does not tell. */
  readonly targetCpuMs: number | undefined;
  readonly generatorCpuMs: number;
  /** Resident memory of the target when it was idle, at its highest, and at the end. */
  readonly rssBytes: { readonly before: number; readonly peak: number; readonly after: number };
  /** Per second: bulk octets before small messages joined (mixed), messages before one receiver stalled (stall). */
  readonly rateAlone: number | undefined;
  /** Everything that was ever sent, to hold against what arrived. */
  readonly sent: number;
  readonly arrived: number;
  /** What went wrong: name and number. Empty: every message arrived once, whole and in order, and was answered. */
  readonly faults: Readonly<Record<string, number>>;
}

/** Generator to its parent. */
export type FromGenerator = { readonly outcome: Outcome } | { readonly failed: string } | { readonly collect: true };

/** Target process to its parent, and back. */
export interface FromTarget {
  readonly tcpPort: number;
  readonly tlsPort: number;
}
export type ToTarget = 'stop' | 'collect garbage';
