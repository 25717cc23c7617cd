// Transmission alone: heads written, bodies copied or passed on, turns between sessions, the table of transactions.
import { bench, group } from 'mitata';
import { Link } from '../../../src/chain.js';
import { defaultLimits } from '../../../src/limits.js';
import { createTimers } from '../../../src/timers.js';
import { Flusher } from '../../../src/transmission/flusher.js';
import { BlockPool } from '../../../src/transmission/outbox.js';
import { ConnectionScheduler } from '../../../src/transmission/scheduler.js';
import { Transactions } from '../../../src/transmission/transactions.js';
import { Turns } from '../../../src/transmission/turns.js';
import type { Fields, OutgoingChunk, OutgoingRoute } from '../../../src/transmission/types.js';
import { Ids } from '../../../src/wire/ids.js';
import { viewOf } from '../../../src/wire/octets.js';
import type { FailureReport, Flag } from '../../../src/wire/types.js';
import { Sink, steppedRuntime } from './fake.js';

const source = { hold(): void {}, release(): void {} };

class FakeRoute implements OutgoingRoute {
  readonly source = source;
  readonly turnKey = {};
  readonly inLine: Link<OutgoingRoute> = new Link(this);
  readonly inTurn: Link<OutgoingRoute> = new Link(this);
  readonly relayTraffic = false;
  readonly sendHead = Buffer.from(
    `MSRP ${'.'.repeat(28)} SEND\r\nTo-Path: msrps://b.example.com:2855/b1b2b3b4;tcp\r\n` +
      'From-Path: msrps://relay.example.com:2855/abcdefghijklmnopqrstuvwxyzabcdef;tcp msrps://a.example.com:2855/a1a2;tcp\r\n',
  );
  chunk: FakeChunk | undefined;

  firstChunk(): OutgoingChunk | undefined {
    return this.chunk;
  }
  shiftChunk(): void {
    this.chunk = undefined;
  }
  pieceFailed(): void {
    throw new Error('a piece failed');
  }
}

const range = 'Byte-Range: 1-200/200\r\n';
const fieldBytes = Buffer.from(`Message-ID: 87652491abcdabcd\r\n${range}Content-Type: text/plain\r\n`);
const fields: Fields = {
  bytes: fieldBytes,
  start: 0,
  rangeStart: fieldBytes.indexOf(range),
  rangeEnd: fieldBytes.indexOf(range) + range.length,
  end: fieldBytes.length,
  messageId: { start: 12, end: 28 },
};

/** All of its body is at hand from the start. */
class FakeChunk implements OutgoingChunk {
  readonly fields = fields;
  readonly hasBody = true;
  readonly start = 1;
  readonly rangeIsTrue = true;
  readonly ready = true;
  readonly end: Flag = '$';
  readonly route: FakeRoute;
  readonly failureReport: FailureReport;
  readonly total: number;
  readonly underWay: { chunk: FakeChunk | undefined } = { chunk: this };
  sent = 0;
  private readonly body: Buffer;

  constructor(route: FakeRoute, body: Buffer, failureReport: FailureReport) {
    this.route = route;
    this.body = body;
    this.total = body.length;
    this.failureReport = failureReport;
  }
  get atHand(): number {
    return this.body.length - this.sent;
  }
  peek(max: number): Buffer {
    return this.body.subarray(this.sent, this.sent + max);
  }
  consume(octets: number): void {
    this.sent += octets;
  }
  begun(): void {}
  done(): void {
    this.underWay.chunk = undefined;
  }
  failed(): void {
    throw new Error('a chunk failed');
  }
}

function subject(): { readonly scheduler: ConnectionScheduler; readonly endTurn: () => void } {
  const turns = steppedRuntime();
  const { runtime } = turns;
  const sink = new Sink();
  const scheduler = new ConnectionScheduler(
    {
      limits: { ...defaultLimits, maxUnwrittenBytes: Infinity },
      timers: createTimers(runtime, (error) => {
        throw error;
      }),
      flusher: new Flusher(runtime, () => undefined),
      blocks: new BlockPool(),
      ids: new Ids((into) => {
        runtime.randomFill(into);
      }),
      traffic: { sendsOut: 0, responsesOut: 0, octetsOut: 0 },
    },
    { activeMs: () => runtime.nowMs(), running: true, writeStalled() {}, flushed() {} },
  );
  sink.start({
    onData() {},
    onWritten: (total) => {
      scheduler.written(total);
    },
    onEnd() {},
    onClose() {},
  });
  scheduler.open(sink, true);
  return {
    scheduler,
    endTurn: () => {
      turns.endTurn();
    },
  };
}

const body = Buffer.alloc(1024 * 1024, 'x');

group('scheduler, per 100', () => {
  const whole = subject();
  const route = new FakeRoute();
  const small = { start: 0, end: 200 };
  bench('whole SENDs of 200 octets, Failure-Report no', () => {
    for (let i = 0; i < 100; i++) {
      whole.scheduler.sendWhole(new FakeChunk(route, body.subarray(0, 200), 'no'), body, small, '$');
    }
    whole.endTurn();
  });

  const responses = subject();
  const tid = Buffer.from('a786hjs2abcdabcdabcd');
  const tidView = viewOf(tid);
  const tail = Buffer.from(
    ' 200 OK\r\nTo-Path: msrps://a.example.com:2855/a1;tcp\r\nFrom-Path: msrps://relay.example.com:2855/t;tcp\r\n-------',
  );
  bench('responses', () => {
    for (let i = 0; i < 100; i++) responses.scheduler.response(tidView, 0, tid.length, tail, source);
    responses.endTurn();
  });

  for (const [name, sessions, octets] of [
    ['chunks of 4 KiB that waited, from 100 sessions', 100, 4096],
    ['chunks of 64 KiB that waited, from 100 sessions', 100, 64 * 1024],
  ] as const) {
    const { scheduler, endTurn } = subject();
    const routes = Array.from({ length: sessions }, () => new FakeRoute());
    bench(name, () => {
      for (const each of routes) {
        each.chunk = new FakeChunk(each, body.subarray(0, octets), 'no');
        scheduler.offer(each);
      }
      endTurn();
      if (!scheduler.drained) throw new Error('something was left over');
    });
  }
});

group('turns and transactions, per 1000', () => {
  const turns = new Turns(16_384);
  const routes = Array.from({ length: 100 }, () => new FakeRoute());
  for (const each of routes) turns.add(each);
  bench('turns of 2 KiB between 100 sessions', () => {
    for (let i = 0; i < 1000; i++) {
      turns.current();
      turns.spent(2048);
      turns.advance();
    }
  });

  const ids = new Ids((into) => crypto.getRandomValues(into));
  const table = new Transactions(ids, { activeMs: () => 0, running: true }, 30_000);
  const route = new FakeRoute();
  const chunk = new FakeChunk(route, body.subarray(0, 200), 'yes');
  const written = Buffer.alloc(28 * 1000);
  const view = new DataView(written.buffer, written.byteOffset, written.length);
  bench('transactions opened, closed, written, found, completed', () => {
    for (let i = 0; i < 1000; i++) {
      const slot = table.openPiece(route, chunk, false, 1);
      table.writeTid(slot, view, i * 28);
      table.close(slot, 200, i);
    }
    table.written(1000);
    for (let i = 0; i < 1000; i++) table.complete(table.find(view, i * 28, i * 28 + 28));
    if (table.count !== 0) throw new Error('some were not found');
  });
});
