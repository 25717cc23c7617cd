import { HeadReader, type HeadLimits } from './head-reader.js';
import { KnownLines } from './known-lines.js';

const messageIdLength = { lenient: { min: 1, max: 128 }, strict: { min: 4, max: 32 } } as const;

/** Readers of header sections, for parsers to use in turn: one for each delivery under way, seldom more than one. */
export class HeadReaders {
  readonly #free: HeadReader[] = [];
  readonly #nothing = new KnownLines();
  readonly #limits: HeadLimits;
  readonly #identLength: 'lenient' | 'strict';

  constructor(limits: HeadLimits, identLength: 'lenient' | 'strict') {
    this.#limits = limits;
    this.#identLength = identLength;
  }

  /** For a connection that has sent `known`. */
  take(known: KnownLines): HeadReader {
    const reader = this.#free.pop();
    if (reader === undefined) return new HeadReader(this.#limits, messageIdLength[this.#identLength], known);
    reader.known = known;
    return reader;
  }

  give(reader: HeadReader): void {
    reader.head.release();
    reader.known = this.#nothing;
    this.#free.push(reader);
  }
}
