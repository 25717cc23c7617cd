import { createRelay, digestAuthenticator, type Relay } from '../../src/index.js';
import {
  createMemoryNetwork,
  createMsrpClient,
  createSeededRandom,
  createTestClock,
  type MemoryEnd,
  type MemoryNetwork,
  type MemoryPeer,
  type ReceivedRequest,
  type ReceivedResponse,
  type SentRequest,
  type TestRuntime,
} from '../../src/testing/index.js';
import type { Command, Setting, Step, Way } from './commands.js';
import { authenticate } from '../../src/testing/client-auth.js';
import type {
  Actor,
  Answer,
  Asked,
  Chunk,
  Line,
  Message,
  Path,
  Piece,
  Refused,
  SentReport,
  Token,
} from './ledger.js';

const relayUri = 'msrps://relay.example:2855;tcp';
const outerUri = 'msrps://outer.example:2855;tcp';

type MakePath = (
  to: readonly string[],
  tokens: readonly Token[],
  verdict: Path['verdict'],
  target?: Actor,
  targetLine?: Line,
  from?: string,
) => Path;

/** The relay, all who speak with it, and what they have said and heard so far. */
export class World {
  readonly clock: TestRuntime;
  readonly network: MemoryNetwork;
  readonly relays: readonly Relay[];
  readonly actors: readonly Actor[];
  readonly lines: Line[] = [];
  readonly tokens: Token[] = [];
  readonly messages: Message[] = [];
  readonly pieces: Piece[] = [];
  readonly asked: Asked[] = [];
  readonly sentReports: SentReport[] = [];
  readonly refused: Refused[] = [];
  /** What was wrong already while it happened. */
  readonly faults: string[] = [];
  /** Counts what is done: everything between two counts happens at one moment. */
  moment = 0;
  /** The last moment after which nothing was under way. */
  settledAt = 0;
  /** The relays have lost their connection, or one did not read it for too long, with answers that were on their way. */
  linkLost = false;
  private readonly setting: Setting;
  private readonly places = new Map<Actor, MemoryPeer>();
  private readonly sessionsOpen = new Set<string>();

  constructor(setting: Setting) {
    this.setting = setting;
    const { seed, link } = setting;
    this.clock = createTestClock({ seed });
    this.network = createMemoryNetwork(this.clock, { ...link, seed });
    this.relays = ['relay.example', ...(setting.chain ? ['outer.example'] : [])].map((host) => this.newRelay(host));
    this.actors = [
      actor('c1', 'client', ['msrps://c1.example:2855/s0;tcp', 'msrps://c1.example:2855/s1;tcp']),
      actor('c2', 'client', ['msrps://c2.example:2855/s0;tcp', 'msrps://c2.example:2855/s1;tcp']),
      actor('p', 'peer', ['msrp://p.example:2856/p;tcp']),
      actor('q', 'peer', ['msrps://q.example:2855/q;tcp']),
      actor('n', 'dialled', ['msrps://n.example:2855/n;tcp']),
      actor('m', 'dialled', ['msrp://m.example:2856/m;tcp']),
    ];
    for (const each of this.actors) if (each.kind === 'dialled') this.openPlace(each);
    for (const relay of this.relays) this.watch(relay);
  }

  private newRelay(host: string): Relay {
    return createRelay({
      hosts: [host],
      transports: [
        this.network.transport({ host }),
        this.network.transport({ name: 'plain', host, port: 2856, secure: false }),
      ],
      authenticator: digestAuthenticator({ credentials: () => ({ password: 'wonderland' }) }),
      limits: this.setting.limits,
      runtime: this.clock,
      resolver: this.network.resolver,
      nodeId: host,
    });
  }

  async begin(): Promise<void> {
    for (const relay of this.relays) await this.clock.until(relay.listen());
    for (const each of this.actors) if (each.kind !== 'dialled') this.connect(each);
    for (const each of this.actors) if (each.kind === 'client') await this.auth(each, 0, undefined);
    await this.settle();
  }

  async take({ command, settled }: Step): Promise<void> {
    this.moment += 1;
    await this.carryOut(command);
    if (settled) await this.settle();
  }

  /** Lets all happen that is under way. */
  async settle(): Promise<void> {
    await this.wait(500);
    this.settledAt = this.moment;
  }

