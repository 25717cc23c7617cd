import type { DeliveryFailure } from '../observe/types.js';
import type { Cancel } from '../runtime.js';
import type { PeerFacts, RelaySocket } from '../transport/types.js';

/** Who may share a dialled connection: `rfc`, or one domain per allocation side (later issue). */
export type TrustDomain = string;

/** Identity of a next hop: requests with equal keys may share a connection. */
export type HopKey = `${TrustDomain}|${'msrp' | 'msrps'}|${string}:${number}`;

export interface HopTarget {
  readonly scheme: 'msrp' | 'msrps';
  /** As in the URI, lower case, IPv6 without brackets. */
  readonly host: string;
  /** Undefined: the next hop of an AUTH without port, found by SRV `_msrps._tcp`, else port 2855 (URI-14, URI-15). */
  readonly port: number | undefined;
}

export interface HopFailure {
  /** 403 when the egress policy left no address, else 408 (R26). */
  readonly code: 403 | 408;
  readonly reason: DeliveryFailure;
  readonly error?: Error | undefined;
}

/** Resolves, checks and connects. Exactly one of the two callbacks is called, never inside dial(). */
export interface Dialler {
  dial(
    target: HopTarget,
    opened: (socket: RelaySocket, facts: PeerFacts) => void,
    failed: (failure: HopFailure) => void,
  ): Cancel;
}

/** Name look-up, injectable. Rejections mean: not found. */
export interface Resolver {
  /** A and AAAA records in the order they shall be tried. */
  lookup(host: string): Promise<readonly { address: string; family: 4 | 6 }[]>;
  /** SRV records in any order; the relay sorts them (RFC 2782). */
  srv(name: string): Promise<readonly { name: string; port: number; priority: number; weight: number }[]>;
}
