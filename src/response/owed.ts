import type { Connection } from '../connection/types.js';
import type { Limits } from '../limits.js';

/**
 * Answers and REPORTs fall due many at a time, when those they wait for fail together: then holding whom they are owed to
 * comes too late. So much may wait beyond `maxSmallBytes`: more than the REPORTs on all transactions of one connection, if
 * their lines are of usual length. Whom even that waits for does not read.
 */
const burstBytes = 8 * 1024 * 1024;

/** May one more answer or REPORT wait for this connection? */
export function mayOwe(to: Connection, limits: Pick<Limits, 'maxSmallBytes'>): boolean {
  return to.smallBytes <= limits.maxSmallBytes + burstBytes;
}