  async wait(ms: number): Promise<void> {
    this.moment += 1;
    await this.clock.elapse(ms);
    const nowMs = this.clock.nowMs();
    for (const token of [...this.tokens, ...this.outerTokens]) {
      if (token.expiresMs[0] <= nowMs) token.deadFrom = Math.min(token.deadFrom, this.moment);
      if (token.expiresMs[1] < nowMs && !token.line.busy) token.deadSince = Math.min(token.deadSince, this.moment);
    }
    for (const line of this.lines) {
      if (line.client.ended && line.leftAt === undefined) this.leave(line, 'destroy');
      if (line.pausedSinceMs !== undefined && nowMs - line.pausedSinceMs > 9_000) line.actor.harm.add('paused-long');
    }
    this.moment += 1;
  }

  /** Everybody reads, ends what is begun, and all times run out. */
  async calmDown(): Promise<void> {
    this.moment += 1;
    for (const place of this.places.values()) place.answers = 'accept';
    for (let round = 0; round < 4; round++) {
      for (const line of this.lines) {
        if (line.pausedSinceMs !== undefined) this.resume(line);
        if (line.open !== undefined) this.closeChunk(line, '$');
      }
      await this.wait(10_000);
    }
    await this.settle();
    for (let round = 0; round < 4; round++) await this.wait(32_000);
    // A held connection's times stand still.
    for (let round = 0; round < 30 && this.isHolding(); round++) await this.wait(330_000);
    await this.wait(32_000);
  }

  private isHolding(): boolean {
    return this.lines.some(({ held, goneAt }) => held && goneAt === undefined);
  }

  get fewTransactions(): boolean {
    return this.setting.limits.maxTransactions !== undefined;
  }

  /** Live lines: neither side has ended them. */
  isUp(line: Line): boolean {
    return line.leftAt === undefined && line.goneAt === undefined && !line.client.ended && !line.client.closed;
  }

  private async carryOut(command: Command): Promise<void> {
    if (command.do === 'wait') {
      await this.wait(command.ms);
      return;
    }
    const who = this.actors[command.actor % this.actors.length]!;
    const line = who.line !== undefined && this.isUp(who.line) ? who.line : undefined;
    if (command.do === 'connect') {
      if (line === undefined && who.kind !== 'dialled') this.connect(who);
    } else if (command.do === 'dialled') {
      const place = this.places.get(who);
      if (place === undefined) return;
      place.answers = command.as;
      if (command.as !== 'accept') who.harm.add('undiallable');
    } else if (command.do === 'answering') {
      who.answering = command.as;
      if (command.as === 'never' || command.as === 'keep') who.harm.add('silent');
    } else if (line !== undefined) {
      await this.onLine(command, line);
    }
  }

  private async onLine(
    command: Exclude<Command, { do: 'wait' | 'connect' | 'dialled' | 'answering' }>,
    line: Line,
  ): Promise<void> {
    const free = line.open === undefined && !line.busy;
    switch (command.do) {
      case 'auth':
        if (free && line.actor.kind === 'client') await this.auth(line.actor, command.session, command.expires);
        return;
      case 'authWrong':
        if (free && !(this.setting.chain && line.actor.kind !== 'client')) await this.authWrong(line, command.how);
        return;
      case 'send':
        if (free) this.send(line, this.pathOf(line, command.way), command);
        return;
      case 'nickname':
        if (free) this.ask(line, this.pathOf(line, command.way, 'NICKNAME'));
        return;
      case 'report':
        if (free) this.report(line, command.which);
        return;
      case 'malformed':
        if (free) this.malformed(line, this.pathOf(line, command.way), command.how);
        return;
      case 'open':
        if (free) this.open(line, this.pathOf(line, command.way), command.report);
        return;
      case 'write':
        if (line.open !== undefined)
          this.write(line, this.octets(command.bytes, command.lookAlike ? line : undefined));
        return;
      case 'close':
        if (line.open !== undefined) this.closeChunk(line, command.flag);
        return;
      case 'answerKept': {
        const request = line.kept.shift();
        if (request !== undefined) this.answer(line, request, command.code);
        return;
      }
      case 'answerEarly': {
        const { incoming } = line.client;
        if (incoming !== undefined)
          this.answer(line, { ...incoming, body: undefined, text: '', flag: '$' }, command.code);
        return;
      }
      case 'answerAgain': {
        const piece = this.pieces.findLast((each) => each.line === line);
        if (piece !== undefined) this.answer(line, piece.request, command.code);
        return;
      }
      case 'answerNothing':
        if (free)
          line.client.raw(
            `MSRP aabbccddeeff00112233 200 OK\r\nTo-Path: ${relayUri}\r\nFrom-Path: ${line.client.uri}\r\n-------aabbccddeeff00112233$\r\n`,
          );
        return;
      case 'pause':
        line.pausedSinceMs ??= this.clock.nowMs();
        line.wasPaused = true;
        line.client.pause();
        return;
      case 'resume':
        this.resume(line);
        return;
      case 'leave':
        this.leave(line, command.how);
        return;
    }
  }

