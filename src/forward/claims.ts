import type { Connection, ConnectionDependent } from '../connection/types.js';
import type { Session, SessionDependent } from '../session/types.js';
import { hopText, type MsrpUri } from '../wire/uri.js';

/** A peer's own connection, learned from From-Path[0] of an accepted inbound request, good for one token (R24). */
export class PeerClaim implements ConnectionDependent {
  readonly connection: Connection;
  /** False once its connection is gone, does not answer, or had to make room. */
  stands = true;
  readonly uri: string;
  private readonly claims: SessionClaims;

  constructor(claims: SessionClaims, uri: string, connection: Connection) {
    this.claims = claims;
    this.uri = uri;
    this.connection = connection;
    connection.dependents.add(this);
  }

  /** The connection is gone, or does not answer: another one may claim the URI. */
  end(): void {
    this.stands = false;
    this.connection.dependents.delete(this);
    this.claims.remove(this);
  }

  /** Another request with this From-Path has come: the claim that now stands for it. */
  renewedBy(connection: Connection): PeerClaim {
    return this.stands ? this : this.claims.add(this.uri, connection);
  }

  connectionEnded(): void {
    this.end();
  }
}

/** Claims on one session's token. Bounded: whoever holds most of them loses its oldest (FWD-48). */
class SessionClaims implements SessionDependent {
  /** Oldest first. Mostly one, and never many. */
  private standing: readonly PeerClaim[] = [];
  private readonly claims: Claims;
  private readonly session: Session;

  constructor(claims: Claims, session: Session) {
    this.claims = claims;
    this.session = session;
    session.dependents.add(this);
  }

  get(uri: string): PeerClaim | undefined {
    return this.standing.find((claim) => claim.uri === uri);
  }

  /** The first claim stands while it lives. */
  add(uri: string, connection: Connection): PeerClaim {
    const first = this.get(uri);
    if (first !== undefined) return first;
    if (this.standing.length >= this.claims.maxClaims) this.oldestOfTheGreediest()?.end();
    const claim = new PeerClaim(this, uri, connection);
    this.standing = this.standing.concat(claim);
    return claim;
  }

  remove(claim: PeerClaim): void {
    this.standing = this.standing.filter((other) => other !== claim);
  }

  sessionEnded(): void {
    for (const claim of this.standing) claim.end();
    this.session.dependents.delete(this);
    this.claims.forget(this.session);
  }

  private oldestOfTheGreediest(): PeerClaim | undefined {
    const counts = new Map<Connection, number>();
    for (const { connection } of this.standing) counts.set(connection, (counts.get(connection) ?? 0) + 1);
    const most = Math.max(...counts.values());
    for (const claim of this.standing) if (counts.get(claim.connection) === most) return claim;
    return undefined;
  }
}

/** Peers that came in by themselves, remembered per token: nobody can divert another session's traffic (FWD-13, FWD-14). */
export class Claims {
  readonly maxClaims: number;
  private readonly bySession = new Map<Session, SessionClaims>();

  constructor(maxClaims: number) {
    this.maxClaims = maxClaims;
  }

  /** Gives the claim that stands for the URI, which may be another connection's. */
  learn(session: Session, from: MsrpUri, connection: Connection): PeerClaim {
    let claims = this.bySession.get(session);
    if (claims === undefined) this.bySession.set(session, (claims = new SessionClaims(this, session)));
    return claims.add(keyOf(from), connection);
  }

  find(session: Session, uri: MsrpUri): PeerClaim | undefined {
    return this.bySession.get(session)?.get(keyOf(uri));
  }

  forget(session: Session): void {
    this.bySession.delete(session);
  }
}

/** Joined, as a text put together by `+` would be kept in its parts. */
function keyOf(uri: MsrpUri): string {
  return [hopText(uri), '/', uri.sessionId, ';', uri.transport].join('');
}
