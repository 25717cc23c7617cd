import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { TLSSocket } from 'node:tls';
import { defaultLimits } from '../../src/index.js';
import { digestAuthorization, digestParameters } from '../../src/testing/index.js';
import {
  buildReport,
  buildResponse,
  FrameParser,
  headerValue,
  pathLines,
  type Flag,
  type Head,
  type MessageSink,
  type Span,
} from '../../src/wire/index.js';
import { Incoming, type Taker } from './incoming.js';

/** What an endpoint tells whoever owns it. */
export interface EndpointOwner {
  /** A message begins: where its octets go. undefined refuses it with 415 (RFC 4975 section 10.5). */
  begun(contentType: string): Taker | undefined;
  report(status: string, range: string): void;
  lost(why: string): void;
}

export interface Response {
  readonly status: number;
  header(name: string): string | undefined;
}

export interface Chunk {
  /** Relays first, the peer last. */
  readonly path: readonly string[];
  readonly messageId: string;
  readonly contentType: string;
  /** Place of the first octet, counted from 1, and octets of the whole message. */
  readonly start: number;
  readonly total: number;
  readonly body: Buffer;
  readonly successReport: boolean;
}

/** A request that is being received. */
interface Request {
  readonly tid: string;
  readonly toPath: string;
  readonly fromPath: string;
  readonly messageId: string;
  readonly answered: boolean;
  readonly wantsReport: boolean;
  readonly message: Incoming | undefined;
}

/** An MSRP client behind a relay: as little of RFC 4975 and RFC 4976 as it takes to exchange messages. */
export class Endpoint implements MessageSink {
  readonly uri: string;
  readonly #socket: TLSSocket;
  readonly #owner: EndpointOwner;
  readonly #answers = new Map<string, (response: Response) => void>();
  readonly #messages = new Map<string, Incoming>();
  #request: Request | undefined;

  /** `socket` is connected, and the certificate of the relay verified. */
  constructor(socket: TLSSocket, name: string, owner: EndpointOwner) {
    this.uri = `msrps://${name}.invalid:2855/${randomBytes(12).toString('hex')};tcp`;
    this.#socket = socket;
    this.#owner = owner;
    const parser = new FrameParser(this, defaultLimits, { framing: 'stream', identLength: 'lenient' });
    socket.on('data', (octets: Buffer) => {
      parser.push(octets);
    });
    socket.on('error', (error: Error) => {
      owner.lost(error.message);
    });
    socket.on('close', () => {
      owner.lost('the relay has closed the connection');
    });
  }

  /** AUTH, and once more with the answer to the challenge (RFC 4976 section 5.1). Resolves with Use-Path. */
  async auth(relay: string, username: string, password: string): Promise<readonly string[]> {
    const challenge = await this.#ask('AUTH', relay, []);
    const parameters = digestParameters((challenge.header('WWW-Authenticate') ?? '').replace(/^Digest +/i, ''));
    const authorization = digestAuthorization({
      algorithm: parameters.get('algorithm') === 'SHA-256' ? 'SHA-256' : 'MD5',
      username,
      password,
      realm: parameters.get('realm') ?? '',
      nonce: parameters.get('nonce') ?? '',
      nc: '00000001',
      cnonce: randomBytes(12).toString('hex'),
      uri: relay,
      opaque: parameters.get('opaque'),
    });
    const answer = await this.#ask('AUTH', relay, [`Authorization: ${authorization}`]);
    if (answer.status !== 200) throw new Error(`AUTH of ${username} was answered ${answer.status}`);
    return answer.header('Use-Path')?.split(' ') ?? [];
  }

