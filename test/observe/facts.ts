import type { ConnectionInfo } from '../../src/connection/info.js';
import type { Fact, FactName, SessionInfo } from '../../src/observe/types.js';

export const connection: ConnectionInfo = {
  id: 'c7',
  class: 'client',
  dialled: false,
  transport: 'tls',
  secure: true,
  remote: { address: '192.0.2.1', port: 40000 },
};
const remote = { address: '192.0.2.9', port: 5 };
const session: SessionInfo = { id: 's1', user: 'alice', kind: 'auth' };
const none = { chunks: 0, messages: 0, octets: 0, refused: 0, failed: 0 };
export const cause: Error = new Error('cause');

/** One fact of each name. */
export const facts: { readonly [N in FactName]: Extract<Fact, { name: N }> } = {
  connectionOpened: { name: 'connectionOpened', connection },
  connectionClosed: { name: 'connectionClosed', connection, reason: 'idle', octetsIn: 3, octetsOut: 4 },
  connectionRefused: {
    name: 'connectionRefused',
    transport: 'tls',
    reason: 'handshake-failed',
    remote,
    error: cause,
  },
  connectionHeld: { name: 'connectionHeld', connection, reason: 'route-full' },
  connectionReleased: { name: 'connectionReleased', connection, heldMs: 40 },
  sessionOpened: { name: 'sessionOpened', session, connection, expiresInMs: 60_000 },
  sessionRenewed: { name: 'sessionRenewed', session, expiresInMs: 60_000 },
  sessionClosed: { name: 'sessionClosed', session, reason: 'kicked', totals: { toOwner: none, fromOwner: none } },
  authFailed: { name: 'authFailed', connection, reason: 'wrong-credentials', user: 'alice', code: 401 },
  remoteAuthFailed: { name: 'remoteAuthFailed', connection, host: 'x.example', failures: 2 },
  requestRefused: { name: 'requestRefused', connection, method: 'SEND', reason: 'unknown-token', code: 481 },
  responseDropped: { name: 'responseDropped', connection, reason: 'unmatched' },
  deliveryFailed: {
    name: 'deliveryFailed',
    session,
    direction: 'toOwner',
    method: 'SEND',
    reason: 'timeout',
    code: 408,
    told: 'report',
  },
  hopDialled: { name: 'hopDialled', host: 'y.example', port: 2855, connection },
  hopFailed: { name: 'hopFailed', host: 'y.example', port: 2855, reason: 'hop-unreachable', error: cause },
  hostCodeFailed: { name: 'hostCodeFailed', where: 'sessions.find', error: cause },
};

export const names = Object.keys(facts) as FactName[];
