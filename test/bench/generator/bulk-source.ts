import { identOctets, tagOf, writeIdent } from './idents.js';
import type { Link } from './link.js';
import { patternSlice, sliceOctets } from './pattern.js';
import type { SessionPath } from './setup.js';

const bulkTag = tagOf('B');
const gap = ''.padEnd(identOctets, '.');
/** A message ends, and the next one begins, after about this much. */
const messageOctets = 256 * 1024 * 1024;
/** Not more is handed to the system ahead. */
const backlogOctets = 512 * 1024;
/** Shorter chunks are copied together. */
const copyBelow = 16 * 1024;
/** Longer ones may be interrupted (RFC 4975 section 7.1.1). */
const shortOctets = 2048;

/** The sending end of one bulk transfer: chunks of one size, or a single one without end. */
export class BulkSource {
  running = false;
  /** Chunks begun and answered. */
  chunks = 0;
  answered = 0;
  /** Body octets sent in all. */
  bodyBytes = 0;
  private position = 0;
  private message = 0;
  private isOpen = false;
  private readonly session: number;
  private readonly link: Link;
  private readonly chunkBytes: number;
  private readonly window: number;
  private readonly total: number;
  private readonly head: Buffer;

  /** `chunkBytes` 0: one chunk, ended by `finish()`. */
  constructor(session: number, path: SessionPath, chunkBytes: number, window: number) {
    this.session = session;
    this.link = path.sender;
    this.chunkBytes = chunkBytes;
    this.window = window;
    this.total = chunkBytes === 0 ? 0 : Math.ceil(messageOctets / chunkBytes) * chunkBytes;
    this.head = Buffer.from(
      `MSRP ${gap} SEND\r\nTo-Path: ${path.toPath}\r\nFrom-Path: ${path.senderUri}\r\nMessage-ID: ${gap}\r\nByte-Range: `,
    );
  }

  /** Sends what may be sent now. */
  pump(): void {
    const { link } = this;
    while (this.running && link.backlog < backlogOctets) {
      if (this.chunkBytes === 0) this.more();
      else if (this.chunks - this.answered < this.window) this.chunk();
      else break;
      // Copied octets are handed over when a slab is full, or at the end.
      if (this.chunkBytes >= copyBelow || this.chunkBytes === 0) link.flush();
    }
    link.flush();
  }

  /** Ends an endless chunk. */
  finish(): void {
    this.running = false;
    if (!this.isOpen) return;
    this.endLine('$');
    this.link.flush();
  }

  private chunk(): void {
    const { chunkBytes, total, position } = this;
    const end = chunkBytes <= shortOctets ? position + chunkBytes : '*';
    this.begin(`${position + 1}-${end}/${total}`);
    if (chunkBytes < copyBelow) {
      this.link.reserve(chunkBytes);
      this.link.bytes.set(patternSlice(position, chunkBytes), this.link.at);
      this.link.at += chunkBytes;
    } else {
      for (let done = 0; done < chunkBytes; done += sliceOctets) {
        this.link.append(patternSlice(position + done, Math.min(sliceOctets, chunkBytes - done)));
      }
    }
    this.bodyBytes += chunkBytes;
    this.position += chunkBytes;
    const isLast = this.position === total;
    this.endLine(isLast ? '$' : '+');
    if (!isLast) return;
    this.position = 0;
    this.message++;
  }

  private more(): void {
    if (!this.isOpen) this.begin('1-*/*');
    this.link.append(patternSlice(this.position, sliceOctets));
    this.position += sliceOctets;
    this.bodyBytes += sliceOctets;
  }

  private begin(range: string): void {
    const { link, head } = this;
    const text = `${range}\r\nContent-Type: application/octet-stream\r\n\r\n`;
    link.reserve(head.length + text.length);
    const { at } = link;
    link.bytes.set(head, at);
    link.bytes.write(text, at + head.length, 'latin1');
    writeIdent(link.view, at + 5, bulkTag, this.session, this.chunks);
    writeIdent(link.view, at + head.length - 14 - identOctets, bulkTag, this.session, this.message);
    link.at = at + head.length + text.length;
    this.isOpen = true;
  }

  private endLine(flag: string): void {
    const { link } = this;
    link.reserve(12 + identOctets);
    const { at } = link;
    link.bytes.write(`\r\n-------${gap}${flag}\r\n`, at, 'latin1');
    writeIdent(link.view, at + 9, bulkTag, this.session, this.chunks);
    link.at = at + 12 + identOctets;
    this.isOpen = false;
    this.chunks++;
  }
}
