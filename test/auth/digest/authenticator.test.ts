import { beforeEach, describe, expect, it, vi } from 'vitest';
import {
  digestAuthenticator,
  type CredentialsQuery,
  type DigestOptions,
  type UserCredentials,
} from '../../../src/auth/digest/authenticator.js';
import * as hashing from '../../../src/auth/digest/hash.js';
import type { AuthRequest, AuthVerdict } from '../../../src/auth/types.js';
import { isRelayError } from '../../../src/errors.js';
import { createTestClock } from '../../../src/testing/test-clock.js';
import { authorization, digests, h, readChallenge, type Answer, type Challenge } from '../client.js';

vi.mock('../../../src/auth/digest/hash.js', { spy: true });

const users: Record<string, UserCredentials | undefined> = {
  alice: { password: 'wonderland' },
  barred: { password: 'wonderland', barred: true },
  jürgen: { password: 'wonderland', appData: { desk: 7 } },
};
const uri = 'msrps://alice@relay.example;tcp';

function bench(options: Partial<DigestOptions> = {}, realm = 'relay.example') {
  const clock = createTestClock();
  const authenticator = digestAuthenticator({ credentials: ({ username }) => users[username], ...options });
  authenticator.attach?.({ realm, runtime: clock });
  const ask = (value: string | undefined, over: Partial<AuthRequest> = {}): AuthVerdict => {
    const peer = { transport: 'tls', secure: true, remote: { address: '192.0.2.1', port: 40000 } };
    const verdict = authenticator.authenticate({ authorization: value, uri, peer, viaRelay: undefined, ...over });
    if ('then' in verdict) throw new Error('a promise');
    return verdict;
  };
  const challenged = (algorithm = 'SHA-256'): Challenge => readChallenge(offered(ask(undefined), algorithm));
  return { clock, authenticator, ask, challenged };
}

function offered(verdict: AuthVerdict, algorithm: string): string {
  const values = 'challenge' in verdict ? verdict.challenge : [];
  return values.find((value) => value.includes(`algorithm=${algorithm}`)) ?? 'none';
}

/** How a verdict comes out, in a word. */
function outcome(verdict: AuthVerdict): string {
  if ('accept' in verdict) return 'accepted';
  if ('refuse' in verdict) return `${verdict.refuse} ${verdict.why}`;
  return `401 ${verdict.why}`;
}

function info(verdict: AuthVerdict): string {
  return ('accept' in verdict && verdict.headers?.[0]?.[1]) || 'none';
}

const accepted = 'accepted';

