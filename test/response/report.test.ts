import { beforeEach, describe, expect, it } from 'vitest';
import { FailureReporter } from '../../src/response/report.js';
import type { FailedPiece } from '../../src/transmission/types.js';
import { Ids } from '../../src/wire/ids.js';
import { FakeConnection, FakeConnections } from '../support/fake-connection.js';

const own = 'msrps://r.example:2855/t;tcp';
const vx = 'msrps://x.example:2855/x1;tcp';
const uc = 'msrps://c.invalid:2855/c1;tcp';

let connections: FakeConnections;
let traffic: { reportsMade: number };
let reporter: FailureReporter;

beforeEach(() => {
  connections = new FakeConnections();
  traffic = { reportsMade: 0 };
  reporter = new FailureReporter(connections, new Ids((into) => into.fill(7)), traffic, { maxSmallBytes: 1000 });
});

const piece = (more: Partial<FailedPiece> = {}): FailedPiece => ({
  code: 408,
  comment: '',
  reason: 'timeout',
  failureReport: 'yes',
  messageId: Buffer.from('m1'),
  start: 3001,
  octets: 500,
  total: 10_000,
  chunk: undefined,
  ...more,
});
const paths = (...to: string[]): Buffer => Buffer.from(`To-Path: ${to.join(' ')}\r\nFrom-Path: ${own}\r\n`);
const rangeOf = (message: string | undefined): string | undefined => /^Byte-Range: (.*)\r$/m.exec(message ?? '')?.[1];

describe('a REPORT on a piece', () => {
  it('FWD-19 has a new tid, the way back as it came, and no more than is needed', () => {
    const source = new FakeConnection();
    expect(reporter.report(source, paths(vx, uc), piece({ code: 413, comment: 'Too much' }))).toBe(true);
    const [message] = source.sent;
    const tid = /^MSRP (\w{28}) REPORT\r\n/.exec(message!)![1]!;
    expect(message).toBe(
      [
        `MSRP ${tid} REPORT`,
        `To-Path: ${vx} ${uc}`,
        `From-Path: ${own}`,
        'Message-ID: m1',
        'Byte-Range: 3001-3500/10000',
        'Status: 000 413 Too much',
        `-------${tid}$\r\n`,
      ].join('\r\n'),
    );
    expect(traffic.reportsMade).toBe(1);
  });

  it.each([
    ['FWD-20 total unknown', { total: undefined }, '3001-3500/*'],
    ['FWD-20 from the start', { start: 1, octets: 10, total: 10 }, '1-10/10'],
    ['FWD-20 empty, wherever it began', { start: 3001, octets: 0 }, '1-0/0'],
  ])('%s', (_title, more, expected) => {
    const source = new FakeConnection();
    reporter.report(source, paths(uc), piece(more));
    expect(rangeOf(source.sent[0])).toBe(expected);
  });
});

describe('FWD-48 one more REPORT', () => {
  it.each([
    [8_389_608, true],
    [8_389_609, false],
  ])('FWD-48 for a peer that does not read, with %i octets waiting', (smallBytes, expected) => {
    const source = new FakeConnection({ smallBytes });
    expect(reporter.report(source, paths(uc), piece())).toBe(expected);
    expect([source.sent.length, traffic.reportsMade]).toEqual(expected ? [1, 1] : [0, 0]);
  });
});

describe('FWD-21 its way', () => {
  it.each(['open', 'closing'] as const)('FWD-21 the connection of the SEND while it is %s', (state) => {
    const source = new FakeConnection({ state });
    expect(reporter.report(source, paths(uc), piece())).toBe(true);
    expect(source.sent).toHaveLength(1);
  });

  const lost = (names?: readonly string[]): FakeConnection =>
    new FakeConnection({ state: 'closed', ...(names && { names }) });

  it('FWD-21 to a relay over another connection of it; else over one dialled, and that only once', () => {
    expect(reporter.report(lost(['x.example']), paths(vx, uc), piece())).toBe(true);
    expect(reporter.report(lost(['x.example']), paths(vx, uc), piece())).toBe(true);
    expect(connections.dials).toEqual(['msrps://x.example:2855 for relay x.example']);
    expect(connections.toHops.get('msrps://x.example:2855')!.sent).toHaveLength(2);
    const x = new FakeConnection({ names: ['x.example'] });
    connections.all.push(x);
    reporter.report(lost(['x.example']), paths(vx, uc), piece());
    expect(x.sent).toHaveLength(1);
  });

  it.each([
    ['FWD-21 R35 a client', undefined, [uc]],
    ['FWD-21 R35 a relay that named another host', ['x.example'], ['msrps://y.example:2855/y;tcp', uc]],
    ['FWD-21 a relay without port', ['x.example'], ['msrps://x.example/x1;tcp', uc]],
    ['FWD-21 FWD-12 a relay in clear', ['x.example'], ['msrp://x.example:2855/x1;tcp', uc]],
  ])('%s is not told, nobody is dialled', (_title, names, to) => {
    expect(reporter.report(lost(names), paths(...to), piece())).toBe(false);
    expect(connections.dials).toEqual([]);
    expect(traffic.reportsMade).toBe(0);
  });

  it('FWD-47 a dial too many: nobody is told', () => {
    connections.mayDial = false;
    expect(reporter.report(lost(['x.example']), paths(vx, uc), piece())).toBe(false);
    expect(traffic.reportsMade).toBe(0);
  });
});