  /**
   * Sends one chunk of a message. Resolves when there is room for the next one; `answered` then still waits for the
   * response. Who does not wait keeps a whole file in memory.
   */
  async send(chunk: Chunk): Promise<{ readonly answered: Promise<Response> }> {
    const { start, total, body } = chunk;
    const last = start - 1 + body.length === total;
    const tid = newTid(body);
    // Above 2048 octets a relay may want to interrupt: then the end is not promised (RFC 4975 section 7.1.1).
    const end = body.length > 2048 ? '*' : String(start - 1 + body.length);
    const head = this.#head(tid, 'SEND', chunk.path.join(' '), [
      `Message-ID: ${chunk.messageId}`,
      `Byte-Range: ${start}-${end}/${total}`,
      ...(chunk.successReport ? ['Success-Report: yes'] : []),
      `Content-Type: ${chunk.contentType}`,
    ]);
    const answered = this.#answerTo(tid);
    this.#socket.cork();
    this.#socket.write(`${head}\r\n`);
    this.#socket.write(body);
    const room = this.#socket.write(`\r\n-------${tid}${last ? '$' : '+'}\r\n`);
    this.#socket.uncork();
    if (!room) await once(this.#socket, 'drain');
    return { answered };
  }

  close(): Promise<unknown> {
    const closed = once(this.#socket, 'close');
    this.#socket.end();
    return closed;
  }

  onHead(head: Head): boolean {
    const text = ({ start, end }: Span): string => head.bytes.toString('latin1', start, end);
    const tid = text(head.tid);
    this.#request = undefined;
    if (head.kind === 'response') {
      const { bytes, status, rest } = head;
      const kept = {
        bytes: Buffer.from(bytes.subarray(rest.start, rest.end)),
        rest: { start: 0, end: rest.end - rest.start },
      };
      this.#answers.get(tid)?.({ status, header: (name) => headerValue(kept, name) });
      this.#answers.delete(tid);
    } else if (head.method === 'REPORT') {
      this.#owner.report(headerValue(head, 'Status') ?? '', headerValue(head, 'Byte-Range') ?? '');
    } else {
      const messageId = text(head.messageId);
      const message = head.method === 'SEND' ? this.#message(messageId, text(head.contentType)) : undefined;
      this.#request = {
        tid,
        messageId,
        message,
        toPath: text(head.toPath),
        fromPath: text(head.fromPath),
        answered: head.failureReport !== 'no',
        wantsReport: headerValue(head, 'Success-Report')?.toLowerCase() === 'yes',
      };
      message?.begin(head.byteRange);
    }
    return false;
  }

  onBody(octets: Buffer): void {
    this.#request?.message?.add(octets);
  }

  onEnd(flag: Flag): void {
    const request = this.#request;
    this.#request = undefined;
    if (request === undefined) return;
    const { message, messageId } = request;
    if (request.answered) this.#respond(request, message === undefined ? 415 : 200);
    if (message === undefined) return;
    const whole = message.end(flag);
    if (whole || flag === '#') this.#messages.delete(messageId);
    if (!whole) return;
    if (request.wantsReport) this.#reportSuccess(request, message);
    message.taker.whole(message);
  }

  onLost(flaw: string): void {
    this.#socket.destroy(new Error(`what the relay sent can not be read: ${flaw}`));
  }

  #message(id: string, contentType: string): Incoming | undefined {
    const known = this.#messages.get(id);
    if (known !== undefined) return known;
    const taker = this.#owner.begun(contentType);
    if (taker === undefined) return undefined;
    const message = new Incoming(contentType, taker);
    this.#messages.set(id, message);
    return message;
  }

  /** A response to SEND goes to the previous hop only (RFC 4976 section 5.3). */
  #respond({ tid, toPath, fromPath }: Request, status: number): void {
    const [self = this.uri] = toPath.split(' ');
    const [previous = ''] = fromPath.split(' ');
    this.#socket.write(buildResponse({ tid, status, toPath: previous, fromPath: self, headers: [] }));
  }

  /** A REPORT goes the whole way back, and is not answered. */
  #reportSuccess({ messageId, fromPath }: Request, { total = 0 }: Incoming): void {
    this.#socket.write(
      buildReport({
        tid: newTid(),
        paths: pathLines(fromPath, this.uri),
        messageId: Buffer.from(messageId),
        byteRange: { start: 1, end: total, total },
        code: 200,
      }),
    );
  }

  #ask(method: string, to: string, headers: readonly string[]): Promise<Response> {
    const tid = newTid();
    const answered = this.#answerTo(tid);
    this.#socket.write(`${this.#head(tid, method, to, headers)}-------${tid}$\r\n`);
    return answered;
  }

  #answerTo(tid: string): Promise<Response> {
    return new Promise((resolve) => this.#answers.set(tid, resolve));
  }

  #head(tid: string, method: string, to: string, headers: readonly string[]): string {
    return [`MSRP ${tid} ${method}`, `To-Path: ${to}`, `From-Path: ${this.uri}`, ...headers, ''].join('\r\n');
  }
}

/** A transaction id whose end-line does not stand in the body (RFC 4975 section 7.1). */
function newTid(body?: Buffer): string {
  for (;;) {
    const tid = randomBytes(12).toString('hex');
    if (body?.includes(`-------${tid}`) !== true) return tid;
  }
}
