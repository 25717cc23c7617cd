import type { ScratchHead } from './head.js';
import { KnownFields } from './known-fields.js';
import { KnownPaths } from './known-paths.js';

/** What one connection has sent, to be recognised when it comes again. Nothing is made before there is something to keep. */
export class KnownLines {
  requests: KnownPaths | undefined;
  responses: KnownPaths | undefined;
  fields: KnownFields | undefined;

  /** The paths of a message that broke no rule. */
  learnPaths(head: ScratchHead): void {
    if (head.kind === 'request') (this.requests ??= new KnownPaths()).learn(head);
    else (this.responses ??= new KnownPaths()).learn(head);
  }

  /** How the header section of a SEND ended that broke no rule, behind `start`. */
  learnFields(head: ScratchHead, start: number, end: number, seen: number): void {
    (this.fields ??= new KnownFields()).learn(head, start, end, seen);
  }
}
