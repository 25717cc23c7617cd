import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Runtime } from '../../runtime.js';

const timeOctets = 6;
const randomOctets = 14;
const macOctets = 16;

/** `foreign`: not made with our key; `outdated`: ours, but past its life, or no longer known to be unused. */
export type NonceAge = 'valid' | 'outdated' | 'foreign';

/**
 * Nonces that carry their own date and proof of origin, so that a challenge costs no memory (AUTH-37) and processes
 * which share the key accept each other's, over any connection (SEC-15). Only nonces that were used with success are
 * remembered, to tell a replay: at most `maxUsed`; whatever is as old as a forgotten one counts as outdated.
 */
export class Nonces {
  readonly #key: Uint8Array;
  readonly #lifeMs: number;
  readonly #runtime: Runtime;
  readonly #maxUsed: number;
  /** Used nonce → last count accepted, oldest use first. */
  readonly #used = new Map<string, { madeMs: number; count: number }>();
  #forgottenMs = -Infinity;

  /** `opaque` parameter of our challenges: tells nothing, is the same wherever the key is. */
  readonly opaque: string;

  constructor(key: Uint8Array, lifeMs: number, runtime: Runtime, maxUsed: number) {
    this.#key = key;
    this.#lifeMs = lifeMs;
    this.#runtime = runtime;
    this.#maxUsed = maxUsed;
    this.opaque = createHmac('sha256', key).update('opaque').digest().subarray(0, 15).toString('base64url');
  }

  make(): string {
    const octets = Buffer.alloc(timeOctets + randomOctets + macOctets);
    octets.writeUIntBE(Math.floor(this.#runtime.wallMs()), 0, timeOctets);
    this.#runtime.randomFill(octets.subarray(timeOctets, timeOctets + randomOctets));
    this.#mac(octets).copy(octets, timeOctets + randomOctets);
    return octets.toString('base64url');
  }

  age(nonce: string): NonceAge {
    const madeMs = this.#madeMs(nonce);
    if (madeMs === undefined) return 'foreign';
    // A clock that was set back, or another process ahead of us, must not make a nonce live longer.
    if (Math.abs(this.#runtime.wallMs() - madeMs) > this.#lifeMs) return 'outdated';
    return madeMs <= this.#forgottenMs && !this.#used.has(nonce) ? 'outdated' : 'valid';
  }

  /** Uses a valid nonce whose digest was right; false: this count, or a higher one, has been used (SEC-16). */
  use(nonce: string, count: number): boolean {
    const before = this.#used.get(nonce);
    if (count <= (before?.count ?? 0)) return false;
    if (before !== undefined) before.count = count;
    else this.#used.set(ownText(nonce), { madeMs: this.#madeMs(nonce)!, count });
    this.#forget();
    return true;
  }

  get remembered(): number {
    return this.#used.size;
  }

  #forget(): void {
    const oldestMs = this.#runtime.wallMs() - this.#lifeMs;
    for (const [nonce, { madeMs }] of this.#used) {
      if (this.#used.size <= this.#maxUsed && madeMs >= oldestMs) break;
      this.#used.delete(nonce);
      this.#forgottenMs = Math.max(this.#forgottenMs, madeMs);
    }
  }

  #madeMs(nonce: string): number | undefined {
    const octets = Buffer.from(nonce, 'base64url');
    if (octets.length !== timeOctets + randomOctets + macOctets) return undefined;
    // Decoding passes over what is no base64: another spelling would be another nonce to remember.
    if (octets.toString('base64url') !== nonce) return undefined;
    if (!timingSafeEqual(this.#mac(octets), octets.subarray(timeOctets + randomOctets))) return undefined;
    return octets.readUIntBE(0, timeOctets);
  }

  #mac(octets: Buffer): Buffer {
    const signed = octets.subarray(0, timeOctets + randomOctets);
    return createHmac('sha256', this.#key).update('nonce').update(signed).digest().subarray(0, macOctets);
  }
}

/** The same text in memory of its own: a part of a header value would keep all of it. */
function ownText(text: string): string {
  return Buffer.from(text, 'latin1').toString('latin1');
}
