import type { Flaw } from './flaw.js';
import { SP } from './octets.js';
import type { Span } from './types.js';
import { hasOuterShape, parseUri, type MsrpUri } from './uri.js';

/** The URIs of a To-Path or From-Path, leftmost first, as written; `first` is the leftmost one, read. */
export interface Path {
  readonly uris: readonly string[];
  readonly first: MsrpUri;
}

/**
 * Splits the value of a path header, blanks around it left out, at its single spaces (WIRE-09). The flaw is that of the
 * leftmost URI in the wrong: `bad-to-path` or `bad-from-path` (WIRE-26) when the first one has not even the shape of an
 * MSRP URI. The other ones need no more than that shape; the next hop, To-Path[1], is for the caller to read.
 */
export function splitPath(
  bytes: Buffer,
  span: Span,
  maxUris: number,
  header: 'to' | 'from',
): Path | { readonly flaw: Flaw } {
  const uris: string[] = [];
  for (let start = span.start; start <= span.end;) {
    const space = bytes.indexOf(SP, start);
    const end = space === -1 || space > span.end ? span.end : space;
    const uri = bytes.toString('latin1', start, end);
    if (!hasOuterShape(uri)) return { flaw: uris.length > 0 ? 'bad-path-uri' : `bad-${header}-path` };
    if (uris.push(uri) > maxUris) return { flaw: 'too-many-uris' };
    start = end + 1;
  }
  const first = parseUri(uris[0]!);
  return first === undefined ? { flaw: 'bad-path-uri' } : { uris, first };
}
