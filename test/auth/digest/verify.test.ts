import { describe, expect, it } from 'vitest';
import { challenges, quoted } from '../../../src/auth/digest/challenge.js';
import { algorithmNamed } from '../../../src/auth/digest/hash.js';
import { digestUris, equalDigests, expectedResponse, rspauth, secretOf } from '../../../src/auth/digest/verify.js';

const uri = 'msrps://alice@relay.example;tcp';
const parts = { nonce: 'bm9uY2UtMDAwMQ', nc: '00000001', cnonce: 'Y25vbmNlLTAx', qop: 'auth' };

describe('digest', () => {
  it.each([
    [
      'MD5',
      '5955fc47dbf1be24e090119adb5d0100',
      '4c2f07a70a75c8fc6eaddcd57f01995d',
      '116667ad9c5535043539b474b890fc58',
    ],
    [
      'SHA-256',
      '2b51f37defaade95d5912160a553d702e414303c0940c152e99d8a9a2c05f488',
      '476f92d4475b78513f171b0de7e3195658160608be2365512843f900ebee9158',
      'a2eca58449e92b1c8f5cb36ab17993786c9f044d9b13b638a455b8ed27903eb6',
    ],
  ] as const)('SEC-07 SEC-20 vectors of %s', (algorithm, ha1, response, proof) => {
    expect(secretOf(algorithm, 'alice', 'relay.example', 'wonderland')).toBe(ha1);
    expect(expectedResponse(algorithm, ha1, parts, uri)).toBe(response);
    expect(rspauth(algorithm, ha1, parts, uri)).toBe(proof);
  });

  it('SEC-26 is over UTF-8 octets', () => {
    // printf 'j\303\274rgen:relay.example:p' | md5sum
    expect(secretOf('MD5', 'jürgen', 'relay.example', 'p')).toBe('a21a58aa144f06120251c519930cc398');
  });

  it('SEC-12 SEC-24 equal digests are equal in every digit and in length', () => {
    expect(equalDigests('abcd', 'abcd')).toBe(true);
    expect(equalDigests('abcd', 'abce')).toBe(false);
    expect(equalDigests('abcd', 'abc')).toBe(false);
    expect(equalDigests('abcd', 'ABCD')).toBe(false);
    expect(equalDigests('abcd', 'äbc')).toBe(false);
  });

  it('SEC-08 uri: none, the same, another spelling, another one', () => {
    expect(digestUris(uri, undefined)).toEqual([uri]);
    expect(digestUris(uri, uri)).toEqual([uri]);
    const spelt = 'MSRPS://RELAY.example;TCP';
    expect(digestUris(uri, spelt)).toEqual([uri, spelt]);
    expect(digestUris(uri, 'msrps://relay.example:2855;tcp')).toBeUndefined();
    expect(digestUris(uri, 'msrps://other.example;tcp')).toBeUndefined();
    expect(digestUris(uri, 'no uri')).toBeUndefined();
  });

  it('SEC-09 SEC-22 algorithms are named without case, and MD5 if not at all', () => {
    expect(['md5', 'sha-256', 'SHA-256', undefined, 'MD5-sess', 'SHA-512-256'].map(algorithmNamed)).toEqual([
      'MD5',
      'SHA-256',
      'SHA-256',
      'MD5',
      undefined,
      undefined,
    ]);
  });
});

describe('challenge', () => {
  const parameters = { realm: 'relay.example', nonce: 'N0', opaque: 'O0', stale: false };

  it('SEC-01 SEC-03 SEC-04 SEC-05 SEC-06 SEC-11 SEC-25 has exactly these parameters, in these forms', () => {
    expect(challenges(parameters, ['SHA-256', 'MD5'])).toEqual([
      'Digest realm="relay.example", nonce="N0", opaque="O0", algorithm=SHA-256, qop="auth"',
      'Digest realm="relay.example", nonce="N0", opaque="O0", algorithm=MD5, qop="auth"',
    ]);
  });

  it('SEC-17 says stale in each of them', () => {
    expect(challenges({ ...parameters, stale: true }, ['SHA-256', 'MD5'])).toEqual([
      'Digest realm="relay.example", nonce="N0", opaque="O0", algorithm=SHA-256, qop="auth", stale=true',
      'Digest realm="relay.example", nonce="N0", opaque="O0", algorithm=MD5, qop="auth", stale=true',
    ]);
  });

  it('quotes what would end a quoted-string', () => {
    expect(quoted('a"b\\c')).toBe('"a\\"b\\\\c"');
  });
});
