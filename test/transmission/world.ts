import { Link } from '../../src/chain.js';
import { Fifo } from '../../src/fifo.js';
import { viewOf } from '../../src/wire/octets.js';
import { rangeIsTrue } from '../../src/forward/chunk.js';
import { Slices } from '../../src/forward/slices.js';
import { defaultLimits, type Limits } from '../../src/limits.js';
import type { DeliveryFailure } from '../../src/observe/types.js';
import { createStrictParser, type StrictParser } from '../../src/testing/strict-parser.js';
import type { ReceivedRequest, ReceivedResponse } from '../../src/testing/received.js';
import { createTestClock, type TestRuntime } from '../../src/testing/test-clock.js';
import { createTimers } from '../../src/timers.js';
import { Flusher } from '../../src/transmission/flusher.js';
import { BlockPool } from '../../src/transmission/outbox.js';
import { ConnectionScheduler } from '../../src/transmission/scheduler.js';
import type {
  FailedPiece,
  Fields,
  OutgoingChunk,
  OutgoingRoute,
  Source,
  WayBack,
} from '../../src/transmission/types.js';
import type { RelaySocket } from '../../src/transport/types.js';
import { Ids } from '../../src/wire/ids.js';
import type { FailureReport, Flag } from '../../src/wire/types.js';

/** Whoever sends: writes down what stands against it. */
export class FakeSource implements Source {
  readonly holds = new Map<object, string>();
  hold(reason: string, key: object): void {
    this.holds.set(key, reason);
  }
  release(key: object): void {
    this.holds.delete(key);
  }
  get reasons(): readonly string[] {
    return [...this.holds.values()];
  }
}

export type Acceptance = 'at once' | 'when told';

/** A socket whose other side takes octets as it is told. Copies them only then: until then they must not change. */
export class FakeSocket implements RelaySocket {
  readonly framing: 'stream' | 'message';
  readonly maxMessageBytes: number;
  acceptance: Acceptance = 'when told';
  handed = 0;
  accepted = 0;
  /** Number of writes, and the octets of each. */
  readonly writes: number[] = [];
  private readonly waiting: Uint8Array[] = [];
  private readonly messageEnds: number[] = [];
  private partial: Buffer[] = [];
  private readonly deliver: (octets: Buffer) => void;
  private readonly written: (total: number) => void;

  constructor(
    framing: 'stream' | 'message',
    maxMessageBytes: number,
    deliver: (octets: Buffer) => void,
    written: (total: number) => void,
  ) {
    this.framing = framing;
    this.maxMessageBytes = maxMessageBytes;
    this.deliver = deliver;
    this.written = written;
  }

  start(): void {}
  pause(): void {}
  resume(): void {}
  end(): void {}
  destroy(): void {}

  write(parts: readonly Uint8Array[]): void {
    let bytes = 0;
    for (const part of parts) bytes += part.length;
    this.waiting.push(...parts);
    this.writes.push(bytes);
    this.handed += bytes;
    this.messageEnds.push(this.handed);
    if (this.acceptance === 'at once') this.accept();
  }

  /** The operating system takes so many octets more (default: all). */
  accept(most = Infinity): void {
    const until = Math.min(this.handed, this.accepted + most);
    if (until === this.accepted) return;
    let left = until - this.accepted;
    const taken: Buffer[] = [];
    while (left > 0) {
      const first = this.waiting[0]!;
      const bytes = Math.min(left, first.length);
      taken.push(Buffer.from(first.subarray(0, bytes)));
      if (bytes === first.length) this.waiting.shift();
      else this.waiting[0] = first.subarray(bytes);
      left -= bytes;
    }
    const from = this.accepted;
    this.accepted = until;
    if (this.framing === 'stream') this.deliver(Buffer.concat(taken));
    else this.deliverMessages(Buffer.concat(taken), from);
    this.written(until);
  }

  private deliverMessages(taken: Buffer, from: number): void {
    for (let at = 0; at < taken.length;) {
      const end = this.messageEnds[0]!;
      const bytes = Math.min(end - from - at, taken.length - at);
      this.partial.push(taken.subarray(at, at + bytes));
      at += bytes;
      if (from + at < end) return;
      this.messageEnds.shift();
      this.deliver(Buffer.concat(this.partial));
      this.partial = [];
    }
  }
}

export interface ChunkFacts {
  readonly failureReport?: FailureReport;
  readonly messageId?: string;
  /** Value of Byte-Range as it came in; null: none. */
  readonly range?: string | null;
  readonly hasBody?: boolean;
  readonly ready?: boolean;
  /** Headers behind Byte-Range, each with its CRLF. Default: a Content-Type. */
  readonly behind?: string;
}

