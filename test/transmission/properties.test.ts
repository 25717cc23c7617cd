import fc from 'fast-check';
import { viewOf } from '../../src/wire/octets.js';
import { describe, expect, test } from 'vitest';
import type { FailedPiece } from '../../src/transmission/types.js';
import type { TestRoute } from './world.js';
import {
  createWorld,
  FakeSource,
  FakeWayBack,
  octets,
  requestOf,
  reportOf,
  type ChunkFacts,
  type TestChunk,
  type World,
} from './world.js';

const routeCount = 4;
const which = fc.nat({ max: routeCount - 1 });
/** Sizes around all that matters: nothing, the minimum piece, the longest short slice, a turn, a block. */
const size = fc.oneof(
  fc.constantFrom(0, 1, 2047, 2048, 2049, 4096, 16_383, 16_384, 16_385, 65_536),
  fc.integer({ min: 1, max: 5000 }),
  fc.integer({ min: 1, max: 100_000 }),
);
const flag = fc.constantFrom('$', '$', '+', '#');
const head = fc.record({
  failureReport: fc.constantFrom('yes', 'yes', 'partial', 'no'),
  range: fc.constantFrom(
    '1-*/*',
    '1-*/*',
    null,
    '1-*/3000',
    '1-100/100',
    '5001-*/*',
    '4294967290-*/9007199254740000',
  ),
  ready: fc.constantFrom(true, true, true, false),
});

type Step =
  | { do: 'head'; route: number; facts: ChunkFacts }
  | { do: 'add'; route: number; bytes: number }
  | { do: 'finish' | 'whole'; route: number; flag: '$' | '+' | '#'; bytes: number }
  | { do: 'lookAlike'; route: number; before: number; cut: number; behind: string }
  | { do: 'cut' | 'ready'; route: number }
  | { do: 'response' | 'report' | 'request' | 'answer' | 'accept' | 'advance'; n: number }
  | { do: 'turn' | 'hold' | 'release' };

const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('head'), route: which, facts: head }) },
  { weight: 8, arbitrary: fc.record({ do: fc.constant('add'), route: which, bytes: size }) },
  {
    weight: 8,
    arbitrary: fc.record({ do: fc.constantFrom('finish', 'whole', 'whole'), route: which, flag, bytes: size }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('lookAlike'),
      route: which,
      before: fc.nat({ max: 3000 }),
      cut: fc.nat({ max: 40 }),
      behind: fc.constantFrom('$\r\n', '+', '', '$\r\nMSRP evil SEND\r\n'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('cut', 'ready'), route: which }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constantFrom('response', 'report', 'request'), n: fc.nat({ max: 4000 }) }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('answer'), n: fc.nat() }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('accept'), n: fc.constantFrom(1, 100, 5000, 70_000, 1e9) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('advance'), n: fc.constantFrom(1, 1000, 9000) }) },
  { weight: 8, arbitrary: fc.record({ do: fc.constantFrom('turn', 'turn', 'turn', 'hold', 'release') }) },
) as fc.Arbitrary<Step>;

interface Small {
  readonly id: string;
  /** Octets that stood before it when it came: in the stream, and in small messages. */
  readonly before: number;
}

/** One run: what went in, what was told, so that it can be compared with what came out. */
class Run {
  readonly world: World;
  readonly chunks: TestChunk[] = [];
  readonly stopped = new Set<TestChunk>();
  readonly dropped = new Set<TestChunk>();
  readonly smalls: Small[] = [];
  readonly failures: { piece: FailedPiece; atMs: number }[] = [];
  readonly answers = new Map<string, number>();
  readonly backs: FakeWayBack[] = [];
  readonly routes: TestRoute[];
  /** Chunk of each route whose end-line has not come. */
  private readonly open: (TestChunk | undefined)[] = [];
  private readonly source = new FakeSource();
  private salt = 0;

  constructor(framing: 'stream' | 'message', atOnce: boolean, maxUnwrittenBytes: number) {
    this.world = createWorld({
      framing,
      acceptance: atOnce ? 'at once' : 'when told',
      limits: { maxUnwrittenBytes, maxSmallBytes: 5000, maxTransactions: 20, writeStallMs: 1e9 },
    });
    const shared = {};
    const failed = (piece: FailedPiece): void => {
      this.failures.push({ piece, atMs: this.world.activeMs() });
      const chunk = this.chunks.find((each) => each === piece.chunk);
      if (chunk !== undefined && piece.reason === 'error-response') this.stopped.add(chunk);
    };
    // Two routes of one session, two sessions of their own.
    this.routes = Array.from({ length: routeCount }, (_, i) =>
      this.world.route(`route${i}`, i < 2 ? { turnKey: shared, source: this.source, failed } : { failed }),
    );
  }

