import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { digestAuthorization, digestParameters, type MsrpClient } from '../../src/testing/index.js';
import { createGround, passwordOf, type Ground, type TestRelay } from './relays.js';

const aliceUri = 'msrps://alice.example.com:9890/al9;tcp';
const intraUri = 'msrps://alice@intra.example.com;tcp';
const extraUri = 'msrps://extra.example.com;tcp';

let ground: Ground;
beforeEach(() => {
  ground = createGround({ 'intra.example.com': 9_000, 'extra.example.com': 9_010 });
});
afterEach(async () => {
  ground.expectStrict();
  await ground.close();
});

/** Authorization for a challenge: without `uri`, as the RFC shows it. */
function authorization(challenge: string, uri: string, host: string, cnonce: string): string {
  const parameters = digestParameters(challenge.replace('Digest ', ''));
  return digestAuthorization({
    algorithm: parameters.get('algorithm') === 'SHA-256' ? 'SHA-256' : 'MD5',
    username: 'Alice',
    password: passwordOf('Alice', host),
    realm: parameters.get('realm')!,
    nonce: parameters.get('nonce')!,
    nc: '00000001',
    cnonce,
    uri,
  });
}

describe('RFC 4976 section 5.1: AUTH at the own relay', () => {
  let intra: TestRelay;
  let alice: MsrpClient;
  beforeEach(async () => {
    intra = await ground.relay('intra.example.com', 9_000);
    alice = ground.client(aliceUri, intra);
  });

  test('AUTH without Authorization gets a 401 with a challenge for the realm of the relay (AUTH-01, AUTH-02, SEC-01, SEC-03)', async () => {
    const asked = alice.request('AUTH', { to: intraUri });
    await ground.clock.settle();
    expect(asked.answer).toMatchObject({ code: 401, tid: asked.tid, toPath: [aliceUri], fromPath: [intraUri] });
    expect(asked.answer?.comment).toBe('Unauthorized');
    for (const challenge of asked.answer!.allHeaders('WWW-Authenticate')) {
      const parameters = digestParameters(challenge.replace('Digest ', ''));
      expect(parameters.get('realm')).toBe('intra.example.com');
      expect(parameters.get('qop')).toBe('auth');
      expect(parameters.get('nonce')).toMatch(/^\S{16,}$/);
    }
  });

  test('with the right Authorization a 200 with Use-Path, Expires and Authentication-Info (AUTH-03, AUTH-11, AUTH-13, AUTH-18, SEC-08, SEC-19)', async () => {
    const asked = alice.request('AUTH', { to: intraUri });
    await ground.clock.settle();
    const [challenge] = asked.answer!.allHeaders('WWW-Authenticate');
    const value = authorization(challenge!, intraUri, 'intra.example.com', 'c0ffee01');
    const again = alice.request('AUTH', {
      to: intraUri,
      headers: [
        ['Authorization', value],
        ['Expires', '900'],
      ],
    });
    await ground.clock.settle();
    expect(again.answer).toMatchObject({ code: 200, tid: again.tid, toPath: [aliceUri], fromPath: [intraUri] });
    expect(again.answer?.header('Use-Path')).toMatch(/^msrps:\/\/intra\.example\.com:9000\/[A-Za-z0-9]+;tcp$/);
    expect(again.answer?.header('Expires')).toBe('900');
    const info = digestParameters(again.answer!.header('Authentication-Info')!);
    expect(info.get('cnonce')).toBe('c0ffee01');
    expect(info.get('nc')).toBe('00000001');
    expect(info.get('qop')).toBe('auth');
    expect(info.get('rspauth')).toMatch(/^[0-9a-f]{64}$/);
  });

  test('with the nonce of Authentication-Info the next AUTH needs no challenge (AUTH-16, SEC-18)', async () => {
    const first = await ground.clock.until(
      alice.auth({ relay: intraUri, username: 'Alice', password: passwordOf('Alice', 'intra.example.com') }),
    );
    const info = digestParameters(first.response.header('Authentication-Info')!);
    const challenge = `Digest realm="intra.example.com", algorithm=SHA-256, nonce="${info.get('nextnonce')}"`;
    const value = authorization(challenge, intraUri, 'intra.example.com', 'c0ffee02');
    const from = 'msrps://alice.example.com:9890/another;tcp';
    const next = alice.request('AUTH', { to: intraUri, from, headers: [['Authorization', value]] });
    await ground.clock.settle();
    expect(next.answer).toMatchObject({ code: 200, toPath: [from] });
    expect(next.answer?.header('Use-Path')).not.toBe(first.usePath[0]);
  });
});

