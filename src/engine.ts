import { Auth } from './auth/auth.js';
import { RemoteAuthFailures } from './auth/failures.js';
import type { OwnAddress } from './auth/use-path.js';
import { classify } from './connection/classifier.js';
import { Inbound } from './connection/inbound.js';
import { ConnectionRegistry } from './connection/registry.js';
import type { Connection } from './connection/types.js';
import { Forward } from './forward/forward.js';
import { Waiting } from './forward/waiting.js';
import { createDialler } from './hop/dialler.js';
import type { Observer, Traffic } from './observe/types.js';
import { admitters as standardAdmitters, type Admitters } from './relay/admit.js';
import { OwnUris, type OwnEndpoint } from './relay/own-uris.js';
import { Refusals } from './relay/refusal.js';
import { Relay } from './relay/relay.js';
import { FailureReporter } from './response/report.js';
import { Response } from './response/response.js';
import { wayBacks } from './response/way-back.js';
import { createSessionTable } from './session/session-table.js';
import type { SessionTable } from './session/types.js';
import type { Settings } from './settings.js';
import { createTimers, type Timers } from './timers.js';
import { Flusher } from './transmission/flusher.js';
import { BlockPool } from './transmission/outbox.js';
import { ConnectionScheduler } from './transmission/scheduler.js';
import type { Listener } from './transport/types.js';
import { FrameParser } from './wire/frame-parser.js';
import { HeadReaders } from './wire/head-readers.js';
import { Ids } from './wire/ids.js';
import type { MsrpUri } from './wire/uri.js';

const defaultPort = 2855;

/** The rooms of one relay, wired together. */
export interface Engine {
  readonly timers: Timers;
  readonly sessions: SessionTable;
  readonly connections: ConnectionRegistry;
  /** What the relay is reached at: decides which URIs are its own, and what Use-Path names. */
  listeningAt(listeners: readonly Listener[]): void;
}

/** Makes the rooms and introduces them to each other. Nothing else imports implementations of several rooms. */
export function createEngine(
  settings: Settings,
  observer: Observer,
  traffic: Traffic,
  admitters: Admitters = standardAdmitters,
): Engine {
  const { limits, rules, runtime, nodeId } = settings;
  const failed =
    (where: string) =>
    (error: unknown): void => {
      observer.note({ name: 'hostCodeFailed', where, error });
    };
  const timers = createTimers(runtime, failed('timer'));
  const ids = new Ids((into) => {
    runtime.randomFill(into);
  });
  const own = new OwnAddresses(settings);
  const flusher = new Flusher(runtime, failed('socket'));
  const schedulerDeps = { limits, timers, flusher, blocks: new BlockPool(), ids, traffic };
  const sessions = createSessionTable({
    store: settings.sessions,
    timers,
    observer,
    runtime,
    nodeId,
    storeTimeoutMs: limits.hookTimeoutMs,
    tokensChanged: (connectionId) => {
      connections.tokensChanged(connectionId);
    },
  });
  const dialler = createDialler({
    resolver: settings.resolver,
    egress: settings.egress,
    transports: settings.transports,
    timers,
    dialTimeoutMs: limits.dialTimeoutMs,
    randomFill: (into) => {
      runtime.randomFill(into);
    },
  });
  const readers = new HeadReaders(limits, rules.identLength);
  const refuser = new Refusals(observer, limits);
  const response = new Response(observer);
  const connections: ConnectionRegistry = new ConnectionRegistry({
    dialler,
    ids,
    observer,
    connectionDeps: {
      limits,
      timers,
      observer,
      traffic,
      turnEnd: flusher,
      relayCertificate: rules.relayCertificate,
      unverifiedCertificate: rules.unverifiedCertificate,
      classify: (facts) => classify(facts, rules.authOverPlain),
      newScheduler: (owner) => new ConnectionScheduler(schedulerDeps, owner),
      newSink: (connection) => new Inbound(rooms, connection),
      newParser: (sink, { framing }) => new FrameParser(sink, limits, { framing }, readers),
      hasLiveToken: ({ id }) => sessions.ownedBy(id).length > 0,
    },
    ended: ({ id }) => {
      sessions.connectionClosed(id);
    },
  });
  const forward = new Forward({
    limits,
    timers,
    observer,
    refuser,
    connections,
    ids,
    traffic,
    waiting: new Waiting(limits, timers),
    reporter: new FailureReporter(connections, ids, traffic, limits),
    wayBacks: wayBacks({
      limits,
      observer,
      isOwn: (uri) => own.uris.isOwnAnyhow(uri),
      remoteAuth: remoteAuth(settings, observer),
    }),
    rules: { ...rules, nodeId },
  });
  const relay = new Relay({
    limits,
    sessions,
    forward,
    refuser,
    admitters,
    nodeId,
    isOwn: (uri) => own.uris.isOwnAnyhow(uri),
    relayAllowed: settings.relayAllowed,
  });
  const auth = new Auth({
    authenticator: settings.authenticator,
    sessions,
    timers,
    observer,
    limits,
    expires: settings.expires,
    renewal: settings.renewal,
    relayAllowed: settings.relayAllowed,
    ownAddress: () => own.address,
    nodeId,
  });
  const rooms = {
    auth,
    relay,
    forward,
    response,
    refuser,
    limits,
    traffic,
    isOwn: (uri: MsrpUri, arrivedPlain: boolean) => own.uris.isOwn(uri, arrivedPlain),
    isAuthTarget: (uri: MsrpUri) => own.uris.isAuthTarget(uri),
  };
  settings.authenticator.attach?.({ realm: settings.hosts[0]!, runtime });
  return {
    timers,
    sessions,
    connections,
    listeningAt: (listeners) => {
      own.listeningAt(listeners);
    },
  };
}

