import { isUtf8 } from 'node:buffer';
import { readByteRange } from './byte-range.js';
import type { ScratchHead } from './head.js';
import {
  BYTE_RANGE,
  CONTENT_TYPE,
  FAILURE_REPORT,
  FROM_PATH,
  MESSAGE_ID,
  OTHER_MIME,
  STATUS,
  SUCCESS_REPORT,
  TO_PATH,
} from './header-name.js';
import { isIdent } from './ident.js';
import { areDigits, isWord, SP } from './octets.js';

const yes = Buffer.from('yes');
const no = Buffer.from('no');
const partial = Buffer.from('partial');

/** Length of a Message-ID (WIRE-21). */
export interface IdentLength {
  readonly min: number;
  readonly max: number;
}

/**
 * Rules that hold for a header section as a whole. Of headers that the relay only carries nothing is judged: not those
 * of other methods than SEND and REPORT, nor the Byte-Range of a REPORT (WIRE-31).
 */
export function judgeHead(head: ScratchHead, start: number, end: number, messageId: IdentLength): void {
  const { bytes, seen } = head;
  if (head.high && !isUtf8(bytes.subarray(start, end))) head.note('bad-utf8');
  if ((seen & TO_PATH) === 0) head.note('no-to-path');
  if ((seen & FROM_PATH) === 0) head.note('no-from-path');
  if (head.method === 'SEND') judgeSend(head, messageId);
  else if (head.method === 'REPORT') judgeReport(head, messageId);
  if (head.hasBody) {
    if (head.kind === 'response') head.note('body-in-response');
    else if ((seen & CONTENT_TYPE) === 0) head.note('body-without-content-type');
  } else if ((seen & (CONTENT_TYPE | OTHER_MIME)) !== 0) head.note('content-type-without-body');
}

function judgeSend(head: ScratchHead, length: IdentLength): void {
  const { bytes, seen } = head;
  judgeMessageId(head, length);
  readFailureReport(head);
  if ((seen & SUCCESS_REPORT) !== 0) {
    const { start, end } = head.successReportValue;
    if (!isWord(bytes, start, end, no) && !isWord(bytes, start, end, yes)) head.note('bad-success-report');
  }
  if ((seen & BYTE_RANGE) !== 0) {
    const { start, end } = head.byteRangeValue;
    if (readByteRange(bytes, start, end, head.range)) head.byteRange = head.range;
    else head.note('bad-byte-range');
  }
}

function judgeReport(head: ScratchHead, length: IdentLength): void {
  const { bytes, seen } = head;
  judgeMessageId(head, length);
  if ((seen & (FAILURE_REPORT | SUCCESS_REPORT)) !== 0) head.note('report-header-in-report');
  const { start, end } = head.statusValue;
  if ((seen & STATUS) === 0 || !isStatus(bytes, start, end)) head.note('bad-status');
}

function judgeMessageId(head: ScratchHead, length: IdentLength): void {
  const { start, end } = head.messageId;
  if ((head.seen & MESSAGE_ID) === 0) head.note('no-message-id');
  else if (!isIdent(head.bytes, start, end, length.min, length.max)) head.note('bad-message-id');
}

/** Absent and unreadable mean yes (WIRE-22). */
export function readFailureReport(head: ScratchHead): void {
  if ((head.seen & FAILURE_REPORT) === 0) return;
  const { start, end } = head.failureReportValue;
  if (isWord(head.bytes, start, end, no)) head.failureReport = 'no';
  else if (isWord(head.bytes, start, end, partial)) head.failureReport = 'partial';
  else if (!isWord(head.bytes, start, end, yes)) head.note('bad-failure-report');
}

/** `namespace SP status-code [SP comment]`; which namespace is the endpoints' affair (WIRE-25). */
function isStatus(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start < 7 || bytes[start + 3] !== SP) return false;
  if (!areDigits(bytes, start, start + 3) || !areDigits(bytes, start + 4, start + 7)) return false;
  return end === start + 7 || bytes[start + 7] === SP;
}