  // --- connections

  private openPlace(who: Actor): void {
    const [host, port] = hostAndPort(who.uris[0]!);
    const address = addressOf(who);
    const place = this.network.peer({ host, port, address, secure: who.secure }, (end, facts) => {
      this.newLine(who, end, facts.remote.port, true);
    });
    this.places.set(who, place);
  }

  private connect(who: Actor): void {
    const number = 1000 + this.lines.length;
    const host = this.setting.chain && who.kind === 'peer' ? 'outer.example' : 'relay.example';
    const end = this.network.connect(`${host}:${who.secure ? 2855 : 2856}`, {
      facts: { remote: { address: '198.51.100.7', port: number } },
    });
    this.newLine(who, end, number, false);
  }

  private newLine(who: Actor, end: MemoryEnd, number: number, dialled: boolean): void {
    const client = createMsrpClient(end, { uri: who.uris[0]! });
    const line: Line = {
      actor: who,
      number,
      client,
      end,
      address: addressOf(who),
      dialled,
      openedMs: this.clock.nowMs(),
      leftAt: undefined,
      goneAt: undefined,
      goneReason: undefined,
      held: false,
      wasHeld: false,
      wasHeldLong: false,
      heldSinceMs: 0,
      pausedSinceMs: undefined,
      wasPaused: false,
      open: undefined,
      busy: false,
      waiting: [],
      kept: [],
      sins: new Set(),
      failures: 0,
      successes: 0,
    };
    client.answer = (request) => {
      this.onRequest(line, request);
      return 'never';
    };
    this.lines.push(line);
    who.line = line;
  }

  private leave(line: Line, how: 'destroy' | 'reset' | 'end'): void {
    if (how === 'end' && line.open !== undefined) return;
    line.leftAt = this.moment;
    line.actor.harm.add('left');
    if (how === 'destroy') line.end.destroy();
    else if (how === 'reset') line.end.reset();
    else line.client.end();
    if (how === 'end' && line.pausedSinceMs !== undefined) this.resume(line);
    this.tokensOf(line).forEach((token) => {
      token.deadFrom = Math.min(token.deadFrom, this.moment);
    });
  }

  private resume(line: Line): void {
    line.pausedSinceMs = undefined;
    line.client.resume();
  }

  private tokensOf(line: Line): Token[] {
    return this.tokens.filter((token) => token.line === line);
  }

