/** What `JSON.stringify()` keeps as it is. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** Limits of one session; those left out are the relay's. */
export interface SessionLimits {
  /** Longest message in octets; one octet more is refused with 413 (RELAY-30). */
  readonly maxMessageBytes?: number | undefined;
}

interface GrantBase {
  /** Public handle of the session. */
  readonly id: string;
  readonly user?: string | undefined;
  /** Wall-clock milliseconds since 1970, so that another process can read it. */
  readonly expiresAtMs: number;
  readonly limits: SessionLimits;
  readonly appData?: Json | undefined;
}

/** Who got the token: a client over one connection of one node, or a peer relay by its verified host name. */
export type Owner = { readonly node: string; readonly connection: string } | { readonly relay: string };

/** A token given by AUTH (RFC 4976 section 6.3). */
export interface AuthGrant extends GrantBase {
  readonly kind: 'auth';
  readonly owner: Owner;
  /** From-Path[0] of the AUTH, as written: the hop back to the client (RELAY-09). */
  readonly wayBack: string;
  /** The whole From-Path of the AUTH, as written: equal means renewal (R31). */
  readonly fromPath: string;
}

/** A token given by the host (later issue); kept apart from AUTH in everything but the engine. */
export interface AnchorGrant extends GrantBase {
  readonly kind: 'anchor';
  readonly anchor: string;
  readonly side: 'a' | 'b';
}

/** What was granted: immutable JSON, the only thing a store sees. */
export type Grant = AuthGrant | AnchorGrant;

/** A token of a peer relay outlives connections and processes: the only kind found again through a store. */
export function isRelayBound(grant: Grant): grant is AuthGrant & { readonly owner: { readonly relay: string } } {
  return grant.kind === 'auth' && 'relay' in grant.owner;
}
