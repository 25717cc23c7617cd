import { clear, place, type ScratchHead } from './head.js';
import { FROM_PATH, TO_PATH } from './header-name.js';
import { sameText } from './octets.js';
import type { Method, PathsMemo } from './types.js';

const tableBits = 6;
const waysBits = 2;
const ways = 1 << waysBits;
/** Octets that decide a place in the table: where the session-id of the first URI lies. */
const sampledFrom = 32;
const sampledBytes = 112;
/** Longer ones are known only while they are the last: a table of them would be a peer's way to fill our memory. */
const longestKept = 1024;

/** The octets of a sound message from its third word to the end of its path lines, to be recognised when they come again. */
class KnownStart implements PathsMemo {
  value: unknown = undefined;
  readonly length: number;
  readonly #view: DataView;
  readonly #kind: 'request' | 'response';
  readonly #method: Method;
  readonly #status: number;
  readonly #wordEnd: number;
  readonly #commentStart: number;
  readonly #commentEnd: number;
  readonly #paths: number;
  readonly #toStart: number;
  readonly #toEnd: number;
  readonly #fromStart: number;
  readonly #fromEnd: number;

  constructor({ bytes, kind, method, status, word, methodName, comment, paths, toPath, fromPath }: ScratchHead) {
    const octets = new Uint8Array(bytes.subarray(word, paths.end));
    this.length = octets.length;
    this.#view = new DataView(octets.buffer);
    this.#kind = kind;
    this.#method = method;
    this.#status = status;
    this.#wordEnd = methodName.end - word;
    this.#commentStart = comment.start - word;
    this.#commentEnd = comment.end - word;
    this.#paths = paths.start - word;
    this.#toStart = toPath.start - word;
    this.#toEnd = toPath.end - word;
    this.#fromStart = fromPath.start - word;
    this.#fromEnd = fromPath.end - word;
  }

  standsAt(view: DataView, at: number, limit: number, lineLimit: number): boolean {
    return (
      at + this.#paths <= lineLimit && at + this.length <= limit && sameText(this.#view, 0, this.length, view, at)
    );
  }

  /** Writes what reading these octets at `word` would have written. */
  apply(head: ScratchHead, word: number): void {
    head.memo = this;
    head.seen = TO_PATH | FROM_PATH;
    head.kind = this.#kind;
    head.method = this.#method;
    head.status = this.#status;
    if (this.#kind === 'request') {
      place(head.methodName, word, word + this.#wordEnd);
      clear(head.comment);
    } else {
      clear(head.methodName);
      place(head.comment, word + this.#commentStart, word + this.#commentEnd);
    }
    place(head.paths, word + this.#paths, word + this.length);
    place(head.toPath, word + this.#toStart, word + this.#toEnd);
    place(head.fromPath, word + this.#fromStart, word + this.#fromEnd);
  }
}

/**
 * How the messages of one connection begin behind their transaction id: method or status, and the path lines. That repeats
 * for a whole session, so comparing octets replaces reading them. The last one is tried first; those of connections with
 * several sessions stand in a table, a few in each place.
 */
export class KnownPaths {
  #last: KnownStart | undefined;
  #table: (KnownStart | undefined)[] | undefined;
  #turn = 0;

  /**
   * Recognises what stands at `word` and tells the head of it; the place behind the path lines, or -1. The start line must
   * end before `lineLimit`.
   */
  recognise(head: ScratchHead, word: number, limit: number, lineLimit: number): number {
    const { view } = head;
    let known = this.#last;
    if (known?.standsAt(view, word, limit, lineLimit) !== true) {
      known = this.#lookUp(view, word, limit, lineLimit);
      if (known === undefined) return -1;
      this.#last = known;
    }
    known.apply(head, word);
    return word + known.length;
  }

  /** Remembers how a message began that broke no rule. */
  learn(head: ScratchHead): void {
    const known = new KnownStart(head);
    const alone = this.#last === undefined;
    this.#last = head.memo = known;
    if (alone || known.length < sampledBytes || known.length > longestKept) return;
    this.#table ??= new Array<KnownStart | undefined>(ways << tableBits).fill(undefined);
    this.#turn = (this.#turn + 1) & (ways - 1);
    this.#table[placeOf(head.view, head.word) + this.#turn] = known;
  }

  #lookUp(view: DataView, at: number, limit: number, lineLimit: number): KnownStart | undefined {
    if (this.#table === undefined || at + sampledBytes > limit) return undefined;
    const first = placeOf(view, at);
    for (let i = first; i < first + ways; i++) {
      const known = this.#table[i];
      if (known?.standsAt(view, at, limit, lineLimit) === true) return known;
    }
    return undefined;
  }
}

function placeOf(view: DataView, at: number): number {
  let hash = 0;
  for (let i = sampledFrom; i < sampledBytes; i += 4)
    hash = Math.imul(hash ^ view.getInt32(at + i, true), 0x9e3779b1);
  return (hash >>> (32 - tableBits)) << waysBits;
}
