import type { ConnectionDependent } from './types.js';

/** Does anything that ends with a connection still wait for the host's word? */
export function anyUndecided(dependents: Iterable<ConnectionDependent>): boolean {
  for (const { undecided } of dependents) if (undecided === true) return true;
  return false;
}

/** Ends those chosen; `peerReads`: but for what may yet be answered. They take themselves out meanwhile. */
export function endDependents(
  dependents: Iterable<ConnectionDependent>,
  which: (dependent: ConnectionDependent) => boolean,
  peerReads = false,
): void {
  for (const dependent of [...dependents].filter(which)) dependent.connectionEnded(peerReads);
}
