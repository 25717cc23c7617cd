import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { socketEnd } from '../../src/testing/client-end.js';
import type { MsrpClient, MsrpClientOptions } from '../../src/testing/client-types.js';
import { digestAnswer, digestParameters } from '../../src/testing/digest-answer.js';
import type { MemoryEnd } from '../../src/testing/memory-end.js';
import { createMemoryNetwork } from '../../src/testing/memory-network.js';
import type { MemoryPlace } from '../../src/testing/memory-types.js';
import { createMsrpClient } from '../../src/testing/msrp-client.js';
import { createTestClock, type TestRuntime } from '../../src/testing/test-clock.js';

const uriA = 'msrps://a.example:2855/a;tcp';
const uriB = 'msrps://b.example:2855/b;tcp';

interface Two {
  readonly clock: TestRuntime;
  readonly a: MsrpClient;
  readonly b: MsrpClient;
  readonly endA: MemoryEnd;
}

/** Two clients that talk to each other, with no relay between them. */
function two(options: Partial<MsrpClientOptions> = {}, place: Partial<MemoryPlace> = {}): Two {
  const clock = createTestClock();
  const network = createMemoryNetwork(clock, { split: 'random' });
  const peer = network.peer({ host: 'b.example', ...place });
  const endA = network.connect('b.example:2855');
  clock.run();
  const a = createMsrpClient(endA, { uri: uriA });
  const b = createMsrpClient(peer.ends[0]!, { uri: uriB, ...options });
  return { clock, a, b, endA };
}

function expectNoViolations({ a, b }: Two): void {
  expect([...a.violations, ...b.violations]).toEqual([]);
}