function readRange(text: string): { start: number; end: number | undefined; total: number | undefined } {
  const [, start, end, total] = /^(\d+)-(\d+|\*)\/(\d+|\*)$/.exec(text)!;
  const number = (value: string | undefined): number | undefined => (value === '*' ? undefined : Number(value));
  return { start: Number(start), end: number(end), total: number(total) };
}

/** An incoming chunk, filled by the test. */
export class TestChunk implements OutgoingChunk {
  readonly route: TestRoute;
  readonly fields: Fields;
  readonly hasBody: boolean;
  readonly failureReport: FailureReport;
  readonly messageId: string;
  readonly start: number;
  readonly total: number | undefined;
  rangeIsTrue = false;
  ready: boolean;
  end: Flag | undefined;
  readonly underWay: { chunk: TestChunk | undefined } = { chunk: this };
  sent = 0;
  begins = 0;
  dones = 0;
  readonly failures: { code: number; reason: DeliveryFailure; openStart: number | undefined }[] = [];
  readonly octets: Buffer[] = [];
  private readonly range: ReturnType<typeof readRange> | undefined;
  private readonly body = new Slices();
  private received = 0;

  constructor(route: TestRoute, facts: ChunkFacts) {
    this.route = route;
    this.failureReport = facts.failureReport ?? 'yes';
    this.messageId = facts.messageId ?? 'message1';
    this.hasBody = facts.hasBody ?? true;
    this.ready = facts.ready ?? true;
    const text = facts.range === undefined ? '1-*/*' : facts.range;
    this.range = text === null ? undefined : readRange(text);
    this.start = this.range?.start ?? 1;
    this.total = this.range?.total;
    const line = text === null ? '' : `Byte-Range: ${text}\r\n`;
    const before = `Message-ID: ${this.messageId}\r\n`;
    const behind = facts.behind ?? (this.hasBody ? 'Content-Type: text/plain\r\n' : '');
    // Some octets ahead, so that offsets count.
    const bytes = Buffer.from(`ahead${before}${line}${behind}`);
    const rangeStart = 5 + before.length;
    this.fields = {
      bytes,
      start: 5,
      rangeStart,
      rangeEnd: rangeStart + line.length,
      end: bytes.length,
      messageId: { start: 5 + 12, end: 5 + 12 + this.messageId.length },
    };
  }

  get atHand(): number {
    return this.body.bytes;
  }
  get bytesReceived(): number {
    return this.received;
  }

  /** Octets come in. */
  add(octets: Buffer): this {
    this.octets.push(Buffer.from(octets));
    this.received += octets.length;
    if (this.underWay.chunk === undefined) return this;
    this.body.add(octets);
    this.route.changed();
    return this;
  }

  /** The end-line comes in. */
  finish(flag: Flag = '$'): this {
    if (this.underWay.chunk === undefined) return this;
    this.end = flag;
    this.rangeIsTrue = rangeIsTrue({ byteRange: this.range, hasBody: this.hasBody }, this.received, flag);
    this.route.changed();
    return this;
  }

  /** The sender is gone. */
  cut(): void {
    if (this.underWay.chunk === undefined) return;
    if (this.begins > 0) {
      this.end = '#';
    } else {
      this.underWay.chunk = undefined;
      this.body.clear();
      this.route.chunks.remove(this);
    }
    this.route.changed();
  }

  peek(max: number): Buffer {
    return this.body.peek(max);
  }
  consume(octets: number): void {
    this.body.consume(octets);
    this.sent += octets;
  }
  begun(): void {
    this.begins++;
  }
  done(): void {
    this.underWay.chunk = undefined;
    this.dones++;
    this.body.clear();
  }
  failed(code: number, reason: DeliveryFailure, openStart: number | undefined): void {
    this.underWay.chunk = undefined;
    this.failures.push({ code, reason, openStart });
    this.body.clear();
  }
}

export interface RouteOptions {
  readonly source?: FakeSource;
  readonly turnKey?: object;
  readonly relayTraffic?: boolean;
  /** Hears of each failure at its time. */
  readonly failed?: (piece: FailedPiece) => void;
}

export class TestRoute implements OutgoingRoute {
  readonly source: FakeSource;
  readonly turnKey: object;
  readonly inLine: Link<OutgoingRoute> = new Link(this);
  readonly inTurn: Link<OutgoingRoute> = new Link(this);
  readonly sendHead: Buffer;
  readonly relayTraffic: boolean;
  readonly chunks = new Fifo<TestChunk>();
  readonly failed: (Omit<FailedPiece, 'messageId'> & { readonly messageId: string })[] = [];
  private readonly scheduler: ConnectionScheduler;
  private readonly told: ((piece: FailedPiece) => void) | undefined;

