import { holdsNumber, numberAt, sessionAt, tagOf } from './idents.js';
import { Inflow } from './inflow.js';
import type { Ledger } from './ledger.js';
import type { Link } from './link.js';
import { patternHolds } from './pattern.js';

const space = 32;
const dollar = 36;
const word = (text: string): number => Buffer.from(text).readUInt32BE(0);
const msrp = word('MSRP');
const send = word('SEND');
const hyphens = word('----');
const messageTag = tagOf('M');
const bulkTag = tagOf('B');

/** Where things stand in the small messages of this connection: all have the same form. */
interface Form {
  readonly octets: number;
  readonly tidOctets: number;
  readonly messageId: number;
  readonly body: number;
}

/** A request that is being read. */
interface Open {
  readonly session: number;
  readonly number: number;
  readonly isBulk: boolean;
  readonly tid: Buffer;
  /** Of the next octet in the message, from 0. */
  position: number;
}

/** The receiving end of sessions: checks what comes, counts it, answers. */
export class Receiver extends Inflow {
  private form: Form | undefined;
  private open: Open | undefined;
  /** The head read last, if it stands in the buffer being read. */
  private begun: { readonly at: number; readonly messageId: number; readonly body: number } | undefined;
  /** Ready 200s, by session. */
  private readonly answers: (Buffer | undefined)[] = [];
  private readonly bulkPosition: number[] = [];
  private readonly link: Link;
  private readonly ledger: Ledger;
  private readonly isAnswered: boolean;
  private readonly arrived: (session: number) => void;

  constructor(link: Link, ledger: Ledger, isAnswered: boolean, arrived: (session: number) => void, done: () => void) {
    super(link, done);
    this.link = link;
    this.ledger = ledger;
    this.isAnswered = isAnswered;
    this.arrived = arrived;
  }

  protected take(bytes: Buffer, view: DataView, at: number, end: number): number {
    this.begun = undefined;
    this.ledger.nowMs = performance.now();
    for (;;) {
      if (this.open === undefined) {
        at = this.alike(bytes, view, at, end);
        if (at === end) return at;
        const bodyAt = this.head(bytes, view, at, end);
        if (bodyAt < 0) return at;
        at = bodyAt;
      }
      at = this.body(bytes, at, end);
      if (this.open !== undefined) return at;
    }
  }

  /** Messages of the known form, as many as there are. */
  private alike(bytes: Buffer, view: DataView, at: number, end: number): number {
    const { form, ledger } = this;
    if (form === undefined) return at;
    const { octets, tidOctets, messageId, body } = form;
    for (; at + octets <= end; at += octets) {
      const flagAt = at + octets - 3;
      if (
        view.getUint32(at) !== msrp ||
        bytes[at + 5 + tidOctets] !== space ||
        view.getUint32(at + 6 + tidOctets) !== send ||
        view.getUint32(at + messageId) !== messageTag ||
        view.getUint32(at + body) !== messageTag ||
        view.getUint32(flagAt - tidOctets - 4) !== hyphens ||
        view.getUint32(flagAt - 4) !== view.getUint32(at + 1 + tidOctets) ||
        bytes[flagAt] !== dollar
      ) {
        return at;
      }
      const session = sessionAt(bytes, at + messageId);
      const number = ledger.arrived[session]!;
      const answer = this.answers[session];
      if (answer === undefined || !holdsNumber(view, at + messageId + 8, number)) return at;
      if (!holdsNumber(view, at + body + 8, number)) ledger.fault('corrupted', session);
      ledger.arrives(session, number);
      if (this.isAnswered) this.answer(answer, view, at + 5, tidOctets);
      this.arrived(session);
    }
    return at;
  }

  private answer(answer: Buffer, view: DataView, tidAt: number, tidOctets: number): void {
    const { link } = this;
    link.reserve(answer.length);
    const { at } = link;
    link.bytes.set(answer, at);
    const again = at + answer.length - 3 - tidOctets;
    let i = 0;
    // Letters and digits are plain numbers as doubles, too.
    for (; i <= tidOctets - 8; i += 8) {
      const eight = view.getFloat64(tidAt + i);
      link.view.setFloat64(at + 5 + i, eight);
      link.view.setFloat64(again + i, eight);
    }
    for (; i < tidOctets; i++) link.bytes[at + 5 + i] = link.bytes[again + i] = view.getUint8(tidAt + i);
    link.at = at + answer.length;
  }