  private watch(relay: Relay): void {
    const lineOf = (connection: { remote: { address: string; port: number }; dialled: boolean }): Line | undefined =>
      this.lines.find((line) =>
        connection.dialled
          ? line.dialled && line.goneAt === undefined && line.address === connection.remote.address
          : !line.dialled && line.number === connection.remote.port,
      );
    relay.on('connectionClosed', ({ connection, reason }) => {
      const line = lineOf(connection);
      if (line === undefined) {
        if (connection.class === 'relay') this.linkLost ||= reason !== 'idle';
        else this.faults.push(`closed: ${reason}, and nobody knows what`);
        return;
      }
      line.goneAt = this.moment;
      line.goneReason = reason;
      if (line.leftAt === undefined) line.actor.harm.add('left');
      for (const token of this.tokensOf(line)) {
        token.deadFrom = Math.min(token.deadFrom, this.moment);
        token.deadSince = Math.min(token.deadSince, this.moment);
      }
    });
    relay.on('connectionHeld', ({ connection }) => {
      const line = lineOf(connection);
      if (line?.held === true) this.faults.push('held twice');
      if (line === undefined) return;
      line.held = line.wasHeld = true;
      line.heldSinceMs = this.clock.nowMs();
    });
    relay.on('connectionReleased', ({ connection, heldMs }) => {
      const line = lineOf(connection);
      // The other relay knows no better than that its messages were not answered in time.
      if (line === undefined && heldMs > 25_000) this.linkLost = true;
      if (line?.held === false) this.faults.push('released without hold');
      if (line === undefined) return;
      line.held = false;
      if (this.clock.nowMs() - line.heldSinceMs >= 30_000) line.wasHeldLong = true;
    });
    relay.on('sessionOpened', ({ session }) => this.sessionsOpen.add(session.id));
    relay.on('sessionClosed', ({ session }) => {
      if (!this.sessionsOpen.delete(session.id)) this.faults.push('a session closed twice');
    });
    relay.on('hostCodeFailed', ({ where, error }) => {
      this.faults.push(`host code: ${where} ${String(error)}`);
    });
    relay.on('listenerError', ({ error }) => {
      this.faults.push(`listener: ${String(error)}`);
    });
  }

  // --- AUTH

  private async auth(who: Actor, session: number, expires: number | undefined): Promise<void> {
    const line = who.line!;
    const from = who.uris[session]!;
    const sinceMs = this.clock.nowMs();
    line.busy = true;
    void authenticateFrom(line, from, expires, 'wonderland').then(
      (response) => {
        line.busy = false;
        const uri = response.header('Use-Path');
        // The nonce has grown old on the way.
        if (response.code === 401 && this.clock.nowMs() - sinceMs > 200_000) return;
        if (response.code !== 200 || uri === undefined) {
          this.faults.push(`AUTH was answered ${response.code}`);
          return;
        }
        line.successes += 1;
        const lifeMs = Number(response.header('Expires')) * 1000;
        if (lifeMs !== (expires ?? 86_400) * 1000) this.faults.push(`AUTH for ${expires ?? 0} gave ${lifeMs}`);
        const expiresMs = [sinceMs + lifeMs, this.clock.nowMs() + lifeMs] as const;
        const known = this.tokens.find((token) => token.uri === uri);
        const before = this.tokens.find(
          (token) => token.line === line && token.session === session && token.deadFrom > this.moment,
        );
        const token = known ?? {
          uri,
          line,
          session,
          expiresMs,
          deadFrom: Infinity,
          deadSince: Infinity,
          outer: undefined,
        };
        if (known !== undefined) {
          if (known.line !== line || known.session !== session) this.faults.push('a URI was given to two');
          known.expiresMs = expiresMs;
          if (this.isUp(line)) known.deadFrom = known.deadSince = Infinity;
        } else {
          if (before !== undefined) this.faults.push('AUTH for the same session gave another URI');
          token.deadFrom = line.leftAt ?? line.goneAt ?? Infinity;
          token.deadSince = line.goneAt ?? Infinity;
          this.tokens.push(token);
        }
        if (this.setting.chain && this.isUp(line)) this.authOuter(token, from, expires);
      },
      () => {
        if (this.isUp(line)) this.faults.push('AUTH was not answered');
      },
    );
    await this.clock.elapse(100);
  }

  /** The same at the second relay, through the first. */
  private authOuter(token: Token, from: string, expires: number | undefined): void {
    const { line, session } = token;
    const sinceMs = this.clock.nowMs();
    line.busy = true;
    void authenticateFrom(line, from, expires, 'wonderland', [token.uri]).then(
      (response) => {
        line.busy = false;
        const [first, uri] = response.header('Use-Path')?.split(' ') ?? [];
        if (response.code !== 200 || uri === undefined) {
          if (token.deadFrom === Infinity) this.faults.push(`chained AUTH was answered ${response.code}`);
          return;
        }
        if (first !== token.uri) this.faults.push(`Use-Path ${response.header('Use-Path') ?? ''}`);
        const lifeMs = Number(response.header('Expires')) * 1000;
        const expiresMs = [sinceMs + lifeMs, this.clock.nowMs() + lifeMs] as const;
        const known = token.outer;
        if (known !== undefined && known.uri !== uri && known.deadFrom === Infinity) {
          this.faults.push('chained AUTH for the same session gave another URI');
        }
        if (known?.uri === uri) {
          known.expiresMs = expiresMs;
          known.deadFrom = known.deadSince = Infinity;
          return;
        }
        token.outer = { uri, line, session, expiresMs, deadFrom: Infinity, deadSince: Infinity, outer: undefined };
        this.outerTokens.push(token.outer);
      },
      () => undefined,
    );
  }

