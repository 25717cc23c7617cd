import { describe, expect, test } from 'vitest';
import { digestAnswer, digestAuthorization, digestParameters } from '../../src/testing/digest-answer.js';

const input = {
  username: 'alice',
  password: 'wonderland',
  realm: 'relay.example',
  nonce: 'bm9uY2UtMDAwMQ',
  nc: '00000001',
  cnonce: 'Y25vbmNlLTAx',
  uri: 'msrps://alice@relay.example;tcp',
};

describe('Digest of the test client', () => {
  test('SEC-07 SEC-20 vectors for MD5', () => {
    expect(digestAnswer({ ...input, algorithm: 'MD5' })).toEqual({
      response: '4c2f07a70a75c8fc6eaddcd57f01995d',
      rspauth: '116667ad9c5535043539b474b890fc58',
    });
  });

  test('SEC-07 SEC-10 SEC-20 vectors for SHA-256', () => {
    expect(digestAnswer({ ...input, algorithm: 'SHA-256' })).toEqual({
      response: '476f92d4475b78513f171b0de7e3195658160608be2365512843f900ebee9158',
      rspauth: 'a2eca58449e92b1c8f5cb36ab17993786c9f044d9b13b638a455b8ed27903eb6',
    });
  });

  test('is written with quotes where they belong, and read back', () => {
    const value = digestAuthorization({ ...input, username: 'a"b\\c', algorithm: 'MD5', opaque: 'o' });
    expect(value).toMatch(
      /^Digest username="a\\"b\\\\c", realm="relay\.example", nonce="bm9uY2UtMDAwMQ", response="[0-9a-f]{32}", algorithm=MD5, cnonce="Y25vbmNlLTAx", qop=auth, nc=00000001, opaque="o"$/,
    );
    const parameters = digestParameters(value);
    expect(parameters.get('username')).toBe('a"b\\c');
    expect(parameters.get('qop')).toBe('auth');
    expect(parameters.get('opaque')).toBe('o');
  });
});