  step(each: Step): void {
    const { world } = this;
    switch (each.do) {
      case 'head':
        this.finish(each.route, '+');
        this.begin(each.route, each.facts);
        break;
      case 'add':
        this.add(each.route, octets(each.bytes, this.salt++));
        break;
      case 'finish':
        this.finish(each.route, each.flag);
        break;
      case 'whole':
        this.finish(each.route, '+');
        this.begin(each.route, {});
        this.add(each.route, octets(each.bytes, this.salt++));
        this.finish(each.route, each.flag);
        break;
      case 'lookAlike': {
        const tid = world.parser.incoming?.tid ?? 'abcd';
        const lookAlike = Buffer.from(`\r\n-------${tid}${each.behind}`);
        this.add(each.route, octets(each.before, this.salt++));
        this.add(each.route, lookAlike.subarray(0, each.cut));
        if (each.cut % 2 === 0) world.clock.run();
        this.add(each.route, lookAlike.subarray(each.cut));
        break;
      }
      case 'cut': {
        const chunk = this.open[each.route];
        this.open[each.route] = undefined;
        if (chunk?.begins === 0 && chunk.underWay.chunk !== undefined) this.dropped.add(chunk);
        chunk?.cut();
        break;
      }
      case 'ready':
        for (const chunk of this.routes[each.route]!.chunks) chunk.ready = true;
        this.routes[each.route]!.changed();
        break;
      case 'response':
      case 'report':
      case 'request':
        this.small(each.do, each.n);
        break;
      case 'answer': {
        const seen = [...world.sends(), ...(world.parser.incoming?.method === 'SEND' ? [world.parser.incoming] : [])];
        const tid = seen.length === 0 ? '' : seen[each.n % seen.length]!.tid;
        if (world.scheduler.transactions.find(viewOf(Buffer.from(tid)), 0, tid.length) < 0) break;
        const code = each.n % 5 === 0 ? 415 : 200;
        this.answers.set(tid, code);
        world.answer(tid, code);
        break;
      }
      case 'accept':
        world.socket.accept(each.n);
        break;
      case 'advance':
        world.clock.advance(each.n);
        break;
      case 'turn':
        world.clock.run();
        break;
      case 'hold':
        world.reading = false;
        break;
      case 'release':
        world.reading = true;
    }
  }

  /** All that is unfinished ends, all leaves; answers that are missing time out. */
  end(): void {
    const { world } = this;
    this.routes.forEach((route, i) => {
      this.finish(i, '$');
      for (const chunk of route.chunks) chunk.ready = true;
      route.changed();
    });
    world.reading = true;
    world.drain();
    world.clock.advance(31_000);
    world.drain();
    // Who was held until others were answered has gone on meanwhile.
    world.clock.advance(31_000);
    world.drain();
  }

  private begin(route: number, facts: ChunkFacts): TestChunk {
    const chunk = this.routes[route]!.chunk({ ...facts, messageId: `message${this.chunks.length}` });
    this.chunks.push(chunk);
    this.open[route] = chunk;
    return chunk;
  }

  private add(route: number, bytes: Buffer): void {
    const chunk = this.open[route] ?? this.begin(route, {});
    if (bytes.length > 0) chunk.add(bytes);
  }

  private finish(route: number, ends: '$' | '+' | '#'): void {
    this.open[route]?.finish(ends);
    this.open[route] = undefined;
  }

  private small(kind: 'response' | 'report' | 'request', n: number): void {
    const { scheduler } = this.world;
    const before = scheduler.octetsOut + scheduler.smallBytes;
    const id = `small${String(this.smalls.length).padStart(5, '0')}`;
    if (kind === 'response') {
      this.world.respond(this.source, id);
    } else if (kind === 'report') {
      scheduler.small(Buffer.from(reportOf(n).toString().replaceAll('report0001', id)), this.source);
    } else {
      const back = new FakeWayBack();
      this.backs.push(back);
      const { message, at, again } = requestOf(`${id} ${'x'.repeat(n)}`);
      scheduler.request(message, at, again, back, this.source, false);
    }
    this.smalls.push({ id, before });
  }
}

const steps = fc.array(step, { minLength: 5, maxLength: 60 });
const runs = { numRuns: 200, seed: 20_260_101 };
/** Longest header section and end-line in these tests. */
const around = 700;

