import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  formatUri,
  hasOuterShape,
  hopText,
  normalHost,
  parseUri,
  sameHop,
  sameUri,
  type MsrpUri,
} from '../../src/wire/uri.js';

function uri(text: string): MsrpUri {
  const parsed = parseUri(text);
  expect(parsed, text).toBeDefined();
  return parsed!;
}
const same = (a: string, b: string): boolean => sameUri(uri(a), uri(b));

describe('reading', () => {
  it('URI-01 all parts', () => {
    expect(parseUri('MSRPS://alice@Relay.Example:02855/aB.-_~+=/9;TCP;p=1;q')).toEqual({
      text: 'MSRPS://alice@Relay.Example:02855/aB.-_~+=/9;TCP;p=1;q',
      scheme: 'msrps',
      userinfo: 'alice',
      host: 'relay.example',
      hostKind: 'name',
      port: 2855,
      sessionId: 'aB.-_~+=/9',
      transport: 'tcp',
    });
    expect(parseUri('msrp://h;tcp')).toEqual({
      text: 'msrp://h;tcp',
      scheme: 'msrp',
      userinfo: undefined,
      host: 'h',
      hostKind: 'name',
      port: undefined,
      sessionId: undefined,
      transport: 'tcp',
    });
  });

  it.each([
    ...['msrps://relay.example:2855;tcp', 'msrps://relay.example:2855/x;tcp;p=1', 'msrps://a.invalid:2855/98;ws'],
    ...['msrps://c.invalid:9/x;dc', 'msrps://n:1/x;X25', 'msrps://under_score.example:1/x;tcp', 'msrp://@h:1/x;tcp'],
    ...[
      "msrps://a.~!$&'()*+,;=%41@h:1/x;tcp",
      'msrps://h:1/x;tcp;a-b.c=%25',
      'msrps://192.0.2.1:1;tcp',
      'msrps://[::1]:1;tcp',
    ],
  ])('URI-01 URI-02 WS-13 DC-01 %s is a URI', (text) => {
    expect(parseUri(text)).toBeDefined();
  });

  it.each([
    ...[
      '',
      'foo',
      'msrps:relay.example;tcp',
      'http://relay.example;tcp',
      'msrpx://h:1/x;tcp',
      'msrps:/h:1/x;tcp',
      'msrps://;tcp',
    ],
    ...[
      'msrps://:2855/x;tcp',
      'msrps:///x;tcp',
      'msrps://h:1/x?y;tcp',
      'msrps://h:1/x;tcp#y',
      ' msrps://h:1/x;tcp',
      'msrps://h:1/x;tcp\n',
    ],
    ...[
      'msrps://h:1/x;tcp ',
      'msrps://h h:1/x;tcp',
      'msrps://ü:1/x;tcp',
      'msrps://h:1/ü;tcp',
      'msrps://h:1/x;tcp;ü',
      'mſrps://h:1/x;tcp',
    ],
    ...[
      'msrps://h:1/x;tcp;',
      'msrps://h:1/x;tcp;=1',
      'msrps://h:1/x;tcp;a=',
      'msrps://h:1/x;tcp;a=b=c',
      'msrps://h:1/x;tcp;a="b"',
    ],
    ...[
      'msrps://a@b@h:1/x;tcp',
      'msrps://h%4:1/x;tcp',
      'msrps://h%zz:1/x;tcp',
      'msrps://a%4@h:1/x;tcp',
      'msrps://h<:1/x;tcp',
    ],
  ])('URI-01 %j is malformed', (text) => {
    expect(parseUri(text)).toBeUndefined();
  });

  it.each([
    'msrps://h:1/x',
    'msrps://h:1/x;',
    'msrps://h:1',
    'msrps://h:1/x;t_p',
    'msrps://h:1/x;tcp=1',
    'msrps://h:1/x;;tcp',
  ])('URI-02 %s lacks a transport', (text) => {
    expect(parseUri(text)).toBeUndefined();
  });

  it.each([
    'msrps://h:1/%41;tcp',
    'msrps://h:1/;tcp',
    'msrps://h:1/a b;tcp',
    'msrps://h:1/a:b;tcp',
    'msrps://h:1/a@b;tcp',
  ])('URI-03 %s has a malformed session-id', (text) => {
    expect(parseUri(text)).toBeUndefined();
  });

  it.each([
    'msrps://192.0.2.1;tcp',
    'msrps://192.0.2.1:/x;tcp',
    'msrps://[2001:db8::1];tcp',
    'msrps://1%392.0.2.1;tcp',
  ])('URI-04 %s lacks a port', (text) => {
    expect(parseUri(text)).toBeUndefined();
  });

  it('URI-18 a password makes it malformed, an account does not', () => {
    expect(parseUri('msrps://a:pw@relay.example;tcp')).toBeUndefined();
    expect(parseUri('msrps://a:@relay.example;tcp')).toBeUndefined();
    expect(uri('msrps://a@relay.example;tcp').userinfo).toBe('a');
  });

  it.each([
    ...[
      'msrps://2001:db8::1:2855/x;tcp',
      'msrps://::1:2855/x;tcp',
      'msrps://[2001:db8::1/x;tcp',
      'msrps://2001:db8::1]:1/x;tcp',
    ],
    ...[
      'msrps://[fe80::1%25eth0]:1/x;tcp',
      'msrps://[v1.a]:1/x;tcp',
      'msrps://[192.0.2.1]:1/x;tcp',
      'msrps://[1::2::3]:1/x;tcp',
    ],
  ])('URI-19 %s is no IPv6 literal', (text) => {
    expect(parseUri(text)).toBeUndefined();
  });

  it.each(['0', '00', '65536', '99999999999', '9'.repeat(400), '-1', '1a', '0x1'])(
    'URI-22 port %s is malformed',
    (port) => {
      expect(parseUri(`msrps://n:${port}/x;tcp`)).toBeUndefined();
    },
  );

  it('URI-22 an empty port is none, zeros in front have no meaning', () => {
    expect(uri('msrps://n:/x;tcp').port).toBeUndefined();
    expect(uri('msrps://n:02855/x;tcp').port).toBe(2855);
    expect(uri('msrps://n:65535/x;tcp').port).toBe(65535);
    expect(uri('msrps://n:1/x;tcp').port).toBe(1);
  });

  it('URI-07 tells addresses from names, whatever the spelling', () => {
    const host = (text: string): [string, string] => [uri(text).hostKind, uri(text).host];
    expect(host('msrps://192.0.2.1:1;tcp')).toEqual(['ipv4', '192.0.2.1']);
    expect(host('msrps://%3192.0.2%2e1:1;tcp')).toEqual(['ipv4', '192.0.2.1']);
    expect(host('msrps://192.0.2:1;tcp')).toEqual(['name', '192.0.2']);
    expect(host('msrps://[2001:DB8:0:0::0:1]:1;tcp')).toEqual(['ipv6', '2001:db8::1']);
    expect(host('msrps://[::FFFF:c000:201]:1;tcp')).toEqual(['ipv6', '::ffff:192.0.2.1']);
    expect(host('msrps://a%2Fb%00:1;tcp')).toEqual(['name', 'a%2fb%00']);
  });

  it('URI-01 no text makes it throw', () => {
    const piece = fc.constantFrom(
      ...[
        'msrp',
        'msrps',
        '://',
        ':',
        '/',
        ';',
        'tcp',
        '@',
        '%',
        '%41',
        '[',
        ']',
        '::1',
        '2855',
        'h.example',
        '=',
        ' ',
        '\0',
        'ü',
      ],
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(piece).map((all) => all.join('')),
        ),
        (text) => {
          const parsed = parseUri(text);
          expect(parsed === undefined || hasOuterShape(text)).toBe(true);
        },
      ),
      { numRuns: 3000 },
    );
  });

  it('URI-01 long hostile text takes no time that grows with its square', () => {
    const long = (unit: string): string => unit.repeat(200_000 / unit.length);
    for (const unit of ['a', ';a', ':', '@', '%41', ';a=b', '/', '[', '=', ';a.']) {
      expect(parseUri(`msrps://${long(unit)}"`)).toBeUndefined();
      expect(parseUri(`msrps://h;tcp${long(unit)}"`)).toBeUndefined();
    }
    for (const unit of [';-', ';a-', ';;', '-a']) expect(hasOuterShape(`msrps://h${long(unit)}-`)).toBe(false);
  });
});

