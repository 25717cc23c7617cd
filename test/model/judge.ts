import type { ReceivedRequest } from '../../src/testing/index.js';
import type { Asked, Chunk, Line, Message, Piece } from './ledger.js';
import type { World } from './world.js';

/** How long the relay waits for an answer, and what we allow for the way. */
const answerMs = 30_000;
const slackMs = 1_500;

interface Report {
  readonly line: Line;
  readonly request: ReceivedRequest;
  readonly code: number;
  readonly start: number;
  readonly end: number;
}

/** Everything that was wrong after all has come to rest. Empty is what it should be. */
export function judge(world: World): string[] {
  return new Judge(world).all();
}

class Judge {
  private readonly faults: string[];
  private readonly reports: Report[] = [];
  private readonly world: World;

  constructor(world: World) {
    this.world = world;
    this.faults = [...world.faults];
  }

  all(): string[] {
    const { world } = this;
    for (const line of world.lines) this.line(line);
    for (const piece of world.pieces) this.piece(piece);
    this.order();
    this.readReports();
    for (const message of world.messages) for (const chunk of message.chunks) this.chunk(chunk);
    for (const asked of world.asked) this.asked(asked);
    for (const refused of world.refused) this.refused(refused);
    return this.faults;
  }

  private fault(text: string): void {
    this.faults.push(text);
  }

  // --- connections

  private line(line: Line): void {
    const { client, actor, goneReason: reason } = line;
    const name = `${actor.name}#${line.number}`;
    for (const violation of client.violations) {
      if (violation === 'ends inside a message' && (line.leftAt !== undefined || reason === 'write-stalled'))
        continue;
      this.fault(`${name}: ${violation}`);
    }
    if (line.leftAt !== undefined && line.goneAt === undefined)
      this.fault(`${name} left, and the relay does not know`);
    if (line.leftAt !== undefined || reason === undefined) return;
    const fair: Record<string, boolean> = {
      'probation-over': !line.dialled && line.successes === 0,
      'too-many-failures': line.failures >= 3,
      'not-for-this-relay': line.sins.has('misaddressed'),
      'framing-lost': line.sins.has('garbage'),
      'write-stalled': actor.harm.has('paused-long'),
    };
    if (fair[reason] !== true) this.fault(`${name} was closed: ${reason}`);
  }

  // --- what came

  /** Only what was sent, as it was sent, to whom it was sent. */
  private piece({ line, request, message }: Piece): void {
    const name = `piece ${request.messageId ?? ''} at ${line.actor.name}#${line.number}`;
    if (message === undefined) {
      this.fault(`${name}: nobody sent it`);
      return;
    }
    const { path } = message;
    const start = request.range?.start ?? 1;
    const body = request.body ?? Buffer.alloc(0);
    const sent = message.body.subarray(start - 1, start - 1 + body.length);
    if (!sent.equals(body)) this.fault(`${name}: octets from ${start} differ`);
    if (path.verdict !== 200 || line.actor !== path.target) this.fault(`${name}: not for it`);
    if (path.targetLine !== undefined && path.targetLine !== line) this.fault(`${name}: over another connection`);
    if (request.toPath.join(' ') !== path.to.slice(path.tokens.length).join(' ')) {
      this.fault(`${name}: To-Path ${request.toPath.join(' ')}`);
    }
    if (request.fromPath.join(' ') !== path.arrivesFrom.join(' ')) {
      this.fault(`${name}: From-Path ${request.fromPath.join(' ')}`);
    }
    if (request.header('Failure-Report') !== message.report) this.fault(`${name}: Failure-Report changed`);
    if (request.header('X-Kept') !== 'as it is') this.fault(`${name}: a header is lost`);
    const chunk = chunkOf(message, start, body.length);
    if (chunk === undefined) {
      this.fault(`${name}: ${start}+${body.length} is of no one chunk`);
      return;
    }
    const isLast = start + body.length === chunk.start + chunk.octets && chunk.flag !== undefined;
    const flags = isLast ? [chunk.flag, '#'] : ['+', '#'];
    if (!flags.includes(request.flag)) this.fault(`${name}: flag ${request.flag}`);
    if (request.flag === '+' && body.length < 2048 && !isLast && !this.mayBeShort(message, body)) {
      this.fault(`${name}: cut after ${body.length} octets`);
    }
    if (request.flag === '+' && body.length === 0 && chunk.octets > 0) this.fault(`${name}: an empty piece`);
  }

