import { beforeEach, describe, expect, it } from 'vitest';
import { Claims } from '../../src/forward/claims.js';
import { nextHop, type NextHop, type NextHopRules } from '../../src/forward/next-hop.js';
import type { Refusal } from '../../src/forward/types.js';
import type { Owner } from '../../src/session/grant.js';
import { parseUri } from '../../src/wire/uri.js';
import { FakeConnection, FakeConnections, type FakeWishes } from '../support/fake-connection.js';
import { authGrant, FakeSession } from '../support/fake-session.js';

const un = 'msrps://n.example:2855/n1;tcp';
const uz = 'msrps://z.invalid:2855/z1;tcp';

let connections: FakeConnections;
let claims: Claims;
let session: FakeSession;

beforeEach(() => {
  connections = new FakeConnections();
  claims = new Claims(4);
  session = new FakeSession();
});

function there(wishes: FakeWishes): FakeConnection {
  const made = new FakeConnection(wishes);
  connections.all.push(made);
  return made;
}

function decide(
  remainingTo: readonly string[],
  direction: 'fromOwner' | 'toOwner',
  rules: Partial<NextHopRules> = {},
): NextHop | Refusal {
  const admission = {
    remainingTo,
    directions: [direction],
    fromPath: ['msrps://a.invalid:2855/a1;tcp'],
    own: ['msrps://r.example:2855/token1;tcp'],
    sessions: [session],
    nextHop: parseUri(remainingTo[0]!)!,
    previousHop: parseUri('msrps://a.invalid:2855/a1;tcp')!,
  };
  return nextHop(admission, connections, claims, { nodeId: 'n1', forAuth: false, relayCertificate: 'required', ...rules }); // prettier-ignore
}

const outbound = (to: string | readonly string[], rules?: Partial<NextHopRules>): NextHop | Refusal =>
  decide([to].flat(), 'fromOwner', rules);
const inbound = (owner: Owner, wayBack = un): NextHop | Refusal => {
  session = new FakeSession(authGrant(owner, { wayBack }));
  return decide([wayBack], 'toOwner');
};
const over = (hop: NextHop | Refusal): string => ('code' in hop ? `${hop.code} ${hop.reason}` : hop.connection.id);