describe('comparing', () => {
  const base = 'msrps://relay.example:2855/Token;tcp';

  it.each([
    ['URI-06 scheme without case', 'MSRPS://relay.example:2855/Token;tcp'],
    ['URI-07 host without case', 'msrps://RELAY.Example:2855/Token;tcp'],
    ['URI-07 percent-encoded unreserved', 'msrps://re%6cay%2Eexample:2855/Token;tcp'],
    ['URI-07 userinfo ignored', 'msrps://bob@relay.example:2855/Token;tcp'],
    ['URI-10 transport without case', 'msrps://relay.example:2855/Token;TCP'],
    ['URI-10 other parameters', 'msrps://relay.example:2855/Token;tcp;x=1'],
    ['URI-22 zeros', 'msrps://relay.example:02855/Token;tcp'],
  ])('%s: equal', (_, other) => {
    expect(same(base, other)).toBe(true);
  });

  it.each([
    ['URI-06 msrp and msrps', 'msrp://relay.example:2855/Token;tcp'],
    ['URI-07 another host', 'msrps://relay2.example:2855/Token;tcp'],
    ['URI-07 a dot at the end', 'msrps://relay.example.:2855/Token;tcp'],
    ['URI-08 another port', 'msrps://relay.example:2856/Token;tcp'],
    ['URI-08 no port', 'msrps://relay.example/Token;tcp'],
    ['URI-09 case of the session-id', 'msrps://relay.example:2855/token;tcp'],
    ['URI-09 no session-id', 'msrps://relay.example:2855;tcp'],
    ['URI-10 another transport', 'msrps://relay.example:2855/Token;ws'],
  ])('%s: different', (_, other) => {
    expect(same(base, other)).toBe(false);
    expect(same(other, base)).toBe(false);
  });

  it('URI-07 addresses by value', () => {
    expect(same('msrps://[2001:db8:0::1]:1/x;tcp', 'msrps://[2001:DB8::1]:1/x;tcp')).toBe(true);
    expect(same('msrps://[::ffff:192.0.2.1]:1/x;tcp', 'msrps://[::ffff:c000:201]:1/x;tcp')).toBe(true);
    expect(same('msrps://[2001:db8::1]:1/x;tcp', 'msrps://[2001:db8::2]:1/x;tcp')).toBe(false);
  });

  it('RELAY-09 the same hop whatever the session', () => {
    const hop = (other: string): boolean => sameHop(uri(base), uri(other));
    expect(hop('msrps://bob@RELAY.example:2855/other;TCP;a')).toBe(true);
    expect(hop('msrps://relay.example:2855;tcp')).toBe(true);
    expect(hop('msrp://relay.example:2855/Token;tcp')).toBe(false);
    expect(hop('msrps://b.invalid:2855/Token;tcp')).toBe(false);
    expect(hop('msrps://relay.example:2856/Token;tcp')).toBe(false);
    expect(hop('msrps://relay.example:2855/Token;ws')).toBe(false);
  });
});

