import { holdsNumber, identOctets, sessionAt, tagOf } from './idents.js';
import { Inflow } from './inflow.js';
import type { Ledger } from './ledger.js';
import type { Link } from './link.js';

const word = (text: string): number => Buffer.from(text).readUInt32BE(0);
const msrp = word('MSRP');
const code200 = word(' 200');
const messageTag = tagOf('T');
const bulkTag = tagOf('B');
const dollar = 36;

export interface AnswerSink {
  /** A small message was answered with 200. */
  answered(session: number): void;
  /** A bulk chunk was. */
  chunkAnswered(session: number): void;
}

/** What comes back to the sending end of sessions: 200s, or what has gone wrong. */
export class Answers extends Inflow {
  /** Octets of an answer: all have the same form. */
  private octets = 0;
  private readonly ledger: Ledger;
  private readonly sink: AnswerSink;

  constructor(link: Link, ledger: Ledger, sink: AnswerSink, done: () => void) {
    super(link, done);
    this.ledger = ledger;
    this.sink = sink;
  }

  protected take(bytes: Buffer, view: DataView, at: number, end: number): number {
    while (at < end) {
      at = this.alike(bytes, view, at, end);
      const after = this.any(bytes, at, end);
      if (after < 0) return at;
      at = after;
    }
    return at;
  }

  private alike(bytes: Buffer, view: DataView, at: number, end: number): number {
    const { octets, ledger, sink } = this;
    if (octets === 0) return at;
    for (; at + octets <= end; at += octets) {
      const tag = view.getUint32(at + 5);
      if (
        view.getUint32(at) !== msrp ||
        (tag !== messageTag && tag !== bulkTag) ||
        view.getUint32(at + 5 + identOctets) !== code200 ||
        bytes[at + octets - 3] !== dollar
      ) {
        return at;
      }
      const session = sessionAt(bytes, at + 5);
      if (tag === bulkTag) {
        sink.chunkAnswered(session);
        continue;
      }
      const number = ledger.answered[session]!;
      if (!holdsNumber(view, at + 13, number) || !holdsNumber(view, at + octets - 11, number)) return at;
      ledger.answered[session] = number + 1;
      sink.answered(session);
    }
    return at;
  }

  private any(bytes: Buffer, at: number, end: number): number {
    const lineAt = bytes.indexOf('\n-------', at, 'latin1');
    if (lineAt < 0 || lineAt >= end) return -1;
    const after = bytes.indexOf(10, lineAt + 1) + 1;
    if (after === 0 || after > end) return -1;
    const text = bytes.toString('latin1', at, after);
    const [, kind, digits = '0', number = '0', rest = ''] = /^MSRP ([TB])...(.{4})(.{8}) (.*)/.exec(text) ?? [];
    const session = parseInt(digits, 16);
    if (kind === undefined || !rest.startsWith('200')) {
      this.ledger.fault(
        kind === undefined ? text.slice(0, text.indexOf('\r')).split(' ')[2]! : `answered ${rest}`,
        session,
      );
    } else {
      this.octets = after - at;
      if (kind === 'B') {
        this.sink.chunkAnswered(session);
      } else {
        this.ledger.answer(session, parseInt(number, 16));
        this.sink.answered(session);
      }
    }
    return after;
  }
}
