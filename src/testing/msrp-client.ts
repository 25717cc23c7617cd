import { authenticate, type AuthOptions, type AuthResult } from './client-auth.js';
import type { ClientEnd } from './client-end.js';
import { Inbox } from './inbox.js';
import type {
  Answer,
  MsrpClient,
  MsrpClientOptions,
  OpenSend,
  RequestOptions,
  SendOptions,
  SentRequest,
} from './client-types.js';
import type { IncomingRequest, ReceivedRequest, ReceivedResponse } from './received.js';
import { requestParts, sendHeaders } from './request-parts.js';
import { Sent } from './sent.js';
import { createStrictParser, type StrictParser } from './strict-parser.js';
import { headText, messageOctets, type Body, type HeaderList } from './write-message.js';

const comments: Readonly<Record<number, string>> = {
  200: 'OK',
  400: 'Bad Request',
  403: 'Forbidden',
  408: 'Timeout',
  413: 'Stop Sending',
  481: 'No Such Session',
};

/** Takes over `end`: an end of the memory network, or `socketEnd(socket)`. */
export function createMsrpClient(end: ClientEnd, options: MsrpClientOptions): MsrpClient {
  return new ScriptedClient(end, options);
}

class ScriptedClient implements MsrpClient {
  readonly uri: string;
  answer: Answer;
  readonly violations: string[] = [];
  ended = false;
  closed = false;
  closeError: Error | undefined;
  readonly #end: ClientEnd;
  readonly #parser: StrictParser;
  readonly #requests = new Inbox<ReceivedRequest>();
  readonly #reports = new Inbox<ReceivedRequest>();
  readonly #responses = new Inbox<ReceivedResponse>();
  /** Sent and not yet answered, by transaction id. */
  readonly #open = new Map<string, Sent>();
  #lastNumber = 0;

