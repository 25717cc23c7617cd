import type { EventEmitter } from 'eventemitter3';
import type { RelayEvents } from './events.js';

/**
 * Calls the listeners one by one, so that one that throws harms neither those after it nor the caller. (The emitter's own
 * emit() would stop there.) `failed` hears of each.
 */
export function safeEmit<N extends keyof RelayEvents>(
  emitter: EventEmitter<RelayEvents>,
  name: N,
  event: Parameters<RelayEvents[N]>[0],
  failed: (error: unknown) => void,
): void {
  for (const listener of emitter.listeners(name)) {
    // Removes it only if it was added by once(), and before the call, as emit() does.
    emitter.off(name, listener, undefined, true);
    try {
      (listener as (event: Parameters<RelayEvents[N]>[0]) => void)(event);
    } catch (error) {
      failed(error);
    }
  }
}
