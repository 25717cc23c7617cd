import type { Runtime } from '../runtime.js';

/** Has something to do once the input of this turn has been read: output to hand over, or to be read again. */
export interface Flushable {
  dirty: boolean;
  pump(): void;
}

/** So many are pumped before the end of the turn: with hundreds of peers turns are long, and what all of them are to get fills the caches. */
const mostTouched = 32;

/** One write per peer and turn of the event loop, unless much is to be written or to many: collects what is touched and pumps it all at its end. */
export class Flusher {
  private touched: Flushable[] = [];
  private spare: Flushable[] = [];
  private asked = false;
  private pumping = false;
  private readonly run = (): void => {
    this.asked = false;
    this.flush();
  };

  private readonly runtime: Pick<Runtime, 'afterInput'>;
  private readonly failed: (error: unknown) => void;

  /** `failed` is told what a connection threw: nothing but a socket of the host's should. */
  constructor(runtime: Pick<Runtime, 'afterInput'>, failed: (error: unknown) => void) {
    this.runtime = runtime;
    this.failed = failed;
  }

  touch(connection: Flushable): void {
    if (!connection.dirty) {
      connection.dirty = true;
      this.touched.push(connection);
    }
    if (this.asked) return;
    this.asked = true;
    this.runtime.afterInput(this.run);
  }

  /** What one peer has sent has been dealt with. Pumps when there are many. */
  relieve(): void {
    if (this.touched.length >= mostTouched && !this.pumping) this.flush();
  }

  private flush(): void {
    const now = this.touched;
    this.touched = this.spare;
    this.pumping = true;
    for (const connection of now) {
      connection.dirty = false;
      try {
        connection.pump();
      } catch (error) {
        // The others go on; one that could not be written to will be found stalled.
        this.failed(error);
      }
    }
    this.pumping = false;
    now.length = 0;
    this.spare = now;
  }
}