describe('Digest authenticator', () => {
  beforeEach(() => {
    vi.mocked(hashing.hash).mockClear();
  });

  it('AUTH-01 SEC-01 SEC-11 challenges whoever brings no Authorization, SHA-256 first, MD5 last', () => {
    const { ask } = bench();
    const verdict = ask(undefined);
    expect(outcome(verdict)).toBe('401 challenged');
    const [first, second, ...rest] = 'challenge' in verdict ? verdict.challenge : [];
    expect(rest).toEqual([]);
    const form = (algorithm: string): RegExp =>
      new RegExp(
        `^Digest realm="relay\\.example", nonce="[\\w-]{48}", opaque="[\\w-]{20}", algorithm=${algorithm}, qop="auth"$`,
      );
    expect(first).toMatch(form('SHA-256'));
    expect(second).toMatch(form('MD5'));
  });

  it.each(['SHA-256', 'MD5'])('SEC-10 AUTH-03 accepts the right %s answer', (algorithm) => {
    const { ask, challenged } = bench();
    const verdict = ask(authorization(challenged(algorithm)));
    expect(verdict).toMatchObject({ accept: { name: 'alice' } });
  });

  it('SEC-09 no algorithm in Authorization means MD5', () => {
    const { ask, challenged } = bench();
    expect(outcome(ask(authorization(challenged('MD5'), { send: { algorithm: undefined } })))).toBe(accepted);
    const sha = authorization(challenged('SHA-256'), { send: { algorithm: undefined } });
    expect(outcome(ask(sha))).toBe('401 wrong-credentials');
  });

  it('SEC-11 with MD5 off: one header, MD5 answers are not accepted', () => {
    const { ask, challenged } = bench({ algorithms: ['SHA-256'] });
    const verdict = ask(undefined);
    expect('challenge' in verdict && verdict.challenge.length).toBe(1);
    const md5 = authorization({ ...challenged('SHA-256'), algorithm: 'MD5' });
    expect(outcome(ask(md5))).toBe('401 unacceptable-credentials');
  });

  it('SEC-11 MD5 is last, in whatever order the algorithms are configured', () => {
    const verdict = bench({ algorithms: ['MD5', 'SHA-256'] }).ask(undefined);
    expect('challenge' in verdict && verdict.challenge.map((value) => / algorithm=([^,]+)/.exec(value)?.[1])).toEqual(
      ['SHA-256', 'MD5'],
    );
  });

  it.each(['SHA-256', 'MD5'])(
    'SEC-06 SEC-18 SEC-19 SEC-20 %s: Authentication-Info proves and echoes',
    (algorithm) => {
      const { ask, challenged } = bench();
      const challenge = challenged(algorithm);
      const { rspauth } = digests(challenge, { nc: '0000000A' });
      const text = info(ask(authorization(challenge, { nc: '0000000A' })));
      expect(text).toMatch(/^nextnonce="[\w-]{48}", /);
      expect(text.replace(/^nextnonce="[^"]*", /, '')).toBe(
        `qop=auth, rspauth="${rspauth}", cnonce="Y25vbmNlLTAx", nc=0000000A`,
      );
    },
  );

  it('SEC-19 echoes cnonce with its escapes, and hashes it without', () => {
    const { ask, challenged } = bench();
    const challenge = challenged();
    const answer: Answer = { cnonce: 'a"b', cnonceAsSent: 'a\\"b' };
    const text = info(ask(authorization(challenge, answer)));
    expect(text).toContain(`, cnonce="a\\"b", nc=00000001`);
    expect(text).toContain(`rspauth="${digests(challenge, answer).rspauth}"`);
  });

  it('SEC-18 nextnonce is accepted with nc=00000001', () => {
    const { ask, challenged } = bench();
    const challenge = challenged();
    const nonce = /^nextnonce="([^"]+)"/.exec(info(ask(authorization(challenge))))?.[1] ?? 'none';
    expect(nonce).not.toBe(challenge.nonce);
    expect(outcome(ask(authorization({ ...challenge, nonce })))).toBe(accepted);
  });

  it('SEC-22 qop, nc and algorithm in any form', () => {
    const { ask, challenged } = bench();
    const send = { qop: '"auth"', nc: '"00000001"', algorithm: '"md5"', foo: '"bar"' };
    expect(outcome(ask(authorization(challenged('MD5'), { send })))).toBe(accepted);
    const upper = authorization(challenged('MD5'), { qop: 'AUTH' });
    expect(info(ask(upper))).toContain(', qop=AUTH, ');
  });

  it('SEC-26 users with names beyond ASCII, and with escapes', () => {
    const { ask, challenged } = bench();
    const verdict = ask(authorization(challenged(), { username: 'jürgen' }));
    expect(verdict).toMatchObject({ accept: { name: 'jürgen', appData: { desk: 7 } } });
    expect(outcome(ask(authorization(challenged(), { send: { username: '"al\\ice"' } })))).toBe(accepted);
  });

  it('AUTH-04 SEC-14 what is readable but not right gets a fresh challenge, not stale', () => {
    const { ask, challenged } = bench();
    const one = (answer: Answer, change: Partial<Challenge> = {}): string => {
      const challenge = { ...challenged(), ...change };
      const verdict = ask(authorization(challenge, answer));
      const next = readChallenge(offered(verdict, 'SHA-256'));
      expect(next.nonce).toHaveLength(48);
      expect(next.nonce).not.toBe(challenge.nonce);
      expect(next.stale).toBe(false);
      return outcome(verdict);
    };
    expect(one({ password: 'wrong' })).toBe('401 wrong-credentials');
    expect(one({ username: 'nobody' })).toBe('401 wrong-credentials');
    expect(one({ uri: 'msrps://other.example;tcp' })).toBe('401 wrong-credentials');
    expect(one({}, { realm: 'other.example' })).toBe('401 unacceptable-credentials');
    expect(one({}, { algorithm: 'MD5-sess' })).toBe('401 unacceptable-credentials');
    expect(one({}, { opaque: 'altered' })).toBe('401 unacceptable-credentials');
    expect(one({ qop: 'auth-int' })).toBe('401 unacceptable-credentials');
    expect(one({}, { nonce: 'bm9uY2UtMDAwMQ' })).toBe('401 unknown-nonce');
  });

  it('SEC-12 a response of the wrong length, or in upper case, is wrong', () => {
    const { ask, challenged } = bench();
    const changes = [(x: string) => x.slice(1), (x: string) => `${x}0`, () => '', (x: string) => x.toUpperCase()];
    const outcomes = changes.map((change) => {
      const challenge = challenged();
      return outcome(
        ask(authorization(challenge, { send: { response: `"${change(digests(challenge).response)}"` } })),
      );
    });
    expect(outcomes).toEqual(Array(4).fill('401 wrong-credentials'));
  });

  it('SEC-02 Basic is challenged', () => {
    expect(outcome(bench().ask('Basic YWxpY2U6d29uZGVybGFuZA=='))).toBe('401 unacceptable-credentials');
  });

  it('SEC-13 unreadable ones are refused', () => {
    expect(bench().ask('Digest username="alice"')).toEqual({ refuse: 400, why: 'bad-authorization' });
  });

  it('SEC-07 SEC-08 uri: absent, right, another spelling, another URI, not quoted', () => {
    const { ask, challenged } = bench();
    expect(outcome(ask(authorization(challenged())))).toBe(accepted);
    expect(outcome(ask(authorization(challenged(), { send: { uri: `"${uri}"` } })))).toBe(accepted);
    const other = authorization(challenged(), { send: { uri: '"msrps://other.example;tcp"' } });
    expect(ask(other)).toEqual({ refuse: 400, why: 'uri-mismatch', user: 'alice' });
    const bare = authorization(challenged(), { send: { uri } });
    expect(outcome(ask(bare))).toBe('400 bad-authorization');
  });

  it('SEC-08 SEC-20 a digest over another spelling of the same URI counts, and rspauth uses it', () => {
    const { ask, challenged } = bench();
    const spelt = 'msrps://RELAY.example;tcp';
    const send = { uri: `"${spelt}"` };
    const challenge = challenged();
    const text = info(ask(authorization(challenge, { uri: spelt, send })));
    expect(text).toContain(`rspauth="${digests(challenge, { uri: spelt }).rspauth}"`);
    const plain = challenged();
    const over = info(ask(authorization(plain, { send })));
    expect(over).toContain(`rspauth="${digests(plain).rspauth}"`);
    expect(outcome(ask(authorization(challenged(), { uri: spelt })))).toBe('401 wrong-credentials');
  });

  it('SEC-15 SEC-17 an outdated nonce: stale with the right password, in both challenges, not with a wrong one', () => {
    const { ask, challenged, clock } = bench();
    const challenge = challenged();
    clock.advance(300_001);
    const verdict = ask(authorization(challenge));
    expect(outcome(verdict)).toBe('401 stale');
    expect(['SHA-256', 'MD5'].map((name) => readChallenge(offered(verdict, name)).stale)).toEqual([true, true]);
    expect(outcome(ask(authorization(challenge, { password: 'wrong' })))).toBe('401 wrong-credentials');
    expect(outcome(ask(authorization(readChallenge(offered(verdict, 'SHA-256')))))).toBe(accepted);
  });

  it('SEC-16 a replay, or a lower count, is stale; a wrong password on a used nonce is not', () => {
    const { ask, challenged } = bench();
    const challenge = challenged();
    const answer = authorization(challenge, { nc: '00000002' });
    expect(outcome(ask(answer))).toBe(accepted);
    expect(outcome(ask(answer))).toBe('401 stale');
    expect(outcome(ask(authorization(challenge, { nc: '00000001' })))).toBe('401 stale');
    expect(outcome(ask(authorization(challenge, { nc: '00000001', password: 'wrong' })))).toBe(
      '401 wrong-credentials',
    );
    expect(outcome(ask(authorization(challenge, { nc: '00000003' })))).toBe(accepted);
  });

  it('SEC-16 a wrong answer does not use the nonce up', () => {
    const { ask, challenged } = bench();
    const challenge = challenged();
    expect(outcome(ask(authorization(challenge, { nc: '00000009', password: 'wrong' })))).toBe(
      '401 wrong-credentials',
    );
    expect(outcome(ask(authorization(challenge)))).toBe(accepted);
  });

  it('SEC-15 nonces of another relay with the same key are accepted, with another key not', () => {
    const nonceKey = Buffer.from('0123456789abcdef');
    const challenge = bench({ nonceKey }).challenged();
    expect(outcome(bench({ nonceKey }).ask(authorization(challenge)))).toBe(accepted);
    const send = { opaque: undefined };
    expect(outcome(bench().ask(authorization(challenge, { send })))).toBe('401 unknown-nonce');
  });

  it('SEC-21 opaque may be left out', () => {
    const { ask, challenged } = bench();
    expect(outcome(ask(authorization(challenged(), { send: { opaque: undefined } })))).toBe(accepted);
  });

  it('AUTH-05 a barred user learns of it only with the right password', () => {
    const { ask, challenged } = bench();
    expect(ask(authorization(challenged(), { username: 'barred' }))).toEqual({
      refuse: 403,
      why: 'barred',
      user: 'barred',
    });
    const wrong = authorization(challenged(), { username: 'barred', password: 'wrong' });
    expect(outcome(ask(wrong))).toBe('401 wrong-credentials');
  });

  it('SEC-23 unknown user, wrong password and wrong hash cost the same hashes and look the same', () => {
    const { ask, challenged } = bench({
      credentials: ({ username, algorithm }) =>
        username === 'hashed' ? { ha1: h(algorithm, 'hashed:relay.example:wonderland') } : users[username],
    });
    const tries = ['alice', 'hashed', 'barred', 'nobody'].flatMap((username) =>
      [undefined, '"msrps://relay.example;tcp"'].map((spelt) => {
        const value = authorization(challenged(), { username, password: 'wrong', send: { uri: spelt } });
        vi.mocked(hashing.hash).mockClear();
        const verdict = ask(value);
        const calls = vi.mocked(hashing.hash).mock.calls.map(([algorithm]) => algorithm);
        const same = offered(verdict, 'SHA-256').replace(/nonce="[^"]+"/, 'nonce');
        return { spelt, outcome: outcome(verdict), calls: calls.length, same };
      }),
    );
    const same = expect.stringMatching(/^Digest realm="relay.example", nonce, opaque=.*, qop="auth"$/) as string;
    const due = (calls: number) =>
      expect.objectContaining({ outcome: '401 wrong-credentials', calls, same }) as object;
    expect(tries).toEqual([3, 5, 3, 5, 3, 5, 3, 5].map(due));
    expect(new Set(tries.map((one) => one.same)).size).toBe(1);
  });

  it('SEC-24 secrets may be stored as H(A1), one for the algorithm asked for, or one for each', () => {
    const queries: CredentialsQuery[] = [];
    const sha = h('SHA-256', 'alice:relay.example:wonderland');
    const md5 = h('MD5', 'alice:relay.example:wonderland');
    const one = bench({
      credentials: (query) => {
        queries.push(query);
        return { ha1: query.algorithm === 'MD5' ? md5.toUpperCase() : sha };
      },
    });
    expect(['MD5', 'SHA-256'].map((name) => outcome(one.ask(authorization(one.challenged(name)))))).toEqual([
      accepted,
      accepted,
    ]);
    expect(queries).toEqual([
      { username: 'alice', realm: 'relay.example', algorithm: 'MD5' },
      { username: 'alice', realm: 'relay.example', algorithm: 'SHA-256' },
    ]);
    const each = bench({ credentials: () => ({ ha1: { 'SHA-256': sha } }) });
    expect(outcome(each.ask(authorization(each.challenged('SHA-256'))))).toBe(accepted);
    expect(outcome(each.ask(authorization(each.challenged('MD5'))))).toBe('401 wrong-credentials');
  });

  it.each([
    ['an absent password', { password: undefined }, 'undefined'],
    ['a null password', { password: null }, ''],
    ['an empty hash', { ha1: '' }, ''],
    ['a hash of the wrong length', { ha1: 'abcd' }, ''],
    ['nothing', {}, ''],
    ['null', null, ''],
  ])('%s of the host lets nobody in', (_what, known, password) => {
    const { ask, challenged } = bench({ credentials: () => known as unknown as UserCredentials });
    expect(outcome(ask(authorization(challenged(), { password })))).toBe('401 wrong-credentials');
    const challenge = challenged();
    const { nonce } = challenge;
    const a2 = h('SHA-256', `AUTH:${uri}`);
    for (const ha1 of ['', 'abcd', 'undefined']) {
      const response = h('SHA-256', `${ha1}:${nonce}:00000001:Y25vbmNlLTAx:auth:${a2}`);
      expect(outcome(ask(authorization(challenge, { send: { response: `"${response}"` } })))).toBe(
        '401 wrong-credentials',
      );
    }
  });

  it('an empty password is a password', () => {
    const { ask, challenged } = bench({ credentials: () => ({ password: '' }) });
    expect(outcome(ask(authorization(challenged(), { password: '' })))).toBe(accepted);
  });

  it('asks the host later just as well', async () => {
    const { authenticator, challenged } = bench({ credentials: () => Promise.resolve({ password: 'wonderland' }) });
    const peer = { transport: 'tls', secure: true, remote: { address: '192.0.2.1', port: 40000 } };
    const value = authorization(challenged());
    const verdict = authenticator.authenticate({ authorization: value, uri, peer, viaRelay: undefined });
    expect(verdict).toBeInstanceOf(Promise);
    expect(outcome(await verdict)).toBe(accepted);
  });

  it('AUTH-34 the realm is the first host of the relay, a text, or a function of the host addressed', () => {
    expect(bench({}, 'first.example').challenged().realm).toBe('first.example');
    expect(bench({ realm: 'our realm' }).challenged().realm).toBe('our realm');
    const { ask } = bench({ realm: (host) => `realm of ${host}` });
    const verdict = ask(undefined, { uri: 'msrps://bob@Sales.example:2855;tcp' });
    expect(readChallenge(offered(verdict, 'MD5')).realm).toBe('realm of sales.example');
    const nowhere = bench({ realm: (host) => `realm of ${host}` }, 'first.example').ask(undefined, { uri: 'no URI' });
    expect(readChallenge(offered(nowhere, 'MD5')).realm).toBe('realm of first.example');
    const { ask: broken } = bench({ realm: () => 'a\r\nb' });
    expect(() => broken(undefined)).toThrow('realm must be');
  });

  it('checks its options', () => {
    const wrong = (options: Record<string, unknown>): string | undefined => {
      try {
        digestAuthenticator({ credentials: () => undefined, ...options });
      } catch (error) {
        return isRelayError(error) ? `${error.code} ${error.option ?? ''}` : String(error);
      }
      return undefined;
    };
    expect(wrong({})).toBeUndefined();
    expect(wrong({ credentials: 'x' })).toBe('bad-option credentials');
    expect(wrong({ realm: '' })).toBe('bad-option realm');
    expect(wrong({ realm: 'a\nb' })).toBe('bad-option realm');
    expect(wrong({ algorithms: [] })).toBe('bad-option algorithms');
    expect(wrong({ algorithms: ['MD5-sess'] })).toBe('bad-option algorithms');
    expect(wrong({ nonceLifeMs: 0 })).toBe('bad-option nonceLifeMs');
    expect(wrong({ nonceLifeMs: Number.NaN })).toBe('bad-option nonceLifeMs');
    expect(wrong({ nonceKey: new Uint8Array(15) })).toBe('bad-option nonceKey');
  });

  it('uses its own nonce life', () => {
    const { ask, challenged, clock } = bench({ nonceLifeMs: 1000 });
    const challenge = challenged();
    clock.advance(1001);
    expect(outcome(ask(authorization(challenge)))).toBe('401 stale');
  });

  it('can not be used before a relay has it', () => {
    const loose = digestAuthenticator({ credentials: () => undefined });
    const peer = { transport: 'tls', secure: true, remote: { address: '192.0.2.1', port: 40000 } };
    expect(() => loose.authenticate({ authorization: undefined, uri, peer, viaRelay: undefined })).toThrow('attach');
  });
});
