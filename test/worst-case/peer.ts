import type { PeerFacts, RelaySocket, RelaySocketHandler } from '../../src/transport/types.js';
import type { Runtime } from '../../src/runtime.js';

/** How much of what the relay writes a peer takes: all of it, or so many octets and then no more. */
export type Appetite = 'all' | number;

const tailBytes = 10_000;

let lastPort = 10_000;

/**
 * A peer that keeps nothing but counts, so that whatever is held is held by the relay. It sends what it is told, also
 * when the relay does not read if told `anyway`, and stops reading when it has had enough.
 */
export class Peer implements RelaySocket {
  readonly framing = 'stream';
  readonly maxMessageBytes = Infinity;
  /** Octets the relay has given to the socket, and those the socket has accepted of them. */
  handed = 0;
  accepted = 0;
  /** The relay does not read. */
  paused = false;
  closed = false;
  /** What has been written last, for looking into answers. */
  tail = '';
  appetite: Appetite;
  private readonly runtime: Runtime;
  private handler: RelaySocketHandler | undefined;

  constructor(runtime: Runtime, appetite: Appetite) {
    this.runtime = runtime;
    this.appetite = appetite;
  }

  start(handler: RelaySocketHandler): void {
    this.handler = handler;
  }

  /** Octets as one read gives them: in memory of their own. False: the relay does not read, nothing was sent. */
  send(octets: string): boolean {
    if (this.paused || this.closed) return false;
    const read = Buffer.allocUnsafeSlow(octets.length);
    read.write(octets, 'latin1');
    this.handler!.onData(read);
    return true;
  }

  write(parts: readonly Uint8Array[]): void {
    for (const { buffer, byteOffset, length } of parts) {
      this.handed += length;
      const kept = Math.min(length, tailBytes);
      this.tail = (this.tail + Buffer.from(buffer, byteOffset + length - kept, kept).toString('latin1')).slice(
        -tailBytes,
      );
    }
    this.take();
  }

  /** Takes what it has an appetite for. */
  take(): void {
    const accepted = this.appetite === 'all' ? this.handed : Math.min(this.handed, this.appetite);
    if (accepted === this.accepted) return;
    this.accepted = accepted;
    this.runtime.afterInput(() => {
      if (!this.closed) this.handler!.onWritten(this.accepted);
    });
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
  }

  end(): void {
    this.destroy();
  }

  /** As destroy(), but tells the relay before it returns. */
  closeNow(): void {
    if (this.closed) return;
    this.closed = true;
    this.handler!.onClose();
    this.handler = undefined;
  }

  destroy(): void {
    if (this.closed) return;
    this.closed = true;
    this.runtime.afterInput(() => {
      this.handler!.onClose();
      this.handler = undefined;
    });
  }
}

/** As a front with TLS tells of a client; the AUTH of one it knows needs no challenge. */
export function clientFacts(name: string | undefined): PeerFacts {
  return {
    transport: 'tls',
    secure: true,
    remote: { address: '198.51.100.1', port: ++lastPort },
    localPort: 2855,
    ...(name !== undefined && { user: { name } }),
  };
}
