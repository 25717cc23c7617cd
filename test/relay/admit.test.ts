import { describe, expect, it } from 'vitest';
import { admit, admitters, type Admitters, type Use } from '../../src/relay/admit.js';
import type { AnchorGrant } from '../../src/session/grant.js';
import { parseUri } from '../../src/wire/uri.js';
import { FakeConnection } from '../support/fake-connection.js';
import { authGrant } from '../support/fake-session.js';

const byClient = authGrant({ node: 'n1', connection: 'c1' });
const byRelay = authGrant({ relay: 'x.example' });
const elsewhere = 'msrps://n.example:2855/n1;tcp';

function use(
  more: { next?: string; previous?: FakeConnection | undefined; previousHost?: string; nodeId?: string } = {},
): Use {
  const { next = elsewhere, previousHost = 'a.invalid', nodeId = 'n1' } = more;
  return { nextHop: parseUri(next)!, previous: more.previous, previousHost, nodeId };
}

const wrong = { code: 403, reason: 'wrong-direction' };

describe('tokens given by AUTH', () => {
  it.each([
    ['RELAY-06 the URI of the AUTH', 'msrps://a.invalid:2855/a1;tcp', 'toOwner'],
    ['RELAY-09 another session-id', 'msrps://a.invalid:2855/other;tcp', 'toOwner'],
    ['RELAY-09 the host in capitals', 'msrps://A.INVALID:2855/a1;TCP', 'toOwner'],
    ['RELAY-09 another host', 'msrps://b.invalid:2855/a1;tcp', wrong],
    ['RELAY-09 another port', 'msrps://a.invalid:2856/a1;tcp', wrong],
    ['RELAY-09 another scheme', 'msrp://a.invalid:2855/a1;tcp', wrong],
    ['RELAY-09 another transport', 'msrps://a.invalid:2855/a1;ws', wrong],
  ])('RELAY-06 from anybody towards the owner: %s', (_title, next, expected) => {
    for (const previous of [new FakeConnection({ id: 'c9' }), undefined]) {
      expect(admit(admitters, byClient, use({ next, previous }))).toEqual(expected);
    }
  });

  it('RELAY-07 AUTH-20 outbound: over the very connection of the client, on this node', () => {
    const own = new FakeConnection({ id: 'c1' });
    expect(admit(admitters, byClient, use({ previous: own }))).toBe('fromOwner');
    expect(admit(admitters, byClient, use({ previous: own, nodeId: 'n2' }))).toEqual(wrong);
    expect(admit(admitters, byClient, use({ previous: new FakeConnection({ id: 'c2' }) }))).toEqual(wrong);
  });

  it('RELAY-07 AUTH-21 outbound: over any connection of the relay, that names itself', () => {
    const previous = new FakeConnection({ id: 'c7', names: ['x.example'] });
    expect(admit(admitters, byRelay, use({ previous, previousHost: 'x.example' }))).toBe('fromOwner');
    expect(admit(admitters, byRelay, use({ previous, previousHost: 'evil.example' }))).toEqual(wrong);
    const other = new FakeConnection({ names: ['y.example'] });
    expect(admit(admitters, byRelay, use({ previous: other, previousHost: 'y.example' }))).toEqual(wrong);
    const client = new FakeConnection({ id: 'c1' });
    expect(admit(admitters, byRelay, use({ previous: client, previousHost: 'x.example' }))).toEqual(wrong);
  });

  it('RELAY-08 FWD-37 passed a second time, from this relay itself: towards the owner only', () => {
    expect(admit(admitters, byClient, use())).toEqual(wrong);
  });
});

describe('another kind of grant', () => {
  const anchor: AnchorGrant = { kind: 'anchor', anchor: 'x', side: 'a', id: 's2', expiresAtMs: 0, limits: {} };

  it('has no rights of itself', () => {
    expect(admit(admitters, anchor, use({ previous: new FakeConnection() }))).toEqual(wrong);
  });

  it('brings its own rule, and the rule of AUTH is not asked', () => {
    const toy: Admitters = { ...admitters, anchor: ({ side }) => (side === 'a' ? 'toOwner' : wrong as never) }; // prettier-ignore
    expect(admit(toy, anchor, use())).toBe('toOwner');
    expect(admit(toy, { ...anchor, side: 'b' }, use())).toEqual(wrong);
    expect(admit(toy, byClient, use())).toEqual(wrong);
  });
});
