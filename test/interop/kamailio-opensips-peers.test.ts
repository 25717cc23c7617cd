import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { digestAuthenticator } from '../../src/index.js';
import type { MsrpClient } from '../../src/testing/index.js';
import { createWorld, lines, type WireEnd, type World } from './world.js';

/** Another relay, and an endpoint behind it. */
const farRelay = 'msrps://sip.far.example:2855/aGk+Pz4vIQ==/w/7=;tcp';
const farUser = 'msrps://10.1.2.3:2855/u77;tcp';
const ownUri = 'msrps://peer.example:2855/p1;tcp';
const bobUri = 'msrps://bob.invalid:2855/b1;tcp';

let world: World;
let bob: MsrpClient;
let token: string;
beforeEach(async () => {
  world = await createWorld();
  ({ client: bob, token } = await world.registered({ uri: bobUri }));
});
afterEach(async () => {
  world.expectStrict();
  await world.close();
});

function send(tid: string, ...headers: readonly string[]): string {
  return lines(`MSRP ${tid} SEND`, ...headers, 'Content-Type: text/plain', '', 'hi', `-------${tid}$`);
}

/** The other relay, dialled by ours for Bob's messages. */
async function dialled(): Promise<WireEnd> {
  const { connection } = world.listen({ host: 'sip.far.example' });
  bob.send({ to: [token, farRelay, farUser], messageId: 'opening', failureReport: 'no' });
  await world.clock.settle();
  return connection();
}

