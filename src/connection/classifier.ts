import type { PeerFacts } from '../transport/types.js';
import type { PeerClass } from './info.js';

/**
 * Chart 1, decided once, before the first MSRP octet: plain TCP; TLS without a usable client certificate; TLS with a
 * certificate that verifies and names a host (CONN-02 to CONN-06). A certificate that does not verify gives no rights.
 * With `authOverPlain` plain connections count as clients.
 */
export function classify(facts: PeerFacts, authOverPlain: boolean): PeerClass {
  if (!facts.secure) return authOverPlain ? 'client' : 'plain';
  const { certificate } = facts;
  return certificate?.verified === true && certificate.names.length > 0 ? 'relay' : 'client';
}