  /** Cut for a look-alike of the end-line (XMIT-19), or a chunk of the relay before that came in as short. */
  private mayBeShort(message: Message, body: Buffer): boolean {
    if (this.world.relays.length > 1) return true;
    return body.includes('-------') || message.body.includes('-------');
  }

  /** In the order in which it was sent, per way and connection; nothing after a `#`. */
  private order(): void {
    const last = new Map<string, { number: number; start: number }>();
    const aborted = new Set<string>();
    for (const { line, request, message, atMs } of this.world.pieces) {
      if (message === undefined) continue;
      const start = request.range?.start ?? 1;
      const chunk = chunkOf(message, start, request.body?.length ?? 0);
      if (chunk === undefined) continue;
      const key = `${line.number}${line.actor.name} ${message.line.number} ${message.line.actor.name} ${message.path.to.join(' ')} ${message.path.from}`;
      const before = last.get(key);
      const name = `${message.id} ${start} at ${line.actor.name}#${line.number}`;
      if (
        before !== undefined &&
        (before.number > chunk.number || (before.number === chunk.number && before.start >= start))
      ) {
        this.fault(`${name}: out of order`);
      }
      last.set(key, { number: chunk.number, start });
      const whole = `${line.actor.name}#${line.number} ${message.id}`;
      if (aborted.has(whole)) this.fault(`${name}: comes after its message was ended with #`);
      if (request.flag === '#') aborted.add(whole);
      if (this.stoppedBefore(message, line, atMs)) this.fault(`${name}: sent on after 413`);
    }
  }

  /** Has the receiver said 413, so that nothing of the message may be sent any more (RESP-18)? */
  private stoppedBefore(message: Message, line: Line, atMs: number): boolean {
    if (line.wasPaused || line.wasHeld || message.report === 'no') return false;
    return this.world.pieces.some((piece) => {
      const answer = piece.answers[0];
      const begunMs = piece.message?.chunks[0]?.writes[0]?.atMs ?? 0;
      return (
        piece.message === message &&
        answer?.code === 413 &&
        answer.atMs + slackMs < Math.min(atMs, begunMs + answerMs)
      );
    });
  }

  // --- REPORTs

  private readReports(): void {
    const forwarded = new Set<(typeof this.world.sentReports)[number]>();
    for (const line of this.world.lines) {
      for (const request of line.client.reports) {
        const status = request.header('Status') ?? '';
        const code = Number(status.slice(4, 7));
        const name = `REPORT ${status} on ${request.messageId ?? ''} ${request.header('Byte-Range') ?? ''} at ${line.actor.name}#${line.number}`;
        if (code === 200) {
          const sent = this.world.sentReports.find(
            (each) =>
              !forwarded.has(each) &&
              each.messageId === request.messageId &&
              each.range === request.header('Byte-Range') &&
              each.to.at(-1) === request.toPath.at(-1),
          );
          if (sent === undefined) this.fault(`${name}: nobody sent it`);
          else forwarded.add(sent);
          continue;
        }
        const message = this.world.messages.find(({ id }) => id === request.messageId);
        // A peer whose certificate says who it is may be told over another connection (FWD-21); what comes from the relay
        // before is passed on like any request.
        const isProven =
          line.dialled && message?.line.actor === line.actor && (line.actor.secure || this.world.relays.length > 1);
        if (message === undefined || (message.line !== line && !isProven)) {
          this.fault(`${name}: not on a message of this connection`);
          continue;
        }
        if (request.toPath.join(' ') !== message.path.from) this.fault(`${name}: To-Path`);
        if (!message.path.to.join(' ').startsWith(request.fromPath.join(' '))) this.fault(`${name}: From-Path`);
        const { start = 1, end = 0 } = request.range ?? {};
        if (request.range?.end === undefined) this.fault(`${name}: no end`);
        this.reports.push({ line, request, code, start, end });
      }
    }
  }

  // --- what the sender was told