function checkOutput({ world, chunks, routes, smalls, stopped, dropped }: Run, framing: 'stream' | 'message'): void {
  expect(world.violations).toEqual([]);
  const sends = world.sends();
  expect(new Set(sends.map((send) => send.tid)).size).toBe(sends.length);
  if (framing === 'message') expect(world.socket.writes).toHaveLength(world.out.length);
  expect(world.traffic.sendsOut).toBe(sends.length);
  expect(world.traffic.octetsOut).toBe(world.socket.handed);

  for (const chunk of chunks) {
    const pieces = sends.filter((send) => send.messageId === chunk.messageId);
    const sent = Buffer.concat(pieces.map((piece) => piece.body!));
    const received = Buffer.concat(chunk.octets);
    if (dropped.has(chunk)) {
      expect(pieces).toEqual([]);
      continue;
    }
    // Nothing lost, nothing twice.
    expect(sent.equals(received.subarray(0, stopped.has(chunk) ? sent.length : received.length))).toBe(true);
    expect([chunk.dones, chunk.failures.length]).toEqual([1, 0]);
    let next = chunk.start;
    for (const [i, piece] of pieces.entries()) {
      const bytes = piece.body!.length;
      if (piece.range !== undefined) expect(piece.range.start).toBe(next);
      else expect([i, chunk.start, pieces.length]).toEqual([0, 1, 1]);
      next += bytes;
      // No empty rest; none cut before 2048 octets, but for a look-alike.
      expect(bytes > 0 || received.length === 0).toBe(true);
      const ownId = piece.tid.slice(0, 24);
      expect(piece.body!.includes(ownId)).toBe(false);
      const whereItEnded = i === pieces.length - 1 && !stopped.has(chunk) ? chunk.end : undefined;
      const forLookAlike = piece.body!.subarray(-23).toString('latin1') === ownId.slice(0, 23);
      if (whereItEnded === undefined) {
        expect(bytes >= 2048 || forLookAlike).toBe(true);
        expect(stopped.has(chunk) && i === pieces.length - 1 ? ['+', '#'] : ['+']).toContain(piece.flag);
      } else {
        expect(piece.flag).toBe(whereItEnded);
      }
    }
  }

  // Order inside a route, and no chunk between the pieces of another of it.
  for (const route of routes) {
    const own = chunks.filter((chunk) => chunk.route === route).map((chunk) => chunk.messageId);
    const places = sends.map((send) => own.indexOf(send.messageId!)).filter((place) => place >= 0);
    expect(places).toEqual([...places].sort((a, b) => a - b));
  }

  // Small messages in order, behind no more than the minimum piece (or message).
  const least = framing === 'message' ? world.limits.maxMessagePieceBytes : 2048;
  const stream = Buffer.concat(world.raw).toString('latin1');
  const seen = world.out.flatMap((each) => {
    if (each.kind === 'response') return [each.response.tid];
    if (each.request.method === 'SEND') return [];
    return [each.request.method === 'REPORT' ? each.request.tid : each.request.text.slice(0, 10)];
  });
  expect(seen).toEqual(smalls.map((small) => small.id));
  for (const { id, before } of smalls) {
    expect(stream.search(new RegExp(`MSRP ${id} |${id} x*\r\n-------`))).toBeLessThanOrEqual(before + least + around);
  }
}

function checkOutcomes({ world, chunks, failures, answers, backs, routes }: Run): void {
  const byId = new Map(chunks.map((chunk) => [chunk.messageId, chunk]));
  for (const out of world.out) {
    if (out.kind === 'response' || out.request.method !== 'SEND') continue;
    const { request } = out;
    const chunk = byId.get(request.messageId!)!;
    const start = request.range?.start ?? 1;
    const told = failures.filter(
      ({ piece }) =>
        piece.messageId.toString() === chunk.messageId &&
        piece.start === start &&
        piece.octets === request.body!.length,
    );
    const code = answers.get(request.tid);
    const expected =
      code === 415 ? ['error-response'] : code === undefined && chunk.failureReport === 'yes' ? ['timeout'] : [];
    expect(told.map(({ piece }) => piece.reason)).toEqual(expected);
    for (const { piece, atMs } of told) {
      expect(piece.failureReport).toBe(chunk.failureReport);
      if (piece.reason !== 'timeout') continue;
      // 30 s from the moment when the peer had its last octet, not counting those in which it was not read.
      expect(atMs - out.atMs).toBeGreaterThanOrEqual(30_000);
      expect(atMs - out.atMs).toBeLessThanOrEqual(30_250);
    }
  }
  for (const back of backs) expect(back.told).toEqual(['408 timeout']);
  expect(failures).toHaveLength(routes.reduce((sum, route) => sum + route.failed.length, 0));
}

