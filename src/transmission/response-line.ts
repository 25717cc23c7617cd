const cr = 13;
const lf = 10;
const dollar = 36;
const start = Buffer.from('MSRP ');
/** All but the id (twice) and the ready tail. */
const aroundBytes = start.length + 3;

/** How many octets the response takes. */
export function responseBytes(tidBytes: number, tail: Buffer): number {
  return 2 * tidBytes + tail.length + aroundBytes;
}

/** Writes one with the id of its request. Returns the place behind it. */
export function writeResponse(
  into: Buffer,
  from: number,
  tid: Buffer,
  tidStart: number,
  tidEnd: number,
  tail: Buffer,
): number {
  let at = from;
  for (let i = 0; i < start.length; i++) into[at++] = start[i]!;
  for (let i = tidStart; i < tidEnd; i++) into[at++] = tid[i]!;
  into.set(tail, at);
  at += tail.length;
  for (let i = tidStart; i < tidEnd; i++) into[at++] = tid[i]!;
  into[at++] = dollar;
  into[at++] = cr;
  into[at++] = lf;
  return at;
}
