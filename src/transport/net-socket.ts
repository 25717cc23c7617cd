import type { Socket } from 'node:net';
import { badOption } from '../errors.js';
import type { RelaySocket, RelaySocketHandler } from './types.js';

const defaultLingerMs = 5_000;
const flushMs = 30_000;
/** The longest that Node's timers take. */
const longestMs = 0x7fff_ffff;

/** How a socket is let go of. */
export interface NetSocketOptions {
  /**
   * How long, in milliseconds, a peer that does not close may keep the connection after all has been written and our
   * side is closed. Default 5000. Anything but an integer from 0 to 2147483647 throws a RelayError `bad-option`.
   */
  readonly lingerMs?: number | undefined;
}

/**
 * Makes a `RelaySocket` of a socket that the host has opened or taken itself: a `net.Socket`, or a `tls.TLSSocket` after
 * its handshake. Hand it to `relay.accept()` together with `peerFactsOf(socket)`. From now on the socket belongs to the
 * relay: it switches on half-close (a peer may end its sending side and still read) and `noDelay`, and it handles
 * 'error', so the host must neither read from the socket nor write to it. Octets that were not yet read are kept.
 */
export function fromNetSocket(socket: Socket, options: NetSocketOptions = {}): RelaySocket {
  checkLinger(options.lingerMs);
  socket.allowHalfOpen = true;
  socket.setNoDelay(true);
  return new NetSocket(socket, options.lingerMs ?? defaultLingerMs);
}

export function checkLinger(lingerMs: number | undefined): void {
  if (lingerMs === undefined || (Number.isInteger(lingerMs) && lingerMs >= 0 && lingerMs <= longestMs)) return;
  throw badOption('lingerMs', lingerMs, 'a number of milliseconds, 0 or more');
}

const owner = Symbol('RelaySocket');

/** A socket that knows whose it is, so that all sockets share their listeners: idle ones are many. */
interface OwnedSocket extends Socket {
  [owner]: NetSocket;
}

function onError(this: OwnedSocket, error: Error): void {
  this[owner].failed(error);
}

function onClose(this: OwnedSocket): void {
  this[owner].gone();
}

function onData(this: OwnedSocket, octets: Buffer): void {
  this[owner].data(octets);
}

function onEnd(this: OwnedSocket): void {
  this[owner].peerEnded();
}

class NetSocket implements RelaySocket {
  readonly framing = 'stream';
  readonly maxMessageBytes = Infinity;
  readonly #socket: OwnedSocket;
  readonly #lingerMs: number;
  #handler: RelaySocketHandler | undefined;
  /** Octets ever handed to write(), and how many of them onWritten has passed. */
  #handed = 0;
  #passed = 0;
  #why: Error | undefined;
  #closed = false;
  #ending = false;
  #deadline: NodeJS.Timeout | undefined;
  readonly #written = (error?: Error | null): void => {
    if (!error) this.#pass();
  };

  constructor(socket: Socket, lingerMs: number) {
    this.#socket = Object.assign(socket, { [owner]: this });
    this.#lingerMs = lingerMs;
    this.#closed = socket.closed;
    socket.on('error', onError).on('close', onClose);
  }

  start(handler: RelaySocketHandler): void {
    this.#handler = handler;
    if (this.#closed) {
      queueMicrotask(() => {
        handler.onClose(this.#why);
      });
      return;
    }
    this.#socket.on('data', onData).on('end', onEnd);
  }

  data(octets: Buffer): void {
    if (!this.#ending) this.#handler!.onData(octets);
  }

  peerEnded(): void {
    if (!this.#ending) this.#handler!.onEnd();
  }

  failed(error: Error): void {
    this.#why ??= error;
  }

  gone(): void {
    this.#closed = true;
    this.#disarm();
    this.#handler?.onClose(this.#why);
  }

  write(parts: readonly Uint8Array[]): void {
    const socket = this.#socket;
    if (socket.destroyed || this.#ending) return;
    const last = parts.length - 1;
    if (last < 0) return;
    if (last > 0) socket.cork();
    for (let i = 0; i < last; i++) {
      const part = parts[i]!;
      this.#handed += part.length;
      socket.write(part);
    }
    const part = parts[last]!;
    this.#handed += part.length;
    socket.write(part, this.#written);
    if (last > 0) socket.uncork();
    if (socket.writableLength === 0) this.#pass();
  }

  /** What the stream still holds has not been accepted by the system; all before it has. */
  #pass(): void {
    const accepted = this.#handed - this.#socket.writableLength;
    if (accepted === this.#passed || this.#socket.destroyed) return;
    this.#passed = accepted;
    this.#handler?.onWritten(accepted);
  }

  pause(): void {
    if (!this.#ending) this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  end(): void {
    if (this.#ending || this.#closed) return;
    this.#ending = true;
    this.#socket.once('finish', () => {
      this.#arm(this.#lingerMs);
    });
    this.#arm(flushMs);
    this.#socket.end();
    // Closing with input unread would make the system send a reset, and the peer lose what we wrote last.
    this.#socket.resume();
  }

  destroy(why?: Error): void {
    this.#why ??= why;
    this.#socket.destroy();
  }

  /** Destroys the socket when `ms` have passed without an octet accepted. */
  #arm(ms: number): void {
    this.#disarm();
    if (this.#closed) return;
    const passed = this.#passed;
    this.#deadline = setTimeout(() => {
      if (this.#passed === passed) this.#socket.destroy();
      else this.#arm(ms);
    }, ms).unref();
  }

  #disarm(): void {
    clearTimeout(this.#deadline);
    this.#deadline = undefined;
  }
}
