import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ReceivedResponse } from '../../src/testing/index.js';
import { createWorld, lines, passwords, type WireEnd, type World } from './world.js';

/** A browser names the relay with its account, the WebSocket port and transport. */
const relayUri = 'msrps://alice@relay.example:443;ws';
const sessionUri = (number: number): string => `msrps://kq3v0b7d.invalid:2855/s${number}x9;ws`;

const md5 = (text: string): string => createHash('md5').update(text).digest('hex');

let world: World;
beforeEach(async () => {
  world = await createWorld({ expires: { minS: 60, maxS: 3_600, clientDefaultS: 600 } });
});
afterEach(async () => {
  world.expectStrict();
  await world.close();
});

/** The first challenge it can satisfy; it gives up on empty values and on anything but MD5 spelled so. */
function challengeOf(response: ReceivedResponse): ReadonlyMap<string, string> {
  for (const value of response.allHeaders('WWW-Authenticate')) {
    if (!value.startsWith('Digest ')) throw new Error('not Digest');
    const found = new Map(
      value
        .slice('Digest '.length)
        .split(', ')
        .map((field) => {
          const [name = '', text = ''] = field.split(/=(.*)/);
          if (text === '""') throw new Error(`${name} is empty`);
          return [name, text.replaceAll('"', '')];
        }),
    );
    if ((found.get('algorithm') ?? 'MD5') !== 'MD5') continue;
    if (found.get('qop') !== 'auth') throw new Error('would fall back to RFC 2069');
    return found;
  }
  throw new Error('no challenge it can satisfy');
}

/** Always the first use of a nonce: nextnonce is not looked at. */
function authorization(response: ReceivedResponse, method = 'AUTH'): string {
  const challenge = challengeOf(response);
  const [realm, nonce] = [challenge.get('realm')!, challenge.get('nonce')!];
  const cnonce = '5d0b6c2e';
  const ha1 = md5(`alice:${realm}:${passwords['alice']}`);
  const digest = md5([ha1, nonce, '00000001', cnonce, 'auth', md5(`${method}:${relayUri}`)].join(':'));
  return (
    `Authorization: Digest username="alice", realm="${realm}", nonce="${nonce}", uri="${relayUri}", ` +
    `response="${digest}", opaque="${challenge.get('opaque')}", cnonce="${cnonce}", qop=auth, nc=00000001`
  );
}

function writeAuth(end: WireEnd, tid: string, session: number, ...more: readonly string[]): void {
  end.write(
    lines(`MSRP ${tid} AUTH`, `To-Path: ${relayUri}`, `From-Path: ${sessionUri(session)}`, ...more, `-------${tid}$`),
  );
}

let lastTid = 0;
const newTid = (): string => `croc${(lastTid += 1) + 1_000}`;

/** Both steps of AUTH of one session; gives the 200. */
async function authenticate(end: WireEnd, session: number, ...more: readonly string[]): Promise<ReceivedResponse> {
  const [first, second] = [newTid(), newTid()];
  writeAuth(end, first, session, ...more);
  await world.clock.settle();
  const challenged = end.responses.find(({ tid }) => tid === first)!;
  writeAuth(end, second, session, ...more, authorization(challenged));
  await world.clock.settle();
  return end.responses.find(({ tid }) => tid === second)!;
}

async function login(end: WireEnd, session = 1): Promise<string> {
  const response = await authenticate(end, session);
  expect(response.code).toBe(200);
  return response.header('Use-Path')!;
}

/** Answers SENDs with the first From-Path URI, as the RFC has it. */
function playReceiver(end: WireEnd, ownUri: string): void {
  end.onRequest = (request) => {
    if (request.method !== 'SEND') return;
    end.write(
      lines(
        `MSRP ${request.tid} 200 OK`,
        `To-Path: ${request.fromPath[0]}`,
        `From-Path: ${ownUri}`,
        `-------${request.tid}$`,
      ),
    );
  };
}