  constructor(scheduler: ConnectionScheduler, name: string, options: RouteOptions = {}) {
    this.scheduler = scheduler;
    this.told = options.failed;
    this.source = options.source ?? new FakeSource();
    this.turnKey = options.turnKey ?? {};
    this.relayTraffic = options.relayTraffic ?? false;
    const to = 'To-Path: msrps://next.example:2855/far;tcp\r\n';
    const from = `From-Path: msrps://relay.example:2855/${name};tcp msrps://sender.example:2855/x;tcp\r\n`;
    this.sendHead = Buffer.from(`MSRP ${'.'.repeat(28)} SEND\r\n${to}${from}`);
  }

  firstChunk(): TestChunk | undefined {
    return this.chunks.peek();
  }
  shiftChunk(): void {
    this.chunks.shift();
  }
  pieceFailed(piece: FailedPiece): void {
    this.failed.push({ ...piece, messageId: piece.messageId.toString() });
    this.told?.(piece);
  }

  /** A head comes in. */
  chunk(facts: ChunkFacts = {}): TestChunk {
    const chunk = new TestChunk(this, facts);
    this.chunks.push(chunk);
    this.changed();
    return chunk;
  }

  /** A whole chunk comes in. */
  message(body: Buffer, flag: Flag = '$', facts: ChunkFacts = {}): TestChunk {
    const chunk = this.chunk(facts);
    if (body.length > 0) chunk.add(body);
    return chunk.finish(flag);
  }

  changed(): void {
    this.scheduler.offer(this);
  }
}

/** The way back of a request, written down. */
export class FakeWayBack implements WayBack {
  readonly told: string[] = [];
  answered(): void {
    this.told.push('answered');
  }
  failed(code: number, reason: DeliveryFailure): void {
    this.told.push(`${code} ${reason}`);
  }
}

/** What the peer has read, and when: milliseconds in which it was being read itself. */
export type Out = { readonly atMs: number } & (
  { kind: 'request'; request: ReceivedRequest } | { kind: 'response'; response: ReceivedResponse }
);

export interface World {
  readonly clock: TestRuntime;
  readonly scheduler: ConnectionScheduler;
  readonly socket: FakeSocket;
  readonly limits: Limits;
  readonly traffic: { sendsOut: number; responsesOut: number; octetsOut: number };
  /** What the peer has read, in order. */
  readonly out: Out[];
  readonly violations: string[];
  /** The octets it has read. */
  readonly raw: Buffer[];
  activeMs(): number;
  readonly parser: StrictParser;
  /** The peer's answers are being read, or not. */
  reading: boolean;
  stalls: number;
  sends(): ReceivedRequest[];
  route(name?: string, options?: RouteOptions): TestRoute;
  /** Runs the turn and lets the other side take all there is, until nothing more comes. */
  drain(): void;
  /** The peer answers a request of ours. */
  answer(tid: string, code?: number): void;
  /** A response of ours to the peer. */
  respond(cause: Source, tid?: string): void;
  report(cause: Source, bytes?: number): void;
  open(mayRelay?: boolean): void;
  close(reason?: DeliveryFailure): void;
  readonly timersPending: number;
}

export interface WorldOptions {
  readonly limits?: Partial<Limits>;
  readonly framing?: 'stream' | 'message';
  readonly maxMessageBytes?: number;
  readonly acceptance?: Acceptance;
  readonly connected?: boolean;
  readonly seed?: number;
}

