import { describe, expect, it } from 'vitest';
import type { Refusal } from '../../src/forward/types.js';
import { defaultLimits } from '../../src/limits.js';
import type { Fact } from '../../src/observe/types.js';
import { Refusals } from '../../src/relay/refusal.js';
import { FakeConnection, lines, withHead } from '../support/fake-connection.js';
import { FakeSession } from '../support/fake-session.js';

const own = 'msrps://r.example:2855/t;tcp';
const ua = 'msrps://a.invalid:2855/a1;tcp';
const uf = 'msrps://f.invalid:2855/f1;tcp';
const uz = 'msrps://z.invalid:2855/z1;tcp';
const gone: Refusal = { code: 481, reason: 'unknown-token' };

const request = (method: string, ...headers: string[]): string =>
  lines(`MSRP tid12345 ${method}`, `To-Path: ${own} ${ua}`, `From-Path: ${uf} ${uz}`, ...headers, '-------tid12345$');

function refuse(
  text: string,
  refusal = gone,
): { connection: FakeConnection; facts: Fact[]; receive: (octets: number) => void } {
  // prettier-ignore
  const facts: Fact[] = [];
  const connection = new FakeConnection();
  const refusals = new Refusals({ note: (fact) => facts.push(fact) }, defaultLimits);
  let receive: (octets: number) => void = () => undefined;
  withHead(text, (head) => {
    const receiver = refusals.refuse(connection, head, refusal);
    receive = (octets) => {
      receiver.octets(Buffer.alloc(octets));
    };
  });
  return { connection, facts, receive };
}

describe('what a refused request is answered', () => {
  it('RELAY-16 WIRE-38 a SEND: to the previous hop alone, from the URI addressed', () => {
    const { connection, facts } = refuse(request('SEND', 'Message-ID: m1'));
    expect(connection.sent).toEqual([
      lines('MSRP tid12345 481 No Such Session', `To-Path: ${uf}`, `From-Path: ${own}`, '-------tid12345$'),
    ]);
    expect(connection.told).toEqual(['requestFailed']);
    expect(facts).toMatchObject([{ name: 'requestRefused', method: 'SEND', reason: 'unknown-token', code: 481 }]);
  });

  it('AUTH-02 WIRE-38 another request: along the whole From-Path', () => {
    expect(refuse(request('NICKNAME')).connection.sent).toEqual([
      lines('MSRP tid12345 481 No Such Session', `To-Path: ${uf} ${uz}`, `From-Path: ${own}`, '-------tid12345$'),
    ]);
  });

  it.each([
    ['RELAY-18 a SEND with Failure-Report no', request('SEND', 'Message-ID: m1', 'Failure-Report: no'), gone],
    ['RELAY-22 a REPORT', request('REPORT', 'Message-ID: m1'), gone],
    ['RELAY-03 what is not for this relay, unless a SEND', request('NICKNAME'), { code: 481, reason: 'not-for-this-relay', closes: true }], // prettier-ignore
    [
      'R21 what has no readable From-Path',
      request('NICKNAME').replace(/From-Path: \S+/, 'From-Path: foo'),
      { code: 400, reason: 'bad-from-path' },
    ],
  ] as const)('%s: nothing, but it counts and is told', (_title, text, refusal) => {
    const { connection, facts } = refuse(text, refusal);
    expect(connection.sent).toEqual([]);
    expect(connection.told).toHaveLength(1);
    expect(facts).toMatchObject([{ name: 'requestRefused', reason: refusal.reason, code: 0 }]);
  });

  it('RELAY-17 a SEND with Failure-Report partial is told', () => {
    expect(refuse(request('SEND', 'Message-ID: m1', 'Failure-Report: partial')).connection.sent).toHaveLength(1);
  });

  it('RELAY-02 RELAY-03 what is not for this relay closes, a SEND with one 481 before', () => {
    const { connection } = refuse(request('SEND', 'Message-ID: m1'), {
      code: 481,
      reason: 'not-for-this-relay',
      closes: true,
    });
    expect(connection.sent).toHaveLength(1);
    expect(connection.told).toEqual(['close not-for-this-relay']);
  });

  it('WIRE-28 what is beyond all bounds closes', () => {
    const { connection } = refuse(request('SEND', 'Message-ID: m1'), { ...gone, code: 400, closes: true });
    expect(connection.told).toEqual(['close excessive']);
  });
});

describe('the rest of it', () => {
  it('R37 of another request than SEND is thrown away up to 64 KiB, then the connection is closed', () => {
    const { connection, receive } = refuse(request('NICKNAME'));
    receive(65_536);
    expect(connection.told).toEqual(['requestFailed']);
    receive(1);
    expect(connection.told).toEqual(['requestFailed', 'close excessive']);
  });

  it('RELAY-21 of a SEND is thrown away, however long', () => {
    const { connection, receive } = refuse(request('SEND', 'Message-ID: m1'));
    for (let i = 0; i < 100; i++) receive(1_000_000);
    expect(connection.told).toEqual(['requestFailed']);
  });
});

describe('a request that was kept', () => {
  const kept = { tid: Buffer.from('tid12345'), method: 'SEND', answerable: true, answerPaths: Buffer.from(`To-Path: ${uf}\r\nFrom-Path: ${own}\r\n`) }; // prettier-ignore

  it('RELAY-19 is answered if that is still due, and counted against its session', () => {
    const session = new FakeSession();
    const connection = new FakeConnection();
    const facts: Fact[] = [];
    const refusals = new Refusals({ note: (fact) => facts.push(fact) }, defaultLimits);
    refusals.refuseKept(connection, kept, gone, session);
    refusals.refuseKept(connection, { ...kept, answerable: false }, gone, session);
    connection.state = 'closed';
    refusals.refuseKept(connection, kept, gone);
    expect(connection.sent).toHaveLength(1);
    expect(facts.map((fact) => 'code' in fact && fact.code)).toEqual([481, 0, 0]);
    expect(facts[0]).toMatchObject({ session: { id: 's1', user: 'alice', kind: 'auth' } });
    expect(session.totals.toOwner.refused).toBe(2);
  });
});
