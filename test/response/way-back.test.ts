import { beforeEach, describe, expect, it } from 'vitest';
import type { Fact } from '../../src/observe/types.js';
import { wayBacks } from '../../src/response/way-back.js';
import type { WayBack } from '../../src/transmission/types.js';
import { FakeConnection, lines, withHead } from '../support/fake-connection.js';

const ta = 'msrps://r.example:2855/ta;tcp';
const tb = 'msrps://r.example:2855/tb;tcp';
const ua = 'msrps://a.invalid:2855/a1;tcp';
const ux = 'msrps://x.example:2855;tcp';

let origin: FakeConnection;
let facts: Fact[];
let remote: string[];
let failures: unknown[];

beforeEach(() => {
  origin = new FakeConnection();
  [facts, remote, failures] = [[], [], []];
});

function open(method = 'NICKNAME', ownUris = 1, authorization?: string): WayBack {
  const made = wayBacks({
    limits: { maxSmallBytes: 1000 },
    observer: { note: (fact) => facts.push(fact) },
    isOwn: ({ host }) => host === 'r.example',
    remoteAuth: (_origin, host, refused) => remote.push(`${host} ${refused ? 'refused' : 'granted'}`),
  });
  const header = (name: string): string | undefined => (name === 'Authorization' ? authorization : undefined);
  return made.open(origin, { tid: Buffer.from('tidOfA01'), method, header }, {
    backPaths: Buffer.from(`To-Path: ${ua}\r\nFrom-Path: ${ta}\r\n`),
    ownUris,
    nextHost: 'x.example',
    noteFailure: (...all) => failures.push(all),
  }); // prettier-ignore
}

function answer(back: WayBack, code: string, to: string, ...headers: string[]): void {
  const text = lines(`MSRP tidOfR02 ${code}`, `To-Path: ${to}`, `From-Path: ${ux}`, ...headers, '-------tidOfR02$');
  withHead(text, (head) => {
    back.answered(head);
  });
}

describe('the answer to a forwarded request', () => {
  it('RESP-11 RESP-12 goes back with our URI moved, the tid of the request, all else unchanged', () => {
    answer(open(), '200 Sure', `${ta} ${ua}`, 'Use-Path: msrps://q.example:2855/q;tcp', 'X-Y:  z');
    expect(origin.sent).toEqual([
      lines(
        'MSRP tidOfA01 200 Sure',
        `To-Path: ${ua}`,
        `From-Path: ${ta} ${ux}`,
        'Use-Path: msrps://q.example:2855/q;tcp',
        'X-Y: z',
        '-------tidOfA01$',
      ),
    ]);
    expect(facts).toEqual([]);
  });

  it('RESP-11 FWD-37 through this relay twice: both URIs, one after the other', () => {
    answer(open('NICKNAME', 2), '200', `${tb} ${ta} ${ua}`);
    expect(origin.sent[0]).toContain(`To-Path: ${ua}\r\nFrom-Path: ${ta} ${tb} ${ux}\r\n`);
  });

  it('FWD-48 for a peer that does not read and is owed 8 MiB is dropped', () => {
    origin = new FakeConnection({ smallBytes: 8_389_609 });
    answer(open(), '200', `${ta} ${ua}`);
    open().failed(408, 'timeout');
    expect(origin.sent).toEqual([]);
    expect(facts).toMatchObject([{ name: 'responseDropped', reason: 'way-back-gone' }]);
    expect(failures).toEqual([['NICKNAME', 408, 'timeout', 'nobody']]);
  });

  it('RESP-17 an unknown code is passed on as it is', () => {
    answer(open(), '599', `${ta} ${ua}`);
    expect(origin.sent[0]).toMatch(/^MSRP tidOfA01 599\r\n/);
  });

  it.each([
    ['RESP-01 a foreign first URI', 1, `${ux} ${ua}`],
    ['RESP-24 no way back named', 1, ta],
    ['RESP-11 only one of two', 2, `${tb} ${ua}`],
    ['RESP-24 no way back behind two', 2, `${tb} ${ta}`],
  ])('%s: dropped', (_title, ownUris, to) => {
    answer(open('NICKNAME', ownUris), '200', to);
    expect(origin.sent).toEqual([]);
    expect(facts).toMatchObject([{ name: 'responseDropped', reason: 'not-for-this-relay' }]);
  });

  it.each(['closed', 'connecting'] as const)('RESP-13 its connection is %s: dropped', (state) => {
    const back = open();
    origin.state = state;
    answer(back, '200', `${ta} ${ua}`);
    expect(origin.sent).toEqual([]);
    expect(facts).toMatchObject([{ name: 'responseDropped', reason: 'way-back-gone' }]);
  });

  it('CONN-25 one that is closing still gets it', () => {
    const back = open();
    origin.state = 'closing';
    answer(back, '200', `${ta} ${ua}`);
    expect(origin.sent).toHaveLength(1);
  });
});

describe('a request that gets no answer', () => {
  it('FWD-38 is answered by us, along the whole way back', () => {
    open().failed(408, 'timeout');
    expect(origin.sent).toEqual([
      lines('MSRP tidOfA01 408 Request Timeout', `To-Path: ${ua}`, `From-Path: ${ta}`, '-------tidOfA01$'),
    ]);
    expect(failures).toEqual([['NICKNAME', 408, 'timeout', 'response']]);
  });

  it('RESP-13 unless nobody is there any more', () => {
    const back = open();
    origin.state = 'closed';
    back.failed(408, 'timeout');
    expect(origin.sent).toEqual([]);
    expect(failures).toEqual([['NICKNAME', 408, 'timeout', 'nobody']]);
  });
});

describe('AUTH at another relay', () => {
  const challenge = (more = ''): string => `WWW-Authenticate: Digest realm="x", nonce="n", qop="auth"${more}`;
  const digest = 'Digest username="a"';

  it.each([
    ['RESP-23 AUTH-31 with credentials, 401', digest, '401', challenge(), ['x.example refused']],
    ['AUTH-31 with credentials, 200', digest, '200', 'Expires: 60', ['x.example granted']],
    ['AUTH-31 stale', digest, '401', challenge(', stale=true'), []],
    ['AUTH-31 stale, in quotes and capitals', digest, '401', challenge(', STALE = "True"'), []],
    ['AUTH-31 not stale', digest, '401', challenge(', stale=false'), ['x.example refused']],
    ['AUTH-31 without credentials', undefined, '401', challenge(), []],
    ['AUTH-31 another code', digest, '403', challenge(), []],
  ])('%s', (_title, authorization, code, header, expected) => {
    answer(open('AUTH', 1, authorization), code, `${ta} ${ua}`, header);
    expect(origin.sent).toHaveLength(1);
    expect(remote).toEqual(expected);
  });

  it('AUTH-31 other requests do not count', () => {
    answer(open('NICKNAME', 1, digest), '401', `${ta} ${ua}`, challenge());
    expect(remote).toEqual([]);
  });
});
