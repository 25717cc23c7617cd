import type { Decision } from './decision.js';

/** What a route costs beside its path lines. */
const overheadBytes = 2048;

/** Path lines that a route has prepared. */
export interface PreparedPaths {
  readonly answerPaths: Buffer;
  readonly okTail: Buffer;
  readonly backPaths: Buffer;
}

/** What a route itself costs; without a decision, what it may cost after it. */
export function ownBytes({ answerPaths, okTail, backPaths }: PreparedPaths, decision: Decision | undefined): number {
  const outBytes = decision?.paths.sendHead.length ?? backPaths.length;
  return overheadBytes + answerPaths.length + okTail.length + 2 * backPaths.length + outBytes;
}