function checkNothingLeft({ world, routes, chunks }: Run): void {
  const { scheduler } = world;
  expect([scheduler.transactions.count, scheduler.smallBytes, world.timersPending]).toEqual([0, 0, 0]);
  for (const route of routes) {
    expect(route.chunks.size).toBe(0);
    expect(route.source.reasons).toEqual([]);
  }
  for (const chunk of chunks) expect([chunk.underWay.chunk, chunk.atHand]).toEqual([undefined, 0]);
}

describe('whatever comes, in whatever order', { timeout: 60_000 }, () => {
  const anyRun = fc.tuple(steps, fc.boolean(), fc.constantFrom(500, 3000, 65_536));

  test.each(['stream', 'message'] as const)(
    'XMIT-01 XMIT-06 XMIT-08 XMIT-10 XMIT-12 XMIT-19 XMIT-25 XMIT-26 over a %s: all arrives, once, in order, and nothing is left',
    (framing) => {
      fc.assert(
        fc.property(anyRun, ([script, atOnce, maxUnwrittenBytes]) => {
          const run = new Run(framing, atOnce, maxUnwrittenBytes);
          for (const each of script) run.step(each);
          run.end();
          checkOutput(run, framing);
          checkOutcomes(run);
          checkNothingLeft(run);
          expect([run.world.scheduler.idle, run.world.scheduler.quiet]).toEqual([true, true]);
        }),
        runs,
      );
    },
  );

  test.each(['stream', 'message'] as const)(
    'FWD-39 a %s that breaks at any moment: every chunk fails or is done once, nothing is left',
    (framing) => {
      fc.assert(
        fc.property(anyRun, ([script, atOnce, maxUnwrittenBytes]) => {
          const run = new Run(framing, atOnce, maxUnwrittenBytes);
          for (const each of script) run.step(each);
          const { world, chunks, dropped, failures } = run;
          world.close();
          world.clock.advance(60_000);
          expect(world.violations).toEqual([]);
          for (const chunk of chunks) {
            expect(chunk.dones + chunk.failures.length).toBe(dropped.has(chunk) ? 0 : 1);
            // No octet is told twice, by a piece that failed or by the chunk.
            const told = failures
              .filter(({ piece }) => piece.messageId.toString() === chunk.messageId)
              .map(({ piece }) => [piece.start, piece.start + piece.octets] as const);
            for (const failure of chunk.failures) {
              const from = failure.openStart ?? chunk.start + chunk.sent;
              told.push([from, chunk.start + chunk.bytesReceived]);
            }
            told.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
            for (let i = 1; i < told.length; i++) expect(told[i]![0]).toBeGreaterThanOrEqual(told[i - 1]![1]);
          }
          checkNothingLeft(run);
        }),
        runs,
      );
    },
  );

  test('XMIT-05 XMIT-24 sessions that always have something to send stay within a turn of each other', () => {
    const backlog = fc.array(fc.integer({ min: 1, max: 60_000 }), { minLength: 1, maxLength: 30 });
    const sessions = fc.array(backlog, { minLength: 2, maxLength: 5 });
    fc.assert(
      fc.property(
        sessions,
        fc.constantFrom(2048, 5000, 16_384),
        fc.nat({ max: 20 }),
        (sizes, turnBytes, responses) => {
          const world = createWorld({ limits: { turnBytes } });
          const routes = sizes.map((_, i) => world.route(`route${i}`));
          sizes.forEach((messages, i) => {
            for (const bytes of messages) routes[i]!.message(octets(bytes), '$', { messageId: `session${i}` });
          });
          for (let i = 0; i < responses; i++) {
            world.clock.run();
            world.respond(routes[0]!.source);
            world.socket.accept(3000);
          }
          world.drain();
          const left = sizes.map((messages) => messages.reduce((sum, bytes) => sum + bytes, 0));
          const sent = sizes.map(() => 0);
          for (const send of world.sends()) {
            const i = Number(send.messageId!.slice(7));
            sent[i]! += send.body!.length;
            left[i]! -= send.body!.length;
            if (Math.min(...left) === 0) break;
            expect(Math.max(...sent) - Math.min(...sent)).toBeLessThanOrEqual(turnBytes + 2 * 2048);
          }
          expect(Math.min(...left)).toBe(0);
        },
      ),
      { numRuns: 40, seed: 20_260_102 },
    );
  });
});
