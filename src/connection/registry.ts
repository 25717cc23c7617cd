import type { Dialler, HopKey, HopTarget } from '../hop/types.js';
import type { Observer } from '../observe/types.js';
import type { PeerFacts, RelaySocket } from '../transport/types.js';
import type { Ids } from '../wire/ids.js';
import { RelayConnection, type ConnectionDeps } from './connection.js';
import type { Connection, Connections } from './types.js';

export interface RegistryDeps {
  readonly observer: Observer;
  readonly dialler: Dialler;
  readonly ids: Ids;
  readonly connectionDeps: Omit<ConnectionDeps, 'ended' | 'closed'>;
  /** A connection is no longer to be found: its sessions end. */
  readonly ended: (connection: Connection) => void;
}

const idLetters = 12;

/** All connections of a relay: accepted, dialled, and which of them are whose. */
export class ConnectionRegistry implements Connections {
  private readonly deps: RegistryDeps;
  private readonly connectionDeps: ConnectionDeps;
  private readonly byIds = new Map<string, RelayConnection>();
  private readonly byHop = new Map<HopKey, RelayConnection>();
  private readonly relays = new Set<RelayConnection>();
  private readonly notClosed = new Set<RelayConnection>();
  private allClosed: (() => void) | undefined;

  constructor(deps: RegistryDeps) {
    this.deps = deps;
    this.connectionDeps = {
      ...deps.connectionDeps,
      ended: (connection) => {
        this.forget(connection);
      },
      closed: (connection) => {
        this.notClosed.delete(connection);
        if (this.notClosed.size === 0) this.allClosed?.();
      },
    };
  }

  get size(): number {
    return this.byIds.size;
  }

  all(): Iterable<RelayConnection> {
    return this.byIds.values();
  }

  byId(id: string): RelayConnection | undefined {
    return this.byIds.get(id);
  }

  dialled(target: HopTarget): Connection | undefined {
    return this.byHop.get(keyOf(target));
  }

  relay(host: string, port?: number): Connection | undefined {
    for (const connection of this.relays) {
      const elsewhere = connection.dialled && port !== undefined && connection.facts.remote.port !== port;
      if (!elsewhere && connection.covers(host)) return connection;
    }
    return undefined;
  }

  accept(socket: RelaySocket, facts: PeerFacts): Connection {
    const connection = new RelayConnection(this.connectionDeps, { id: this.newId(), dialled: false, facts });
    this.remember(connection);
    connection.open(socket, facts);
    this.opened(connection);
    return connection;
  }

  dial(target: HopTarget): Connection {
    const { host, port, scheme } = target;
    const facts: PeerFacts = {
      transport: scheme === 'msrps' ? 'tls' : 'tcp',
      secure: scheme === 'msrps',
      remote: { address: host, port: port ?? 0 },
    };
    const connection = new RelayConnection(this.connectionDeps, { id: this.newId(), dialled: true, facts });
    this.remember(connection);
    this.byHop.set(keyOf(target), connection);
    this.deps.dialler.dial(
      target,
      (socket, seen) => {
        if (connection.state !== 'connecting') {
          socket.destroy();
          return;
        }
        connection.open(socket, seen);
        this.opened(connection);
        this.deps.observer.note({ name: 'hopDialled', host, port: seen.remote.port, connection: connection.info });
      },
      ({ code, reason, error }) => {
        this.deps.observer.note({ name: 'hopFailed', host, port: port ?? 0, reason, error });
        connection.failed({ code, reason });
      },
    );
    return connection;
  }

  /** Is anything still on its way over one of them? */
  get busy(): boolean {
    for (const { scheduler } of this.notClosed) if (!scheduler.quiet) return true;
    return false;
  }

  /** Ends all; resolves when their sockets are closed. */
  async close(): Promise<void> {
    for (const connection of [...this.notClosed]) connection.close('relay-closed');
    if (this.notClosed.size === 0) return;
    await new Promise<void>((resolve) => {
      this.allClosed = resolve;
    });
  }

  private remember(connection: RelayConnection): void {
    this.byIds.set(connection.id, connection);
    this.notClosed.add(connection);
  }

  private opened(connection: RelayConnection): void {
    if (connection.class === 'relay' && (!connection.dialled || connection.facts.gaveOurCertificate === true)) {
      this.relays.add(connection);
    }
  }

  private forget(connection: RelayConnection): void {
    this.byIds.delete(connection.id);
    this.relays.delete(connection);
    for (const [key, dialled] of this.byHop) if (dialled === connection) this.byHop.delete(key);
    this.deps.ended(connection);
  }

  private newId(): string {
    return this.deps.ids.text(idLetters);
  }
}

function keyOf({ scheme, host, port }: HopTarget): HopKey {
  return `rfc|${scheme}|${host}:${port ?? 0}`;
}
