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

  /** Writes so many letters at `at` and returns the place behind them. 24 letters are 96 bits. */
  write(into: Uint8Array, at: number, letters: number): number {
    const end = at + letters;
    let i = at;
    for (; i <= end - 8; i += 8) {
      const word = this.#word();
      const four = (word & lowNibbles) + letterA;
      const more = ((word >>> 4) & lowNibbles) + letterA;
      // An element of a Uint8Array takes the low eight bits.
      into[i] = four;
      into[i + 1] = four >> 8;
      into[i + 2] = four >> 16;
      into[i + 3] = four >> 24;
      into[i + 4] = more;
      into[i + 5] = more >> 8;
      into[i + 6] = more >> 16;
      into[i + 7] = more >> 24;
    }
    if (i === end) return end;
    for (let word = this.#word(); i < end; i++, word >>>= 4) into[i] = 0x61 + (word & 15);
    return end;
  }

  text(letters: number): string {
    const octets = Buffer.alloc(letters);
    this.write(octets, 0, letters);
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