  private readonly outerTokens: Token[] = [];

  private async authWrong(line: Line, how: 'password' | 'expires' | 'plain'): Promise<void> {
    line.busy = true;
    const { secure } = line.actor;
    const expected = !secure ? 403 : how === 'expires' ? 423 : 401;
    const expires = how === 'expires' ? 10 : undefined;
    line.failures += 1;
    if (line.failures >= 3)
      for (const token of this.tokensOf(line)) token.deadFrom = Math.min(token.deadFrom, this.moment);
    const password = how === 'password' ? 'guessed' : 'wonderland';
    void authenticateFrom(line, line.client.uri, expires, how === 'plain' && secure ? undefined : password).then(
      (response) => {
        line.busy = false;
        if (response.code !== expected) this.faults.push(`AUTH ${how} was answered ${response.code}`);
      },
      () => undefined,
    );
    await this.clock.elapse(100);
  }

  // --- requests

  private pathOf(line: Line, way: Way, method = 'SEND'): Path {
    const own = line.actor.uris[0]!;
    const token = this.tokens.length === 0 ? undefined : this.tokens.at(-1 - (way.token % this.tokens.length));
    const mine = this.tokensOf(line);
    const path = (
      to: readonly string[],
      tokens: readonly Token[],
      verdict: Path['verdict'],
      target?: Actor,
      targetLine?: Line,
      from = own,
    ): Path => ({
      to,
      from,
      tokens,
      verdict,
      target,
      targetLine,
      gate: tokens,
      arrivesFrom: [...tokens.map(({ uri }) => uri).reverse(), from],
    });
    if (this.setting.chain && line.actor.kind !== 'client') return this.toOwner(token, way, path);
    if (token === undefined || way.kind === 'bad-token') {
      return path(['msrps://relay.example:2855/nosuchtokenisalive;tcp', this.actors[0]!.uris[0]!], [], 481);
    }
    const owner = token.line.actor;
    const ownerUri = owner.uris[token.session]!;
    if (way.kind === 'nowhere') return path([token.uri], [token], method === 'SEND' ? 481 : 501);
    if (way.kind === 'wrong-way' && token.line !== line) {
      return path([token.uri, this.actors[4]!.uris[0]!], [token], 403);
    }
    if (this.setting.chain) return this.chained(line, way, token, path);
    const mineOne = mine.length === 0 ? undefined : mine.at(-1 - (way.token % mine.length));
    if (mineOne !== undefined && way.kind !== 'to-client') {
      const target = this.actors[2 + (way.target % 4)]!;
      return path(
        [mineOne.uri, target.uris[0]!],
        [mineOne],
        200,
        target,
        undefined,
        line.actor.uris[mineOne.session],
      );
    }
    if (mineOne !== undefined && mineOne !== token && way.target % 2 === 1) {
      const from = line.actor.uris[mineOne.session]!;
      return path([mineOne.uri, token.uri, ownerUri], [mineOne, token], 200, owner, token.line, from);
    }
    return path([token.uri, ownerUri], [token], 200, owner, token.line);
  }

  /** As pathOf(), with a second relay behind the first: all but clients speak with that one. */
  private chained(line: Line, way: Way, token: Token, path: MakePath): Path {
    const owner = token.line.actor;
    const ownerUri = owner.uris[token.session]!;
    const toOwner = token.outer === undefined ? undefined : [token.outer, token];
    const mine = this.tokensOf(line).filter(({ outer }) => outer !== undefined);
    const own = mine.length === 0 ? undefined : mine.at(-1 - (way.token % mine.length));
    if (own?.outer === undefined || (way.kind === 'to-client' && way.target % 2 === 0)) {
      return path([token.uri, ownerUri], [token], 200, owner, token.line);
    }
    const from = line.actor.uris[own.session]!;
    const out = [own, own.outer];
    const [tokens, target, uri] =
      way.kind === 'to-client' && toOwner !== undefined && token !== own
        ? [[...out, ...toOwner], owner, ownerUri]
        : [out, this.actors[2 + (way.target % 4)]!, this.actors[2 + (way.target % 4)]!.uris[0]!];
    const at = target === owner ? token.line : undefined;
    return { ...path([...tokens.map((each) => each.uri), uri], tokens, 200, target, at, from), gate: [own] };
  }

