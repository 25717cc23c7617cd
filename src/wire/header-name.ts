import { beginsWithWord, isWord } from './octets.js';

/** Headers that the parser knows, as bits: each at most once in a message (WIRE-08). */
export const TO_PATH = 1;
export const FROM_PATH = 2;
export const MESSAGE_ID = 4;
export const BYTE_RANGE = 8;
export const FAILURE_REPORT = 16;
export const SUCCESS_REPORT = 32;
export const STATUS = 64;
export const CONTENT_TYPE = 128;
export const EXPIRES = 256;
export const AUTHORIZATION = 512;
/** Another MIME header: `Content-…` or `MIME-Version`. May repeat. */
export const OTHER_MIME = 1024;

const toPath = Buffer.from('to-path');
const fromPath = Buffer.from('from-path');
const messageId = Buffer.from('message-id');
const byteRange = Buffer.from('byte-range');
const failureReport = Buffer.from('failure-report');
const successReport = Buffer.from('success-report');
const status = Buffer.from('status');
const contentType = Buffer.from('content-type');
const expires = Buffer.from('expires');
const authorization = Buffer.from('authorization');
const mimeVersion = Buffer.from('mime-version');
const content = Buffer.from('content-');

/** Which header is this a name of? 0: none that the parser looks at. Length and first letter decide which one to try. */
export function knownHeader(bytes: Uint8Array, start: number, end: number): number {
  const first = bytes[start]! | 0x20;
  switch (end - start) {
    case 6:
      if (first === 0x73 && isWord(bytes, start, end, status)) return STATUS;
      break;
    case 7:
      if (first === 0x74 && isWord(bytes, start, end, toPath)) return TO_PATH;
      if (first === 0x65 && isWord(bytes, start, end, expires)) return EXPIRES;
      break;
    case 9:
      if (first === 0x66 && isWord(bytes, start, end, fromPath)) return FROM_PATH;
      break;
    case 10:
      if (first === 0x6d && isWord(bytes, start, end, messageId)) return MESSAGE_ID;
      if (first === 0x62 && isWord(bytes, start, end, byteRange)) return BYTE_RANGE;
      break;
    case 12:
      if (first === 0x63 && isWord(bytes, start, end, contentType)) return CONTENT_TYPE;
      if (first === 0x6d && isWord(bytes, start, end, mimeVersion)) return OTHER_MIME;
      break;
    case 13:
      if (first === 0x61 && isWord(bytes, start, end, authorization)) return AUTHORIZATION;
      break;
    case 14:
      if (first === 0x66 && isWord(bytes, start, end, failureReport)) return FAILURE_REPORT;
      if (first === 0x73 && isWord(bytes, start, end, successReport)) return SUCCESS_REPORT;
      break;
  }
  return first === 0x63 && end - start > 8 && beginsWithWord(bytes, start, content) ? OTHER_MIME : 0;
}

/** Octets that usualHeader looks at, at most. */
export const usualReach = 16;

/** Eight and four octets as the numbers that a DataView makes of them. */
const double = (text: string): number => Buffer.from(text).readDoubleLE();
const four = (text: string): number => Buffer.from(text).readInt32LE();
const ageId = double('age-ID: ');
const range = double('-Range: ');
const ureRepo = double('ure-Repo');
const essRepo = double('ess-Repo');
const entType = double('ent-Type');
const mess = four('Mess');
const byte = four('Byte');
const cont = four('Cont');
const fail = four('Fail');
const succ = four('Succ');
const rt = four('rt: ');
const pe = four('pe: ');

/** The headers of nearly every SEND, as everybody writes them, with one blank after the colon: told by two or three looks. */
export function usualHeader(view: DataView, at: number): number {
  const first = view.getInt32(at, true);
  const next = view.getFloat64(at + 4, true);
  if (first === mess) return next === ageId ? MESSAGE_ID : 0;
  if (first === byte) return next === range ? BYTE_RANGE : 0;
  if (first === cont) return next === entType && view.getInt32(at + 10, true) === pe ? CONTENT_TYPE : 0;
  const last = view.getInt32(at + 12, true);
  if (first === fail) return next === ureRepo && last === rt ? FAILURE_REPORT : 0;
  return first === succ && next === essRepo && last === rt ? SUCCESS_REPORT : 0;
}

/** Octets of name, colon and blank. */
export function usualWidth(header: number): number {
  return header === CONTENT_TYPE ? 14 : header === MESSAGE_ID || header === BYTE_RANGE ? 12 : 16;
}