  private chunk(chunk: Chunk): void {
    const { world } = this;
    const { message, answer, sent } = chunk;
    const { line, path, report = 'yes' } = message;
    const name = `${message.id} (${report}) ${chunk.start}+${chunk.octets} from ${line.actor.name}#${line.number} to ${path.target?.name ?? '-'}`;
    const responses = line.client.responses.filter(({ tid }) => tid === sent.tid);
    const reports = this.reports.filter((each) => each.request.messageId === message.id && isIn(each, chunk));
    const pieces = world.pieces.filter((each) => each.message === message && isIn(rangeOf(each), chunk));
    for (const response of responses) {
      if (response.toPath.join(' ') !== path.from || response.fromPath.join(' ') !== path.to[0]) {
        this.fault(`${name}: paths of its response`);
      }
    }
    if (responses.length > 1) this.fault(`${name}: ${responses.length} responses`);
    if (report === 'no' && responses.length + reports.length > 0) this.fault(`${name}: not silent`);
    if (report === 'partial' && answer?.code === 200) this.fault(`${name}: 200 for partial`);
    for (const each of reports) this.justifyReport(name, chunk, each, pieces);
    this.notTwice(name, pieces, reports);
    if (answer !== undefined && answer.code !== 200) {
      this.justifyRefusal(name, chunk, answer);
      if (reports.length > 0) this.fault(`${name}: told by ${answer.code} and by REPORT`);
      if (pieces.length > 0) this.fault(`${name}: refused with ${answer.code} and sent on`);
      return;
    }
    const passed = answer?.code === 200 || pieces.length > 0;
    if (passed && !this.mayPass(chunk)) this.fault(`${name}: should have been refused`);
    // Whoever left, or was interrupted by the relay, can not be told.
    if (!world.isUp(line) || chunk.flag === undefined) return;
    if (report === 'yes' && answer === undefined) this.fault(`${name}: no response`);
    if (!passed && report !== 'no' && path.verdict !== 200) this.fault(`${name}: no refusal`);
    if (path.verdict === 200) this.fates(name, chunk, pieces, reports);
  }

  /** No octet delivered twice, none reported twice. */
  private notTwice(name: string, pieces: readonly Piece[], reports: readonly Report[]): void {
    const overlap = (ranges: readonly { start: number; end: number }[]): boolean => {
      const sorted = [...ranges].sort((a, b) => a.start - b.start);
      return sorted.some((each, i) => i > 0 && each.start <= Math.max(sorted[i - 1]!.end, sorted[i - 1]!.start));
    };
    if (overlap(pieces.map(rangeOf))) this.fault(`${name}: delivered twice`);
    // What the next relay has taken over, its answer lost with the connection, both may tell.
    if (overlap(reports) && !this.world.linkLost) this.fault(`${name}: reported twice`);
  }

  /** Each octet arrived and was confirmed, or its loss was told, once. */
  private fates(name: string, chunk: Chunk, pieces: readonly Piece[], reports: readonly Report[]): void {
    const { report = 'yes' } = chunk.message;
    const last = chunk.start + Math.max(chunk.octets, 1) - 1;
    const edges = new Set([chunk.start, last + 1]);
    for (const { start, end } of [...pieces.map(rangeOf), ...reports]) {
      if (start > chunk.start && start <= last) edges.add(start);
      if (end >= chunk.start && end < last) edges.add(end + 1);
    }
    const sorted = [...edges].sort((a, b) => a - b);
    for (const [i, from] of sorted.slice(0, -1).entries()) {
      const part = `${name}: octets ${from}-${sorted[i + 1]! - 1}`;
      const covers = ({ start, end }: { start: number; end: number }): boolean =>
        start <= from && from <= Math.max(end, start);
      const piece = pieces.find((each) => covers(rangeOf(each)));
      const told = reports.find((each) => covers(each) || (chunk.octets === 0 && each.end === 0));
      if (piece === undefined) {
        if (told === undefined && !this.mayBeLost(chunk, from, reports) && !this.mayNotHear(chunk.message)) {
          if (report !== 'no' || !this.mayBeUnreachable(chunk.message))
            this.fault(`${part} are lost, and nobody was told`);
        }
        continue;
      }
      const fate = this.fateOf(piece, chunk);
      if (report === 'no') continue;
      if (told === undefined && fate !== 'fine' && fate !== 'either' && !this.mayNotHear(chunk.message))
        this.fault(`${part}: ${fate}, and nobody was told`);
      if (told !== undefined && fate === 'fine') this.fault(`${part}: arrived, and were reported ${told.code}`);
      if (told !== undefined && typeof fate === 'number' && told.code !== fate) {
        this.fault(`${part}: answered ${fate}, reported ${told.code}`);
      }
    }
  }

