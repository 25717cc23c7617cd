import type { AuthGrant, Grant, Owner } from '../../src/session/grant.js';
import type { Direction, Session, SessionDependent, Totals } from '../../src/session/types.js';

export const wayBackOfA = 'msrps://a.invalid:2855/a1;tcp';

export function authGrant(owner: Owner, more: Partial<AuthGrant> = {}): AuthGrant {
  const base = { id: 's1', user: 'alice', expiresAtMs: 0, limits: {}, wayBack: wayBackOfA, fromPath: wayBackOfA };
  return { ...base, kind: 'auth', owner, ...more };
}

const none = (): Totals => ({ chunks: 0, messages: 0, octets: 0, refused: 0, failed: 0 });

/** A session that only keeps what it is given. */
export class FakeSession implements Session {
  readonly token = 'token1';
  readonly expiresAtMs = 0;
  readonly totals: Record<Direction, Totals> = { toOwner: none(), fromOwner: none() };
  readonly dependents = new Set<SessionDependent>();
  live = true;
  readonly grant: Grant;

  constructor(grant: Grant = authGrant({ node: 'n1', connection: 'c1' })) {
    this.grant = grant;
  }

  get id(): string {
    return this.grant.id;
  }

  end(): void {
    this.live = false;
    for (const dependent of [...this.dependents]) dependent.sessionEnded();
  }
}
