import type { PeerCertificate } from '../transport/types.js';

/**
 * What a transport would tell of a peer that showed a certificate with these dNSName entries (RFC 4976 section 9.2):
 * verified, unless said otherwise.
 */
export function testCertificate(
  names: string | readonly string[],
  facts: { readonly verified?: boolean; readonly fingerprint256?: string } = {},
): PeerCertificate {
  const entries = (typeof names === 'string' ? [names] : names).map((name) => name.toLowerCase());
  return {
    verified: facts.verified ?? true,
    names: entries,
    fingerprint256: facts.fingerprint256 ?? `fingerprint of ${entries.join(' ')}`,
    covers(host) {
      const wanted = host.toLowerCase();
      const dot = wanted.indexOf('.');
      return entries.includes(wanted) || (dot > 0 && entries.includes(`*${wanted.slice(dot)}`));
    },
  };
}
