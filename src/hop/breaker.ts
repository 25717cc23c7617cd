/** Remembers next hops that fail again and again, so that they are left alone for a while. */
export interface Breaker {
  asleep(hop: string): boolean;
  failed(hop: string): void;
  succeeded(hop: string): void;
}

export interface BreakerOptions {
  nowMs(): number;
  /** Failures within `windowMs` after which a hop sleeps. Default 5. */
  readonly failures?: number | undefined;
  /** Default 10000. */
  readonly windowMs?: number | undefined;
  /** How long it sleeps; the next failure within the window puts it to sleep again. Default 1000. */
  readonly sleepMs?: number | undefined;
  /** Hops remembered; the one whose failures began longest ago is forgotten first. Default 1024. */
  readonly maxHops?: number | undefined;
}

export function createBreaker(options: BreakerOptions): Breaker {
  const { failures = 5, windowMs = 10_000, sleepMs = 1_000, maxHops = 1_024 } = options;
  const hops = new Map<string, { count: number; sinceMs: number; asleepUntilMs: number }>();
  return {
    asleep: (hop) => (hops.get(hop)?.asleepUntilMs ?? 0) > options.nowMs(),
    failed(hop) {
      const now = options.nowMs();
      let entry = hops.get(hop);
      if (!entry || now - entry.sinceMs > windowMs) {
        entry = { count: 0, sinceMs: now, asleepUntilMs: 0 };
        hops.delete(hop);
        hops.set(hop, entry);
        if (hops.size > maxHops) hops.delete(hops.keys().next().value!);
      }
      entry.count++;
      if (entry.count >= failures) entry.asleepUntilMs = now + sleepMs;
    },
    succeeded(hop) {
      hops.delete(hop);
    },
  };
}
