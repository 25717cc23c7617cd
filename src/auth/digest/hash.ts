import { createHash } from 'node:crypto';

/** Hash functions of Digest, by their names on the wire (RFC 7616 section 6.1). */
export type DigestAlgorithm = 'SHA-256' | 'MD5';

const names: Readonly<Record<DigestAlgorithm, string>> = { 'SHA-256': 'sha256', MD5: 'md5' };

/** Length of a digest as written (SEC-12). */
export const hexDigits: Readonly<Record<DigestAlgorithm, number>> = { 'SHA-256': 64, MD5: 32 };

/** H(text) in lower-case hex digits, over the UTF-8 octets of the text (SEC-26). */
export function hash(algorithm: DigestAlgorithm, text: string): string {
  return createHash(names[algorithm]).update(text, 'utf8').digest('hex');
}

/** The algorithm a client names, compared without case; none named is MD5 (R27); undefined: not one of ours. */
export function algorithmNamed(name: string | undefined): DigestAlgorithm | undefined {
  switch (name?.toUpperCase()) {
    case 'SHA-256':
      return 'SHA-256';
    case 'MD5':
    case undefined:
      return 'MD5';
    default:
      return undefined;
  }
}
