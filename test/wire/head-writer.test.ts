import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildReport, buildResponse, pathLines, responseTail, tailPaths } from '../../src/wire/head-writer.js';
import { fromPath, listen, message, paths, toPath } from './told.js';

const response = { tid: 'abcd', status: 401, toPath, fromPath, headers: [] };
const report = {
  tid: 'abcd',
  paths: Buffer.from(paths),
  messageId: Buffer.from('1234'),
  byteRange: { start: 1, end: 5, total: 10 },
  code: 408,
};

describe('responseTail', () => {
  it.each([
    [200, '200 OK'],
    [299, '299'],
  ])('WIRE-33 all between the two ids of a %i, and its path lines back', (status, text) => {
    const tail = responseTail(status, Buffer.from(paths));
    expect(tail.toString()).toBe(` ${text}\r\n${paths}-------`);
    expect(tailPaths(status, tail).toString()).toBe(paths);
  });
});

describe('buildResponse', () => {
  it('XMIT-25 WIRE-33 a whole response', () => {
    const headers = [
      ['WWW-Authenticate', 'Digest realm="a", nonce="b"'],
      ['Expires', '300'],
    ] as const;
    expect(buildResponse({ ...response, comment: 'Try again', headers }).toString()).toBe(
      'MSRP abcd 401 Try again\r\n' +
        `To-Path: ${toPath}\r\nFrom-Path: ${fromPath}\r\n` +
        'WWW-Authenticate: Digest realm="a", nonce="b"\r\nExpires: 300\r\n-------abcd$\r\n',
    );
  });

  it('WIRE-35 the usual phrase where none is given', () => {
    expect(buildResponse(response).toString()).toBe(`MSRP abcd 401 Unauthorized\r\n${paths}-------abcd$\r\n`);
    expect(buildResponse({ ...response, status: 299 }).toString()).toMatch(/^MSRP abcd 299\r\n/);
  });

  it('no comment and no value forges a line; comments are bounded', () => {
    const headers = [['X', 'a\r\nY: b\0']] as const;
    const octets = buildResponse({ ...response, comment: ' a\r\nTo-Path: x\n\x7fü', headers });
    expect(octets.toString()).toBe(`MSRP abcd 401 a To-Path: x ü\r\n${paths}X: a Y: b \r\n-------abcd$\r\n`);
    expect(buildResponse({ ...response, comment: 'x'.repeat(10_000) }).length).toBeLessThan(400);
  });
});

describe('buildReport', () => {
  it('FWD-19 exactly paths, Message-ID, Byte-Range and Status', () => {
    expect(buildReport({ ...report, comment: 'no\r\nanswer' }).toString()).toBe(
      `MSRP abcd REPORT\r\n${paths}Message-ID: 1234\r\nByte-Range: 1-5/10\r\nStatus: 000 408 no answer\r\n-------abcd$\r\n`,
    );
    const open = { start: 7, end: undefined, total: undefined };
    expect(buildReport({ ...report, byteRange: open, code: 424 }).toString()).toContain(
      '\r\nByte-Range: 7-*/*\r\nStatus: 000 424\r\n',
    );
  });
});

it('pathLines', () => {
  expect(pathLines('a b', 'c').toString()).toBe('To-Path: a b\r\nFrom-Path: c\r\n');
});

describe('XMIT-25 what is written is read again', () => {
  const word = fc.stringMatching(/^[!-~]{1,20}$/);
  const path = fc.array(word, { minLength: 1, maxLength: 4 }).map((words) => words.join(' '));
  const tid = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9.+%=-]{3,31}$/);
  const position = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });

  it('responses', () => {
    fc.assert(
      fc.property(
        tid,
        fc.integer({ min: 200, max: 599 }),
        fc.string(),
        path,
        path,
        fc.string(),
        (id, status, comment, to, from, x) => {
          const { told, lost } = listen(
            buildResponse({ tid: id, status, comment, toPath: to, fromPath: from, headers: [['X', x]] }),
          );
          expect(lost).toBeUndefined();
          expect(told).toMatchObject([{ tid: id, status, toPath: to, fromPath: from, flaw: undefined, flag: '$' }]);
        },
      ),
    );
  });

  it('REPORTs', () => {
    fc.assert(
      fc.property(tid, path, path, tid, position, fc.option(position), (id, to, from, messageId, first, last) => {
        const end = last === null ? undefined : Math.max(first, last);
        const octets = buildReport({
          tid: id,
          paths: pathLines(to, from),
          messageId: Buffer.from(messageId),
          byteRange: { start: first, end, total: end },
          code: 481,
        });
        const [told] = listen(octets).told;
        expect(told).toMatchObject({
          method: 'REPORT',
          tid: id,
          toPath: to,
          fromPath: from,
          messageId,
          flaw: undefined,
        });
        expect(told?.byteRangeLine).toBe(`Byte-Range: ${first}-${end ?? '*'}/${end ?? '*'}\r\n`);
      }),
    );
  });

  it('SENDs with any body', () => {
    const body = fc.uint8Array({ maxLength: 3000 }).map((octets) => Buffer.from(octets).toString('latin1'));
    fc.assert(
      fc.property(body, fc.constantFrom('$', '+', '#'), (data, flag) => {
        const octets = message('SEND', ['Message-ID: 1234', 'Content-Type: x/y'], data, flag, 'k3ys0meL0ngId');
        expect(listen(octets).told).toMatchObject([{ body: data, flag, flaw: undefined }]);
      }),
    );
  });
});