describe('RFC 4976 section 5.1: AUTH at an outer relay through the inner one', () => {
  let intra: TestRelay;
  let alice: MsrpClient;
  let atIntra: string;
  beforeEach(async () => {
    intra = await ground.relay('intra.example.com', 9_000);
    await ground.relay('extra.example.com', 9_010);
    alice = ground.client(aliceUri, intra);
    [atIntra = ''] = await ground.authThrough(alice, [intra], 'Alice');
  });

  test('the outer relay challenges, and the inner one passes question and challenge on (AUTH-23, FWD-26, RELAY-13, RESP-11, URI-14)', async () => {
    const asked = alice.request('AUTH', { to: [atIntra, extraUri] });
    await ground.clock.settle();
    const between = intra.log.requestsRight[0]!;
    expect(between).toMatchObject({ method: 'AUTH', toPath: [extraUri], fromPath: [atIntra, aliceUri], headers: [] });
    expect(between.tid).not.toBe(asked.tid);
    const challenge = intra.log.responsesLeft[0]!;
    expect(challenge).toMatchObject({
      code: 401,
      tid: between.tid,
      toPath: [atIntra, aliceUri],
      fromPath: [extraUri],
    });
    expect(asked.answer).toMatchObject({
      code: 401,
      tid: asked.tid,
      toPath: [aliceUri],
      fromPath: [atIntra, extraUri],
      headers: challenge.headers,
    });
    expect(asked.answer?.allHeaders('WWW-Authenticate')).toHaveLength(2);
    expect(asked.answer?.header('WWW-Authenticate')).toContain('realm="extra.example.com"');
  });

  test('the digest is over the rightmost URI, which no relay touches, and the credentials pass unchanged (FWD-26, SEC-07)', async () => {
    const asked = alice.request('AUTH', { to: [atIntra, extraUri] });
    await ground.clock.settle();
    const challenge = asked.answer!.header('WWW-Authenticate')!;
    const value = authorization(challenge, extraUri, 'extra.example.com', 'c0ffee03');
    const again = alice.request('AUTH', { to: [atIntra, extraUri], headers: [['Authorization', value]] });
    await ground.clock.settle();
    expect(intra.log.requestsRight[1]).toMatchObject({
      toPath: [extraUri],
      fromPath: [atIntra, aliceUri],
      headers: [['Authorization', value]],
    });
    expect(again.answer).toMatchObject({ code: 200, toPath: [aliceUri], fromPath: [atIntra, extraUri] });
  });

  test('Use-Path names inner and outer relay in the order of To-Path, and reaches Alice as the outer one wrote it (AUTH-19, RESP-12)', async () => {
    const password = passwordOf('Alice', 'extra.example.com');
    const { code, usePath, relayProved } = await ground.clock.until(
      alice.auth({ relay: extraUri, via: [atIntra], username: 'Alice', password, expires: 1_800 }),
    );
    expect([code, relayProved]).toEqual([200, true]);
    expect(usePath).toHaveLength(2);
    expect(usePath[0]).toBe(atIntra);
    expect(usePath[1]).toMatch(/^msrps:\/\/extra\.example\.com:9010\/[A-Za-z0-9]+;tcp$/);
    const [, granted] = intra.log.responsesLeft;
    expect(granted?.header('Use-Path')).toBe(usePath.join(' '));
    expect(alice.responses.at(-1)?.headers).toEqual(granted?.headers);
    expect(granted?.header('Expires')).toBe('1800');
  });

  test('a wrong password at the outer relay is its 401, and Alice stays at the inner one (AUTH-04, AUTH-30)', async () => {
    const outcome = await ground.clock.until(
      alice.auth({ relay: extraUri, via: [atIntra], username: 'Alice', password: 'wrong' }),
    );
    expect(outcome.code).toBe(401);
    expect(alice.closed).toBe(false);
    const [renewed] = await ground.authThrough(alice, [intra], 'Alice');
    expect(renewed).toBe(atIntra);
  });
});