describe('test client', () => {
  test('a message goes out whole, with all headers in order, and is answered with 200', () => {
    const both = two();
    const { clock, a, b } = both;
    const sent = a.send({
      to: uriB,
      messageId: 'm1234',
      body: 'hällo',
      failureReport: 'yes',
      successReport: 'no',
      headers: [['X-Y', 'z']],
    });
    expect(sent.answer).toBeUndefined();
    clock.run();
    expect(sent.answer).toMatchObject({ code: 200, comment: 'OK', toPath: [uriA], fromPath: [uriB] });
    const [request] = b.requests;
    expect(request).toMatchObject({ method: 'SEND', toPath: [uriB], fromPath: [uriA], text: 'hällo', flag: '$' });
    expect(request?.headers).toEqual([
      ['Message-ID', 'm1234'],
      ['Byte-Range', '1-6/6'],
      ['Failure-Report', 'yes'],
      ['Success-Report', 'no'],
      ['X-Y', 'z'],
      ['Content-Type', 'text/plain'],
    ]);
    expectNoViolations(both);
  });

  test('a message without body, one without Byte-Range, a long one', () => {
    const both = two();
    const { clock, a, b } = both;
    a.send({ to: uriB });
    a.send({ to: uriB, body: 'x', range: false, contentType: 'text/html' });
    a.send({ to: [uriB, uriA], from: [uriA, uriB], body: Buffer.alloc(3000, 'x') });
    clock.run();
    expect(b.requests.map((request) => request.body?.length)).toEqual([undefined, 1, 3000]);
    expect(b.requests.map((request) => request.header('Byte-Range'))).toEqual([undefined, undefined, '1-*/3000']);
    expect(b.requests[1]?.header('Content-Type')).toBe('text/html');
    expect(b.requests[2]).toMatchObject({ toPath: [uriB, uriA], fromPath: [uriA, uriB] });
    expect(new Set(b.requests.map(({ tid }) => tid)).size).toBe(3);
    expect(new Set(b.requests.map(({ messageId }) => messageId)).size).toBe(3);
    expectNoViolations(both);
  });

  test('chunks of one message are put together by their ranges', () => {
    const both = two();
    const { clock, a, b } = both;
    const body = Buffer.from(Array.from({ length: 10_000 }, (_, i) => i % 251));
    const sent = a.sendChunks({ to: uriB, body }, 3000);
    clock.run();
    expect(b.requests.map((request) => [request.header('Byte-Range'), request.flag])).toEqual([
      ['1-*/10000', '+'],
      ['3001-*/10000', '+'],
      ['6001-*/10000', '+'],
      ['9001-10000/10000', '$'],
    ]);
    expect(sent.map(({ answer }) => answer?.code)).toEqual([200, 200, 200, 200]);
    expect(b.received(sent[0]!.messageId).equals(body)).toBe(true);
    expect(b.received('other')).toHaveLength(0);
    expectNoViolations(both);
  });

  test('a message can be written piece by piece, and be looked at meanwhile', () => {
    const both = two();
    const { clock, a, b } = both;
    const open = a.openSend({ to: uriB });
    open.write('x'.repeat(100));
    clock.run();
    expect(b.requests).toEqual([]);
    expect(b.incoming).toMatchObject({ messageId: open.messageId, range: { start: 1 } });
    expect(b.incoming!.bodyBytes).toBeGreaterThan(50);
    open.write('end');
    open.end('+');
    clock.run();
    expect(b.requests[0]).toMatchObject({ text: `${'x'.repeat(100)}end`, flag: '+' });
    expect(open.answer?.code).toBe(200);
    expectNoViolations(both);
  });

  test('answers as it is told, and by Failure-Report', () => {
    const { clock, a, b } = two({ answer: 413 });
    const codes = (failureReport?: 'yes' | 'no' | 'partial'): number | undefined => {
      const sent = a.send({ to: uriB, body: 'x', ...(failureReport && { failureReport }) });
      clock.run();
      return sent.answer?.code;
    };
    expect(codes()).toBe(413);
    expect(codes('partial')).toBe(413);
    expect(codes('no')).toBeUndefined();
    b.answer = 200;
    expect(codes('yes')).toBe(200);
    expect(codes('partial')).toBeUndefined();
    b.answer = 'never';
    expect(codes()).toBeUndefined();
    b.answer = (request) => (request.text === 'x' ? 481 : 200);
    expect(codes()).toBe(481);
  });

  test('other requests are answered along their whole From-Path, REPORTs not at all', () => {
    const both = two();
    const { clock, a, b } = both;
    const sent = a.request('FOO', { to: uriB, from: [uriA, uriB], body: 'x', headers: [['X', 'y']] });
    a.send({ to: uriB, body: 'hello', successReport: 'yes', messageId: 'm1234' });
    clock.run();
    expect(sent.answer).toMatchObject({ code: 200, toPath: [uriA, uriB] });
    b.report(b.requests[1]!);
    b.report(b.requests[1]!, { status: '000 408 Timeout', range: '1-2/5' });
    clock.run();
    expect(a.reports.map((report) => report.headers)).toEqual([
      [
        ['Message-ID', 'm1234'],
        ['Byte-Range', '1-5/5'],
        ['Status', '000 200 OK'],
      ],
      [
        ['Message-ID', 'm1234'],
        ['Byte-Range', '1-2/5'],
        ['Status', '000 408 Timeout'],
      ],
    ]);
    expect(a.requests).toEqual([]);
    expect(b.responses).toEqual([]);
    expectNoViolations(both);
  });

  test('next…() give out what comes, each once, and reject when the connection is gone', async () => {
    const { clock, a, b } = two();
    const first = b.nextRequest();
    a.send({ to: uriB, body: 'one' });
    a.send({ to: uriB, body: 'two' });
    await expect(clock.until(first)).resolves.toMatchObject({ text: 'one' });
    await expect(b.nextRequest()).resolves.toMatchObject({ text: 'two' });
    await expect(clock.until(a.nextResponse())).resolves.toMatchObject({ code: 200 });
    const third = b.nextRequest();
    const report = b.nextReport();
    b.answer = 'never';
    const unanswered = a.send({ to: uriB, body: 'three' }).answered();
    await expect(clock.until(third)).resolves.toMatchObject({ text: 'three' });
    b.destroy();
    a.end();
    await expect(clock.until(report)).rejects.toThrow('connection closed');
    await expect(clock.until(unanswered)).rejects.toThrow('connection closed');
    await expect(b.nextReport()).rejects.toThrow('connection closed');
    expect([a.ended, a.closed, b.closed]).toEqual([true, true, true]);
  });

  test('what breaks the grammar is kept, an answer to nothing too', () => {
    const { clock, a, b } = two();
    a.raw('MSRP t001 AUTH\r\n-------t001$\r\n');
    clock.run();
    expect(b.violations.join()).toContain('no To-Path where it belongs');
    b.raw(`MSRP none1 200 OK\r\nTo-Path: ${uriA}\r\nFrom-Path: ${uriB}\r\n-------none1$\r\n`);
    clock.run();
    expect(a.violations).toEqual(expect.arrayContaining(['response to no open request: none1']));
  });

  test('a second answer to one request is an answer to nothing', () => {
    const { clock, a, b } = two();
    const { tid } = a.send({ to: uriB, body: 'x' });
    clock.run();
    b.respond(b.requests[0]!, 408);
    clock.run();
    expect(a.violations).toEqual([`response to no open request: ${tid}`]);
  });

  test('a client that stops reading stops its peer; a reset is an error to it', () => {
    const { clock, a, b, endA } = two();
    b.pause();
    a.send({ to: uriB, body: Buffer.alloc(100_000) });
    clock.run();
    expect(endA.unacceptedBytes).toBeGreaterThan(30_000);
    b.resume();
    clock.run();
    expect(b.requests[0]?.body).toHaveLength(100_000);
    endA.reset();
    clock.run();
    expect(b.closeError?.message).toBe('read ECONNRESET');
    expect(a.closed).toBe(true);
  });

  test('message framing: each message is one write, and pieces are not possible', () => {
    const both = two({}, { framing: 'message' });
    const { clock, a, b } = both;
    a.send({ to: uriB, body: 'one' });
    a.sendChunks({ to: uriB, body: 'abcdef' }, 2);
    clock.run();
    expect(b.requests.map(({ text }) => text)).toEqual(['one', 'ab', 'cd', 'ef']);
    expect(() => a.openSend({ to: uriB })).toThrow('can not be written in pieces');
    expectNoViolations(both);
  });
});

