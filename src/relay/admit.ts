import type { Connection } from '../connection/types.js';
import type { Refusal } from '../forward/types.js';
import type { AnchorGrant, AuthGrant, Grant } from '../session/grant.js';
import type { Direction } from '../session/types.js';
import { parseUri, sameHop, type MsrpUri } from '../wire/uri.js';

/** What must be known to judge whether a token may be used: where to, and by whom. */
export interface Use {
  readonly nextHop: MsrpUri;
  /** Who sent the request; undefined: this relay itself, which the request passes a second time (R36). */
  readonly previous: Connection | undefined;
  /** Host of From-Path[0]. */
  readonly previousHost: string;
  readonly nodeId: string;
}

/** The rule of one kind of grant. Pure. */
export type Admitter<G extends Grant> = (grant: G, use: Use) => Direction | Refusal;

export interface Admitters {
  readonly auth: Admitter<AuthGrant>;
  readonly anchor: Admitter<AnchorGrant>;
}

const wrongDirection: Refusal = { code: 403, reason: 'wrong-direction' };

/**
 * Tokens given by AUTH pass in two directions only (RFC 4976 section 6.4): towards the client that got the token, from
 * anybody; and from it, to anywhere. This is what keeps the relay from being an open one.
 */
function admitAuth(grant: AuthGrant, { nextHop, previous, previousHost, nodeId }: Use): Direction | Refusal {
  const wayBack = parseUri(grant.wayBack);
  if (wayBack !== undefined && sameHop(nextHop, wayBack)) return 'toOwner';
  if (previous === undefined) return wrongDirection;
  const { owner } = grant;
  const isOwner =
    'relay' in owner
      ? previous.covers(owner.relay) && previous.covers(previousHost)
      : owner.node === nodeId && owner.connection === previous.id;
  return isOwner ? 'fromOwner' : wrongDirection;
}

/** The rules a relay starts with; allocation brings its own for anchors. */
export const admitters: Admitters = { auth: admitAuth, anchor: () => wrongDirection };

/** The one place that knows the kinds of grant. */
export function admit(rules: Admitters, grant: Grant, use: Use): Direction | Refusal {
  return grant.kind === 'auth' ? rules.auth(grant, use) : rules.anchor(grant, use);
}
