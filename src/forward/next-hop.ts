import type { Connection, Connections } from '../connection/types.js';
import type { HopTarget } from '../hop/types.js';
import type { Owner } from '../session/grant.js';
import { parseUri } from '../wire/uri.js';
import type { Claims, PeerClaim } from './claims.js';
import type { Admission, Refusal } from './types.js';

/** The connection a route goes over, and the claim that gave it, if it is the peer's own. */
export interface NextHop {
  readonly connection: Connection;
  readonly claim?: PeerClaim;
}

export interface NextHopRules {
  readonly nodeId: string;
  /** SEND and REPORT go to endpoints as well; an AUTH only to a relay, and over TLS (FWD-25). */
  readonly forAuth: boolean;
  readonly relayCertificate: 'required' | 'lenient';
}

/** Chart 4, from "Direction" to "connected, or waiting": what exists before what is new, as far as it is good enough. */
export function nextHop(
  admission: Admission,
  connections: Connections,
  claims: Claims,
  rules: NextHopRules,
): NextHop | Refusal {
  const found = admission.directions.at(-1) === 'toOwner' ? towardsOwner(admission, connections, rules) : outbound();
  if ('code' in found) return found;
  const { connection } = found;
  const relayTraffic = admission.remainingTo.length > 1;
  const unasked = connection.dialled && connection.state === 'open' && connection.facts.gaveOurCertificate !== true;
  if (relayTraffic && unasked && rules.relayCertificate === 'required') {
    return { code: 408, reason: 'hop-wants-no-certificate' };
  }
  return found;

  function outbound(): NextHop | Refusal {
    const { nextHop: uri, remainingTo } = admission;
    const toRelay = remainingTo.length > 1 || rules.forAuth;
    if (uri.scheme === 'msrp' && toRelay) {
      return { code: 403, reason: rules.forAuth ? 'plain-auth' : 'plain-relay-hop' };
    }
    const target = { scheme: uri.scheme, host: uri.host, port: uri.port };
    const ours = uri.transport === 'tcp' ? connections.dialled(target) : undefined;
    // One that may never open diverts nothing from a peer that is there.
    if (ours?.state === 'open') return { connection: ours };
    const relay = toRelay ? connections.relay(uri.host, uri.port) : undefined;
    if (relay !== undefined) return { connection: relay };
    const claim = claims.find(admission.sessions.at(-1)!, uri);
    // A claim never lowers what the URI promises (R24).
    if (claim !== undefined && (uri.scheme === 'msrp' || claim.connection.facts.secure) && !toRelay) {
      return { connection: claim.connection, claim };
    }
    if (uri.transport !== 'tcp') return { code: 481, reason: 'no-connection-to-hop' };
    if (ours !== undefined) return { connection: ours };
    return dialled(target, admission, connections);
  }
}

/** Towards whoever got the token: only the way stored at AUTH (FWD-08, FWD-09). */
function towardsOwner(admission: Admission, connections: Connections, rules: NextHopRules): NextHop | Refusal {
  const grant = admission.sessions.at(-1)!.grant;
  const owner: Owner | undefined = grant.kind === 'auth' ? grant.owner : undefined;
  const gone: Refusal = { code: 481, reason: 'client-gone' };
  if (grant.kind !== 'auth' || owner === undefined) return gone;
  if ('connection' in owner) {
    const connection = owner.node === rules.nodeId ? connections.byId(owner.connection) : undefined;
    return connection === undefined || connection.state !== 'open' ? gone : { connection };
  }
  const existing = connections.relay(owner.relay);
  if (existing !== undefined) return { connection: existing };
  const way = parseUri(grant.wayBack);
  if (way?.port === undefined) return gone;
  const target: HopTarget = { scheme: 'msrps', host: way.host, port: way.port };
  const ours = connections.dialled(target);
  return ours === undefined ? dialled(target, admission, connections) : { connection: ours };
}

/** A new connection, on account of whoever got the token that leads there. */
function dialled(target: HopTarget, { sessions }: Admission, connections: Connections): NextHop | Refusal {
  const { grant } = sessions.at(-1)!;
  const user = grant.user === undefined ? `session ${grant.id}` : `user ${grant.user}`;
  const connection = connections.dial(target, user);
  return connection === undefined ? { code: 403, reason: 'too-many-dials' } : { connection };
}
