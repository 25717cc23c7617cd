/**
 * What can be wrong with a message, by what is left to do about it:
 *
 * - `lost`: framing is gone, the connection can only be closed (WIRE-03, WIRE-29);
 * - `unaddressed`: can not be shown to be for this relay; closed as well (WIRE-26);
 * - `unanswerable`: nobody to answer; discarded (WIRE-26);
 * - `malformed`: 400 where an answer is due, in sync (WIRE-27);
 * - `excessive`: over a limit; 400 where an answer is due, then closed (WIRE-28).
 */
export type FlawKind = 'lost' | 'unaddressed' | 'unanswerable' | 'malformed' | 'excessive';

/** The first rule that a message broke. */
export type Flaw =
  | 'not-msrp'
  | 'bad-transaction-id'
  | 'bad-start-line'
  | 'not-one-message'
  | 'no-to-path'
  | 'bad-to-path'
  | 'no-from-path'
  | 'bad-from-path'
  | 'bad-path-uri'
  | 'bad-method'
  | 'path-order'
  | 'bad-header-line'
  | 'folded-line'
  | 'control-octet'
  | 'bad-utf8'
  | 'repeated-header'
  | 'no-message-id'
  | 'bad-message-id'
  | 'bad-failure-report'
  | 'bad-success-report'
  | 'bad-byte-range'
  | 'bad-status'
  | 'body-without-content-type'
  | 'content-type-without-body'
  | 'bad-flag'
  | 'body-in-response'
  | 'report-header-in-report'
  | 'body-too-long'
  | 'header-section-too-long'
  | 'header-line-too-long'
  | 'too-many-headers'
  | 'too-many-uris';

const kinds: Readonly<Record<Flaw, FlawKind>> = {
  'not-msrp': 'lost',
  'bad-transaction-id': 'lost',
  'bad-start-line': 'lost',
  'not-one-message': 'lost',
  'no-to-path': 'unaddressed',
  'bad-to-path': 'unaddressed',
  'no-from-path': 'unanswerable',
  'bad-from-path': 'unanswerable',
  'bad-path-uri': 'malformed',
  'bad-method': 'malformed',
  'path-order': 'malformed',
  'bad-header-line': 'malformed',
  'folded-line': 'malformed',
  'control-octet': 'malformed',
  'bad-utf8': 'malformed',
  'repeated-header': 'malformed',
  'no-message-id': 'malformed',
  'bad-message-id': 'malformed',
  'bad-failure-report': 'malformed',
  'bad-success-report': 'malformed',
  'bad-byte-range': 'malformed',
  'bad-status': 'malformed',
  'body-without-content-type': 'malformed',
  'content-type-without-body': 'malformed',
  'bad-flag': 'malformed',
  'body-in-response': 'malformed',
  'report-header-in-report': 'malformed',
  'body-too-long': 'malformed',
  'header-section-too-long': 'excessive',
  'header-line-too-long': 'excessive',
  'too-many-headers': 'excessive',
  'too-many-uris': 'excessive',
};

/** What is left to do about a message with this flaw. */
export function flawKind(flaw: Flaw): FlawKind {
  return kinds[flaw];
}
