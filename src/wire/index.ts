/**
 * MSRP on the wire (RFC 4975 sections 6 and 9, RFC 4976): the incremental parser, URIs, byte ranges and writers that the
 * relay itself uses. Pure: no sockets, no clock.
 *
 * @packageDocumentation
 */
export { readByteRange, writeByteRange } from './byte-range.js';
export { canonicalFields, headerValue } from './fields.js';
export { flawKind, type Flaw, type FlawKind } from './flaw.js';
export { FrameParser, type FrameParserOptions } from './frame-parser.js';
export { buildReport, buildResponse, pathLines, type ReportText, type ResponseText } from './head-writer.js';
export { statusText } from './status.js';
export type { ByteRange, FailureReport, Flag, Head, MessageSink, Method, PathsMemo, Span, Whole } from './types.js';
export { formatUri, parseUri, sameUri, type HostKind, type MsrpUri, type Scheme } from './uri.js';
