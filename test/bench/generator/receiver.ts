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
const rangeName = word('nge:');
const headEnd = Buffer.from('\r\n\r\n');
const messageIdName = Buffer.from('\nMessage-ID: ');
const endLineBegin = Buffer.from('\r\n-------');
const plus = 43;
const hash = 35;
const messageTag = tagOf('M');
const bulkTag = tagOf('B');

const isTag = (tag: number): boolean => tag === messageTag || tag === bulkTag;

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
  /** Of the next octet in the message, from 0. */
  position: number;
}

/** The receiving end of sessions: checks what comes, counts it, answers. */
export class Receiver extends Inflow {
  private form: Form | undefined;
  private open: Open | undefined;
  /** The head read last, if it stands in the buffer being read. */
  private begun: { readonly at: number; readonly messageId: number; readonly body: number } | undefined;
  /** Id of the request that is being read. */
  private readonly tid = Buffer.alloc(32);
  private readonly tidView = new DataView(this.tid.buffer, this.tid.byteOffset, this.tid.length);
  private tidOctets = 0;
  /** Where the Message-ID and the Byte-Range stood in the last head: those of one session are alike. */
  private idOffset = 0;
  private rangeOffset = 5;
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
    const close = bytes.indexOf(headEnd, at);
    if (close < 0 || close + 4 > end) return -1;
    const tidEnd = bytes.indexOf(space, at + 5);
    if (view.getUint32(at) !== msrp || view.getUint32(tidEnd + 1) !== send) {
      throw new Error(`not a SEND: ${bytes.toString('latin1', at, Math.min(at + 200, end))}`);
    }
    let idAt = at + this.idOffset;
    if (idAt > close || !isTag(view.getUint32(idAt)))
      idAt = bytes.indexOf(messageIdName, tidEnd) + messageIdName.length;
    const tag = view.getUint32(idAt);
    const isBulk = tag === bulkTag;
    if (idAt > close || !isTag(tag)) throw new Error('a message that was never sent');
    this.idOffset = idAt - at;
    const session = sessionAt(bytes, idAt);
    let rangeAt = at + this.rangeOffset;
    // The last letters of the name, and its colon.
    if (rangeAt > close || view.getUint32(rangeAt - 5) !== rangeName)
      rangeAt = bytes.indexOf('\nByte-Range: ', tidEnd, 'latin1') + 13;
    this.rangeOffset = rangeAt - at;
    let position = 0;
    for (let i = rangeAt; bytes[i]! >= 48; i++) position = position * 10 + bytes[i]! - 48;
    this.tidOctets = tidEnd - at - 5;
    bytes.copy(this.tid, 0, at + 5, tidEnd);
    if (this.answers[session] === undefined) this.prepareAnswer(bytes.toString('latin1', at, close), session);
    if (isBulk && position - 1 !== (this.bulkPosition[session] ?? 0)) this.ledger.fault('wrong position', session);
    this.begun = { at, messageId: idAt, body: close + 4 };
    this.open = {
      session,
      number: numberAt(bytes, idAt + 8),
      isBulk,
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
    const { session } = open;
    const { tid, tidOctets } = this;
    const after = lineAt + 12 + tidOctets;
    if (after > end) return lineAt;
    const flag = bytes[after - 3]!;
    if (
      bytes.compare(endLineBegin, 0, 9, lineAt, lineAt + 9) !== 0 ||
      bytes.compare(tid, 0, tidOctets, lineAt + 9, after - 3) !== 0 ||
      (flag !== dollar && flag !== plus && flag !== hash)
    ) {
      throw new Error('an octet in a body that was never sent');
    }
    this.open = undefined;
    this.ended(open, flag, after);
    if (this.isAnswered) this.answer(this.answers[session]!, this.tidView, 0, tidOctets);
    this.arrived(session);
    return after;
  }

  private ended({ session, isBulk, number }: Open, flag: number, after: number): void {
    if (flag === hash) this.ledger.fault('aborted', session);
    if (isBulk) {
      this.ledger.chunks++;
      if (flag === dollar) this.bulkPosition[session] = 0;
    } else if (flag === dollar) {
      this.ledger.arrives(session, number);
      if (this.begun === undefined) return;
      // A whole message in one read shows the form of all that follow.
      const { at, messageId, body } = this.begun;
      this.form = { octets: after - at, tidOctets: this.tidOctets, messageId: messageId - at, body: body - at };
    }
  }

  private prepareAnswer(head: string, session: number): void {
    const to = /\nTo-Path: (\S+)/.exec(head)?.[1] ?? '';
    const from = /\nFrom-Path: (\S+)/.exec(head)?.[1] ?? '';
    const id = '.'.repeat(this.tidOctets);
    this.answers[session] = Buffer.from(
      `MSRP ${id} 200 OK\r\nTo-Path: ${from}\r\nFrom-Path: ${to}\r\n-------${id}$\r\n`,
    );
  }
}
