import { expect } from 'vitest';
import { createMsrpClient, type Answer, type ClientEnd, type MsrpClient } from '../../../src/testing/index.js';

/** A scripted endpoint of the tester, over one connection. */
export type Party = MsrpClient & {
  /** Resolves when the relay has closed its sending side, or the connection is gone. */
  readonly whenClosed: Promise<void>;
};

/** A party that has got a relay URI. */
export type Registered = Party & {
  /** T: the URI that Use-Path named. */
  readonly token: string;
};

const startLine = /^MSRP (\S+) /;
const strayResponse = 'response to no open request: ';

/** Watches that the relay speaks the grammar, and answers nothing twice and nothing that was not asked. */
export class Watch {
  readonly party: Party;
  /** Requests written by tid. */
  readonly #asked = new Map<string, number>();

  constructor(end: ClientEnd, uri: string, answer: Answer) {
    let closed: () => void;
    let hasEnded = false;
    const whenClosed = new Promise<void>((resolve) => (closed = resolve));
    const watched: ClientEnd = {
      framing: end.framing,
      start(handler) {
        end.start({
          ...handler,
          onEnd: () => {
            handler.onEnd();
            closed();
            watched.end();
          },
          onClose: (why) => {
            handler.onClose(why);
            closed();
          },
        });
      },
      write: (parts) => {
        // What a client would still like to say after its own end is lost, as on any socket.
        if (hasEnded) return;
        for (const part of parts) this.#note(Buffer.from(part).toString('latin1'));
        end.write(parts);
      },
      pause: () => {
        end.pause();
      },
      resume: () => {
        end.resume();
      },
      end: () => {
        hasEnded = true;
        end.end();
      },
      destroy: (why) => {
        end.destroy(why);
      },
    };
    this.party = Object.assign(createMsrpClient(watched, { uri, answer }), { whenClosed });
  }

  /** `tolerated`: what is the sender's fault and not the relay's. */
  check(tolerated: readonly string[]): void {
    const { violations, responses, uri } = this.party;
    // What a test has written by hand the client does not know of; here it is.
    const real = violations.filter(
      (what) => !this.#asked.has(what.replace(strayResponse, '')) && !tolerated.includes(what),
    );
    expect(real, `what ${uri} got is against the grammar`).toEqual([]);
    const answers = new Map<string, number>();
    for (const { tid } of responses) answers.set(tid, (answers.get(tid) ?? 0) + 1);
    const tooMany = [...answers].filter(([tid, count]) => count > (this.#asked.get(tid) ?? 0));
    expect(tooMany, `${uri} got more answers than it asked`).toEqual([]);
  }

  #note(text: string): void {
    for (const line of text.split(/\r?\n/)) {
      const tid = startLine.exec(line)?.[1];
      if (tid !== undefined) this.#asked.set(tid, (this.#asked.get(tid) ?? 0) + 1);
    }
  }
}