describe('outbound', () => {
  it('FWD-11 dials as the URI says, on account of the user; FWD-10 the next time it is there', () => {
    expect(over(outbound(un))).toBe('msrps://n.example:2855');
    expect(over(outbound('msrps://N.example:2855/other;tcp'))).toBe('msrps://n.example:2855');
    expect(over(outbound('msrp://n.example:2855/n1;tcp'))).toBe('msrp://n.example:2855');
    expect(connections.dials).toEqual([
      'msrps://n.example:2855 for user alice',
      'msrp://n.example:2855 for user alice',
    ]);
  });

  it('FWD-47 on account of the session where it has no user; refused when too many dials are under way', () => {
    session = new FakeSession(authGrant({ node: 'n1', connection: 'c1' }, { user: undefined }));
    connections.mayDial = false;
    expect(over(outbound(un))).toBe('403 too-many-dials');
    expect(connections.dials).toEqual(['msrps://n.example:2855 for session s1']);
  });

  it.each([
    ['FWD-12 to a relay without TLS', ['msrp://n.example:2855/n1;tcp', uz], {}, '403 plain-relay-hop'],
    ['FWD-25 an AUTH without TLS', ['msrp://n.example:2855;tcp'], { forAuth: true }, '403 plain-auth'],
    ['FWD-15 transport ws', ['msrps://n.example:2855/n1;ws'], {}, '481 no-connection-to-hop'],
    ['FWD-15 transport dc', ['msrps://n.example:2855/n1;dc'], {}, '481 no-connection-to-hop'],
  ] as const)('%s: never, and nothing is dialled', (_title, to, rules, expected) => {
    expect(over(outbound(to, rules))).toBe(expected);
    expect(connections.dials).toEqual([]);
  });

  it('FWD-13 a claim is used, for an msrps URI only over TLS, and not for a relay', () => {
    const safe = there({ id: 'safe' });
    const open = there({ id: 'open', facts: { secure: false } });
    claims.learn(session, parseUri(un)!, open);
    expect(over(outbound(un))).toBe('msrps://n.example:2855');
    claims.learn(session, parseUri(uz)!, safe);
    expect(over(outbound(uz))).toBe('safe');
    expect(over(outbound([uz, un]))).toBe('msrps://z.invalid:2855');
    const plain = 'msrp://p.invalid:2855/p1;tcp';
    claims.learn(session, parseUri(plain)!, open);
    expect(outbound(plain)).toMatchObject({ connection: open, claim: { connection: open } });
  });

  it('FWD-13 FWD-14 a dial that another session caused, and that may never succeed, diverts nothing from a claim', () => {
    const peer = there({ id: 'peer' });
    claims.learn(session, parseUri(uz)!, peer);
    const hop = (state: 'open' | 'connecting'): void => {
      connections.toHops.set('msrps://z.invalid:2855', new FakeConnection({ id: 'hop', dialled: true, state }));
    };
    hop('connecting');
    expect(over(outbound(uz))).toBe('peer');
    hop('open');
    expect(over(outbound(uz))).toBe('hop');
  });

  it('FWD-09 to a relay over the connection by which it came in; an endpoint of that host is dialled', () => {
    there({ id: 'x', names: ['n.example'] });
    expect(over(outbound([un, uz]))).toBe('x');
    expect(over(outbound('msrps://n.example:2855;tcp', { forAuth: true }))).toBe('x');
    expect(over(outbound(un))).toBe('msrps://n.example:2855');
  });

  it('SEC-34 not to a relay over a connection that was dialled without being asked for our certificate', () => {
    const hop = (state: 'open' | 'connecting', gaveOurCertificate?: boolean): FakeConnection =>
      new FakeConnection({ id: 'hop', names: ['n.example'], dialled: true, state, facts: { gaveOurCertificate } });
    const to = (made: FakeConnection, uris: readonly string[], rules: Partial<NextHopRules> = {}): string => {
      connections.toHops.set('msrps://n.example:2855', made);
      return over(outbound(uris, rules));
    };
    expect(to(hop('open', false), [un, uz])).toBe('408 hop-wants-no-certificate');
    expect(to(hop('open'), [un, uz])).toBe('408 hop-wants-no-certificate');
    expect(to(hop('open', true), [un, uz])).toBe('hop');
    expect(to(hop('connecting'), [un, uz])).toBe('hop');
    expect(to(hop('open', false), [un])).toBe('hop');
    expect(to(hop('open', false), [un, uz], { relayCertificate: 'lenient' })).toBe('hop');
  });
});

describe('towards the owner of the token', () => {
  it('FWD-08 a client: its own connection on this node, or nobody', () => {
    there({ id: 'c1' });
    expect(over(inbound({ node: 'n1', connection: 'c1' }))).toBe('c1');
    expect(over(inbound({ node: 'n2', connection: 'c1' }))).toBe('481 client-gone');
    expect(over(inbound({ node: 'n1', connection: 'c2' }))).toBe('481 client-gone');
    there({ id: 'c3', state: 'closing' });
    expect(over(inbound({ node: 'n1', connection: 'c3' }))).toBe('481 client-gone');
    expect(connections.dials).toEqual([]);
  });

  it('FWD-09 CONN-18 a relay: any connection of it; else one dialled to its way back, once', () => {
    const owner = { relay: 'x.example' };
    const wayBack = 'msrps://x.example:2900/x1;tcp';
    expect(over(inbound(owner, wayBack))).toBe('msrps://x.example:2900');
    expect(over(inbound(owner, wayBack))).toBe('msrps://x.example:2900');
    expect(connections.dials).toHaveLength(1);
    there({ id: 'x', names: ['x.example'] });
    expect(over(inbound(owner, wayBack))).toBe('x');
  });

  it('FWD-09 a way back without port leads nowhere', () => {
    expect(over(inbound({ relay: 'x.example' }, 'msrps://x.example;tcp'))).toBe('481 client-gone');
  });

  it('another kind of grant has no owner to go to', () => {
    session = new FakeSession({ kind: 'anchor', anchor: 'x', side: 'a', id: 's2', expiresAtMs: 0, limits: {} });
    expect(over(decide([un], 'toOwner'))).toBe('481 client-gone');
  });
});
