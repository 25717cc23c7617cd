import type { Resolver } from '../hop/types.js';
import type { PeerCertificate, PeerFacts, Transport } from '../transport/types.js';
import type { MemoryEnd } from './memory-end.js';
import type { LinkOptions } from './memory-pipe.js';

/** Options of `createMemoryNetwork()`; link options hold for all of its links. */
export interface MemoryNetworkOptions extends LinkOptions {
  /** Seed of what is random here: `split: 'random'`. Default: 1. */
  readonly seed?: number;
  /** SRV records by name, for `resolver`. Default: none. */
  readonly srv?: Readonly<Record<string, Awaited<ReturnType<Resolver['srv']>>>>;
}

/** A place in the network where connections are taken. */
export interface MemoryPlace {
  /** Name under which `resolver`, `connect` and certificate checks know it. */
  readonly host: string;
  /** Default: 2855. */
  readonly port?: number;
  /** Default: one address of 203.0.113.0/24 per host. */
  readonly address?: string;
  /** As if TLS ended here. Default: true. */
  readonly secure?: boolean;
  /** Shown to whom it dials, if asked, and to those that dial it. Default: a verified one for `host`, if `secure`. */
  readonly certificate?: PeerCertificate;
  /** Asks those that dial for their certificate (SEC-34). Default: as `secure`. */
  readonly asksForCertificate?: boolean;
  /** Each write is one MSRP message, delivered whole. Default: `stream`. */
  readonly framing?: 'stream' | 'message';
  /** Default: Infinity. */
  readonly maxMessageBytes?: number;
  /** Overrides the network's, for connections that end here. */
  readonly link?: LinkOptions;
}

/** Options of `network.transport()`. */
export interface MemoryTransportOptions extends MemoryPlace {
  /** Name of the transport. Default: `memory`. */
  readonly name?: string;
  /** Default: `msrps` if `secure`, else `msrp`. */
  readonly dials?: 'msrp' | 'msrps';
  /** A socket that ended waits so long for its peer to end too (RelaySocket.end). Default: 1000. */
  readonly lingerMs?: number;
}

/** A place where a test takes the connections itself. */
export interface MemoryPeer {
  /** Far ends of all connections made to it, oldest first. */
  readonly ends: readonly MemoryEnd[];
  /** What it does with those that dial: take them, refuse them, or let them wait for ever. May be changed. */
  answers: 'accept' | 'refuse' | 'never';
  /** Calls of dial() that came here, whatever became of them. */
  readonly dialled: number;
}

/** Options of `connect()`. */
export interface ConnectOptions {
  /** What the relay is told of this peer, over what follows from the place (`certificate`, `user`, `secure`, …). */
  readonly facts?: Partial<PeerFacts>;
  readonly link?: LinkOptions;
}

/** A network in memory with real back-pressure, for one test. Nothing in it is shared with another network. */
export interface MemoryNetwork {
  /** A transport to plug into a relay: it listens at the place and dials to any other. */
  transport(options: MemoryTransportOptions): Transport;
  /** A place where the test itself is the next hop. `connected` hears of each connection. */
  peer(options: MemoryPlace, connected?: (end: MemoryEnd, facts: PeerFacts) => void): MemoryPeer;
  /**
   * Connects to `host:port` as a client and gives the client's end. It may be written to at once.
   *
   * @throws Error when nobody listens there.
   */
  connect(to: string, options?: ConnectOptions): MemoryEnd;
  /** Finds the hosts of this network. */
  readonly resolver: Resolver;
  /** Ends not yet closed: zero when nothing was left behind. */
  readonly openEnds: number;
}
