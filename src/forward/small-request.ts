import type { Connection } from '../connection/types.js';
import type { Limits } from '../limits.js';
import { canonicalFields, headerValue } from '../wire/fields.js';
import type { Flag, Head } from '../wire/types.js';
import type { CollectedRequest, KeptRequest, Receiver } from './types.js';

/** What a request costs beside its octets: itself, its place in line. */
const overheadBytes = 512;

/** Takes a request other than SEND once it has been read whole. */
export interface RequestTaker {
  take(request: SmallRequest): void;
  /** Its body is longer than RFC 4975 section 7.1 allows, or it was flagged as a part of something longer (R37). */
  malformed(request: SmallRequest, flaw: 'body-too-long' | 'bad-flag'): void;
}

/** Its paths, and what an answer to it would carry. */
export interface RequestPaths {
  readonly toPath: readonly string[];
  readonly fromPath: readonly string[];
  readonly answerPaths: Buffer;
}

/** A request other than SEND: read whole, forwarded whole (FWD-27). Keeps copies, never the read buffer. */
export class SmallRequest implements Receiver, KeptRequest, CollectedRequest {
  readonly tid: Buffer;
  readonly method: string;
  readonly toPath: readonly string[];
  readonly fromPath: readonly string[];
  readonly answerPaths: Buffer;
  readonly hasBody: boolean;
  flag: Flag = '$';
  /** Header lines after the paths, as they go out. */
  private readonly fields: Buffer;
  /** Grows as octets come: slices of a dripping sender would cost many times what they hold. */
  private body: Buffer = none;
  private bodyBytes = 0;
  private readonly connection: Connection;
  private readonly limits: Limits;
  private readonly taker: RequestTaker;

  constructor(connection: Connection, limits: Limits, taker: RequestTaker, head: Head, paths: RequestPaths) {
    this.connection = connection;
    this.limits = limits;
    this.taker = taker;
    this.tid = Buffer.from(head.bytes.subarray(head.tid.start, head.tid.end));
    this.method = head.bytes.toString('latin1', head.methodName.start, head.methodName.end);
    this.toPath = paths.toPath;
    this.fromPath = paths.fromPath;
    this.answerPaths = paths.answerPaths;
    this.hasBody = head.hasBody;
    this.fields = canonicalFields(head);
  }

  get answerable(): boolean {
    return this.method !== 'REPORT';
  }

  /** What it costs to keep it. */
  get bytes(): number {
    return overheadBytes + this.fields.length + this.bodyBytes;
  }

  get tidText(): string {
    return this.tid.toString('latin1');
  }

  header(name: string): string | undefined {
    return headerValue({ bytes: this.fields, rest: { start: 0, end: this.fields.length } }, name);
  }

  octets(slice: Buffer): void {
    const at = this.bodyBytes;
    this.bodyBytes += slice.length;
    if (this.bodyBytes <= this.limits.maxSmallBodyBytes) this.keep(slice, at);
    else this.body = none;
    if (this.bodyBytes > this.limits.maxDiscardedBodyBytes) this.connection.close('excessive');
  }

  ended(flag: Flag): void {
    this.flag = flag;
    if (this.bodyBytes > this.limits.maxSmallBodyBytes) this.taker.malformed(this, 'body-too-long');
    else if (flag !== '$') this.taker.malformed(this, 'bad-flag');
    else this.taker.take(this);
  }

  cut(): void {
    this.body = none;
  }

  private keep(slice: Buffer, at: number): void {
    if (this.bodyBytes > this.body.length) {
      const larger = Buffer.allocUnsafe(at === 0 ? this.bodyBytes : 2 * this.bodyBytes);
      this.body.copy(larger, 0, 0, at);
      this.body = larger;
    }
    slice.copy(this.body, at);
  }

  /** The message as it goes out, with `tid` in its two places, which are told. */
  message(outPaths: Buffer, tid: Buffer): { bytes: Buffer; tidAt: number; tidAgainAt: number } {
    const start = Buffer.from(` ${this.method}\r\n`);
    const parts = [msrp, tid, start, outPaths, this.fields];
    if (this.hasBody) parts.push(lineEnd, this.body.subarray(0, this.bodyBytes), lineEnd);
    parts.push(hyphens, tid, end);
    const bytes = Buffer.concat(parts);
    return { bytes, tidAt: msrp.length, tidAgainAt: bytes.length - end.length - tid.length };
  }
}

const none = Buffer.alloc(0);
const msrp = Buffer.from('MSRP ');
const lineEnd = Buffer.from('\r\n');
const hyphens = Buffer.from('-------');
const end = Buffer.from('$\r\n');