describe('RFC 4976 section 5.1: two clients, each behind two relays', () => {
  test('To-Path is the own Use-Path and the path of the peer; messages pass all four relays, both ways (AUTH-19, AUTH-21, FWD-01, FWD-09, FWD-10)', async () => {
    await ground.close();
    const hosts = ['b.one.example', 'c.one.example', 'd.two.example', 'e.two.example'];
    ground = createGround(Object.fromEntries(hosts.map((host) => [host, 2_855])));
    const relays = [];
    for (const host of hosts) relays.push(await ground.relay(host, 2_855));
    const [b, c, d, e] = relays as [TestRelay, TestRelay, TestRelay, TestRelay];
    const uriA = 'msrps://a.one.example:5000/aa;tcp';
    const uriF = 'msrps://f.two.example:5000/ff;tcp';
    const clientA = ground.client(uriA, b);
    const clientF = ground.client(uriF, e);
    const usePathOfA = await ground.authThrough(clientA, [b, c], 'a');
    const usePathOfF = await ground.authThrough(clientF, [e, d], 'f');
    expect(usePathOfA.map((uri) => new URL(uri).hostname)).toEqual(['b.one.example', 'c.one.example']);
    expect(usePathOfF.map((uri) => new URL(uri).hostname)).toEqual(['e.two.example', 'd.two.example']);
    /** What each tells the other in SDP. */
    const pathOfA = [...usePathOfA].reverse().concat(uriA);
    const pathOfF = [...usePathOfF].reverse().concat(uriF);

    const sent = clientA.send({ to: [...usePathOfA, ...pathOfF], body: 'from A', messageId: 'there' });
    await ground.clock.settle();
    expect(sent.answer).toMatchObject({ code: 200, fromPath: [usePathOfA[0]] });
    expect(clientF.requests).toMatchObject([
      { text: 'from A', toPath: [uriF], fromPath: [...usePathOfF, ...pathOfA] },
    ]);
    const back = clientF.send({ to: [...usePathOfF, ...pathOfA], body: 'from F', messageId: 'back' });
    await ground.clock.settle();
    expect(back.answer?.code).toBe(200);
    expect(clientA.requests).toMatchObject([
      { text: 'from F', toPath: [uriA], fromPath: [...usePathOfA, ...pathOfF] },
    ]);
    clientF.report(clientF.requests[0]!);
    await ground.clock.elapse(40_000);
    expect(clientA.reports).toMatchObject([{ messageId: 'there', fromPath: [...usePathOfA, ...pathOfF] }]);
    expect(clientF.reports).toEqual([]);
  });

  test('what can not be delivered at the end is reported over all relays (FWD-19, FWD-22, RESP-06)', async () => {
    const intra = await ground.relay('intra.example.com', 9_000);
    const extra = await ground.relay('extra.example.com', 9_010);
    const alice = ground.client(aliceUri, intra);
    const usePath = await ground.authThrough(alice, [intra, extra], 'Alice');
    const gone = 'msrps://gone.example.net:2855/x;tcp';
    const sent = alice.send({ to: [...usePath, gone], body: 'hello?', messageId: 'hello1' });
    await ground.clock.settle();
    expect(sent.answer?.code).toBe(200);
    expect(alice.reports).toHaveLength(1);
    expect(alice.reports[0]).toMatchObject({ messageId: 'hello1', toPath: [aliceUri] });
    expect(alice.reports[0]?.header('Status')).toMatch(/^000 408/);
    expect(alice.reports[0]?.header('Byte-Range')).toBe('1-6/6');
  });
});
