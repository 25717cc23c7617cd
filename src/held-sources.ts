import type { HoldReason } from './observe/types.js';
import type { Source } from './transmission/types.js';

/** Sources that wait until something of ours has drained. */
export class HeldSources {
  private sources: Set<Source> | undefined;

  private readonly reason: HoldReason;

  constructor(reason: HoldReason) {
    this.reason = reason;
  }

  get any(): boolean {
    return this.sources !== undefined;
  }

  hold(source: Source): void {
    if (this.sources?.has(source) === true) return;
    (this.sources ??= new Set()).add(source);
    source.hold(this.reason, this);
  }

  releaseAll(): void {
    const sources = this.sources;
    if (sources === undefined) return;
    this.sources = undefined;
    for (const source of sources) source.release(this);
  }
}
