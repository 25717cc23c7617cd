import { nodeRuntime, type Runtime } from '../runtime.js';
import { Ids } from '../wire/ids.js';
import type { Grant } from './grant.js';
import type { SessionStore } from './types.js';

/** 128 bits (AUTH-15 asks 80). */
const tokenLetters = 32;

const leastSweep = 1024;

/** Options of `memorySessionStore()`. */
export interface MemorySessionStoreOptions {
  /** Clock and randomness; a test brings its own. Default: those of Node. */
  readonly runtime?: Pick<Runtime, 'wallMs' | 'randomFill'> | undefined;
}

/**
 * A session store in this process's memory: a Map. Relays of one process may share it, and so serve each other's
 * relay-bound tokens like members of a farm. Keeps app data, revokes and renews; answers without promises. Grants past
 * their expiry are dropped when the number of entries has doubled, so memory stays within twice what lives.
 */
export function memorySessionStore(options: MemorySessionStoreOptions = {}): SessionStore {
  const runtime = options.runtime ?? nodeRuntime();
  const ids = new Ids((into) => {
    runtime.randomFill(into);
  });
  const grants = new Map<string, Grant>();
  let sweepAt = leastSweep;

  const sweep = (): void => {
    const nowMs = runtime.wallMs();
    for (const [token, grant] of grants) if (grant.expiresAtMs <= nowMs) grants.delete(token);
    sweepAt = Math.max(leastSweep, 2 * grants.size);
  };

  return {
    keeps: { appData: true, revocation: true, renewal: true },
    issue(grant) {
      if (grants.size >= sweepAt) sweep();
      const token = ids.text(tokenLetters);
      grants.set(token, grant);
      return token;
    },
    find: (token) => grants.get(token),
    renew(token, grant) {
      if (!grants.has(token)) return false;
      grants.set(token, grant);
      return true;
    },
    revoke(token) {
      grants.delete(token);
    },
  };
}
