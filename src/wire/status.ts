/** Status codes a relay makes itself (RFC 4975 section 10, RFC 4976 section 10.3); all others are only passed on. */
export type StatusCode = 200 | 400 | 401 | 403 | 408 | 413 | 415 | 423 | 481 | 501;

const phrases: Readonly<Record<StatusCode, string>> = {
  200: 'OK',
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  408: 'Request Timeout',
  413: 'Message Too Large',
  415: 'Unsupported Media Type',
  423: 'Interval Out of Bounds',
  481: 'No Such Session',
  501: 'Unknown Method',
};

const texts: ReadonlyMap<number, Buffer> = new Map(
  Object.entries(phrases).map(([code, phrase]) => [Number(code), Buffer.from(`${code} ${phrase}`, 'latin1')]),
);

/**
 * Code and comment as they stand in a start line or a Status header, such as `200 OK`; for a code that is not the
 * relay's own the bare three digits. Shared: not to be written to.
 */
export function statusText(code: number): Buffer {
  return texts.get(code) ?? Buffer.from(String(code).padStart(3, '0'), 'latin1');
}
