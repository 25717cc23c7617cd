import { describe, expect, it } from 'vitest';
import { OwnUris } from '../../src/relay/own-uris.js';
import { parseUri, type MsrpUri } from '../../src/wire/uri.js';

const endpoints = [
  { scheme: 'msrps', port: 2855, transport: 'tcp' },
  { scheme: 'msrp', port: 2856, transport: 'tcp' },
  { scheme: 'msrps', port: 443, transport: 'ws' },
] as const;
const hosts = ['Relay.Example', 'example', '192.0.2.1', '2001:DB8::1', '[2001:db8::2]'];
const own = new OwnUris({ hosts, endpoints, plainTokens: 'any' });
const strict = new OwnUris({ hosts, endpoints, plainTokens: 'msrp-only' });

function uri(text: string): MsrpUri {
  const parsed = parseUri(text);
  expect(parsed, text).toBeDefined();
  return parsed!;
}

describe('target of AUTH', () => {
  it.each([
    ...[
      'msrps://RELAY.example;tcp',
      'msrps://alice@relay.example:2855;tcp',
      'msrps://example;tcp',
      'msrps://example:2855;TCP',
    ],
    ...['msrps://user@relay.example:443;ws', 'msrps://relay.example:2856;tcp', 'msrp://relay.example:2856;tcp'],
    ...[
      'msrps://192.0.2.1:2855;tcp',
      'msrps://[2001:db8:0::1]:2855;tcp',
      'msrps://[2001:DB8::2]:2855;tcp',
      'msrps://re%6cay.example;tcp',
    ],
  ])('AUTH-26 WS-10 %s is this relay', (text) => {
    expect(own.isAuthTarget(uri(text))).toBe(true);
  });

  it.each([
    ...[
      'msrps://elsewhere.example;tcp',
      'msrps://relay.example.;tcp',
      'msrps://sub.relay.example;tcp',
      'msrps://relay.example:2857;tcp',
    ],
    ...['msrps://relay.example;dc', 'msrps://192.0.2.2:2855;tcp', 'msrps://[2001:db8::3]:2855;tcp'],
  ])('AUTH-27 %s is not', (text) => {
    expect(own.isAuthTarget(uri(text))).toBe(false);
  });
});

describe('own URI', () => {
  it.each([
    'msrps://relay.example:2855/t;tcp',
    'MSRPS://bob@EXAMPLE:02855/t;TCP;x=1',
    'msrps://[2001:db8::1]:2855;tcp',
  ])('URI-16 %s', (text) => {
    expect(own.isOwn(uri(text), false)).toBe(true);
    expect(strict.isOwn(uri(text), false)).toBe(true);
  });

  it.each([
    ['URI-16 a name that is not configured', 'msrps://other.example:2855/t;tcp'],
    ['URI-08 no port', 'msrps://relay.example/t;tcp'],
    ['URI-08 a port of nobody', 'msrps://relay.example:2857/t;tcp'],
    ['RELAY-05 the port of the plain listener with msrps', 'msrps://relay.example:2856/t;tcp'],
    ['URI-06 msrp with the port of the TLS listener', 'msrp://relay.example:2855/t;tcp'],
    ['URI-10 ws with the port of the TLS listener', 'msrps://relay.example:2855/t;ws'],
    ['URI-10 the end point for WebSocket, which no token names', 'msrps://relay.example:443/t;ws'],
    ['URI-10 the port for WebSocket with tcp', 'msrps://relay.example:443/t;tcp'],
  ])('%s is none, whatever the connection', (_, text) => {
    expect(own.isOwn(uri(text), false)).toBe(false);
    expect(own.isOwn(uri(text), true)).toBe(false);
  });

  it('R23 over plain TCP as handed out, unless strict, or with msrp and the plain port', () => {
    expect(own.isOwn(uri('msrps://relay.example:2855/t;tcp'), true)).toBe(true);
    expect(strict.isOwn(uri('msrps://relay.example:2855/t;tcp'), true)).toBe(false);
    expect(own.isOwn(uri('msrp://relay.example:2856/t;tcp'), true)).toBe(true);
    expect(strict.isOwn(uri('msrp://relay.example:2856/t;tcp'), true)).toBe(true);
  });

  it('URI-06 msrp with the plain port is no own URI over TLS', () => {
    expect(own.isOwn(uri('msrp://relay.example:2856/t;tcp'), false)).toBe(false);
  });
});

describe('hosts', () => {
  it('AUTH-26 covers the configured ones in any spelling', () => {
    for (const host of ['relay.EXAMPLE', 'Example', '192.0.2.1', '2001:db8:0::1', '[2001:db8::2]'])
      expect(own.covers(host), host).toBe(true);
    for (const host of ['', 'relay', 'relay.example.', '192.0.2.2', '2001:db8::3', 'a b', '*'])
      expect(own.covers(host), host).toBe(false);
  });

  it('a host that can not be read is nobody', () => {
    const odd = new OwnUris({ hosts: ['a b', ''], endpoints, plainTokens: 'any' });
    for (const host of ['a b', '', 'undefined']) expect(odd.covers(host), host).toBe(false);
  });
});