  /** From whoever speaks with the second relay. */
  private toOwner(token: Token | undefined, way: Way, path: MakePath): Path {
    const owner = token?.line.actor ?? this.actors[0]!;
    const ownerUri = owner.uris[token?.session ?? 0]!;
    if (token?.outer === undefined || way.kind === 'bad-token') {
      return path([outerUri.replace(';', '/nosuchtokenisalive;'), ownerUri], [], 481);
    }
    const { outer } = token;
    if (way.kind === 'wrong-way') return path([outer.uri, this.actors[4]!.uris[0]!], [outer], 403);
    return { ...path([outer.uri, token.uri, ownerUri], [outer, token], 200, owner, token.line), gate: [outer] };
  }

  private newMessage(line: Line, path: Path, report: Message['report']): Message {
    const id = `m${this.messages.length}${this.messages.length % 5 === 4 ? 'x'.repeat(44) : 'xxx'}`;
    const message: Message = { id, line, path, report, body: Buffer.alloc(0), chunks: [], over: false };
    this.messages.push(message);
    return message;
  }

  private newChunk(message: Message, sent: SentRequest): Chunk {
    const last = message.chunks.at(-1);
    const chunk: Chunk = {
      message,
      number: this.messages.reduce((sum, { chunks }) => sum + chunks.length, 0),
      sent,
      start: last === undefined ? 1 : last.start + last.octets,
      octets: 0,
      writtenAt: this.moment,
      writes: [],
      flag: undefined,
      endedMs: 0,
      answer: undefined,
    };
    message.chunks.push(chunk);
    sent.answered().then(
      ({ code }) => {
        chunk.answer = { code, at: this.moment };
        if (code === 200) message.line.successes += 1;
        else message.line.failures += 1;
      },
      () => undefined,
    );
    return chunk;
  }

  private send(line: Line, path: Path, { bytes, chunkBytes, report, range }: Extract<Command, { do: 'send' }>): void {
    const message = this.newMessage(line, path, report);
    message.body = this.octets(bytes, undefined);
    message.over = true;
    for (let at = 0; at === 0 || at < bytes; at += Math.min(chunkBytes, bytes || 1)) {
      const body = message.body.subarray(at, at + Math.min(chunkBytes, bytes));
      const end = at + body.length;
      const flag = end < bytes ? '+' : '$';
      const noRange = !range && at === 0 && flag === '$';
      const sent = line.client.send({
        to: path.to,
        from: path.from,
        messageId: message.id,
        ...(bytes === 0 && !range ? {} : { body }),
        ...(report === undefined ? {} : { failureReport: report }),
        range: noRange ? false : `${at + 1}-${body.length > 2048 ? '*' : end}/${bytes}`,
        headers: [['X-Kept', 'as it is']],
        flag,
      });
      const chunk = this.newChunk(message, sent);
      chunk.octets = body.length;
      chunk.flag = flag;
      chunk.endedMs = this.clock.nowMs();
      chunk.writes.push({ upTo: end, atMs: this.clock.nowMs() });
    }
  }

  private open(line: Line, path: Path, report: Message['report']): void {
    // Goes on with a message that was interrupted, if there is one.
    const goesOn = this.messages.findLast((each) => each.line === line && !each.over && each.path.verdict === 200);
    const message = goesOn ?? this.newMessage(line, path, report);
    const range = goesOn === undefined ? '1-*/*' : `${message.body.length + 1}-*/*`;
    const send = line.client.openSend({
      to: message.path.to,
      from: message.path.from,
      messageId: message.id,
      range,
      ...(message.report === undefined ? {} : { failureReport: message.report }),
      headers: [['X-Kept', 'as it is']],
      contentType: 'application/octet-stream',
    });
    line.open = { send, chunk: this.newChunk(message, send) };
  }

