import { memorySessionStore, type SessionStore } from '../../src/index.js';
import type { Scene } from './scene.js';

/** A store that takes its time to find a session, as one in another process does. */
export function slowStore(scene: Scene, delayMs: number): SessionStore {
  const inner = memorySessionStore({ runtime: scene.clock });
  const later = <T>(make: () => T): Promise<T> =>
    new Promise((resolve) => scene.clock.wakeAt(scene.clock.nowMs() + delayMs, () => { resolve(make()); })); // prettier-ignore
  return {
    keeps: inner.keeps,
    issue: (grant) => inner.issue(grant),
    find: (token) => later(() => inner.find(token) as never),
    renew: (token, grant) => inner.renew(token, grant),
    revoke: (token) => inner.revoke(token),
  };
}
