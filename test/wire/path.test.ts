import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { flawKind } from '../../src/wire/flaw.js';
import { splitPath } from '../../src/wire/path.js';

/** The value between octets that would go on as a path. */
function split(value: string, header: 'to' | 'from' = 'to', maxUris = 32): ReturnType<typeof splitPath> {
  const bytes = Buffer.from(`x ${value} y`, 'latin1');
  return splitPath(bytes, { start: 2, end: bytes.length - 2 }, maxUris, header);
}

const own = 'msrps://Relay.example:2855/t;tcp';
const peer = 'msrps://a.invalid:2855/s;ws';

describe('path', () => {
  it('WIRE-09 URIs as written, the first one read', () => {
    expect(split(`${own} ${peer} msrps://2001:db8::1:2855/x;tcp`)).toMatchObject({
      uris: [own, peer, 'msrps://2001:db8::1:2855/x;tcp'],
      first: { text: own, host: 'relay.example', port: 2855, sessionId: 't' },
    });
    expect(split(peer, 'from')).toMatchObject({ uris: [peer], first: { transport: 'ws' } });
  });

  it.each([
    '',
    'foo',
    'http://relay.example:1/x;tcp',
    'msrps:relay.example;tcp',
    ` ${own}`,
    `\t${own}`,
    `foo ${own}`,
  ])('WIRE-26 the first URI of %j is unreadable', (value) => {
    expect(split(value, 'to')).toEqual({ flaw: 'bad-to-path' });
    expect(split(value, 'from')).toEqual({ flaw: 'bad-from-path' });
  });

  it('WIRE-26 which closes for To-Path and is discarded for From-Path', () => {
    expect(flawKind('bad-to-path')).toBe('unaddressed');
    expect(flawKind('bad-from-path')).toBe('unanswerable');
  });

  it.each([`${own} foo`, `${own}  ${peer}`, `${own} ${peer} `, `${own} ${peer}\t${peer}`, `${own} msrps://n:1/x`])(
    'WIRE-09 WIRE-26 another URI of %j is bad',
    (value) => {
      expect(split(value, 'to')).toEqual({ flaw: 'bad-path-uri' });
      expect(split(value, 'from')).toEqual({ flaw: 'bad-path-uri' });
    },
  );

  it.each(['msrps://a:pw@relay.example;tcp', 'msrps://192.0.2.1;tcp', 'msrps://relay.example:0/x;tcp'])(
    'URI-18 a first URI that has the shape but breaks a rule (%s) can be answered',
    (value) => {
      expect(split(value)).toEqual({ flaw: 'bad-path-uri' });
      expect(flawKind('bad-path-uri')).toBe('malformed');
    },
  );

  it('WIRE-28 as many URIs as allowed, not one more', () => {
    const uris = Array.from({ length: 20 }, () => own);
    expect(split(uris.join(' '), 'to', 20)).toMatchObject({ uris });
    expect(split(uris.join(' '), 'to', 19)).toEqual({ flaw: 'too-many-uris' });
  });

  it('WIRE-26 any octets: URIs that join to the value, or a flaw', () => {
    const word = fc.oneof(fc.constantFrom(own, peer, '', 'foo'), fc.string({ unit: 'binary-ascii' }));
    fc.assert(
      fc.property(fc.array(word), (words) => {
        const value = words.join(' ');
        const result = split(value);
        expect('flaw' in result ? value : result.uris.join(' ')).toBe(value);
      }),
    );
  });
});
