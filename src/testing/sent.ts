import type { SentRequest } from './client-types.js';
import { Inbox } from './inbox.js';
import type { ReceivedResponse } from './received.js';

/** A request a client has sent, until its response comes or the connection closes. */
export class Sent implements SentRequest {
  readonly tid: string;
  readonly messageId: string;
  answer: ReceivedResponse | undefined;
  readonly #inbox = new Inbox<ReceivedResponse>();
  #answered: Promise<ReceivedResponse> | undefined;

  constructor(tid: string, messageId: string) {
    this.tid = tid;
    this.messageId = messageId;
  }

  answered(): Promise<ReceivedResponse> {
    this.#answered ??= this.#inbox.next();
    return this.#answered;
  }

  settle(response: ReceivedResponse): void {
    this.answer = response;
    this.#inbox.put(response);
  }

  close(why: Error): void {
    this.#inbox.close(why);
  }
}