  /** Reads a head; returns where the body begins, or -1 if it is not whole yet. */
  private head(bytes: Buffer, view: DataView, at: number, end: number): number {
    const close = bytes.indexOf('\r\n\r\n', at, 'latin1');
    if (close < 0 || close + 4 > end) return -1;
    const tidEnd = bytes.indexOf(space, at + 5);
    if (view.getUint32(at) !== msrp || view.getUint32(tidEnd + 1) !== send) {
      throw new Error(`not a SEND: ${bytes.toString('latin1', at, Math.min(at + 200, end))}`);
    }
    const idAt = bytes.indexOf('\nMessage-ID: ', tidEnd, 'latin1') + 13;
    const tag = view.getUint32(idAt);
    const isBulk = tag === bulkTag;
    if (idAt > close || (tag !== messageTag && !isBulk)) throw new Error('a message that was never sent');
    const session = sessionAt(bytes, idAt);
    const rangeAt = bytes.indexOf('\nByte-Range: ', tidEnd, 'latin1') + 13;
    let position = 0;
    for (let i = rangeAt; bytes[i]! >= 48; i++) position = position * 10 + bytes[i]! - 48;
    const tid = Buffer.from(bytes.subarray(at + 5, tidEnd));
    if (this.answers[session] === undefined) this.prepareAnswer(bytes.toString('latin1', at, close), session, tid);
    if (isBulk && position - 1 !== (this.bulkPosition[session] ?? 0)) this.ledger.fault('wrong position', session);
    this.begun = { at, messageId: idAt, body: close + 4 };
    this.open = {
      session,
      number: numberAt(bytes, idAt + 8),
      isBulk,
      tid,
      position: position - 1,
    };
    return close + 4;
  }

  /** Reads on in a body; returns where the rest begins, which may be a beginning end-line. */
  private body(bytes: Buffer, at: number, end: number): number {
    const open = this.open!;
    const lineAt = Math.min(bytes.indexOf(13, at), end);
    if (lineAt > at) {
      if (open.isBulk) {
        if (!patternHolds(bytes, at, lineAt, open.position)) this.ledger.fault('corrupted', open.session);
        this.ledger.bulkBytes += lineAt - at;
        this.bulkPosition[open.session] = open.position + lineAt - at;
      }
      open.position += lineAt - at;
    }
    const { tid, session } = open;
    const after = lineAt + 12 + tid.length;
    if (after > end) return lineAt;
    const line = bytes.toString('latin1', lineAt, after);
    const flag = line.charAt(line.length - 3);
    if (line !== `\r\n-------${tid.toString('latin1')}${flag}\r\n` || !'$+#'.includes(flag)) {
      throw new Error('an octet in a body that was never sent');
    }
    this.open = undefined;
    this.ended(open, flag, after);
    if (this.isAnswered) {
      const view = new DataView(tid.buffer, tid.byteOffset, tid.length);
      this.answer(this.answers[session]!, view, 0, tid.length);
    }
    this.arrived(session);
    return after;
  }

  private ended({ session, isBulk, number, tid }: Open, flag: string, after: number): void {
    if (flag === '#') this.ledger.fault('aborted', session);
    if (isBulk) {
      this.ledger.chunks++;
      if (flag === '$') this.bulkPosition[session] = 0;
    } else if (flag === '$') {
      this.ledger.arrives(session, number);
      if (this.begun === undefined) return;
      // A whole message in one read shows the form of all that follow.
      const { at, messageId, body } = this.begun;
      this.form = { octets: after - at, tidOctets: tid.length, messageId: messageId - at, body: body - at };
    }
  }

  private prepareAnswer(head: string, session: number, tid: Buffer): void {
    const to = /\nTo-Path: (\S+)/.exec(head)?.[1] ?? '';
    const from = /\nFrom-Path: (\S+)/.exec(head)?.[1] ?? '';
    const id = ''.padEnd(tid.length, '.');
    this.answers[session] = Buffer.from(
      `MSRP ${id} 200 OK\r\nTo-Path: ${from}\r\nFrom-Path: ${to}\r\n-------${id}$\r\n`,
    );
  }
}
