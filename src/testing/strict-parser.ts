import type { IncomingRequest, ReceivedRequest, ReceivedResponse } from './received.js';
import { checkRequest, readHead, readStartLine, type StrictHead } from './strict-head.js';

/** Where a strict parser delivers. */
export interface StrictSink {
  /** A request has been read to its end-line. */
  readonly request: (request: ReceivedRequest) => void;
  /** A response has been read to its end-line. */
  readonly response: (response: ReceivedResponse) => void;
  /** The peer has broken a rule of the grammar. The message it happened in is delivered all the same, if there is one. */
  readonly violation: (what: string) => void;
}

/**
 * Reads what a relay writes and takes nothing that RFC 4975 does not allow. It shares no code with the relay's own
 * parser: each is a check on the other.
 */
export interface StrictParser {
  /** Octets from a stream, cut anywhere; or, for message framing, one whole message. */
  feed(octets: Buffer): void;
  /** The peer has ended: what has not been completed is a violation. */
  finish(): void;
  /** The request that is being received, once its header section is complete. */
  readonly incoming: IncomingRequest | undefined;
}

const longestHead = 64 * 1024;

/** Makes a strict parser for one connection. */
export function createStrictParser(framing: 'stream' | 'message', sink: StrictSink): StrictParser {
  const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let rest: Buffer = Buffer.alloc(0);
  let lines: string[] = [];
  let tid = '';
  let head: StrictHead | undefined;
  let pieces: Buffer[] = [];
  let bodyBytes = 0;
  let isLost = false;
  const isOpen = (): boolean => !isLost;

  const lost = (what: string): void => {
    isLost = true;
    rest = Buffer.alloc(0);
    sink.violation(what);
  };

  const complete = (flag: string): void => {
    const done = head ?? readHead(lines, false, sink.violation);
    const body = head === undefined ? undefined : Buffer.concat(pieces);
    lines = [];
    head = undefined;
    pieces = [];
    bodyBytes = 0;
    if (done.method === undefined) {
      if (flag !== '$') sink.violation(`response ends with ${flag}`);
      if (body !== undefined) sink.violation('response with a body');
      sink.response(done);
      return;
    }
    checkRequest(done, body, flag, sink.violation);
    sink.request({
      ...done,
      method: done.method,
      body,
      text: body?.toString('utf8') ?? '',
      flag: flag as ReceivedRequest['flag'],
    });
  };

  /** One line of the header section; false if there is none yet. */
  const readLine = (): boolean => {
    const end = rest.indexOf('\r\n');
    if (end < 0) {
      if (rest.length > longestHead) lost('endless header line');
      return false;
    }
    let line: string;
    try {
      line = utf8.decode(rest.subarray(0, end));
    } catch {
      lost('a header line that is not UTF-8');
      return false;
    }
    rest = rest.subarray(end + 2);
    if (lines.length === 0) {
      tid = readStartLine(line)?.[1] ?? '';
      if (tid === '') lost(`not a start line: ${line}`);
      else lines.push(line);
    } else if (line === '') {
      head = readHead(lines, true, sink.violation);
    } else if (line.startsWith(`-------${tid}`) && /^[$+#]$/.test(line.slice(tid.length + 7))) {
      complete(line.slice(-1));
    } else if (lines.push(line) > 1000) {
      lost('endless header section');
    }
    return isOpen();
  };

  const keepBody = (bytes: number): void => {
    if (bytes <= 0) return;
    pieces.push(rest.subarray(0, bytes));
    bodyBytes += bytes;
    rest = rest.subarray(bytes);
  };

  /** Body up to the end-line; false if that has not come. */
  const readBody = (): boolean => {
    const endLine = `\r\n-------${tid}`;
    if (bodyBytes === 0) {
      // An end-line here ends the message for a lenient reader, and is body for the grammar: nobody may write that.
      const bare = endLine.slice(2);
      const start = rest.toString('latin1', 0, bare.length + 3);
      if (start.length < bare.length + 3 && (bare.startsWith(start) || start.startsWith(bare))) return false;
      if (start.startsWith(bare) && /[$+#]\r\n$/.test(start)) {
        lost('an end-line without a CRLF of its own');
        return false;
      }
    }
    for (let from = 0; ;) {
      const place = rest.indexOf(endLine, from);
      if (place < 0) {
        keepBody(rest.length - endLine.length + 1);
        return false;
      }
      const after = place + endLine.length;
      if (rest.length < after + 3) {
        keepBody(place);
        return false;
      }
      const tail = rest.toString('latin1', after, after + 3);
      if (/^[$+#]\r\n$/.test(tail)) {
        keepBody(place);
        rest = rest.subarray(endLine.length + 3);
        complete(tail.slice(0, 1));
        return true;
      }
      from = place + 1;
    }
  };

  const finish = (): void => {
    if (isOpen() && (lines.length > 0 || rest.length > 0)) lost('ends inside a message');
  };

  return {
    feed(octets) {
      if (!isOpen()) return;
      rest = rest.length === 0 ? octets : Buffer.concat([rest, octets]);
      const hadNone = lines.length === 0;
      let messages = 0;
      while (rest.length > 0 && (head === undefined ? readLine() : readBody())) {
        if (lines.length === 0) messages += 1;
      }
      if (framing === 'message' && isOpen() && (!hadNone || messages !== 1 || lines.length > 0 || rest.length > 0)) {
        lost('not exactly one message');
      }
    },
    finish,
    get incoming() {
      if (head?.method === undefined) return undefined;
      return { ...head, method: head.method, bodyBytes };
    },
  };
}