  private write(line: Line, octets: Buffer): void {
    const { send, chunk } = line.open!;
    const { message } = chunk;
    message.body = Buffer.concat([message.body, octets]);
    chunk.octets += octets.length;
    chunk.writes.push({ upTo: message.body.length, atMs: this.clock.nowMs() });
    send.write(octets);
  }

  private closeChunk(line: Line, flag: '$' | '+' | '#'): void {
    const { send, chunk } = line.open!;
    // An empty closing chunk is nothing that a client sends.
    if (chunk.octets === 0) this.write(line, Buffer.from('.'));
    send.end(flag);
    chunk.flag = flag;
    chunk.endedMs = this.clock.nowMs();
    chunk.message.over = flag !== '+';
    line.open = undefined;
    for (const answer of line.waiting.splice(0)) answer();
  }

  private octets(bytes: number, lookAlikeFor: Line | undefined): Buffer {
    const body = Buffer.alloc(bytes);
    createSeededRandom(this.moment + this.setting.seed).fill(body);
    if (lookAlikeFor === undefined) return body;
    // End-lines of whatever the relay is sending just now: the writer may have learned its transaction id.
    const tids = this.lines.flatMap((line) => (this.isUp(line) ? (line.client.incoming?.tid ?? []) : []));
    const endLines = tids.map((tid) => `\r\n-------${tid}$\r\n-------${tid}+\r\nMSRP ${tid} SEND\r\n`);
    return Buffer.concat([body, Buffer.from(endLines.join('')), Buffer.from('.')]);
  }

  private ask(line: Line, path: Path): void {
    const name = `nick${this.asked.length}`;
    const sent = line.client.request('NICKNAME', {
      to: path.to,
      from: path.from,
      headers: [['Use-Nickname', `"${name}"`]],
    });
    const asked: Asked = {
      line,
      path,
      sent,
      method: 'NICKNAME',
      name,
      writtenAt: this.moment,
      writtenMs: this.clock.nowMs(),
      answer: undefined,
      received: [],
    };
    this.asked.push(asked);
    line.successes += 1;
    sent.answered().then(
      ({ code }) => {
        asked.answer = { code, at: this.moment };
        if (code !== 200) line.failures += 1;
      },
      () => undefined,
    );
  }

  private report(line: Line, which: number): void {
    const mine = this.pieces.filter((piece) => piece.line === line && piece.message !== undefined);
    const piece = mine[which % mine.length];
    if (piece === undefined) return;
    const range = `${piece.request.range?.start ?? 1}-${(piece.request.range?.start ?? 1) + which}/*`;
    const sent = line.client.report(piece.request, { range });
    const messageId = piece.request.messageId ?? '';
    this.sentReports.push({ line, sent, messageId, range, to: piece.request.fromPath, status: '000 200 OK' });
  }

  private malformed(line: Line, path: Path, how: Extract<Command, { do: 'malformed' }>['how']): void {
    const refuse = (code: number | undefined, sent: SentRequest): void => {
      line.failures += 1;
      this.refused.push({ line, sent, code, what: how });
    };
    if (how === 'garbage') {
      this.sin(line, 'garbage');
      line.client.raw('GET / HTTP/1.1\r\nHost: relay.example\r\n\r\n');
    } else if (how === 'not-ours') {
      this.sin(line, 'misaddressed');
      refuse(undefined, line.client.send({ to: ['msrps://other.example:2855/x;tcp', path.from], body: 'x' }));
    } else if (path.tokens.length > 0 && !(how === 'two-from' && line.actor.kind === 'dialled')) {
      const to = path.to;
      if (how === 'no-message-id') refuse(400, line.client.request('SEND', { to, from: path.from, body: 'x' }));
      else if (how === 'bad-range')
        refuse(400, line.client.send({ to, from: path.from, body: 'x', range: '5-2/10' }));
      else refuse(403, line.client.send({ to, from: [path.from, 'msrps://z.example:2855/z;tcp'], body: 'x' }));
    }
  }

  /** From now on the relay may close the line, and forget its tokens. */
  private sin(line: Line, what: 'garbage' | 'misaddressed'): void {
    line.sins.add(what);
    for (const token of this.tokensOf(line)) token.deadFrom = Math.min(token.deadFrom, this.moment);
  }

  // --- receiving