  constructor(end: ClientEnd, options: MsrpClientOptions) {
    this.uri = options.uri;
    this.answer = options.answer ?? 200;
    this.#end = end;
    this.#parser = createStrictParser(end.framing, {
      request: (request) => {
        this.#onRequest(request);
      },
      response: (response) => {
        this.#onResponse(response);
      },
      violation: (what) => this.violations.push(what),
    });
    end.start({
      onData: (octets) => {
        this.#parser.feed(octets);
      },
      onWritten: () => undefined,
      onEnd: () => {
        this.ended = true;
        this.#parser.finish();
      },
      onClose: (why) => {
        this.#onClose(why);
      },
    });
  }

  get requests(): readonly ReceivedRequest[] {
    return this.#requests.all;
  }

  get reports(): readonly ReceivedRequest[] {
    return this.#reports.all;
  }

  get responses(): readonly ReceivedResponse[] {
    return this.#responses.all;
  }

  get incoming(): IncomingRequest | undefined {
    return this.#parser.incoming;
  }

  send(options: SendOptions): SentRequest {
    const sent = this.#sent(options.tid, options.messageId ?? this.#unused('m'));
    const octets = options.body === undefined ? undefined : Buffer.from(options.body);
    const range = octets && `1-${octets.length > 2048 ? '*' : octets.length}/${octets.length}`;
    const parts = requestParts(
      this.uri,
      'SEND',
      sent.tid,
      options,
      sendHeaders(options, sent.messageId, range),
      octets,
    );
    this.raw(messageOctets(parts, octets, options.flag ?? '$'));
    return sent;
  }

  sendChunks(options: SendOptions & { readonly body: Body }, chunkBytes: number): readonly SentRequest[] {
    const octets = Buffer.from(options.body);
    const messageId = options.messageId ?? this.#unused('m');
    const all: SentRequest[] = [];
    for (let start = 0; start === 0 || start < octets.length; start += chunkBytes) {
      const body = octets.subarray(start, start + chunkBytes);
      const end = start + body.length;
      const range = `${start + 1}-${body.length > 2048 ? '*' : end}/${octets.length}`;
      const flag = end < octets.length ? '+' : (options.flag ?? '$');
      all.push(this.send({ ...options, messageId, body, range, flag }));
    }
    return all;
  }

  openSend(options: Omit<SendOptions, 'body' | 'flag'>): OpenSend {
    if (this.#end.framing === 'message') throw new Error('a message can not be written in pieces');
    const sent = this.#sent(options.tid, options.messageId ?? this.#unused('m'));
    const headers = sendHeaders(options, sent.messageId, '1-*/*');
    this.raw(`${headText(requestParts(this.uri, 'SEND', sent.tid, options, headers, ''))}\r\n`);
    return {
      tid: sent.tid,
      messageId: sent.messageId,
      get answer() {
        return sent.answer;
      },
      answered: () => sent.answered(),
      write: (octets) => {
        this.raw(octets);
      },
      end: (flag = '$') => {
        this.raw(`\r\n-------${sent.tid}${flag}\r\n`);
      },
    };
  }

  request(method: string, options: RequestOptions): SentRequest {
    const sent = this.#sent(options.tid, '');
    const parts = requestParts(this.uri, method, sent.tid, options, options.headers ?? [], options.body);
    this.raw(messageOctets(parts, options.body, options.flag ?? '$'));
    return sent;
  }

  auth(options: AuthOptions): Promise<AuthResult> {
    return authenticate(options, this.#unused('c'), (headers) =>
      this.request('AUTH', { to: [...(options.via ?? []), options.relay], headers }).answered(),
    );
  }

  respond(request: ReceivedRequest, code: number, options: { comment?: string; headers?: HeaderList } = {}): void {
    const comment = options.comment ?? comments[code];
    const parts = {
      what: comment === undefined ? `${code}` : `${code} ${comment}`,
      tid: request.tid,
      toPath: request.method === 'SEND' ? request.fromPath.slice(0, 1) : request.fromPath,
      fromPath: request.toPath.slice(0, 1),
      headers: options.headers ?? [],
    };
    this.raw(messageOctets(parts, undefined, '$'));
  }

  report(request: ReceivedRequest, options: { status?: string; range?: string } = {}): SentRequest {
    const start = request.range?.start ?? 1;
    const end = start + (request.body?.length ?? 0) - 1;
    const range = options.range ?? `${start}-${end}/${request.range?.total ?? '*'}`;
    const headers: HeaderList = [
      ['Message-ID', request.messageId ?? ''],
      ['Byte-Range', range],
      ['Status', options.status ?? '000 200 OK'],
    ];
    return this.request('REPORT', { to: request.fromPath, from: request.toPath.slice(0, 1), headers });
  }

  raw(octets: Body): void {
    this.#end.write([Buffer.from(octets)]);
  }

  nextRequest(): Promise<ReceivedRequest> {
    return this.#requests.next();
  }

  nextReport(): Promise<ReceivedRequest> {
    return this.#reports.next();
  }

  nextResponse(): Promise<ReceivedResponse> {
    return this.#responses.next();
  }

  received(messageId: string): Buffer {
    const chunks = this.requests.filter((request) => request.method === 'SEND' && request.messageId === messageId);
    const places = chunks.map(({ range, body }) => ({
      start: (range?.start ?? 1) - 1,
      body: body ?? Buffer.alloc(0),
    }));
    const message = Buffer.alloc(Math.max(0, ...places.map(({ start, body }) => start + body.length)));
    for (const { start, body } of places) body.copy(message, start);
    return message;
  }

  pause(): void {
    this.#end.pause();
  }

  resume(): void {
    this.#end.resume();
  }

  end(): void {
    this.#end.end();
  }

  destroy(): void {
    this.#end.destroy();
  }

  #onRequest(request: ReceivedRequest): void {
    if (request.method === 'REPORT') {
      this.#reports.put(request);
      return;
    }
    this.#requests.put(request);
    const code = typeof this.answer === 'function' ? this.answer(request) : this.answer;
    const wanted = request.method === 'SEND' ? (request.header('Failure-Report') ?? 'yes').toLowerCase() : 'yes';
    if (code === 'never' || this.closed || wanted === 'no' || (wanted === 'partial' && code === 200)) return;
    this.respond(request, code);
  }

  #onResponse(response: ReceivedResponse): void {
    this.#responses.put(response);
    const sent = this.#open.get(response.tid);
    if (sent === undefined) {
      this.violations.push(`response to no open request: ${response.tid}`);
      return;
    }
    this.#open.delete(response.tid);
    sent.settle(response);
  }

  #onClose(why: Error | undefined): void {
    this.closed = true;
    this.closeError = why;
    const error = why ?? new Error('connection closed');
    for (const inbox of [this.#requests, this.#reports, this.#responses]) inbox.close(error);
    for (const sent of this.#open.values()) sent.close(error);
    this.#open.clear();
  }

  #sent(tid: string | undefined, messageId: string): Sent {
    const sent = new Sent(tid ?? this.#unused('t'), messageId);
    if (this.closed) sent.close(this.closeError ?? new Error('connection closed'));
    this.#open.set(sent.tid, sent);
    return sent;
  }

  /** An identifier this client has not used. */
  #unused(kind: string): string {
    this.#lastNumber += 1;
    return `${kind}${this.#lastNumber.toString().padStart(7, '0')}`;
  }
}
