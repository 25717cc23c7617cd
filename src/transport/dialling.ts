import { isIP, type Socket, type TcpNetConnectOpts } from 'node:net';

import type { DialTarget } from './types.js';

const keepAliveMs = 60_000;
/** Node gives up an address for good after this, so it must not be shorter than a slow path needs. */
const attemptMs = 1_500;

/** Options that make Node connect to exactly the checked addresses, one after the other, without a query of its own. */
export function connectOptions(target: DialTarget): TcpNetConnectOpts {
  const { addresses, port, host } = target;
  // Node never calls `lookup` for a literal.
  const literal = addresses.length === 1 || isIP(host) !== 0 ? addresses[0]!.address : host;
  return {
    host: literal,
    port,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: keepAliveMs,
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: attemptMs,
    lookup: (_host, _options, done) => {
      done(null, [...addresses]);
    },
  };
}

/** Resolves at `event`; rejects, with the socket destroyed, when it fails or `signal` aborts before. */
export function ready(socket: Socket, event: 'connect' | 'secureConnect', signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    let failure: Error | undefined;
    const abort = (): void => {
      failure ??= new Error('dialling was given up');
      socket.destroy();
    };
    const failed = (error: Error): void => {
      failure ??= error;
    };
    const closed = (): void => {
      signal.removeEventListener('abort', abort);
      reject(failure ?? new Error('connection closed before it was ready'));
    };
    socket.on('error', failed);
    socket.once('close', closed);
    socket.once(event, () => {
      signal.removeEventListener('abort', abort);
      socket.off('error', failed);
      socket.off('close', closed);
      resolve();
    });
    signal.addEventListener('abort', abort);
    if (signal.aborted) abort();
  });
}
