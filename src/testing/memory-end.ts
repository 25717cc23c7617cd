import type { RelaySocket, RelaySocketHandler } from '../transport/types.js';
import { Pipe, type PipeContext } from './memory-pipe.js';

/** One end of a connection of the memory network. Relays get it as their socket, tests hold the other one. */
export interface MemoryEnd extends RelaySocket {
  /** Both ends close at once, as after a TCP reset: octets under way are lost, the other side hears of an error. */
  reset(): void;
  /** Octets the other side has written and this one has not been given. */
  readonly unreadBytes: number;
  /** Octets written here that the network has not accepted, because the other side does not read. */
  readonly unacceptedBytes: number;
  /** Octets given to this end so far. */
  readonly readBytes: number;
  readonly closed: boolean;
}

export interface PairOptions extends PipeContext {
  readonly maxMessageBytes: number;
  /** An end that ended waits so long for its peer to end too, then closes (RelaySocket.end); Infinity: for ever. */
  readonly lingerMs: readonly [number, number];
  /** Called when an end has closed. */
  closed(end: MemoryEnd): void;
}

/** Two connected ends. */
export function connectEnds(options: PairOptions): [MemoryEnd, MemoryEnd] {
  const a = new End(options, options.lingerMs[0]);
  const b = new End(options, options.lingerMs[1]);
  a.join(b);
  b.join(a);
  return [a, b];
}

class End implements MemoryEnd {
  readonly framing: 'stream' | 'message';
  readonly maxMessageBytes: number;
  readonly #options: PairOptions;
  readonly #lingerMs: number;
  #handler: RelaySocketHandler | undefined;
  #peer!: End;
  #out!: Pipe;
  #in!: Pipe;
  #paused = false;
  #endCalled = false;
  #flushed = false;
  #peerEnded = false;
  #writtenDue = false;
  #cancelLinger: (() => void) | undefined;
  /** Set once closed; what onClose will say. */
  #closed: { readonly why: Error | undefined } | undefined;

  constructor(options: PairOptions, lingerMs: number) {
    this.framing = options.framing;
    this.maxMessageBytes = options.maxMessageBytes;
    this.#options = options;
    this.#lingerMs = lingerMs;
  }

  /** Makes the pipe to the peer. */
  join(peer: End): void {
    this.#peer = peer;
    this.#out = new Pipe(this.#options, {
      accepted: () => {
        this.#reportWritten();
      },
      flushed: () => {
        this.#onFlushed();
      },
      reads: () => peer.#reads(),
      data: (octets) => peer.#handler?.onData(octets),
      end: () => {
        peer.#onPeerEnd();
      },
    });
    peer.#in = this.#out;
  }

  get unreadBytes(): number {
    return this.#in.underWayBytes + this.#in.waitingBytes;
  }

  get unacceptedBytes(): number {
    return this.#out.waitingBytes;
  }

  get readBytes(): number {
    return this.#in.deliveredBytes;
  }

  get closed(): boolean {
    return this.#closed !== undefined;
  }

  start(handler: RelaySocketHandler): void {
    if (this.#handler !== undefined) throw new Error('start() called twice');
    this.#handler = handler;
    if (this.#closed) this.#announceClose(this.#closed.why);
    else this.#in.resumed();
  }

  write(parts: readonly Uint8Array[]): void {
    if (this.#endCalled) throw new Error('write() after end()');
    if (this.#closed) return;
    this.#out.write(parts);
    if (this.#peer.#closed) this.#later(() => { this.#close(new Error('write EPIPE')); }); // prettier-ignore
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#in.resumed();
  }

  end(): void {
    if (this.#endCalled || this.#closed) return;
    this.#endCalled = true;
    this.#out.end();
  }

  destroy(why?: Error): void {
    this.#close(why);
  }

  reset(): void {
    if (this.#closed) return;
    this.#out.drop();
    this.#close(undefined);
    this.#later(() => {
      this.#peer.#close(Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }));
    });
  }

  #reads(): boolean {
    return this.#handler !== undefined && !this.#paused && !this.#closed;
  }

  #reportWritten(): void {
    const report = (): void => {
      this.#writtenDue = false;
      if (!this.#closed) this.#handler?.onWritten(this.#out.acceptedBytes);
    };
    if (this.#options.link.reportWritten === 'at-once') report();
    else if (!this.#writtenDue) {
      this.#writtenDue = true;
      this.#options.runtime.afterInput(report);
    }
  }

  #onFlushed(): void {
    this.#flushed = true;
    if (this.#closed) return;
    if (this.#peerEnded) this.#close(undefined);
    else if (this.#lingerMs !== Infinity) {
      const { runtime } = this.#options;
      this.#cancelLinger = runtime.wakeAt(runtime.nowMs() + this.#lingerMs, () => {
        this.#close(undefined);
      });
    }
  }

  #onPeerEnd(): void {
    this.#peerEnded = true;
    this.#handler?.onEnd();
    if (this.#flushed) this.#close(undefined);
  }

  /** As when a process closes its socket: the peer still gets what was accepted, then the end of the stream. */
  #close(why: Error | undefined): void {
    if (this.#closed) return;
    this.#closed = { why };
    this.#cancelLinger?.();
    this.#out.abandon();
    this.#in.toVoid();
    if (this.#handler) this.#announceClose(why);
    this.#options.closed(this);
  }

  #announceClose(why: Error | undefined): void {
    this.#options.runtime.afterInput(() => this.#handler?.onClose(why));
  }

  #later(fn: () => void): void {
    const { runtime, link } = this.#options;
    if (link.latencyMs) runtime.wakeAt(runtime.nowMs() + link.latencyMs, fn);
    else runtime.afterInput(fn);
  }
}