  /** What the relay must think of a piece that has arrived whole. */
  private fateOf(piece: Piece, chunk: Chunk): 'fine' | 'either' | 'unanswered' | number {
    const { line, atMs } = piece;
    const partial = chunk.message.report === 'partial';
    const answer = piece.answers[0];
    if (answer === undefined) {
      if (partial) return this.world.isUp(line) ? 'fine' : 'either';
      return 'unanswered';
    }
    const begunMs = chunk.writes.find(({ upTo }) => upTo >= rangeOf(piece).end)?.atMs ?? 0;
    const isLate = answer.atMs > atMs + answerMs + slackMs;
    const inTime = answer.atMs + slackMs < begunMs + answerMs;
    // What was on its way when the connection ended may not have come.
    const unheard = line.wasHeld || line.sins.size > 0 || line.failures >= 3;
    const mayBeUnread = !this.world.isUp(line) && (unheard || (line.leftAt ?? line.goneAt ?? 0) - answer.at < 6);
    // At the bound the oldest partial ones make room.
    if (line.wasHeldLong || (line.wasHeld && !inTime) || (partial && this.world.fewTransactions)) return 'either';
    if (isLate) return partial ? 'fine' : 'unanswered';
    if (!inTime || mayBeUnread) return answer.code === 200 ? 'either' : partial ? 'either' : 'unanswered';
    return answer.code === 200 ? 'fine' : answer.code;
  }

  /** What was not sent on although nobody says so: the message was stopped at an earlier octet, and that was told. */
  private mayBeLost(chunk: Chunk, octet: number, reports: readonly Report[]): boolean {
    const { report, path } = chunk.message;
    const { harm } = path.target!;
    // Refused, and nobody was to know.
    if (report === 'no' && path.tokens.some(({ deadFrom }) => deadFrom <= this.world.moment)) return true;
    // Written whole to a connection that then broke: nobody was to confirm it (R02).
    if (report === 'partial' && (harm.has('left') || path.target!.kind === 'peer')) return true;
    // An error response of the next relay stops it as well, whatever its code.
    const stops = (code: number): boolean => code !== 408 || harm.size > 0 || this.world.relays.length > 1;
    const stopped = reports.some(({ end, start, code }) => Math.max(end, start - 1) < octet && stops(code));
    return stopped;
  }

  /**
   * A REPORT from the first relay has to find its way on from the second: not over a connection that did not answer (R24),
   * not with a token that has died, nor when the connection between the relays is lost.
   */
  private mayNotHear({ line, path }: Message): boolean {
    const { linkLost, relays, moment } = this.world;
    if (relays.length === 1 || path.gate.length === path.tokens.length) return false;
    return linkLost || line.actor.harm.has('silent') || path.gate.some(({ deadFrom }) => deadFrom <= moment);
  }

  // --- why

  private mayPass(chunk: Chunk): boolean {
    const { path } = chunk.message;
    return path.verdict === 200 && path.gate.every((token) => chunk.writtenAt <= token.deadSince);
  }

  private justifyRefusal(name: string, { message }: Chunk, answer: { code: number; at: number }): void {
    const { path } = message;
    const { code, at } = answer;
    const dead = path.gate.some(({ deadFrom }) => deadFrom <= at);
    if (code === 481 && (path.verdict === 481 || dead)) return;
    if (path.verdict !== 200) {
      if (code !== path.verdict) this.fault(`${name}: refused with ${code} instead of ${path.verdict}`);
      return;
    }
    if (this.wasAnswered(message, code)) return;
    if ((code === 408 || code === 481) && this.mayBeUnreachable(message)) return;
    // A token that died with its connection: the sender is not its owner any more.
    if (code === 403 && path.tokens.some(({ line }) => line !== message.line && line.leftAt !== undefined)) return;
    this.fault(`${name}: refused with ${code}`);
  }

