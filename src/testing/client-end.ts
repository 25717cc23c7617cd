import type { Socket } from 'node:net';
import type { RelaySocket } from '../transport/types.js';

/** What a test client needs of a connection. Every `MemoryEnd` is one, and so is any other RelaySocket. `onWritten` may be left out. */
export type ClientEnd = Pick<RelaySocket, 'framing' | 'start' | 'write' | 'pause' | 'resume' | 'end' | 'destroy'>;

/**
 * A TCP or TLS socket of Node (connected or not) as the end of a test client. Make it with `allowHalfOpen: true` if the
 * client shall stay able to write after the relay has ended.
 */
export function socketEnd(socket: Socket): ClientEnd {
  return {
    framing: 'stream',
    start(handler) {
      let error: Error | undefined;
      socket.on('data', (octets: Buffer) => {
        handler.onData(octets);
      });
      socket.on('end', () => {
        handler.onEnd();
      });
      socket.on('error', (why: Error) => {
        error = why;
      });
      socket.on('close', () => {
        handler.onClose(error);
      });
    },
    write(parts) {
      for (const part of parts) socket.write(part);
    },
    pause() {
      socket.pause();
    },
    resume() {
      socket.resume();
    },
    end() {
      socket.end();
    },
    destroy(why) {
      socket.destroy(why);
    },
  };
}