describe('writing', () => {
  it('URI-18 URI-20 a hop in a log has neither user nor token', () => {
    expect(hopText(uri('msrps://alice@h.example:1/secret;tcp'))).toBe('msrps://h.example:1');
    expect(hopText(uri('msrp://alice@h.example/secret;tcp'))).toBe('msrp://h.example');
    expect(hopText(uri('msrps://[2001:db8:0::1]:1/secret;tcp'))).toBe('msrps://[2001:db8::1]:1');
  });

  it('URI-01 what is written reads as it was meant', () => {
    const host = fc.oneof(
      fc.domain(),
      fc.ipV4(),
      fc.ipV6().map((address) => normalHost(address)!),
    );
    const parts = fc.record({
      scheme: fc.constantFrom('msrp' as const, 'msrps' as const),
      host,
      port: fc.integer({ min: 1, max: 65535 }),
      sessionId: fc.option(fc.stringMatching(/^[\w.~+=/-]{1,40}$/), { nil: undefined }),
      transport: fc.constantFrom('tcp', 'ws', 'dc'),
    });
    fc.assert(
      fc.property(parts, (given) => {
        const text = formatUri(given);
        const read = uri(text);
        expect(read).toEqual({
          ...given,
          host: given.host.toLowerCase(),
          text,
          userinfo: undefined,
          hostKind: read.hostKind,
        });
        expect(sameUri(read, uri(formatUri(read)))).toBe(true);
      }),
    );
  });

  it('AUTH-26 a name without port stays without', () => {
    const parts = {
      scheme: 'msrps' as const,
      host: 'h.example',
      port: undefined,
      sessionId: undefined,
      transport: 'tcp',
    };
    expect(formatUri(parts)).toBe('msrps://h.example;tcp');
  });
});

describe('hosts', () => {
  it.each([
    ['Relay.Example', 'relay.example'],
    ['re%6cay', 'relay'],
    ['[2001:DB8:0::1]', '2001:db8::1'],
    ['2001:DB8:0::1', '2001:db8::1'],
    ['192.0.2.1', '192.0.2.1'],
  ])('URI-07 %s is %s', (written, normal) => {
    expect(normalHost(written)).toBe(normal);
  });

  it.each(['', 'a b', 'a:1', '[x]', 'fe80::1%eth0', 'a%4', 'a/b', 'ü', 'a;b', 'a@b', 'a\n'])(
    'URI-01 %j is none',
    (written) => {
      expect(normalHost(written)).toBeUndefined();
    },
  );
});

describe('carried URIs', () => {
  it.each([
    ...[
      'msrps://2001:db8::1:2855/x;tcp',
      'MSRP://a:b@c:0/%41;tcp',
      'msrps://h:1/x;tcp;a="b"',
      'msrps://h;a@b;c;ws',
      'msrps://x;dc;',
    ],
  ])('URI-01 %s is carried', (text) => {
    expect(hasOuterShape(text)).toBe(true);
  });

  it.each([
    ...[
      '',
      'foo',
      'http://h:1/x;tcp',
      'msrps:h;tcp',
      'msrps://;tcp',
      'msrps://h:1/x',
      'msrps://h:1/x;',
      'msrps://h:1/x;t-p',
      'x',
    ],
    ...[
      'msrps://h:1/x;tcp ',
      'msrps://h\t:1/x;tcp',
      'msrps://h:1/x;tcp\x7f',
      'msrps://ü:1/x;tcp',
      'msrps://h\0:1/x;tcp',
      'xmsrps://h;tcp',
    ],
  ])('URI-01 %j is not', (text) => {
    expect(hasOuterShape(text)).toBe(false);
  });
});