describe('crocodile-msrp authenticates', () => {
  test('quirk 4: the first challenge it can satisfy is the MD5 one (SEC-11)', async () => {
    const token = await login(world.dialIn('message'));
    expect(token).toMatch(/^msrps:/);
  });

  test('quirk 6: a digest over the method MSRP is a wrong password (SEC-07)', async () => {
    const browser = world.dialIn('message');
    writeAuth(browser, 'croc0001', 1);
    await world.clock.settle();
    writeAuth(browser, 'croc0002', 1, authorization(browser.responses[0]!, 'MSRP'));
    await world.clock.settle();
    expect(browser.responses[1]?.code).toBe(401);
    expect(browser.responses[1]?.header('WWW-Authenticate')).not.toContain('stale');
  });

  test('quirk 8: user, WebSocket port and transport ws in the AUTH are no obstacle, and are answered as written (AUTH-02, AUTH-26, WS-10)', async () => {
    const browser = world.dialIn('message');
    writeAuth(browser, 'croc0001', 1);
    await world.clock.settle();
    expect(browser.responses[0]).toMatchObject({ code: 401, toPath: [sessionUri(1)], fromPath: [relayUri] });
  });

  test('quirk 10: a new AUTH half a minute before the end renews the same URI, and the old one goes on (AUTH-17)', async () => {
    const browser = world.dialIn('message');
    playReceiver(browser, sessionUri(1));
    const token = await login(browser);
    await world.clock.elapse(570_000);
    expect(await login(browser)).toBe(token);
    await world.clock.elapse(560_000);
    const peer = world.client({ uri: 'msrps://peer.example:2855/p1;tcp' });
    const sent = peer.send({ to: [token, sessionUri(1)], body: 'mid-session' });
    await world.clock.settle();
    expect(sent.answer?.code).toBe(200);
    expect(browser.requests[0]?.text).toBe('mid-session');
  });

  test('quirk 11: no URI is given for less than a minute, so that its refresh never runs in a circle (AUTH-06, AUTH-11)', async () => {
    const browser = world.dialIn('message');
    const refused = await authenticate(browser, 1, 'Expires: 30');
    expect(refused.code).toBe(423);
    const granted = await authenticate(browser, 1, 'Expires: 60');
    expect(granted).toMatchObject({ code: 200 });
    expect(granted.header('Expires')).toBe('60');
  });

  test.each([
    ['5', 'Min-Expires', '60'],
    ['7200', 'Max-Expires', '3600'],
  ])(
    'quirk 12: with the bound of a 423 to Expires: %s it succeeds at once (AUTH-06, AUTH-07)',
    async (asked, name, bound) => {
      const browser = world.dialIn('message');
      const refused = await authenticate(browser, 1, `Expires: ${asked}`);
      expect(refused.headers).toEqual([[name, bound]]);
      const granted = await authenticate(browser, 1, `Expires: ${refused.header(name)}`);
      expect(granted.code).toBe(200);
      expect(granted.header('Expires')).toBe(bound);
    },
  );

  test('quirk 13: every AUTH begins anew with nc=00000001, nextnonce or not (SEC-16, SEC-18)', async () => {
    const browser = world.dialIn('message');
    for (const session of [1, 2, 3, 4, 5]) await login(browser, session);
    expect(browser.responses.map(({ code }) => code)).toEqual([401, 200, 401, 200, 401, 200, 401, 200, 401, 200]);
    expect(browser.closed).toBe(false);
  });

  test('quirk 15: many sessions on one connection, all AUTHs sent at once, each with a URI of its own (AUTH-16, AUTH-29, AUTH-38, CONN-26)', async () => {
    const browser = world.dialIn('message');
    const sessions = [1, 2, 3, 4, 5, 6];
    for (const session of sessions) writeAuth(browser, `first00${session}`, session);
    await world.clock.settle();
    expect(browser.responses.map(({ tid, code }) => [tid, code])).toEqual(
      sessions.map((session) => [`first00${session}`, 401]),
    );
    for (const session of sessions) {
      writeAuth(browser, `again00${session}`, session, authorization(browser.responses[session - 1]!));
    }
    await world.clock.settle();
    const granted = browser.responses.slice(6);
    expect(granted.map(({ code }) => code)).toEqual([200, 200, 200, 200, 200, 200]);
    expect(new Set(granted.map((response) => response.header('Use-Path'))).size).toBe(6);
  });

  test('quirk 34: an .invalid host in From-Path is neither looked up nor compared (CONN-23, WS-13)', async () => {
    const asked: string[] = [];
    await world.close();
    world = await createWorld({
      resolver: {
        lookup: (host) => {
          asked.push(host);
          return Promise.resolve([{ address: '203.0.113.99', family: 4 }]);
        },
        srv: (name) => {
          asked.push(name);
          return Promise.resolve([]);
        },
      },
    });
    const browser = world.dialIn('message');
    playReceiver(browser, sessionUri(1));
    const token = await login(browser);
    const peer = world.client({ uri: 'msrps://peer.example:2855/p1;tcp' });
    peer.send({ to: [token, sessionUri(1)], body: 'by connection' });
    await world.clock.settle();
    expect(browser.requests[0]?.text).toBe('by connection');
    expect(asked).toEqual([]);
  });

  test('quirk 35, 36: Use-Path is one tcp URI with a name, a port and a session-id, whatever the transport of the client (AUTH-13, AUTH-18, WS-11)', async () => {
    const response = await authenticate(world.dialIn('message'), 1);
    expect(response.allHeaders('Use-Path')).toHaveLength(1);
    expect(response.header('Use-Path')).toMatch(/^msrps:\/\/relay\.example:2855\/[A-Za-z0-9]+;tcp$/);
  });

  test('quirk 57: each challenge begins with "Digest ", offers qop="auth" alone, and has blanks where blanks belong (SEC-01, SEC-03, WIRE-33)', async () => {
    const browser = world.dialIn('message');
    writeAuth(browser, 'croc0001', 1);
    await world.clock.settle();
    const challenges = browser.responses[0]!.allHeaders('WWW-Authenticate');
    expect(challenges).toHaveLength(2);
    for (const challenge of challenges) {
      expect(challenge.slice(0, 7)).toBe('Digest ');
      expect(challenge.match(/qop=[^,]*/g)).toEqual(['qop="auth"']);
    }
    expect(browser.frames[0]).not.toMatch(/ {2}|\t/);
  });

  test('quirk 58: the 200 has an Expires that its timer can hold (AUTH-11)', async () => {
    const response = await authenticate(world.dialIn('message'), 1);
    const expires = Number(response.header('Expires'));
    expect(expires).toBeGreaterThan(30);
    expect(expires).toBeLessThanOrEqual(2_147_513);
  });
});

