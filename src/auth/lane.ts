import type { Connection, ConnectionDependent } from '../connection/types.js';
import { Fifo } from '../fifo.js';

/** Answers one AUTH and then calls `done`, maybe at once. */
export type AuthJob = (done: () => void) => void;

/**
 * The AUTHs of one connection, answered one after the other in the order they came (AUTH-38), while other traffic of
 * the connection passes. When as many wait as may, the connection is held. Ends with the connection; what waits is then
 * dropped. Over when all are answered: most connections send no more.
 */
export class AuthLane implements ConnectionDependent {
  readonly #connection: Connection;
  readonly #maxWaiting: number;
  readonly #over: () => void;
  #waiting: Fifo<AuthJob> = new Fifo();
  #busy = false;
  #running = false;
  #held = false;
  #ended = false;

  constructor(connection: Connection, maxWaiting: number, over: () => void) {
    this.#connection = connection;
    this.#maxWaiting = maxWaiting;
    this.#over = over;
    connection.dependents.add(this);
  }

  /** The connection is gone: whatever is still asked for is asked in vain. */
  get ended(): boolean {
    return this.#ended;
  }

  get undecided(): boolean {
    return !this.#ended && this.#busy;
  }

  add(job: AuthJob): void {
    if (this.#ended) return;
    this.#waiting.push(job);
    this.#run();
  }

  connectionEnded(): void {
    this.#ended = true;
    this.#waiting = new Fifo();
  }

  /** A loop, not recursion: hundreds of AUTHs in one read may all be answered at once. */
  #run(): void {
    if (this.#running) return;
    this.#running = true;
    while (!this.#busy) {
      const job = this.#next();
      if (job === undefined) break;
      this.#busy = true;
      job(this.#done);
    }
    this.#running = false;
    this.#press();
    if (this.#busy) return;
    this.#connection.dependents.delete(this);
    this.#over();
  }

  readonly #done = (): void => {
    this.#busy = false;
    this.#run();
  };

  /** After the last failure allowed the connection is closing: the rest gets no answer (AUTH-28). */
  #next(): AuthJob | undefined {
    const { state } = this.#connection;
    if (state === 'closing' || state === 'closed') this.connectionEnded();
    return this.#waiting.shift();
  }

  #press(): void {
    const full = this.#waiting.size >= this.#maxWaiting;
    if (full === this.#held || this.#ended) return;
    this.#held = full;
    if (full) this.#connection.hold('auth-lane', this);
    else this.#connection.release(this);
  }
}
