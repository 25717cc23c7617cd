import type { DeliveryFailure, Observer } from '../observe/types.js';
import type { Direction, Session } from '../session/types.js';
import type { FailedPiece } from '../transmission/types.js';

/** Who has been told that something accepted was not delivered. */
export type Told = 'report' | 'response' | 'nobody';

export interface Failure {
  readonly method: string;
  readonly code: number;
  readonly reason: DeliveryFailure;
  readonly told: Told;
}

/** Counts and notes that something accepted for a session was not delivered; of a SEND also which octets. */
export function noteFailure(
  observer: Observer,
  session: Session,
  direction: Direction,
  failure: Failure,
  piece: FailedPiece | undefined,
): void {
  const { id, grant, totals } = session;
  totals[direction].failed++;
  observer.note({
    name: 'deliveryFailed',
    session: { id, user: grant.user, kind: grant.kind },
    direction,
    ...failure,
    range: piece && { start: piece.start, end: piece.start + piece.octets - 1 },
  });
}
