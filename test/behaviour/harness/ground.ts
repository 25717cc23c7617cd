import type { Listener, PeerFacts, RelayOptions, Transport } from '../../../src/index.js';
import type { ClientEnd, LinkOptions, TestRuntime } from '../../../src/testing/index.js';

/** Host names of the tests. Whatever ends in `.example` can be resolved. */
export const relayHost = 'relay.example';

export interface GroundOptions {
  /** Of the memory network: latency, buffers, cuts. */
  readonly link?: LinkOptions | undefined;
}

export interface PeerPlace {
  readonly host: string;
  /** Default: TLS. */
  readonly plain?: boolean | undefined;
  /** Default: yes, if TLS. */
  readonly asksForCertificate?: boolean | undefined;
  /** Default: a free one. */
  readonly port?: number | undefined;
}

/** A place where the tester takes connections. */
export interface ListeningPlace {
  readonly port: number;
  /** Connections the relay has tried to make; over real sockets: has made. */
  readonly dialled: number;
  /** Refuses or takes connections from now on; `never` (lets them wait) only in memory. */
  answers(how: 'accept' | 'refuse' | 'never'): Promise<void>;
}

/** What connections run over: the part of a world that differs from transport to transport. */
export interface Ground {
  /** Of client connections over TLS; everything else is a stream. */
  readonly framing: 'stream' | 'message';
  readonly clock: TestRuntime | undefined;
  /** Options the relay needs on this ground. */
  readonly relay: Pick<RelayOptions, 'runtime' | 'resolver' | 'egress'>;
  transports(): Promise<readonly Transport[]>;
  listening(listeners: readonly Listener[]): void;
  /** Port that URIs of the relay name. */
  readonly port: number;
  readonly plainPort: number;
  /** TLS without certificate, or with that of a host. `facts` only in memory. */
  connect(certificateOf?: string, facts?: Partial<PeerFacts>): Promise<ClientEnd>;
  connectPlain(): Promise<ClientEnd>;
  /** Real sockets only: writes octets to the TLS port as they are; resolves with what came back before the close. */
  intoTlsPort?(octets: string): Promise<string>;
  listen(place: PeerPlace, taken: (end: ClientEnd) => void): Promise<ListeningPlace>;
  /** Waits for the promise; lets only as much time pass as that takes. */
  until<T>(promise: PromiseLike<T>): Promise<T>;
  /** So long that anything that is going to happen without a timer has happened. */
  quiet(): Promise<void>;
  /** One small step on; for conditions that are looked at again and again. */
  step(): Promise<void>;
  /** Called when the tester has closed all its ends: lets the relay come to rest. */
  rest(): Promise<void>;
  /** Called when the relay is closed. Timers and connections left behind; both must be zero. */
  leftBehind(): Promise<{ readonly timers: number; readonly ends: number }>;
}
