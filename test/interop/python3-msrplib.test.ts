import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ReceivedResponse } from '../../src/testing/index.js';
import { createWorld, lines, passwords, wireEnd, type WireEnd, type World } from './world.js';

/** Blink knows its relay by the SIP domain of the account and the port it looked up. */
const relayUri = 'msrps://example.net:2855;tcp';
const ownUri = 'msrps://192.168.7.21:2855/5f1c0e;tcp';

const md5 = (text: string): string => createHash('md5').update(text).digest('hex');

let world: World;
beforeEach(async () => {
  world = await createWorld();
});
afterEach(async () => {
  world.expectStrict();
  await world.close();
});

/** The last header of a name is the one it keeps; names have one spelling. */
function keptHeader(response: ReceivedResponse, name: string): string {
  const found = response.headers.filter(([spelling]) => spelling === name).at(-1);
  if (found === undefined) throw new Error(`KeyError: ${name}`);
  return found[1];
}

/** Reads a challenge as it does: values in quotes must not be empty, and what is not there is a KeyError. */
function challengeOf(response: ReceivedResponse): Readonly<Record<'realm' | 'nonce' | 'opaque', string>> {
  const value = keptHeader(response, 'WWW-Authenticate');
  const found = new Map(
    [...value.matchAll(/([a-z]+)=(?:"([^"]+)"|([^\s,"]+))/g)].map((match) => [match[1]!, match[2] ?? match[3]!]),
  );
  const parameter = (name: string): string => {
    const text = found.get(name);
    if (text === undefined) throw new Error(`KeyError: ${name}`);
    return text;
  };
  return { realm: parameter('realm'), nonce: parameter('nonce'), opaque: parameter('opaque') };
}

/** Every value in quotes, MD5 whatever the challenge names, neither uri nor algorithm. */
function authorization(challenge: ReturnType<typeof challengeOf>, password = passwords['alice']!): string {
  const { realm, nonce, opaque } = challenge;
  const cnonce = '8c1f44aa';
  const ha1 = md5(`alice:${realm}:${password}`);
  const response = md5([ha1, nonce, '00000001', cnonce, 'auth', md5(`AUTH:${relayUri}`)].join(':'));
  return (
    `Authorization: Digest username="alice", realm="${realm}", nonce="${nonce}", qop="auth", ` +
    `nc="00000001", cnonce="${cnonce}", response="${response}", opaque="${opaque}"`
  );
}

function writeAuth(end: WireEnd, tid: string, ...more: readonly string[]): void {
  end.write(lines(`MSRP ${tid} AUTH`, `To-Path: ${relayUri}`, `From-Path: ${ownUri}`, ...more, `-------${tid}$`));
}

/** Both steps of AUTH; gives the relay URI. */
async function login(end: WireEnd): Promise<string> {
  writeAuth(end, 'a1f00001');
  await world.clock.settle();
  writeAuth(end, 'a1f00002', authorization(challengeOf(end.responses[0]!)));
  await world.clock.settle();
  expect(end.responses[1]?.code).toBe(200);
  return keptHeader(end.responses[1]!, 'Use-Path');
}

/** Answers each SEND, and reports each part if that is asked. */
function playReceiver(end: WireEnd): void {
  let count = 0;
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
    if (request.header('Success-Report') !== 'yes') return;
    const tid = `b00000${(count += 1)}`;
    const start = request.range!.start;
    end.write(
      lines(
        `MSRP ${tid} REPORT`,
        `To-Path: ${request.fromPath.join(' ')}`,
        `From-Path: ${ownUri}`,
        `Message-ID: ${request.messageId}`,
        `Byte-Range: ${start}-${start + request.body!.length - 1}/${request.range!.total ?? '*'}`,
        'Status: 000 200 OK',
        `-------${tid}$`,
      ),
    );
  };
}