describe('peers as Kamailio, OpenSIPS and the AG relay know them', () => {
  test.each([
    ['From-Path before To-Path', ['From-Path: U', 'To-Path: T', 'Message-ID: m123']],
    ['Message-ID before both', ['Message-ID: m123', 'To-Path: T', 'From-Path: U']],
    ['a second To-Path', ['To-Path: T', 'From-Path: U', 'To-Path: T', 'Message-ID: m123']],
    ['a second From-Path', ['To-Path: T', 'From-Path: U', 'From-Path: U', 'Message-ID: m123']],
  ])('quirk 29: %s is a 400, and what follows is read (WIRE-07, WIRE-08, WIRE-27)', async (_, headers) => {
    const peer = world.dialIn();
    const written = headers.map((line) => line.replace(': T', `: ${token} ${bobUri}`).replace(': U', `: ${ownUri}`));
    peer.write(send('0rder001', ...written));
    peer.write(send('0rder002', `To-Path: ${token} ${bobUri}`, `From-Path: ${ownUri}`, 'Message-ID: m124'));
    await world.clock.settle();
    expect(peer.responses.map(({ tid, code }) => [tid, code])).toEqual([
      ['0rder001', 400],
      ['0rder002', 200],
    ]);
    expect(bob.requests.map(({ messageId }) => messageId)).toEqual(['m124']);
  });

  test.each([
    ['no reason phrase', '200'],
    ['a blank and no reason phrase', '200 '],
    ['a phrase of their own', '200 Message received'],
  ])('quirk 30: a response with %s and no further header is a response (WIRE-02, WIRE-10)', async (_, status) => {
    const far = await dialled();
    bob.send({ to: [token, farRelay, farUser], body: 'hello' });
    await world.clock.settle();
    const { tid, fromPath } = far.requests[1]!;
    far.write(lines(`MSRP ${tid} ${status}`, `To-Path: ${fromPath[0]}`, `From-Path: ${farRelay}`, `-------${tid}$`));
    await world.clock.elapse(40_000);
    expect(bob.reports).toEqual([]);
  });

  test('quirk 32: session-ids with /, + and = are carried octet for octet, and dialled by their host alone (FWD-02, URI-03)', async () => {
    const far = await dialled();
    expect(far.requests[0]?.toPath).toEqual([farRelay, farUser]);
    far.write(
      send('a6re1ay1', `To-Path: ${token} ${bobUri}`, `From-Path: ${farRelay} ${farUser}`, 'Message-ID: m125'),
    );
    await world.clock.settle();
    expect(bob.requests[0]?.fromPath).toEqual([token, farRelay, farUser]);
  });

  test('quirk 32: our own session-ids have letters and digits only (URI-03)', () => {
    expect(token).toMatch(/^msrps:\/\/relay\.example:2855\/[A-Za-z0-9]{20,};tcp$/);
  });

  test('quirk 37: Failure-Report partial gets no 200, and an error of the next hop as REPORT (RELAY-17, RESP-07)', async () => {
    const far = await dialled();
    const sent = bob.send({ to: [token, farRelay, farUser], body: 'hello', failureReport: 'partial' });
    await world.clock.settle();
    const request = far.requests[1]!;
    expect(request.header('Failure-Report')).toBe('partial');
    far.write(
      lines(
        `MSRP ${request.tid} 415 Unsupported`,
        `To-Path: ${request.fromPath[0]}`,
        `From-Path: ${farRelay}`,
        `-------${request.tid}$`,
      ),
    );
    await world.clock.elapse(40_000);
    expect(sent.answer).toBeUndefined();
    expect(bob.reports.map((report) => report.header('Status')?.slice(0, 7))).toEqual(['000 415']);
  });

  test('quirk 37: Failure-Report partial that nobody answers is no failure (FWD-18)', async () => {
    await dialled();
    bob.send({ to: [token, farRelay, farUser], body: 'hello', failureReport: 'partial' });
    await world.clock.elapse(60_000);
    expect(bob.reports).toEqual([]);
  });

  test('quirk 37: no Failure-Report means yes: 200 from here, REPORT 408 when the next hop is silent (FWD-06, FWD-16, RELAY-15)', async () => {
    const far = await dialled();
    const sent = bob.send({ to: [token, farRelay, farUser], body: 'hello', messageId: 'plain' });
    await world.clock.settle();
    expect(sent.answer?.code).toBe(200);
    expect(far.requests[1]?.header('Failure-Report')).toBeUndefined();
    await world.clock.elapse(31_000);
    expect(bob.reports).toMatchObject([{ messageId: 'plain' }]);
    expect(bob.reports[0]?.header('Status')).toMatch(/^000 408/);
  });

  test('quirk 19, 39: NICKNAME may be the first request of a session, and its answer comes back end to end (FWD-28, FWD-44, RELAY-24, RESP-11)', async () => {
    const peer = world.dialIn();
    bob.answer = (request) => (request.method === 'NICKNAME' ? 425 : 200);
    peer.write(
      lines(
        'MSRP n1ck0001 NICKNAME',
        `To-Path: ${token} ${bobUri}`,
        `From-Path: ${ownUri}`,
        'Use-Nickname: "Zoë the 2nd"',
        '-------n1ck0001$',
      ),
    );
    await world.clock.settle();
    expect(bob.requests).toMatchObject([{ method: 'NICKNAME', headers: [['Use-Nickname', '"Zoë the 2nd"']] }]);
    expect(peer.responses).toMatchObject([
      { tid: 'n1ck0001', code: 425, toPath: [ownUri], fromPath: [token, bobUri] },
    ]);
    await world.clock.elapse(60_000);
    expect(peer.requests).toEqual([]);
    expect(peer.closed).toBe(false);
  });

  test('quirk 39: a NICKNAME that nobody answers is answered by the relay, and no REPORT is made of it (FWD-23, FWD-38)', async () => {
    const peer = world.dialIn();
    bob.answer = 'never';
    peer.write(
      lines(
        'MSRP n1ck0002 NICKNAME',
        `To-Path: ${token} ${bobUri}`,
        `From-Path: ${ownUri}`,
        'Use-Nickname: "Zoë"',
        '-------n1ck0002$',
      ),
    );
    await world.clock.elapse(31_000);
    expect(peer.responses.map(({ tid, code }) => [tid, code])).toEqual([['n1ck0002', 408]]);
    expect(peer.requests).toEqual([]);
  });

  test('quirk 40: a REPORT for a peer that can not be reached leads to nothing (RELAY-22, RELAY-23)', async () => {
    bob.request('REPORT', {
      to: [token, 'msrps://nowhere.example:2855/x;tcp'],
      headers: [
        ['Message-ID', 'm126'],
        ['Byte-Range', '1-5/5'],
        ['Status', '000 200 OK'],
      ],
    });
    await world.clock.elapse(40_000);
    expect(bob.responses.map(({ code }) => code)).toEqual([401, 200]);
    expect(bob.reports).toEqual([]);
    expect(bob.closed).toBe(false);
  });

  test('quirk 28: headers it has no use for go on unchanged and in order, Content-Disposition among them (FWD-04)', async () => {
    const peer = world.dialIn();
    peer.write(
      lines(
        'MSRP hdrs0001 SEND',
        `To-Path: ${token} ${bobUri}`,
        `From-Path: ${ownUri}`,
        'Message-ID: m127',
        'X-Trace: a; b="c"',
        'Byte-Range: 1-2/2',
        'Content-Disposition: inline',
        'Content-ID: <7@x>',
        'Content-Type: text/plain; charset=utf-8',
        '',
        'hi',
        '-------hdrs0001$',
      ),
    );
    await world.clock.settle();
    expect(bob.requests[0]?.headers).toEqual([
      ['Message-ID', 'm127'],
      ['X-Trace', 'a; b="c"'],
      ['Byte-Range', '1-2/2'],
      ['Content-Disposition', 'inline'],
      ['Content-ID', '<7@x>'],
      ['Content-Type', 'text/plain; charset=utf-8'],
    ]);
  });
});

describe('hosted domains, as AG and OpenSIPS have them', () => {
  test('quirk 9: the realm may follow the domain that the AUTH names (AUTH-26, AUTH-34)', async () => {
    await world.close();
    world = await createWorld({
      authenticator: digestAuthenticator({
        realm: (host) => host,
        credentials: ({ username, realm }) => ({ password: `${username} at ${realm}` }),
      }),
    });
    const grants = [];
    for (const domain of ['relay.example', 'example.net']) {
      const client = world.client({ uri: bobUri });
      const password = `carol at ${domain}`;
      grants.push(
        await world.clock.until(client.auth({ relay: `msrps://${domain};tcp`, username: 'carol', password })),
      );
    }
    expect(grants.map(({ code, relayProved }) => [code, relayProved])).toEqual([
      [200, true],
      [200, true],
    ]);
  });
});