describe('crocodile-msrp in session', () => {
  const peerUri = 'msrps://peer.example:2855/p1;tcp';

  test('quirk 16: its empty SEND, with Success-Report, is answered and forwarded without a body (RELAY-26, WIRE-17, WS-18)', async () => {
    const { connection } = world.listen({ host: 'peer.example' });
    const browser = world.dialIn('message');
    const token = await login(browser);
    browser.write(
      lines(
        'MSRP croc7001 SEND',
        `To-Path: ${token} ${peerUri}`,
        `From-Path: ${sessionUri(1)}`,
        'Message-ID: 1595.kq3v0b7d',
        'Success-Report: yes',
        'Byte-Range: 1-0/0',
        '-------croc7001$',
      ),
    );
    await world.clock.settle();
    expect(browser.responses.at(-1)).toMatchObject({ tid: 'croc7001', code: 200 });
    expect(connection().requests[0]).toMatchObject({ body: undefined, fromPath: [token, sessionUri(1)] });
    expect(connection().requests[0]?.headers).toEqual([
      ['Message-ID', '1595.kq3v0b7d'],
      ['Success-Report', 'yes'],
      ['Byte-Range', '1-0/0'],
    ]);
  });

  test('quirk 23: two browsers of one relay reach each other through both their URIs (FWD-37, WS-22)', async () => {
    const [one, two] = [world.dialIn('message'), world.dialIn('message')];
    const tokenOne = await login(one, 1);
    const tokenTwo = await login(two, 2);
    playReceiver(one, sessionUri(1));
    two.write(
      lines(
        'MSRP croc7002 SEND',
        `To-Path: ${tokenTwo} ${tokenOne} ${sessionUri(1)}`,
        `From-Path: ${sessionUri(2)}`,
        'Message-ID: hello-one',
        'Byte-Range: 1-3/3',
        'Content-Type: text/plain',
        '',
        'hey',
        '-------croc7002$',
      ),
    );
    await world.clock.settle();
    expect(two.responses.at(-1)).toMatchObject({ tid: 'croc7002', code: 200, fromPath: [tokenTwo] });
    expect(one.requests[0]).toMatchObject({ text: 'hey', fromPath: [tokenOne, tokenTwo, sessionUri(2)] });
  });

  test('quirk 25, 26: an abort without Byte-Range and Content-Type is answered and goes on as an abort (FWD-35, FWD-42, RELAY-26)', async () => {
    const { connection } = world.listen({ host: 'peer.example' });
    const browser = world.dialIn('message');
    const token = await login(browser);
    const head = [`To-Path: ${token} ${peerUri}`, `From-Path: ${sessionUri(1)}`, 'Message-ID: file-1'];
    browser.write(
      lines(
        'MSRP croc7003 SEND',
        ...head,
        'Byte-Range: 1-5/10',
        'Content-Type: application/octet-stream',
        '',
        '01234',
        '-------croc7003+',
      ),
    );
    browser.write(lines('MSRP croc7004 SEND', ...head, '-------croc7004#'));
    await world.clock.settle();
    expect(browser.responses.slice(2).map(({ tid, code }) => [tid, code])).toEqual([
      ['croc7003', 200],
      ['croc7004', 200],
    ]);
    expect(connection().requests.map(({ flag, body, messageId }) => [flag, body?.toString(), messageId])).toEqual([
      ['+', '01234', 'file-1'],
      ['#', undefined, 'file-1'],
    ]);
  });

  test('quirk 26: a large message that its sender aborts ends with # in the last frame, however it was cut before (FWD-35, WS-07)', async () => {
    const browser = world.dialIn('message');
    const token = await login(browser);
    playReceiver(browser, sessionUri(1));
    const peer = world.client({ uri: peerUri });
    const file = peer.openSend({ to: [token, sessionUri(1)], messageId: 'given-up' });
    file.write('a'.repeat(100_000));
    await world.clock.settle();
    file.end('#');
    await world.clock.settle();
    expect(file.answer?.code).toBe(200);
    expect(browser.requests.length).toBeGreaterThan(3);
    expect(browser.requests.map(({ flag }) => flag).join('')).toMatch(/^\++#$/);
    const next = peer.send({ to: [token, sessionUri(1)], body: 'another' });
    await world.clock.settle();
    expect(next.answer?.code).toBe(200);
    expect(browser.requests.at(-1)?.text).toBe('another');
  });

  test('quirk 33: ws URIs behind the relay URI are carried as they are, and none of them is dialled (FWD-02, FWD-15, RELAY-34)', async () => {
    const browser = world.dialIn('message');
    const token = await login(browser);
    const { peer, connection } = world.listen({ host: 'far-relay.example' });
    const path = ['msrps://far-relay.example:2855/t1;tcp', 'msrps://m2x.invalid:2855/z;ws'];
    browser.write(
      lines(
        'MSRP croc7005 SEND',
        `To-Path: ${token} ${path.join(' ')}`,
        `From-Path: ${sessionUri(1)}`,
        'Message-ID: to-browser',
        'Byte-Range: 1-2/2',
        'Content-Type: text/plain',
        '',
        'hi',
        '-------croc7005$',
      ),
    );
    browser.write(
      lines(
        'MSRP croc7006 SEND',
        `To-Path: ${token} msrps://m2x.invalid:2855/z;ws`,
        `From-Path: ${sessionUri(1)}`,
        'Message-ID: no-way',
        'Byte-Range: 1-2/2',
        'Content-Type: text/plain',
        '',
        'hi',
        '-------croc7006$',
      ),
    );
    await world.clock.settle();
    expect(connection().requests).toMatchObject([{ toPath: path, fromPath: [token, sessionUri(1)] }]);
    expect(peer.dialled).toBe(1);
    expect(browser.responses.slice(2).map(({ tid, code }) => [tid, code])).toEqual([
      ['croc7005', 200],
      ['croc7006', 481],
    ]);
  });

  test('quirk 41: each frame holds one message, however many come at once (WS-06)', async () => {
    const browser = world.dialIn('message');
    const token = await login(browser);
    playReceiver(browser, sessionUri(1));
    const before = browser.frames.length;
    const peer = world.client({ uri: peerUri });
    for (let count = 0; count < 20; count++) peer.send({ to: [token, sessionUri(1)], body: `message ${count}` });
    await world.clock.settle();
    expect(browser.frames).toHaveLength(before + 20);
    for (const frame of browser.frames.slice(before))
      expect(frame.match(/MSRP [A-Za-z0-9]+ SEND\r\n/g)).toHaveLength(1);
  });

  test('quirk 42: a large message comes in frames of at most 32 KiB of body, each with all headers (FWD-30, WS-07)', async () => {
    const browser = world.dialIn('message');
    const token = await login(browser);
    playReceiver(browser, sessionUri(1));
    const before = browser.frames.length;
    const body = Buffer.from(Array.from({ length: 200_000 }, (_, place) => place % 251));
    const peer = world.client({ uri: peerUri });
    peer.send({
      to: [token, sessionUri(1)],
      messageId: 'photo',
      contentType: 'image/jpeg',
      headers: [
        ['Content-Disposition', 'attachment; filename="a b.jpg"'],
        ['Content-ID', '<1@peer>'],
      ],
      body,
    });
    await world.clock.settle();
    const parts = browser.requests;
    expect(parts.length).toBeGreaterThanOrEqual(7);
    expect(browser.frames.length - before).toBe(parts.length);
    for (const frame of browser.frames.slice(before)) expect(frame.length).toBeLessThan(34_000);
    for (const part of parts) {
      expect(part.header('Content-Disposition')).toBe('attachment; filename="a b.jpg"');
      expect(part.header('Content-ID')).toBe('<1@peer>');
      expect(part.headers.at(-1)).toEqual(['Content-Type', 'image/jpeg']);
    }
    expect(Buffer.concat(parts.map((part) => part.body!)).equals(body)).toBe(true);
    expect(parts.map(({ flag }) => flag).join('')).toMatch(/^\++\$$/);
  });

  test('quirk 59: sixteen SENDs outstanding are answered each, in order, at once (RELAY-15, RELAY-20)', async () => {
    world.listen({ host: 'peer.example' });
    const browser = world.dialIn('message');
    const token = await login(browser);
    const tids = Array.from({ length: 16 }, (_, count) => `window${count + 10}`);
    for (const tid of tids) {
      browser.write(
        lines(
          `MSRP ${tid} SEND`,
          `To-Path: ${token} ${peerUri}`,
          `From-Path: ${sessionUri(1)}`,
          `Message-ID: of-${tid}`,
          'Byte-Range: 1-2/2',
          'Content-Type: text/plain',
          '',
          'ok',
          `-------${tid}$`,
        ),
      );
    }
    await world.clock.settle();
    expect(browser.responses.slice(2).map(({ tid, code }) => [tid, code])).toEqual(tids.map((tid) => [tid, 200]));
  });
});
