import type { Flag } from '../wire/types.js';

/** A request other than SEND, read whole (at most 10240 octets of body, RFC 4975 section 7.1). Copied: may be kept. */
export interface CollectedRequest {
  readonly tid: string;
  readonly method: string;
  /** URIs exactly as written, leftmost first. */
  readonly toPath: readonly string[];
  readonly fromPath: readonly string[];
  readonly flag: Flag;
  /** Value of the first header of that name (compared without case), trimmed; undefined when absent. Text is UTF-8. */
  header(name: string): string | undefined;
}
