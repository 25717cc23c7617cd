import type { Dialler, HopFailure, HopKey, HopTarget } from '../hop/types.js';
import type { Observer } from '../observe/types.js';
import type { PeerFacts, RelaySocket } from '../transport/types.js';
import type { Ids } from '../wire/ids.js';
import { RelayConnection, type ConnectionDeps } from './connection.js';
import { Dials } from './dials.js';
import { Eviction } from './eviction.js';
import type { Connection, Connections } from './types.js';

export interface RegistryDeps {
  readonly observer: Observer;
  readonly dialler: Dialler;
  readonly ids: Ids;
  readonly connectionDeps: Omit<ConnectionDeps, 'ended' | 'closed' | 'used' | 'proved'>;
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
  private readonly hops = new Map<RelayConnection, HopKey>();
  private readonly dials: Dials<RelayConnection>;
  private readonly eviction: Eviction<RelayConnection>;
  private readonly relays = new Set<RelayConnection>();
  private readonly notClosed = new Set<RelayConnection>();
  private closing = false;
  private allClosed: (() => void) | undefined;

  constructor(deps: RegistryDeps) {
    this.deps = deps;
    const { limits, timers } = deps.connectionDeps;
    this.dials = new Dials(limits.maxDialsPerUser);
    this.eviction = new Eviction(limits.maxConnections);
    this.connectionDeps = {
      ...deps.connectionDeps,
      ended: (connection) => {
        this.forget(connection);
      },
      used: ({ place }) => {
        if (place !== undefined) this.eviction.used(place);
      },
      proved: (connection) => {
        this.standingChanged(connection);
        // Not now: whoever gives way may be the next hop of the very request that was the success.
        timers.after(0, () => {
          if (connection.place !== undefined) this.eviction.toProved(connection.place)?.close('evicted');
        });
      },
      closed: (connection) => {
        this.dials.end(connection);
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
    const hasRoom = this.makeRoom();
    this.remember(connection);
    connection.open(socket, facts);
    this.opened(connection);
    if (!hasRoom) connection.close('evicted');
    return connection;
  }

  dial(target: HopTarget, user: string): Connection | undefined {
    const { host, port, scheme } = target;
    if (this.closing) return undefined;
    if (!this.dials.mayBegin(user)) {
      this.deps.observer.note({ name: 'hopFailed', host, port: port ?? 0, reason: 'too-many-dials' });
      return undefined;
    }
    const facts: PeerFacts = {
      transport: scheme === 'msrps' ? 'tls' : 'tcp',
      secure: scheme === 'msrps',
      remote: { address: host, port: port ?? 0 },
    };
    const connection = new RelayConnection(this.connectionDeps, { id: this.newId(), dialled: true, facts });
    const failed = ({ code, reason, error }: HopFailure): void => {
      this.deps.observer.note({ name: 'hopFailed', host, port: port ?? 0, reason, error });
      connection.failed({ code, reason });
    };
    this.remember(connection);
    this.byHop.set(keyOf(target), connection);
    this.hops.set(connection, keyOf(target));
    const cancel = this.deps.dialler.dial(
      target,
      (socket, seen) => {
        this.dials.end(connection);
        if (!this.makeRoom()) {
          socket.destroy();
          failed({ code: 408, reason: 'too-many-connections' });
          return;
        }
        connection.open(socket, seen);
        this.opened(connection);
        this.deps.observer.note({ name: 'hopDialled', host, port: seen.remote.port, connection: connection.info });
      },
      failed,
    );
    this.dials.begin(connection, user, cancel);
    return connection;
  }

  /** Is anything still on its way over one of them, or waiting for the host's word? */
  get busy(): boolean {
    for (const connection of this.notClosed) if (!connection.scheduler.quiet || connection.undecided) return true;
    return false;
  }

  /** Ends all; resolves when their sockets are closed. */
  async close(): Promise<void> {
    this.closing = true;
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

  /** False: all who are here go before a newcomer. */
  private makeRoom(): boolean {
    if (!this.eviction.full) return true;
    const least = this.eviction.toNewcomer();
    least?.close('evicted');
    return least !== undefined;
  }

  /** A session bound to a connection has begun or ended. */
  tokensChanged(connectionId: string): void {
    const connection = this.byIds.get(connectionId);
    if (connection !== undefined) this.standingChanged(connection);
  }

  private standingChanged(connection: RelayConnection): void {
    const { place, standing } = connection;
    if (place !== undefined && place.standing !== standing) this.eviction.stands(place, standing);
  }

  private opened(connection: RelayConnection): void {
    if (connection.state !== 'open') return;
    connection.place = this.eviction.add(connection, connection.standing);
    if (connection.class === 'relay' && (!connection.dialled || connection.facts.gaveOurCertificate === true)) {
      this.relays.add(connection);
    }
  }

  private forget(connection: RelayConnection): void {
    this.byIds.delete(connection.id);
    this.relays.delete(connection);
    const hop = this.hops.get(connection);
    this.hops.delete(connection);
    if (hop !== undefined && this.byHop.get(hop) === connection) this.byHop.delete(hop);
    if (connection.place !== undefined) this.eviction.remove(connection.place);
    connection.place = undefined;
    this.deps.ended(connection);
  }

  private newId(): string {
    return this.deps.ids.text(idLetters);
  }
}

function keyOf({ scheme, host, port }: HopTarget): HopKey {
  return `rfc|${scheme}|${host}:${port ?? 0}`;
}
