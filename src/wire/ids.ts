import { viewOf } from './octets.js';

const poolWords = 2048;
const lowNibbles = 0x0f0f0f0f;
/** `a` in each of four octets. */
const letterA = 0x61616161;

/**
 * Hands out unguessable identifiers of letters `a` to `p`, four random bits each: legal as transaction id, Message-ID and
 * session-id. The generator is asked for a whole pool at a time, since a call is its price; no bit is used twice.
 */
export class Ids {
  readonly #randomFill: (into: Uint8Array) => void;
  readonly #pool: Uint32Array = new Uint32Array(poolWords);
  #used: number = poolWords;

  /** `randomFill` fills with octets of a cryptographic generator: who can guess a transaction id can forge an end-line. */
  constructor(randomFill: (into: Uint8Array) => void) {
    this.#randomFill = randomFill;
  }

  /** Writes so many letters at `at`. 24 letters are 96 bits. */
  write(into: DataView, at: number, letters: number): void {
    const end = at + letters;
    let i = at;
    for (; i <= end - 8; i += 8) {
      const word = this.#word();
      into.setInt32(i, (word & lowNibbles) + letterA, true);
      into.setInt32(i + 4, ((word >>> 4) & lowNibbles) + letterA, true);
    }
    if (i === end) return;
    for (let word = this.#word(); i < end; i++, word >>>= 4) into.setUint8(i, 0x61 + (word & 15));
  }

  text(letters: number): string {
    const octets = Buffer.alloc(letters);
    this.write(viewOf(octets), 0, letters);
    return octets.toString('latin1');
  }

  #word(): number {
    if (this.#used === poolWords) {
      this.#randomFill(new Uint8Array(this.#pool.buffer));
      this.#used = 0;
    }
    return this.#pool[this.#used++]!;
  }
}