  private onRequest(line: Line, request: ReceivedRequest): void {
    const answers: Answer[] = [];
    if (request.method === 'SEND') {
      const message = this.messages.find(({ id }) => id === request.messageId);
      const earlier = this.early.get(earlyKey(line, request));
      if (earlier !== undefined) answers.push(...earlier);
      this.pieces.push({ line, request, message, atMs: this.clock.nowMs(), answers });
    } else {
      const nickname = request.header('Use-Nickname');
      const asked = this.asked.find(({ name, received }) => received.length === 0 && nickname === `"${name}"`);
      if (asked === undefined) this.faults.push(`${request.method} that nobody sent, or a second time`);
      asked?.received.push({ line, request, atMs: this.clock.nowMs(), answers });
    }
    const { answering } = line.actor;
    if (answering === 'keep') line.kept.push(request);
    else if (answering !== 'never') this.answer(line, request, answering);
  }

  /** Answers to pieces whose end-line has not come, and maybe never will. */
  private readonly early = new Map<string, Answer[]>();

  wasAnsweredEarly(message: Message, code: number): boolean {
    return [...this.early].some(
      ([key, answers]) => key.endsWith(` ${message.id}`) && answers.some((each) => each.code === code),
    );
  }

  private answer(line: Line, request: ReceivedRequest, code: number): void {
    if (request.method === 'SEND') {
      const wish = request.header('Failure-Report');
      if (wish === 'no' || (wish === 'partial' && code === 200)) return;
    }
    const write = (): void => {
      if (line.client.closed || line.leftAt !== undefined) return;
      const answer = { code, at: this.moment, atMs: this.clock.nowMs() };
      const known =
        this.pieces.find(
          (piece) => piece.request === request || (piece.line === line && piece.request.tid === request.tid),
        )?.answers ??
        this.asked.flatMap(({ received }) => received).find((each) => each.request === request)?.answers;
      if (known !== undefined) known.push(answer);
      else {
        const key = earlyKey(line, request);
        this.early.set(key, [...(this.early.get(key) ?? []), answer]);
      }
      line.client.respond(request, code);
    };
    if (line.open === undefined) {
      write();
    } else {
      line.waiting.push(write);
      line.actor.harm.add('silent');
    }
  }

  /** How many tokens are alive: surely, and at most. */
  get liveTokens(): readonly [number, number] {
    const all = [...this.tokens, ...this.outerTokens];
    const count = (is: (token: Token) => boolean): number => all.filter(is).length;
    return [count(({ deadFrom }) => deadFrom === Infinity), count(({ deadSince }) => deadSince === Infinity)];
  }

  /** Opened by the relay and not yet ended. */
  get openSessions(): number {
    return this.sessionsOpen.size;
  }
}

function actor(name: string, kind: Actor['kind'], uris: readonly string[]): Actor {
  const secure = uris[0]!.startsWith('msrps:');
  return { name, kind, uris, secure, answering: 200, harm: new Set(), line: undefined };
}

function earlyKey(line: Line, { tid, messageId }: ReceivedRequest): string {
  return `${line.number} ${tid} ${messageId ?? ''}`;
}

/** Of the place where a dialled one listens. */
function addressOf({ kind, name }: Pick<Actor, 'kind' | 'name'>): string {
  return kind === 'dialled' ? `203.0.113.${name.charCodeAt(0)}` : '198.51.100.7';
}

function hostAndPort(uri: string): [string, number] {
  const [, host = '', port = '0'] = /^msrps?:\/\/([^:/]+):(\d+)/.exec(uri) ?? [];
  return [host, Number(port)];
}

/** AUTH, with credentials if there is a password; resolves with the last response. */
async function authenticateFrom(
  line: Line,
  from: string,
  expires: number | undefined,
  password: string | undefined,
  via: readonly string[] = [],
): Promise<ReceivedResponse> {
  const relay = via.length === 0 ? relayUri : outerUri;
  const ask = (headers: readonly [string, string][]): Promise<ReceivedResponse> =>
    line.client.request('AUTH', { to: [...via, relay], from, headers }).answered();
  if (password === undefined) return ask([]);
  const options = { relay, username: 'user', password, ...(expires === undefined ? {} : { expires }) };
  return (await authenticate(options, 'cnonce0001', ask)).response;
}
