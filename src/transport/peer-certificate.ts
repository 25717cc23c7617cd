import type { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';

import type { PeerCertificate } from './types.js';

const hostName = /^[a-z0-9_](?:[a-z0-9._-]*[a-z0-9_])?$/i;
const dnsEntry = /^DNS:([a-z0-9*._-]+)$/i;

/**
 * dNSName entries of subjectAltName. Entries with other characters than names have are written by Node in quotes, with
 * their commas escaped, so they can not be taken for several entries; they are left out.
 */
export function dnsNames(certificate: X509Certificate): readonly string[] {
  const names: string[] = [];
  for (const entry of certificate.subjectAltName?.split(', ') ?? []) {
    const name = dnsEntry.exec(entry)?.[1];
    if (name !== undefined) names.push(name);
  }
  return names;
}

/** Exact, or by a wildcard that is the whole leftmost label; the common name does not count (SEC-36). */
export function coversName(certificate: X509Certificate, host: string): boolean {
  // OpenSSL takes a leading dot for "any name below"; a dNSName that looks like an address proves no address.
  if (!hostName.test(host) || isIP(host) !== 0) return false;
  return certificate.checkHost(host, { subject: 'never', partialWildcards: false }) !== undefined;
}

/** As coversName(), or, for an address literal, by an iPAddress entry: what a server that was dialled must show (SEC-32). */
export function coversHostOrAddress(certificate: X509Certificate, host: string): boolean {
  return isIP(host) === 0 ? coversName(certificate, host) : certificate.checkIP(host) !== undefined;
}

export function peerCertificate(
  certificate: X509Certificate,
  verified: boolean,
  covers: (certificate: X509Certificate, host: string) => boolean,
): PeerCertificate {
  return {
    verified,
    names: dnsNames(certificate),
    fingerprint256: certificate.fingerprint256,
    covers: (host) => covers(certificate, host),
  };
}
