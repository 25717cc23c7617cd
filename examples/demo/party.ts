import { ClientProcess } from './processes.js';
import type { ClientEvent } from './protocol.js';
import { expect, within } from './within.js';

/** A client process and what it has told. */
export class Party {
  readonly name: 'alice' | 'bob';
  readonly process: ClientProcess;
  /** Relays first, the client itself last. */
  path: readonly string[] = [];
  readonly reports: string[] = [];
  onProgress: ((octets: number) => void) | undefined;
  readonly #events: ClientEvent[] = [];
  readonly #wakes: (() => void)[] = [];

  constructor(name: 'alice' | 'bob') {
    this.name = name;
    this.process = new ClientProcess((event) => {
      if (event.event === 'progress') this.onProgress?.(event.octets);
      else this.#events.push(event);
      for (const wake of this.#wakes.splice(0)) wake();
    });
  }

  /** To-Path of what this party sends to `other`: its own relays, then the other's path (RFC 4976 section 5.2). */
  pathTo(other: Party): readonly string[] {
    return [...this.path.slice(0, -1), ...other.path];
  }

  /** The next event of that kind. Rejects when the connection is lost, and when nothing at all happens for so long. */
  async next<K extends ClientEvent['event']>(kind: K, limitMs?: number): Promise<Extract<ClientEvent, { event: K }>> {
    for (;;) {
      const at = this.#events.findIndex(({ event }) => event === kind || event === 'lost');
      if (at < 0) {
        const { promise: something, resolve } = waiter();
        this.#wakes.push(resolve);
        await within(`${this.name} waits for ${kind}: this`, something, limitMs);
        continue;
      }
      const [found] = this.#events.splice(at, 1) as [ClientEvent];
      if (found.event === 'lost') throw new Error(`${this.name}: ${found.why}`);
      return found as Extract<ClientEvent, { event: K }>;
    }
  }

  /** A REPORT that says that a message of so many octets has arrived. */
  async report(last: number, limitMs?: number): Promise<void> {
    const { status, range } = await this.next('report', limitMs);
    expect('status of the REPORT', status.slice(0, 7), '000 200');
    expect('range of the REPORT', range, `1-${last}/${last}`);
    this.reports.push(`${status} for ${range}`);
  }
}

function waiter(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((done) => (resolve = done));
  return { promise, resolve };
}
