import { beforeEach, describe, expect, it } from 'vitest';
import type { Fact } from '../../src/observe/types.js';
import { Response } from '../../src/response/response.js';
import type { FailedPiece, OutgoingRoute, Scheduler, WayBack } from '../../src/transmission/types.js';
import { FakeConnection, lines, withHead } from '../support/fake-connection.js';

let facts: Fact[];
/** What the room did, in order. */
let done: string[];
let connection: FakeConnection;

beforeEach(() => {
  [facts, done] = [[], []];
});

/** A connection on which one transaction is outstanding: a SEND's, or one with a way back. */
function outstanding(kind: 'send' | 'request'): void {
  const back: Partial<WayBack> = { answered: ({ status }) => done.push(`back ${status}`) };
  const route: Partial<OutgoingRoute> = {
    pieceFailed: ({ code, comment }) => done.push(`failed ${code} ${comment}`),
  };
  connection = new FakeConnection();
  Object.assign(connection.scheduler, {
    transactions: {
      find: (view: DataView, start: number, end: number) =>
        Buffer.from(view.buffer, view.byteOffset + start, end - start).toString() === 'tid12345' ? 3 : -1,
      wayBack: () => (kind === 'request' ? back : undefined),
      route: () => route,
      complete: (slot: number) => done.push(`complete ${slot}`),
    },
    refused: (slot: number, code: number, comment: string) => {
      done.push(`refused ${slot}`);
      return { code, comment } as FailedPiece;
    },
    answered: () => done.push('answered'),
  } satisfies Partial<Record<keyof Scheduler, unknown>>);
}

function receive(text: string): void {
  const room = new Response({ note: (fact) => facts.push(fact) });
  withHead(text, (head) => {
    room.receive(connection, head);
  });
}

const answer = (code: string, tid = 'tid12345', ...headers: string[]): string =>
  lines(`MSRP ${tid} ${code}`, 'To-Path: msrps://elsewhere.example:2855/q;tcp', 'From-Path: msrps://n.example:2855/n;tcp', ...headers, `-------${tid}$`); // prettier-ignore

describe('a response to a SEND', () => {
  it.each(['200 OK', '202 Accepted', '299'])('RESP-04 RESP-05 RESP-09 %s completes it, and ends here', (code) => {
    outstanding('send');
    receive(answer(code));
    expect(done).toEqual(['complete 3', 'answered']);
    expect(connection.sent).toEqual([]);
  });

  it.each([
    ['415 No thanks', 'failed 415 No thanks'],
    ['428', 'failed 428 '],
    ['300', 'failed 300 '],
    ['199', 'failed 199 '],
  ])('RESP-06 RESP-17 %s fails the piece with that code', (code, expected) => {
    outstanding('send');
    receive(answer(code));
    expect(done).toEqual(['refused 3', expected, 'answered']);
  });

  it('RESP-01 R40 counts by its tid, whatever its To-Path says', () => {
    outstanding('send');
    receive(answer('200'));
    expect(facts).toEqual([]);
  });
});

it('RESP-11 a response to another request completes it first, then goes back', () => {
  outstanding('request');
  receive(answer('425'));
  expect(done).toEqual(['complete 3', 'back 425', 'answered']);
});

describe('dropped, and nothing else happens', () => {
  it.each([
    ['RESP-03 a tid that names nothing', answer('200', 'other123'), 'unmatched'],
    ['RESP-21 with a body', answer('200').replace(/-------/, 'Content-Type: text/plain\r\n\r\nhi\r\n-------'), 'unparsable'],
    ['RESP-21 with another flag', answer('200').replace('$', '+'), 'unparsable'],
    ['RESP-02 without From-Path', answer('200').replace(/From-Path.*\r\n/, ''), 'unparsable'],
  ])('%s', (_title, text, reason) => {
    outstanding('send');
    receive(text);
    expect(done).toEqual([]);
    expect(connection.told).toEqual([]);
    expect(facts).toMatchObject([{ name: 'responseDropped', reason }]);
  }); // prettier-ignore
});
