import { connect, type NetConnectOpts, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Target } from '../job.js';

const slabBytes = 64 * 1024;

interface Slab {
  readonly bytes: Buffer;
  readonly view: DataView;
}

const freeSlabs: Slab[] = [];

function newSlab(): Slab {
  const bytes = Buffer.alloc(slabBytes);
  return { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length) };
}

/** All connections read into the same buffer: whoever is called has used it up when it returns. */
const readBytes = 256 * 1024;
const reading = Buffer.alloc(readBytes + 1);
/** The same, for reading numbers. */
const readingView = new DataView(reading.buffer, reading.byteOffset, reading.length);
/** Behind what was read, so that a search for it ends there: bodies and headers of ours hold it in line ends only. */
const carriageReturn = 13;

export type Reader = (bytes: Buffer, view: DataView, end: number) => void;

/** A connection of the generator: reads without allocating, writes what one event has made of it at once. */
export class Link {
  onRead: Reader = () => {};
  onWritten: () => void = () => {};
  onGone: () => void = () => {};
  /** Where the next octets go, after reserve(). */
  bytes: Buffer = none.bytes;
  view: DataView = none.view;
  at = 0;
  private from = 0;
  private slab: Slab | undefined;
  private readonly inFlight: Slab[] = [];
  private corked = false;
  private socket!: Socket;
  private readonly written = (): void => {
    if (this.socket.writableLength > 0) return;
    for (let slab = this.inFlight.pop(); slab !== undefined; slab = this.inFlight.pop()) freeSlabs.push(slab);
    this.onWritten();
  };

  static open(target: Target): Promise<Link> {
    const link = new Link();
    return new Promise((resolve, reject) => {
      const options: NetConnectOpts = {
        port: target.port,
        host: '127.0.0.1',
        onread: {
          buffer: reading.subarray(0, readBytes),
          callback: (octets: number) => {
            reading[octets] = carriageReturn;
            link.onRead(reading, readingView, octets);
            return true;
          },
        },
      };
      const opened = (): void => {
        socket.setNoDelay(true);
        resolve(link);
      };
      const socket: Socket = target.tls
        ? connectTls({ ...options, servername: 'localhost', rejectUnauthorized: false }, opened)
        : connect(options, opened);
      link.socket = socket;
      socket.on('error', reject);
      socket.on('close', () => {
        link.onGone();
      });
    });
  }

  /** Octets handed over that the system has not taken. */
  get backlog(): number {
    return this.socket.writableLength;
  }

  text(octets: string): void {
    this.socket.write(octets, 'latin1');
  }

  pause(): void {
    this.socket.pause();
  }

  destroy(): void {
    this.socket.destroy();
  }

  /** Room for so many octets at `at` in `bytes`. The caller moves `at`. */
  reserve(octets: number): void {
    if (this.slab !== undefined && this.at + octets <= slabBytes) return;
    this.seal();
    if (this.slab !== undefined) this.inFlight.push(this.slab);
    const slab = freeSlabs.pop() ?? newSlab();
    this.slab = slab;
    this.bytes = slab.bytes;
    this.view = slab.view;
    this.at = this.from = 0;
  }

  /** Octets that nobody will change, without copying. */
  append(octets: Buffer): void {
    this.cork();
    this.seal();
    this.socket.write(octets, this.written);
  }

  flush(): void {
    this.seal();
    if (this.corked) {
      this.corked = false;
      this.socket.uncork();
    }
    if (this.slab === undefined) return;
    (this.socket.writableLength === 0 ? freeSlabs : this.inFlight).push(this.slab);
    this.slab = undefined;
  }

  private seal(): void {
    if (this.from === this.at) return;
    const octets = this.bytes.subarray(this.from, this.at);
    this.from = this.at;
    this.socket.write(octets, this.written);
  }

  private cork(): void {
    if (this.corked) return;
    this.corked = true;
    this.socket.cork();
  }
}

const none = newSlab();