/** Which URIs are this relay's, and what Use-Path names. Settled when the ports are known. */
class OwnAddresses {
  uris: OwnUris;
  address: OwnAddress;
  private readonly settings: Settings;

  constructor(settings: Settings) {
    this.settings = settings;
    const { host, port = defaultPort } = settings.advertise;
    this.address = { host, port };
    this.uris = this.urisAt([]);
  }

  /** The first TLS listener is advertised, or what the options say instead of it. */
  listeningAt(listeners: readonly Listener[]): void {
    const { advertise } = this.settings;
    const best = listeners.find(({ secure, uri }) => secure && uri.transport === 'tcp') ?? listeners[0];
    this.address = {
      host: best?.advertise?.host ?? advertise.host,
      port: advertise.port ?? best?.advertise?.port ?? best?.port ?? defaultPort,
    };
    this.uris = this.urisAt(listeners);
  }

  private urisAt(listeners: readonly Listener[]): OwnUris {
    const { hosts, advertise, rules } = this.settings;
    const endpoints = listeners.flatMap(({ uri, port, advertise: as }): OwnEndpoint[] => [
      { ...uri, port },
      { ...uri, port: as?.port ?? port },
    ]);
    return new OwnUris({
      hosts: [...hosts, advertise.host, ...listeners.flatMap((one) => one.advertise?.host ?? [])],
      endpoints: [{ scheme: 'msrps', port: this.address.port, transport: 'tcp' }, ...endpoints],
      plainTokens: rules.plainTokens,
    });
  }
}

/** A client whose AUTHs fail again and again at another relay loses its connection (AUTH-31). */
function remoteAuth(
  { limits }: Settings,
  observer: Observer,
): (origin: Connection, host: string, refused: boolean) => void {
  const byConnection = new WeakMap<Connection, RemoteAuthFailures>();
  return (origin, host, refused) => {
    if (origin.class === 'relay') return;
    let failures = byConnection.get(origin);
    if (failures === undefined)
      byConnection.set(origin, (failures = new RemoteAuthFailures(limits.maxAuthDestinations)));
    if (!refused) {
      failures.succeeded(host);
      return;
    }
    const inARow = failures.failed(host);
    observer.note({ name: 'remoteAuthFailed', connection: origin.info, host, failures: inARow });
    if (inARow >= limits.maxFailures) origin.close('too-many-failures');
  };
}
