/** Remembers next hops that fail again and again, so that they are left alone for a while. */
export interface Breaker {
  asleep(hop: string): boolean;
  failed(hop: string): void;
  succeeded(hop: string): void;
}

/** As many failures within the window put a hop to sleep; after that each further one within the window does. */
const maxFailures = 5;
const windowMs = 10_000;
const sleepMs = 1_000;
/** Hops remembered; the one whose failures began longest ago is forgotten first. */
const maxHops = 1_024;

export function createBreaker(nowMs: () => number): Breaker {
  const hops = new Map<string, { failures: number; sinceMs: number; asleepUntilMs: number }>();
  return {
    asleep: (hop) => (hops.get(hop)?.asleepUntilMs ?? 0) > nowMs(),
    failed(hop) {
      const now = nowMs();
      let entry = hops.get(hop);
      if (!entry || now - entry.sinceMs > windowMs) {
        entry = { failures: 0, sinceMs: now, asleepUntilMs: 0 };
        hops.delete(hop);
        hops.set(hop, entry);
        if (hops.size > maxHops) hops.delete(hops.keys().next().value!);
      }
      entry.failures++;
      if (entry.failures >= maxFailures) entry.asleepUntilMs = now + sleepMs;
    },
    succeeded(hop) {
      hops.delete(hop);
    },
  };
}
