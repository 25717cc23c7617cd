const msrp = Buffer.from('MSRP ');
const hyphens = Buffer.from('-------');
const end = Buffer.from('$\r\n');
const space = 32;
const cr = 13;
const lf = 10;
/** All but the id (twice), the status text and the path lines. */
const aroundBytes = msrp.length + 1 + 2 + hyphens.length + end.length;

/** How many octets a response without further headers takes. */
export function responseBytes(tidBytes: number, statusText: Buffer, paths: Buffer): number {
  return 2 * tidBytes + statusText.length + paths.length + aroundBytes;
}

/** Writes one: start line, the ready path lines, end-line. Returns the place behind it. */
export function writeResponse(
  into: Buffer,
  from: number,
  tid: Buffer,
  tidStart: number,
  tidEnd: number,
  statusText: Buffer,
  paths: Buffer,
): number {
  let at = from + msrp.copy(into, from);
  at += tid.copy(into, at, tidStart, tidEnd);
  into[at++] = space;
  at += statusText.copy(into, at);
  into[at++] = cr;
  into[at++] = lf;
  at += paths.copy(into, at);
  at += hyphens.copy(into, at);
  at += tid.copy(into, at, tidStart, tidEnd);
  return at + end.copy(into, at);
}
