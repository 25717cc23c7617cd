import type { RelayEvents } from '../observe/events.js';

/** Anything with the `on` of a relay. */
export interface EventSource {
  /** As `relay.on()`. */
  on<N extends keyof RelayEvents>(name: N, listener: RelayEvents[N]): unknown;
}

/** The object that listeners of an event get. */
export type EventOf<N extends keyof RelayEvents> = Parameters<RelayEvents[N]>[0];

/** Events of a relay in the order they came. */
export interface EventLog {
  /** Names of all events so far. */
  readonly names: readonly (keyof RelayEvents)[];
  /** The events of one name. */
  of<N extends keyof RelayEvents>(name: N): readonly EventOf<N>[];
  /** Forgets what has come so far. */
  clear(): void;
}

const everyName: Readonly<Record<keyof RelayEvents, true>> = {
  connectionOpened: true,
  connectionClosed: true,
  connectionRefused: true,
  connectionHeld: true,
  connectionReleased: true,
  sessionOpened: true,
  sessionRenewed: true,
  sessionClosed: true,
  authFailed: true,
  remoteAuthFailed: true,
  requestRefused: true,
  responseDropped: true,
  deliveryFailed: true,
  hopDialled: true,
  hopFailed: true,
  hostCodeFailed: true,
  listenerError: true,
};

/** Listens to every event of a relay. */
export function collectEvents(relay: EventSource): EventLog {
  const all: { readonly name: keyof RelayEvents; readonly event: unknown }[] = [];
  for (const name of Object.keys(everyName) as (keyof RelayEvents)[]) {
    relay.on(name, (event: unknown) => {
      all.push({ name, event });
    });
  }
  return {
    get names() {
      return all.map(({ name }) => name);
    },
    of: <N extends keyof RelayEvents>(name: N) =>
      all.filter((entry) => entry.name === name).map(({ event }) => event as EventOf<N>),
    clear() {
      all.length = 0;
    },
  };
}
