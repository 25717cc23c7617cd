import { channel, type Channel } from 'node:diagnostics_channel';
import type { Fact, FactName } from './types.js';

const channels: Readonly<Record<FactName, Channel>> = {
  connectionOpened: channel('msrp-relay:connectionOpened'),
  connectionClosed: channel('msrp-relay:connectionClosed'),
  connectionRefused: channel('msrp-relay:connectionRefused'),
  connectionHeld: channel('msrp-relay:connectionHeld'),
  connectionReleased: channel('msrp-relay:connectionReleased'),
  sessionOpened: channel('msrp-relay:sessionOpened'),
  sessionRenewed: channel('msrp-relay:sessionRenewed'),
  sessionClosed: channel('msrp-relay:sessionClosed'),
  authFailed: channel('msrp-relay:authFailed'),
  remoteAuthFailed: channel('msrp-relay:remoteAuthFailed'),
  requestRefused: channel('msrp-relay:requestRefused'),
  responseDropped: channel('msrp-relay:responseDropped'),
  deliveryFailed: channel('msrp-relay:deliveryFailed'),
  hopDialled: channel('msrp-relay:hopDialled'),
  hopFailed: channel('msrp-relay:hopFailed'),
  hostCodeFailed: channel('msrp-relay:hostCodeFailed'),
};

/**
 * Publishes on `node:diagnostics_channel`, one channel per fact: its fields, `name` among them, and which relay
 * of the process it was. What a
 * subscriber throws never comes here: Node makes an uncaught exception of it.
 */
export function publish(nodeId: string, fact: Fact): void {
  const to = channels[fact.name];
  if (!to.hasSubscribers) return;
  to.publish({ nodeId, ...fact });
}
