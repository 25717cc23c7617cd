import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readCredentials } from '../../../src/auth/digest/credentials.js';

const list = [
  ['username', '"alice"'],
  ['realm', '"relay.example"'],
  ['nonce', '"N0"'],
  ['response', '"00ff"'],
  ['cnonce', '"c0"'],
  ['nc', '00000001'],
  ['qop', 'auth'],
] as const;
const text = (parameters: readonly (readonly [string, string])[]): string =>
  parameters.map(([name, value]) => `${name}=${value}`).join(', ');
const read = {
  username: 'alice',
  realm: 'relay.example',
  nonce: 'N0',
  response: '00ff',
  cnonce: 'c0',
  cnonceAsSent: 'c0',
  nc: '00000001',
  qop: 'auth',
  uri: undefined,
  algorithm: undefined,
  opaque: undefined,
};

describe('Authorization', () => {
  it('reads the form of RFC 4976', () => {
    expect(readCredentials(`Digest ${text(list)}`)).toEqual(read);
  });

  it('SEC-22 reads any order, any blanks, tokens and quoted-strings, names without case, and passes over the unknown', () => {
    const value =
      'dIGEST\t ,qop = "auth",NC="00000001" ,\t,cnonce=c0,foo="a, response=\\"00\\", b" ,response="00ff",bar=1,bar=2,NONCE=N0,' +
      'uri="msrps://relay.example;tcp",algorithm="md5",opaque=O0,Realm="relay.example",username=alice , ';
    expect(readCredentials(value)).toEqual({
      ...read,
      uri: 'msrps://relay.example;tcp',
      algorithm: 'md5',
      opaque: 'O0',
    });
  });

  it('SEC-22 every value quoted, no uri, no algorithm, as python3-msrplib sends it', () => {
    const all = list.map(([name, value]) => [name, `"${value.replaceAll('"', '')}"`] as const);
    expect(readCredentials(`Digest ${text(all)}`)).toEqual(read);
  });

  it('SEC-19 SEC-26 keeps the escapes of cnonce and removes them from all values', () => {
    const value = `Digest ${text(list)}`.replace('"c0"', '"a\\"b\\\\"').replace('"alice"', '"al\\ice"');
    expect(readCredentials(value)).toEqual({ ...read, cnonce: 'a"b\\', cnonceAsSent: 'a\\"b\\\\' });
  });

  it.each(list.map(([name]) => name))('SEC-13 %s missing or repeated is unreadable', (name) => {
    expect(readCredentials(`Digest ${text(list.filter((entry) => entry[0] !== name))}`)).toBe('unreadable');
    const again = list.filter((entry) => entry[0] === name);
    expect(readCredentials(`Digest ${text([...list, ...again])}`)).toBe('unreadable');
  });

  it.each(['1', '0000001', '000000001', '0000000g', '-0000001', '""'])('SEC-13 nc=%s is unreadable', (nc) => {
    expect(readCredentials(`Digest ${text(list)}`.replace('nc=00000001', `nc=${nc}`))).toBe('unreadable');
  });

  it.each([
    ['', 'unreadable'],
    ['Digest', 'unreadable'],
    [`Digest ${text(list)}, x`, 'unreadable'],
    [`Digest ${text(list)}, x=`, 'unreadable'],
    [`Digest ${text(list)}, x="open`, 'unreadable'],
    [`Digest ${text(list)} x=1`, 'unreadable'],
    [`Digest ${text(list)}, uri=msrps://relay.example;tcp`, 'unreadable'],
    [`Digest ${text(list)}, algorithm=MD5, algorithm=MD5`, 'unreadable'],
    [`Digest: ${text(list)}`, 'unreadable'],
    ['=', 'unreadable'],
    ['Basic YWxpY2U6d29uZGVybGFuZA==', 'other-scheme'],
    ['Digestive x=1', 'other-scheme'],
  ])('SEC-02 SEC-13 %s is %s', (value, result) => {
    expect(readCredentials(value)).toBe(result);
  });

  it('SEC-25 username* is unreadable, with username and without', () => {
    expect(readCredentials(`Digest ${text(list)}, username*=UTF-8''alice`)).toBe('unreadable');
    expect(readCredentials(`Digest username*=UTF-8''alice, ${text(list.slice(1))}`)).toBe('unreadable');
  });

  it('never throws, whatever comes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.boolean(), (junk, digest) => {
        const result = readCredentials(digest ? `Digest ${text(list)}${junk}` : junk);
        expect(typeof result === 'string' || result.username === 'alice').toBe(true);
      }),
    );
  });

  it('reads 8 KiB of hostile text in linear time', () => {
    // Quadratic work on these would take seconds; the runner's time-out would show it.
    const hostile = [
      'Digest ' + ' '.repeat(8000) + 'x',
      'Digest ' + ','.repeat(8000),
      'Digest a="' + '\\"'.repeat(4000),
    ];
    for (let i = 0; i < 200; i++) {
      expect(hostile.map((value) => readCredentials(value))).toEqual(['unreadable', 'unreadable', 'unreadable']);
    }
  });
});
