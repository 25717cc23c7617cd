import type { RelayStats } from '../../src/index.js';

/** One line for people and for `grep`: what exists now, and what has moved since the start. */
export function statsLine(stats: RelayStats, rssBytes: number): string {
  const { connections, sessions, traffic } = stats;
  const fields = {
    connections: connections.open,
    sessions: sessions.open,
    sends_in: traffic.sendsIn,
    sends_out: traffic.sendsOut,
    octets_in: traffic.octetsIn,
    octets_out: traffic.octetsOut,
    reports_made: traffic.reportsMade,
    auth_failed: sum(stats.authFailures),
    refused: sum(stats.requestsRefused),
    undelivered: sum(stats.deliveriesFailed),
    rss_mb: Math.round(rssBytes / 1_000_000),
  };
  return `stats ${Object.entries(fields)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ')}`;
}

function sum(counts: Readonly<Partial<Record<string, number>>>): number {
  let total = 0;
  for (const count of Object.values(counts)) total += count ?? 0;
  return total;
}