describe('test client: AUTH', () => {
  const challenges = ['SHA-256', 'MD5'].map(
    (algorithm) => `Digest realm="r", nonce="n-${algorithm}", qop="auth", opaque="o", algorithm=${algorithm}`,
  );

  /** Lets `b` play the relay. */
  function relay(password: string): Two {
    const both = two({ answer: 'never' });
    const { b } = both;
    b.answer = (request) => {
      const authorization = request.header('Authorization');
      const given = digestParameters(authorization ?? '');
      const expected = digestAnswer({
        algorithm: given.get('algorithm') === 'MD5' ? 'MD5' : 'SHA-256',
        username: 'alice',
        password,
        realm: 'r',
        nonce: `n-${given.get('algorithm') ?? ''}`,
        nc: '00000001',
        cnonce: given.get('cnonce') ?? '',
        uri: request.toPath.at(-1)!,
      });
      if (given.get('response') !== expected.response) {
        b.respond(request, 401, { headers: challenges.map((value) => ['WWW-Authenticate', value]) });
      } else {
        b.respond(request, 200, {
          headers: [
            ['Use-Path', `${uriB} ${uriA}`],
            ['Expires', request.header('Expires') ?? '900'],
            ['Authentication-Info', `rspauth="${expected.rspauth}", qop=auth, nc=00000001`],
          ],
        });
      }
      return 'never';
    };
    return both;
  }

  test.each(['SHA-256', 'MD5'] as const)('AUTH-01 AUTH-03 challenge, %s answer, Use-Path', async (algorithm) => {
    const both = relay('secret');
    const { clock, a, b } = both;
    const result = await clock.until(
      a.auth({ relay: uriB, via: [uriA], username: 'alice', password: 'secret', expires: 120, algorithm }),
    );
    expect(result).toMatchObject({ code: 200, usePath: [uriB, uriA], expires: 120, relayProved: true });
    expect(b.requests.map(({ toPath, fromPath }) => [toPath, fromPath])).toEqual([
      [[uriA, uriB], [uriA]],
      [[uriA, uriB], [uriA]],
    ]);
    expect(b.requests[1]?.header('Authorization')).toContain(`algorithm=${algorithm}`);
    expect(b.requests[1]?.header('Authorization')).toContain('opaque="o"');
    expectNoViolations(both);
  });

  test('a wrong password ends with 401 and no proof', async () => {
    const { clock, a, b } = relay('secret');
    const result = await clock.until(a.auth({ relay: uriB, username: 'alice', password: 'wrong' }));
    expect(result).toMatchObject({ code: 401, usePath: [], expires: undefined, relayProved: false });
    expect(b.requests).toHaveLength(2);
    expect(b.requests[0]?.headers).toEqual([]);
  });

  test('an answer other than a challenge is the result', async () => {
    const { clock, a } = two({ answer: 403 });
    const result = await clock.until(a.auth({ relay: uriB, username: 'alice', password: 'secret' }));
    expect(result).toMatchObject({ code: 403, relayProved: false, response: { comment: 'Forbidden' } });
  });
});

describe('test client on sockets of Node', () => {
  test('two clients talk over TCP, half-close and end', async () => {
    const server = createServer({ allowHalfOpen: true });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' ? address!.port : 0;
    const accepted = once(server, 'connection');
    const a = createMsrpClient(socketEnd(connect({ port, host: '127.0.0.1', allowHalfOpen: true })), { uri: uriA });
    const [socket] = await accepted;
    const b = createMsrpClient(socketEnd(socket as Socket), { uri: uriB });
    const response = await a.send({ to: uriB, body: Buffer.alloc(200_000, 'x') }).answered();
    expect(response.code).toBe(200);
    expect(b.requests[0]?.body).toHaveLength(200_000);
    a.end();
    const last = a.nextRequest();
    b.send({ to: uriA, body: 'last', failureReport: 'no' });
    b.end();
    await expect(last).resolves.toMatchObject({ text: 'last' });
    await expect(a.nextRequest()).rejects.toThrow('connection closed');
    expect([...a.violations, ...b.violations]).toEqual([]);
    server.close();
    await once(server, 'close');
  });

  test('a socket that is destroyed closes the other side', async () => {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' ? address!.port : 0;
    const accepted = once(server, 'connection');
    const a = createMsrpClient(socketEnd(connect({ port, host: '127.0.0.1' })), { uri: uriA });
    const [socket] = await accepted;
    const b = createMsrpClient(socketEnd(socket as Socket), { uri: uriB });
    const next = b.nextRequest();
    a.pause();
    a.resume();
    a.destroy();
    await expect(next).rejects.toThrow('connection closed');
    server.close();
    await once(server, 'close');
  });
});
