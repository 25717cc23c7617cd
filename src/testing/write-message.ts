/** A body as tests give it: text is written as UTF-8. */
export type Body = string | Uint8Array;

/** Header lines in order. */
export type HeaderList = readonly (readonly [name: string, value: string])[];

export interface MessageParts {
  /** All of the start line after the transaction id: `SEND`, `200 OK`. */
  readonly what: string;
  readonly tid: string;
  readonly toPath: readonly string[];
  readonly fromPath: readonly string[];
  readonly headers: HeaderList;
}

/** Start line, paths and headers, each with its CRLF. */
export function headText(parts: MessageParts): string {
  const lines = [
    `MSRP ${parts.tid} ${parts.what}`,
    `To-Path: ${parts.toPath.join(' ')}`,
    `From-Path: ${parts.fromPath.join(' ')}`,
    ...parts.headers.map(([name, value]) => `${name}: ${value}`),
  ];
  return lines.map((line) => `${line}\r\n`).join('');
}

/** A whole message. With a body the last header must be Content-Type. */
export function messageOctets(parts: MessageParts, body: Body | undefined, flag: string): Buffer {
  const head = Buffer.from(headText(parts));
  const endLine = Buffer.from(`-------${parts.tid}${flag}\r\n`);
  if (body === undefined) return Buffer.concat([head, endLine]);
  return Buffer.concat([head, Buffer.from('\r\n'), Buffer.from(body), Buffer.from('\r\n'), endLine]);
}
