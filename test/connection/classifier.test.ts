import { describe, expect, it } from 'vitest';
import { classify } from '../../src/connection/classifier.js';
import { testCertificate } from '../../src/testing/certificate.js';
import type { PeerFacts } from '../../src/transport/types.js';

const remote = { address: '192.0.2.1', port: 5000 };
const tls: PeerFacts = { transport: 'tls', secure: true, remote };
const plain: PeerFacts = { transport: 'tcp', secure: false, remote };

describe('class of a connection', () => {
  it.each([
    ['CONN-06 without TLS: plain', plain, 'plain'],
    ['CONN-02 TLS without certificate: a client', tls, 'client'],
    ['CONN-03 a certificate that verifies and names a host: a relay', { ...tls, certificate: testCertificate('x.example') }, 'relay'], // prettier-ignore
    ['CONN-04 one that does not verify: a client', { ...tls, certificate: testCertificate('x.example', { verified: false }) }, 'client'], // prettier-ignore
    ['CONN-05 one that verifies and names no host: a client', { ...tls, certificate: testCertificate([]) }, 'client'],
    ['CONN-06 no certificate helps without TLS', { ...plain, certificate: testCertificate('x.example') }, 'plain'],
  ])('%s', (_title, facts, expected) => {
    expect(classify(facts, false)).toBe(expected);
  });

  it('with AUTH over plain allowed, plain connections are clients, and TLS ones what they were', () => {
    expect(classify(plain, true)).toBe('client');
    expect(classify({ ...tls, certificate: testCertificate('x.example') }, true)).toBe('relay');
  });
});
