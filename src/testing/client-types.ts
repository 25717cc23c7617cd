import type { AuthOptions, AuthResult } from './client-auth.js';
import type { IncomingRequest, ReceivedRequest, ReceivedResponse } from './received.js';
import type { Body, HeaderList } from './write-message.js';

/** What a client answers requests with: a status code, or nothing at all. REPORTs are never answered. */
export type Answer = number | 'never' | ((request: ReceivedRequest) => number | 'never');

/** Options of `createMsrpClient()`. */
export interface MsrpClientOptions {
  /** The client's own URI: From-Path of what it sends. */
  readonly uri: string;
  /** Default: 200. */
  readonly answer?: Answer;
}

/** What a request is made of. */
export interface RequestOptions {
  /** To-Path, leftmost first. */
  readonly to: string | readonly string[];
  /** Default: the client's own URI. */
  readonly from?: string | readonly string[];
  /** Default: one not used before. */
  readonly tid?: string;
  /** Further headers, before Content-Type. */
  readonly headers?: HeaderList;
  readonly body?: Body;
  /** Written only with a body. Default: `text/plain`. */
  readonly contentType?: string;
  /** Default: `$`. */
  readonly flag?: '$' | '+' | '#';
}

/** What a SEND is made of. */
export interface SendOptions extends RequestOptions {
  /** Default: one not used before. */
  readonly messageId?: string;
  /**
   * Byte-Range as text, or false for none. Default: that of a whole message, with `*` for the end above 2048 octets;
   * `1-*` and `/*` for `openSend`; none without body.
   */
  readonly range?: string | false;
  readonly failureReport?: 'yes' | 'no' | 'partial';
  readonly successReport?: 'yes' | 'no';
}

/** A request the client has sent. */
export interface SentRequest {
  readonly tid: string;
  /** Empty for methods without. */
  readonly messageId: string;
  /** The response, if it has come. */
  readonly answer: ReceivedResponse | undefined;
  /** The response, when it comes; rejects when the connection closes without. */
  answered(): Promise<ReceivedResponse>;
}

/** A SEND that is being written piece by piece. */
export interface OpenSend extends SentRequest {
  /** Writes more of the body. */
  write(octets: Body): void;
  /** Writes the end-line. Default: `$`. */
  end(flag?: '$' | '+' | '#'): void;
}

/**
 * A scripted MSRP endpoint for tests. It writes whatever it is told, right or wrong, and is strict about what it gets:
 * breaches of the grammar are kept in `violations`, which every test should expect to be empty.
 */
export interface MsrpClient {
  readonly uri: string;
  /** May be changed at any time. */
  answer: Answer;
  /** All requests but REPORTs, each chunk for itself, in order of their end-lines. */
  readonly requests: readonly ReceivedRequest[];
  readonly reports: readonly ReceivedRequest[];
  readonly responses: readonly ReceivedResponse[];
  readonly violations: readonly string[];
  /** The request whose body is being received. */
  readonly incoming: IncomingRequest | undefined;
  /** The peer has closed its sending side. */
  readonly ended: boolean;
  readonly closed: boolean;
  readonly closeError: Error | undefined;

  /** Sends a whole message in one chunk, or one chunk of it if `range` and `flag` say so. */
  send(options: SendOptions): SentRequest;
  /** Sends one message in chunks of that many octets, the last one maybe shorter, without waiting for answers. */
  sendChunks(options: SendOptions & { readonly body: Body }, chunkBytes: number): readonly SentRequest[];
  /** Begins a SEND whose body is written later. Streams only. */
  openSend(options: Omit<SendOptions, 'body' | 'flag'>): OpenSend;
  /** Sends a request of any method. */
  request(method: string, options: RequestOptions): SentRequest;
  /** Sends AUTH, and once more with credentials if it is challenged. Resolves with what came of it. */
  auth(options: AuthOptions): Promise<AuthResult>;
  /** Answers a request by hand. */
  respond(request: ReceivedRequest, code: number, options?: { comment?: string; headers?: HeaderList }): void;
  /** Sends a REPORT on a chunk that was received. Default: `000 200 OK`, and the range the chunk covered. */
  report(request: ReceivedRequest, options?: { status?: string; range?: string }): SentRequest;
  /** Writes octets as they are; with message framing they are one message. */
  raw(octets: Body): void;

  /** The first request not yet given out by this method, when there is one; rejects when the connection closes. */
  nextRequest(): Promise<ReceivedRequest>;
  /** As `nextRequest()`, of REPORTs. */
  nextReport(): Promise<ReceivedRequest>;
  /** As `nextRequest()`, of responses. */
  nextResponse(): Promise<ReceivedResponse>;
  /** The message as received so far, each octet where the Byte-Range of its chunk puts it. */
  received(messageId: string): Buffer;

  /** Stops reading. */
  pause(): void;
  /** Reads on. */
  resume(): void;
  /** Closes the sending side. */
  end(): void;
  /** Closes at once; octets not yet written are lost. */
  destroy(): void;
}