describe('python3-msrplib (Blink) authenticates', () => {
  test('quirk 1: Authorization without uri is taken, and the digest is over the rightmost To-Path URI (SEC-07, SEC-08)', async () => {
    const blink = world.dialIn();
    const token = await login(blink);
    expect(token).toMatch(/^msrps:\/\/relay\.example:2855\/[A-Za-z0-9]+;tcp$/);
  });

  test('quirk 2: every challenge has an opaque that is not empty (SEC-21)', async () => {
    const blink = world.dialIn();
    writeAuth(blink, 'a1f00001');
    await world.clock.settle();
    const challenges = blink.responses[0]!.allHeaders('WWW-Authenticate');
    expect(challenges).toHaveLength(2);
    for (const challenge of challenges) expect(challenge).toMatch(/, opaque="[^"]+"/);
  });

  test('quirk 3: comma and one blank divide the fields of a challenge, and none is empty (SEC-06, WIRE-33)', async () => {
    const blink = world.dialIn();
    writeAuth(blink, 'a1f00001');
    await world.clock.settle();
    const fields = keptHeader(blink.responses[0]!, 'WWW-Authenticate').replace('Digest ', '').split(', ');
    expect(fields.map((field) => field.split('=')[0])).toEqual(['realm', 'nonce', 'opaque', 'algorithm', 'qop']);
    for (const field of fields) expect(field).toMatch(/^[a-z]+=("[^",]+"|[A-Za-z0-9]+)$/);
  });

  test('quirk 3: commas in quoted values and blanks around commas are read (SEC-22, WIRE-41)', async () => {
    const blink = world.dialIn();
    writeAuth(blink, 'a1f00001');
    await world.clock.settle();
    const header = authorization(challengeOf(blink.responses[0]!)).replace(', realm', ' ,realm');
    writeAuth(blink, 'a1f00002', `${header},x="one, two"`);
    await world.clock.settle();
    expect(blink.responses[1]?.code).toBe(200);
  });

  test('quirk 4: the last challenge is the MD5 one (SEC-11)', async () => {
    const blink = world.dialIn();
    writeAuth(blink, 'a1f00001');
    await world.clock.settle();
    const [first, last] = blink.responses[0]!.allHeaders('WWW-Authenticate');
    expect(first).toContain('algorithm=SHA-256');
    expect(last).toContain('algorithm=MD5');
  });

  test('quirk 5: qop and nc in quotes are read; Authentication-Info has them bare (SEC-06, SEC-19, SEC-22)', async () => {
    const blink = world.dialIn();
    await login(blink);
    const info = keptHeader(blink.responses[1]!, 'Authentication-Info');
    expect(info).toMatch(/rspauth="[0-9a-f]{32}"/);
    expect(info).toContain('cnonce="8c1f44aa"');
    expect(info).toMatch(/(^|, )nc=00000001(,|$)/);
    expect(info).toMatch(/(^|, )qop=auth(,|$)/);
  });

  test('quirk 7: an AUTH with the two paths and nothing else is challenged (AUTH-01, WIRE-10)', async () => {
    const blink = world.dialIn();
    writeAuth(blink, 'a1f00001');
    await world.clock.settle();
    expect(blink.responses[0]).toMatchObject({ tid: 'a1f00001', code: 401, toPath: [ownUri], fromPath: [relayUri] });
  });

  test('quirk 8: an AUTH to the served SIP domain is for this relay, whose own name is in Use-Path (AUTH-13, AUTH-26)', async () => {
    const token = await login(world.dialIn());
    expect(token).toMatch(/^msrps:\/\/relay\.example:2855\//);
  });

  test('quirk 13: a wrong password gets a second 401 without stale, and the connection stays (AUTH-04, SEC-17)', async () => {
    const blink = world.dialIn();
    writeAuth(blink, 'a1f00001');
    await world.clock.settle();
    writeAuth(blink, 'a1f00002', authorization(challengeOf(blink.responses[0]!), 'wunderland'));
    await world.clock.settle();
    expect(blink.responses[1]?.code).toBe(401);
    expect(keptHeader(blink.responses[1]!, 'WWW-Authenticate')).not.toContain('stale');
    expect(blink.closed).toBe(false);
  });

  test('quirk 13: a challenge can be answered a minute later (SEC-15)', async () => {
    const blink = world.dialIn();
    writeAuth(blink, 'a1f00001');
    await world.clock.settle();
    await world.clock.elapse(25_000);
    blink.destroy();
    const again = world.dialIn();
    await world.clock.elapse(29_000);
    writeAuth(again, 'a1f00002', authorization(challengeOf(blink.responses[0]!)));
    await world.clock.settle();
    expect(again.responses[0]?.code).toBe(200);
  });

  test('quirk 51: without Expires and without ever a second AUTH the URI serves for a day (AUTH-11, CONN-22)', async () => {
    const blink = world.dialIn();
    playReceiver(blink);
    const token = await login(blink);
    expect(keptHeader(blink.responses[1]!, 'Expires')).toBe('86400');
    await world.clock.elapse(86_390_000);
    const peer = world.client({ uri: 'msrps://peer.example:2855/p1;tcp' });
    const sent = peer.send({ to: [token, ownUri], body: 'still there?' });
    await world.clock.settle();
    expect(sent.answer?.code).toBe(200);
    expect(blink.requests[0]?.text).toBe('still there?');
  });

  test('quirk 52: Use-Path is one tcp URI with a port, in a header spelled as in the RFC (AUTH-13, AUTH-18)', async () => {
    const token = await login(world.dialIn());
    expect(token).toMatch(/^msrps:\/\/[a-z.]+:\d+\/[A-Za-z0-9]+;tcp$/);
  });
});

describe('python3-msrplib (Blink) in session', () => {
  const peerUri = 'msrps://peer.example:2855/p1;tcp';

  test('quirk 16: its empty SEND is answered at once and comes to the peer first, with both URIs (FWD-01, RELAY-26, WIRE-17)', async () => {
    const { peer, connection } = world.listen({ host: 'peer.example' });
    const blink = world.dialIn();
    const token = await login(blink);
    blink.write(
      lines(
        'MSRP b1nd0001 SEND',
        `To-Path: ${token} ${peerUri}`,
        `From-Path: ${ownUri}`,
        'Message-ID: 7d31f0c2b1a',
        'Byte-Range: 1-0/0',
        '-------b1nd0001$',
      ),
    );
    await world.clock.settle();
    expect(blink.responses[2]).toMatchObject({ tid: 'b1nd0001', code: 200, toPath: [ownUri], fromPath: [token] });
    expect(peer.ends).toHaveLength(1);
    expect(connection().requests[0]).toMatchObject({
      method: 'SEND',
      toPath: [peerUri],
      fromPath: [token, ownUri],
      body: undefined,
      flag: '$',
      headers: [
        ['Message-ID', '7d31f0c2b1a'],
        ['Byte-Range', '1-0/0'],
      ],
    });
  });

  test('quirk 17: empty SENDs that cross are both answered and both delivered (CONN-24, FWD-13)', async () => {
    const blink = world.dialIn();
    playReceiver(blink);
    const token = await login(blink);
    const peer = world.client({ uri: peerUri });
    peer.send({ to: [token, ownUri], range: '1-0/0', messageId: 'fromPeer' });
    await world.clock.settle();
    blink.write(
      lines(
        'MSRP b1nd0001 SEND',
        `To-Path: ${token} ${peerUri}`,
        `From-Path: ${ownUri}`,
        'Message-ID: fromBlink',
        'Byte-Range: 1-0/0',
        '-------b1nd0001$',
      ),
    );
    await world.clock.settle();
    expect(peer.responses.map(({ code }) => code)).toEqual([200]);
    expect(blink.responses.map(({ code }) => code)).toEqual([401, 200, 200]);
    expect(blink.requests.map(({ messageId }) => messageId)).toEqual(['fromPeer']);
    expect(peer.requests.map(({ messageId }) => messageId)).toEqual(['fromBlink']);
  });

  test('quirk 18: a passive client that only listens is not closed and not forgotten (CONN-12, CONN-22)', async () => {
    const blink = world.dialIn();
    playReceiver(blink);
    const token = await login(blink);
    await world.clock.elapse(3_700_000);
    expect(blink.closed).toBe(false);
    const peer = world.client({ uri: peerUri });
    peer.send({ to: [token, ownUri], body: 'hello' });
    await world.clock.settle();
    expect(blink.requests[0]?.text).toBe('hello');
  });

  test('quirk 28: Keep-Alive: yes on its empty SEND every minute goes on to the peer, each with its 200 (FWD-04, WIRE-31)', async () => {
    const { peer, connection } = world.listen({ host: 'peer.example' });
    const blink = world.dialIn();
    const token = await login(blink);
    for (const minute of [1, 2, 3]) {
      await world.clock.elapse(60_000);
      blink.write(
        lines(
          `MSRP keep000${minute} SEND`,
          `To-Path: ${token} ${peerUri}`,
          `From-Path: ${ownUri}`,
          `Message-ID: alive-${minute}`,
          'Byte-Range: 1-0/0',
          'Keep-Alive: yes',
          `-------keep000${minute}$`,
        ),
      );
      await world.clock.settle();
      const request = connection().requests[minute - 1]!;
      expect(request.headers.at(-1)).toEqual(['Keep-Alive', 'yes']);
      connection().write(
        lines(
          `MSRP ${request.tid} 200 OK`,
          `To-Path: ${request.fromPath[0]}`,
          `From-Path: ${peerUri}`,
          `-------${request.tid}$`,
        ),
      );
    }
    await world.clock.elapse(40_000);
    expect(blink.responses.slice(2).map(({ tid, code }) => [tid, code])).toEqual([
      ['keep0001', 200],
      ['keep0002', 200],
      ['keep0003', 200],
    ]);
    expect(peer.ends).toHaveLength(1);
    expect(blink.requests).toEqual([]);
  });

  test('quirk 53: nothing the relay writes ends inside an end-line (WIRE-04, XMIT-25)', async () => {
    const door = world.network.peer({ host: 'door.example' });
    const blink = wireEnd(world.network.connect('door.example:2855'));
    await world.clock.settle();
    const end = door.ends[0]!;
    const write = end.write.bind(end);
    const written: string[] = [];
    Object.assign(end, {
      write(parts: readonly Uint8Array[]) {
        for (const part of parts) written.push(Buffer.from(part).toString('latin1'));
        write(parts);
      },
    });
    world.relay.accept(end, { transport: 'memory', secure: true, remote: { address: '192.0.2.9', port: 4_000 } });
    playReceiver(blink);
    const token = await login(blink);
    // It answers nothing, since it is in the middle of a SEND itself.
    const peer = world.client({ uri: peerUri, answer: 'never' });
    const large = peer.openSend({ to: [token, ownUri], successReport: 'yes' });
    for (let part = 0; part < 40; part++) {
      large.write(`${part} `.repeat(1_500));
      if (part % 4 === 0) {
        blink.write(
          lines(
            `MSRP 5e4d0${part + 100} SEND`,
            `To-Path: ${token} ${peerUri}`,
            `From-Path: ${ownUri}`,
            `Message-ID: crossing${part}`,
            'Byte-Range: 1-4/4',
            'Content-Type: text/plain',
            '',
            'tick',
            `-------5e4d0${part + 100}$`,
          ),
        );
      }
      await world.clock.settle();
    }
    large.end();
    await world.clock.settle();
    expect(blink.requests.length).toBeGreaterThan(5);
    const tids = [...blink.requests, ...blink.responses].map(({ tid }) => tid);
    expect(tids.length).toBeGreaterThan(15);
    expect(written.length).toBeGreaterThan(40);
    expect(written.filter((part) => /-------[A-Za-z0-9]*[$+#]?\r?$/.test(part))).toEqual([]);
    expect(blink.violations).toEqual([]);
  });

  test('quirk 54: each part it gets is reported, and every REPORT goes back to the sender as it is (FWD-06, FWD-07, FWD-29)', async () => {
    const blink = world.dialIn();
    playReceiver(blink);
    const token = await login(blink);
    const peer = world.client({ uri: peerUri });
    peer.sendChunks({ to: [token, ownUri], messageId: 'threeParts', successReport: 'yes', body: 'x'.repeat(30) }, 10);
    await world.clock.settle();
    expect(peer.reports.map((report) => report.header('Byte-Range'))).toEqual(['1-10/30', '11-20/30', '21-30/30']);
    expect(peer.reports.map((report) => report.fromPath)).toEqual([
      [token, ownUri],
      [token, ownUri],
      [token, ownUri],
    ]);
    expect(peer.reports.map((report) => report.header('Status'))).toEqual(['000 200 OK', '000 200 OK', '000 200 OK']);
  });

  test('quirk 55: a message above 2048 octets with * as range-end arrives whole (FWD-05, XMIT-02)', async () => {
    const { connection } = world.listen({ host: 'peer.example' });
    const blink = world.dialIn();
    const token = await login(blink);
    const body = 'b'.repeat(5_000);
    blink.write(
      lines(
        'MSRP b16b0001 SEND',
        `To-Path: ${token} ${peerUri}`,
        `From-Path: ${ownUri}`,
        'Message-ID: bigOne',
        'Byte-Range: 1-*/5000',
        'Content-Type: text/plain',
        '',
        body,
        '-------b16b0001$',
      ),
    );
    await world.clock.settle();
    expect(connection().requests).toHaveLength(1);
    expect(connection().requests[0]).toMatchObject({ text: body, range: { start: 1, end: undefined, total: 5_000 } });
  });

  test('quirk 56: its 481 for a SEND with another path and its 501 for other methods come back (FWD-28, RESP-06)', async () => {
    const blink = world.dialIn();
    const token = await login(blink);
    blink.onRequest = (request) => {
      const code = request.method === 'SEND' ? '481 Session does not exist' : '501 Method unknown';
      const to = request.method === 'SEND' ? request.fromPath[0] : request.fromPath.join(' ');
      blink.write(
        lines(`MSRP ${request.tid} ${code}`, `To-Path: ${to}`, `From-Path: ${ownUri}`, `-------${request.tid}$`),
      );
    };
    const peer = world.client({ uri: peerUri });
    const sent = peer.send({ to: [token, ownUri], messageId: 'otherPath', body: 'hello' });
    const nickname = peer.request('NICKNAME', { to: [token, ownUri], headers: [['Use-Nickname', '"Al"']] });
    await world.clock.settle();
    expect(sent.answer?.code).toBe(200);
    expect(peer.reports[0]?.header('Status')).toMatch(/^000 481/);
    expect(nickname.answer).toMatchObject({ code: 501, fromPath: [token, ownUri] });
  });
});