export function createWorld(options: WorldOptions = {}): World {
  const clock = createTestClock({ seed: options.seed ?? 1 });
  const failures: unknown[] = [];
  const timers = createTimers(clock, (error) => failures.push(error));
  const limits = { ...defaultLimits, ...options.limits };
  const traffic = { sendsOut: 0, responsesOut: 0, octetsOut: 0 };
  const out: Out[] = [];
  const violations: string[] = [];
  const framing = options.framing ?? 'stream';
  let heldSinceMs: number | undefined;
  let heldMs = 0;
  const activeMs = (): number => (heldSinceMs ?? clock.nowMs()) - heldMs;
  const raw: Buffer[] = [];
  const parser = createStrictParser(framing, {
    request: (request) => out.push({ kind: 'request', request, atMs: activeMs() }),
    response: (response) => out.push({ kind: 'response', response, atMs: activeMs() }),
    violation: (what) => violations.push(what),
  });
  let stalls = 0;
  const scheduler = new ConnectionScheduler(
    {
      limits,
      timers,
      flusher: new Flusher(clock, (error) => {
        throw error;
      }),
      blocks: new BlockPool(),
      ids: new Ids((into) => {
        clock.randomFill(into);
      }),
      traffic,
    },
    {
      activeMs,
      get running() {
        return heldSinceMs === undefined;
      },
      writeStalled() {
        stalls++;
      },
      flushed() {},
    },
  );
  const socket = new FakeSocket(
    framing,
    options.maxMessageBytes ?? (framing === 'stream' ? Infinity : 1024 * 1024),
    (octets) => {
      raw.push(octets);
      parser.feed(octets);
    },
    (total) => {
      scheduler.written(total);
    },
  );
  socket.acceptance = options.acceptance ?? 'when told';
  const tail =
    ' 200 OK\r\nTo-Path: msrps://peer.example:2855/p;tcp\r\nFrom-Path: msrps://relay.example:2855/t;tcp\r\n-------';
  let responses = 0;
  const world: World = {
    clock,
    scheduler,
    socket,
    limits,
    traffic,
    out,
    violations,
    raw,
    activeMs,
    parser,
    get reading() {
      return heldSinceMs === undefined;
    },
    set reading(on: boolean) {
      if (on && heldSinceMs !== undefined) {
        heldMs += clock.nowMs() - heldSinceMs;
        heldSinceMs = undefined;
      } else if (!on) {
        heldSinceMs ??= clock.nowMs();
      }
    },
    get stalls() {
      return stalls;
    },
    sends: () =>
      out.flatMap((each) => (each.kind === 'request' && each.request.method === 'SEND' ? [each.request] : [])),
    route: (name = 'r', routeOptions = {}) => new TestRoute(scheduler, name, routeOptions),
    drain() {
      clock.run();
      while (socket.accepted < socket.handed) {
        socket.accept();
        clock.run();
      }
    },
    answer(tid, code = 200) {
      const bytes = Buffer.from(tid);
      const slot = scheduler.transactions.find(viewOf(bytes), 0, bytes.length);
      if (slot < 0) throw new Error(`${tid} matches nothing`);
      if (code === 200) scheduler.transactions.complete(slot);
      else scheduler.transactions.route(slot)!.pieceFailed(scheduler.refused(slot, code, 'Comment'));
      scheduler.answered();
    },
    respond(cause, tid = `response${responses++}`) {
      const bytes = Buffer.from(`ahead${tid}`);
      scheduler.response(viewOf(bytes), 5, bytes.length, Buffer.from(tail), cause);
    },
    report(cause, bytes = 0) {
      scheduler.small(reportOf(bytes), cause);
    },
    open(mayRelay = true) {
      scheduler.open(socket, mayRelay);
    },
    close(reason = 'connection-lost') {
      scheduler.lost({ code: 408, reason });
    },
    get timersPending() {
      return timers.size + failures.length;
    },
  };
  if (options.connected ?? true) world.open();
  return world;
}

const paths = 'To-Path: msrps://next.example:2855/far;tcp\r\nFrom-Path: msrps://relay.example:2855/t;tcp\r\n';

/** A REPORT, made longer by a header if so many octets are asked for. */
export function reportOf(bytes = 0): Buffer {
  const around = (filler: string): string =>
    `MSRP report0001 REPORT\r\n${paths}Message-ID: reported\r\nByte-Range: 1-5/5\r\nStatus: 000 408 Gone${filler}\r\n-------report0001$\r\n`;
  return Buffer.from(around(' '.padEnd(Math.max(0, bytes - around('').length), 'x').trimEnd()));
}

/** A request whose answer finds its way back, and the places of its ids. */
export function requestOf(body = 'hello'): { message: Buffer; at: number; again: number } {
  const id = '.'.repeat(28);
  const text = `MSRP ${id} NICKNAME\r\n${paths}Content-Type: text/plain\r\n\r\n${body}\r\n-------${id}$\r\n`;
  return { message: Buffer.from(text), at: 5, again: text.length - 31 };
}

/** Octets that differ from place to place, so that a mix-up shows. */
export function octets(bytes: number, salt = 0): Buffer {
  const filled = Buffer.allocUnsafe(bytes);
  let value = (salt * 2654435761 + 12345) >>> 0;
  for (let i = 0; i < bytes; i++) {
    value = (value * 1664525 + 1013904223) >>> 0;
    filled[i] = value >>> 24;
  }
  return filled;
}
