import { identOctets, tagOf, writeIdent } from './idents.js';
import type { Link } from './link.js';
import type { SessionPath } from './setup.js';

const tidTag = tagOf('T');
const messageTag = tagOf('M');
const gap = ''.padEnd(identOctets, '.');

/** A SEND with a small body, ready but for its number. The body begins with the Message-ID. */
export class SmallTemplate {
  readonly octets: number;
  private readonly bytes: Buffer;
  private readonly session: number;
  private readonly messageId: number;
  private readonly body: number;

  constructor(session: number, path: SessionPath, bodyBytes: number, failureReport: 'yes' | 'no') {
    const report = failureReport === 'yes' ? '' : 'Failure-Report: no\r\n';
    const head =
      `MSRP ${gap} SEND\r\nTo-Path: ${path.toPath}\r\nFrom-Path: ${path.senderUri}\r\nMessage-ID: ${gap}\r\n` +
      `${report}Byte-Range: 1-${bodyBytes}/${bodyBytes}\r\nContent-Type: text/plain\r\n\r\n`;
    this.bytes = Buffer.from(`${head}${gap.padEnd(bodyBytes, 'abcdefg ')}\r\n-------${gap}$\r\n`);
    this.octets = this.bytes.length;
    this.session = session;
    this.messageId = head.indexOf('Message-ID: ') + 12;
    this.body = head.length;
  }

  put(link: Link, number: number): void {
    const { octets, session } = this;
    link.reserve(octets);
    const { at, view } = link;
    link.bytes.set(this.bytes, at);
    writeIdent(view, at + 5, tidTag, session, number);
    writeIdent(view, at + this.messageId, messageTag, session, number);
    writeIdent(view, at + this.body, messageTag, session, number);
    writeIdent(view, at + octets - 3 - identOctets, tidTag, session, number);
    link.at = at + octets;
  }
}
