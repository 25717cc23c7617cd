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
import { areDigits, isWord, SP } from './octets.js';

const yes = Buffer.from('yes');
const no = Buffer.from('no');
const partial = Buffer.from('partial');

/** Rules that hold for a header section as a whole, beside those of each line. */
export function judgeHead(head: ScratchHead, start: number, end: number): void {
  const { seen, method } = head;
  if (head.high && !isUtf8(head.bytes.subarray(start, end))) head.note('bad-utf8');
  if ((seen & TO_PATH) === 0) head.note('no-to-path');
  if ((seen & FROM_PATH) === 0) head.note('no-from-path');
  if ((seen & MESSAGE_ID) === 0 && (method === 'SEND' || method === 'REPORT')) head.note('no-message-id');
  if (method === 'REPORT') {
    if ((seen & (FAILURE_REPORT | SUCCESS_REPORT)) !== 0) head.note('report-header-in-report');
    if ((seen & STATUS) === 0) head.note('bad-status');
  }
  if (head.hasBody) {
    if (head.kind === 'response') head.note('body-in-response');
    else if ((seen & CONTENT_TYPE) === 0) head.note('body-without-content-type');
  } else if ((seen & (CONTENT_TYPE | OTHER_MIME)) !== 0) head.note('content-type-without-body');
}

/**
 * Rules for the value of one header. Of headers that the relay only carries nothing is judged: not those of other methods
 * than SEND and REPORT, nor the Byte-Range of a REPORT (WIRE-31).
 */
export function judgeValue(head: ScratchHead, header: number, start: number, end: number): void {
  if (head.method === 'SEND') judgeSendValue(head, header, start, end);
  else if (head.method === 'REPORT' && header === STATUS && !isStatus(head.bytes, start, end))
    head.note('bad-status');
}

function judgeSendValue(head: ScratchHead, header: number, start: number, end: number): void {
  const { bytes } = head;
  switch (header) {
    case BYTE_RANGE:
      if (readByteRange(bytes, start, end, head.range)) head.byteRange = head.range;
      else head.note('bad-byte-range');
      break;
    case FAILURE_REPORT:
      readFailureReport(head, start, end);
      break;
    case SUCCESS_REPORT:
      if (!isWord(bytes, start, end, no) && !isWord(bytes, start, end, yes)) head.note('bad-success-report');
      break;
  }
}

/** Absent and unreadable mean yes (WIRE-22). */
function readFailureReport(head: ScratchHead, start: number, end: number): void {
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
