/**
 * MSRP on the wire (RFC 4975 section 9, RFC 4976): the incremental parser, URIs, byte ranges and writers that the relay
 * itself uses. Pure: no sockets, no clock.
 *
 * @packageDocumentation
 */
export { FrameParser, type FrameParserOptions } from './frame-parser.js';
export { canonicalFields, headerValue } from './fields.js';
export { flawKind, type Flaw, type FlawKind } from './flaw.js';
export { buildReport, buildResponse, pathLines, type ReportText, type ResponseText } from './head-writer.js';
export type { ByteRange, FailureReport, Flag, Head, MessageSink, Method, Span, Whole } from './types.js';