  private justifyReport(name: string, chunk: Chunk, report: Report, pieces: readonly Piece[]): void {
    const { message } = chunk;
    const { code, start, end } = report;
    if (chunk.octets > 0 && (start < chunk.start || end > chunk.start + chunk.octets - 1)) {
      this.fault(`${name}: reported ${start}-${end}`);
    }
    if (message.path.verdict !== 200) this.fault(`${name}: REPORT instead of a response`);
    if (this.wasAnswered(message, code)) return;
    if ((code === 408 || code === 481) && this.mayBeUnreachable(message)) return;
    const beyond = message.path.tokens.filter((token) => !message.path.gate.includes(token));
    if (code === 481 && beyond.some(({ deadFrom }) => deadFrom <= this.world.moment)) return;
    // Silence in one way or the other: fates() has looked at those that arrived whole.
    if (code === 408 && pieces.some((piece) => rangeOf(piece).start === start)) return;
    this.fault(`${name}: reported ${code} ${start}-${end} for no reason`);
  }

  private wasAnswered(message: Message, code: number): boolean {
    const { pieces } = this.world;
    if (this.world.wasAnsweredEarly(message, code)) return true;
    return pieces.some((piece) => piece.message === message && piece.answers.some((answer) => answer.code === code));
  }

  private mayBeUnreachable({ path }: Message): boolean {
    const { target } = path;
    if (target === undefined || this.world.linkLost) return true;
    if (target.kind === 'peer') return true;
    return target.harm.size > 0 && [...target.harm].some((harm) => harm !== 'silent');
  }

  // --- other requests

  private asked({ line, path, sent, answer, received, method, writtenMs }: Asked): void {
    const name = `${method} from ${line.actor.name}#${line.number} to ${path.target?.name ?? '-'}`;
    const responses = line.client.responses.filter(({ tid }) => tid === sent.tid);
    if (responses.length > 1) this.fault(`${name}: ${responses.length} responses`);
    for (const { line: at } of received) {
      if (path.verdict !== 200 || at.actor !== path.target) this.fault(`${name}: came to ${at.actor.name}`);
    }
    if (!this.world.isUp(line)) return;
    if (answer === undefined) {
      this.fault(`${name}: no response`);
      return;
    }
    const { code } = answer;
    const first = received[0]?.answers[0];
    const inTime = first !== undefined && first.atMs + slackMs < writtenMs + answerMs;
    const at = received[0]?.line;
    if (at !== undefined && inTime && this.world.isUp(at) && !at.wasHeldLong && code !== first.code) {
      this.fault(`${name}: answered ${first.code}, heard ${code}`);
    }
    if (first === undefined && path.verdict === 200 && code === 200) this.fault(`${name}: 200 from nobody`);
    if (path.verdict !== 200 && code !== path.verdict) {
      const dead = path.tokens.some(({ deadFrom }) => deadFrom <= answer.at);
      if (!(code === 481 && dead)) this.fault(`${name}: ${code} instead of ${path.verdict}`);
    }
  }

  private refused({ line, sent, code, what }: (typeof this.world.refused)[number]): void {
    const responses = line.client.responses.filter(({ tid }) => tid === sent.tid);
    const codes = responses.map((response) => response.code);
    if (codes.length > 1) this.fault(`${what}: ${codes.length} responses`);
    const expected = code ?? 481;
    if (codes.some((each) => each !== expected)) this.fault(`${what}: ${codes.join()} instead of ${expected}`);
    if (codes.length === 0 && code !== undefined && this.world.isUp(line)) this.fault(`${what}: no response`);
  }
}

function rangeOf({ request }: Piece): { start: number; end: number } {
  const start = request.range?.start ?? 1;
  return { start, end: start + (request.body?.length ?? 0) - 1 };
}

function chunkOf(message: Message, start: number, octets: number): Chunk | undefined {
  return message.chunks.find(
    (chunk) =>
      (chunk.start <= start && start + octets <= chunk.start + chunk.octets && (octets > 0 || chunk.octets === 0)) ||
      (octets === 0 && start === chunk.start),
  );
}

/** Does it begin in this chunk? An empty chunk is reported as 1-0. */
function isIn({ start, end }: { start: number; end: number }, chunk: Chunk): boolean {
  if (chunk.octets === 0) return start === chunk.start || end === 0;
  return chunk.start <= start && start < chunk.start + chunk.octets && end > 0;
}
