import type { Runtime } from '../runtime.js';
import type { DialTarget, PeerCertificate, PeerFacts, Transport, TransportHost } from '../transport/types.js';
import { testCertificate } from './certificate.js';
import { connectEnds, type MemoryEnd } from './memory-end.js';
import type { LinkOptions } from './memory-pipe.js';
import type { MemoryNetwork, MemoryNetworkOptions, MemoryPeer, MemoryPlace } from './memory-types.js';
import { createSeededRandom } from './seeded-random.js';

type Place = Omit<Required<MemoryPlace>, 'certificate'> & { certificate: PeerCertificate | undefined };

interface Listening {
  readonly place: Place;
  /** Of the transport. */
  readonly name: string;
  readonly lingerMs: number;
  readonly peer: MemoryPeer | undefined;
  noteDial(): void;
  accept(end: MemoryEnd, facts: PeerFacts): void;
}

/** Makes an empty network. Time passes in it as the `runtime` says: give the relay the same one. */
export function createMemoryNetwork(runtime: Runtime, options: MemoryNetworkOptions = {}): MemoryNetwork {
  const random = createSeededRandom(options.seed ?? 1);
  const randomSize = (): number => (random.next() < 0.5 ? random.between(1, 16) : random.between(1, 2048));
  /** By `address:port`. */
  const listening = new Map<string, Listening>();
  const addresses = new Map<string, string>();
  const openEnds = new Set<MemoryEnd>();
  let lastPort = 50_000;

  const addressOf = (host: string): string => {
    const known = addresses.get(host);
    if (known !== undefined) return known;
    const address = `203.0.113.${addresses.size + 1}`;
    addresses.set(host, address);
    return address;
  };

  const toPlace = (from: MemoryPlace): Place => {
    const secure = from.secure ?? true;
    const host = from.host.toLowerCase();
    if (from.address !== undefined) addresses.set(host, from.address);
    return {
      host,
      port: from.port ?? 2855,
      address: addressOf(host),
      secure,
      certificate: from.certificate ?? (secure ? testCertificate(host) : undefined),
      asksForCertificate: from.asksForCertificate ?? secure,
      framing: from.framing ?? 'stream',
      maxMessageBytes: from.maxMessageBytes ?? Infinity,
      link: from.link ?? {},
    };
  };

  const listen = (entry: Listening): void => {
    const key = `${entry.place.address}:${entry.place.port}`;
    if (listening.has(key)) throw Object.assign(new Error(`address in use: ${key}`), { code: 'EADDRINUSE' });
    listening.set(key, entry);
  };

  /** Makes a connection to what listens; gives the near end. The far one is handed over after this turn. */
  const join = (to: Listening, nearLingerMs: number, facts: PeerFacts, link?: LinkOptions): MemoryEnd => {
    const [near, far] = connectEnds({
      runtime,
      framing: to.place.framing,
      maxMessageBytes: to.place.maxMessageBytes,
      link: { ...options, ...to.place.link, ...link },
      randomSize,
      lingerMs: [nearLingerMs, to.lingerMs],
      closed: (end) => openEnds.delete(end),
    });
    openEnds.add(near).add(far);
    runtime.afterInput(() => {
      to.accept(far, facts);
    });
    return near;
  };

  const dial = async (
    from: Place,
    scheme: string,
    lingerMs: number,
    name: string,
    target: DialTarget,
  ): DialResult => {
    target.signal.throwIfAborted();
    await unlessAborted(target.signal, (resolve) => {
      if (options.latencyMs) return runtime.wakeAt(runtime.nowMs() + options.latencyMs, resolve);
      resolve();
      return undefined;
    });
    const entries = target.addresses.map(({ address }) => listening.get(`${address}:${target.port}`));
    for (const entry of entries) entry?.noteDial();
    const to = entries.find((entry) => entry !== undefined && entry.peer?.answers !== 'refuse');
    if (to === undefined) throw failure('ECONNREFUSED');
    if (to.peer?.answers === 'never') await unlessAborted(target.signal, () => undefined);
    const { place } = to;
    if (scheme === 'msrps') {
      if (!place.secure) throw failure('ERR_SSL_WRONG_VERSION_NUMBER');
      if (!place.certificate?.verified) throw failure('UNABLE_TO_VERIFY_LEAF_SIGNATURE');
      if (!place.certificate.covers(target.host)) throw failure('ERR_TLS_CERT_ALTNAME_INVALID');
    } else if (place.secure) throw failure('ECONNRESET');
    const shown = place.asksForCertificate ? from.certificate : undefined;
    const socket = join(to, lingerMs, {
      transport: to.name,
      secure: place.secure,
      remote: { address: from.address, port: ++lastPort },
      localPort: place.port,
      certificate: shown,
    });
    const facts: PeerFacts = {
      transport: name,
      secure: place.secure,
      remote: { address: place.address, port: place.port },
      certificate: place.certificate,
      gaveOurCertificate: shown !== undefined,
    };
    return { socket, facts };
  };

  return {
    transport(transportOptions) {
      const { name = 'memory', lingerMs = 1_000 } = transportOptions;
      const place = toPlace(transportOptions);
      const scheme = place.secure ? 'msrps' : 'msrp';
      const dials = transportOptions.dials ?? scheme;
      const key = `${place.address}:${place.port}`;
      return {
        name,
        dials,
        listen: (host: TransportHost) =>
          new Promise((resolve) => {
            listen({
              place,
              name,
              lingerMs,
              peer: undefined,
              noteDial: () => undefined,
              accept: (end, facts) => {
                host.accept(end, facts);
              },
            });
            const uri = { scheme, transport: place.framing === 'stream' ? 'tcp' : 'ws' } as const;
            resolve({ transport: name, secure: place.secure, address: place.address, port: place.port, uri });
          }),
        stopListening() {
          listening.delete(key);
          return Promise.resolve();
        },
        dial: (target) => dial(place, dials, lingerMs, name, target),
      };
    },

    peer(peerOptions, connected) {
      const ends: MemoryEnd[] = [];
      let dialled = 0;
      const peer: MemoryPeer = {
        ends,
        answers: 'accept',
        get dialled() {
          return dialled;
        },
      };
      listen({
        place: toPlace(peerOptions),
        name: 'memory',
        lingerMs: Infinity,
        peer,
        noteDial: () => {
          dialled += 1;
        },
        accept: (end, facts) => {
          ends.push(end);
          connected?.(end, facts);
        },
      });
      return peer;
    },

    connect(to, connectOptions = {}) {
      const colon = to.lastIndexOf(':');
      const address = addresses.get(to.slice(0, colon).toLowerCase()) ?? to.slice(0, colon);
      const entry = listening.get(`${address}:${to.slice(colon + 1)}`);
      if (entry === undefined) throw new Error(`nobody listens at ${to}`);
      const { place } = entry;
      const facts: PeerFacts = {
        transport: entry.name,
        secure: place.secure,
        remote: { address: '198.51.100.1', port: ++lastPort },
        localPort: place.port,
      };
      return join(entry, Infinity, { ...facts, ...connectOptions.facts }, connectOptions.link);
    },

    resolver: {
      lookup(host) {
        const address = addresses.get(host.toLowerCase());
        if (address === undefined) return Promise.reject(failure('ENOTFOUND'));
        return Promise.resolve([{ address, family: address.includes(':') ? 6 : 4 }]);
      },
      srv(name) {
        const records = options.srv?.[name];
        return records === undefined ? Promise.reject(failure('ENOTFOUND')) : Promise.resolve(records);
      },
    },

    get openEnds() {
      return openEnds.size;
    },
  };
}

type DialResult = ReturnType<NonNullable<Transport['dial']>>;

function failure(code: string): Error {
  return Object.assign(new Error(code), { code });
}

/** Waits for `begin` to resolve, or rejects when the signal aborts; what `begin` returned is then called. */
function unlessAborted(signal: AbortSignal, begin: (resolve: () => void) => (() => void) | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const cancel = begin(resolve);
    signal.addEventListener('abort', () => {
      cancel?.();
      reject(signal.reason instanceof Error ? signal.reason : failure('ABORT_ERR'));
    });
  });
}
