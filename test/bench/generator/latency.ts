/** Times in a histogram whose steps are 1.6 % wide: units of 100 ns, 64 steps per doubling. */
export class Latency {
  private readonly buckets = new Uint32Array(64 * 28);
  private count = 0;
  private most = 0;

  add(ms: number): void {
    const units = Math.max(0, Math.round(ms * 10_000));
    const shift = Math.max(0, 25 - Math.clz32(units));
    this.buckets[(shift << 6) + (units >>> shift)]!++;
    this.count++;
    if (ms > this.most) this.most = ms;
  }

  /** Milliseconds below which this share lies. */
  quantile(share: number): number {
    let left = Math.max(1, Math.ceil(share * this.count));
    if (this.count === 0) return 0;
    for (let at = 0; at < this.buckets.length; at++) {
      left -= this.buckets[at]!;
      if (left <= 0) return Math.min(this.most, valueOf(at) / 10_000);
    }
    return this.most;
  }

  summary(): { p50: number; p99: number; p999: number; max: number } {
    return { p50: this.quantile(0.5), p99: this.quantile(0.99), p999: this.quantile(0.999), max: this.most };
  }
}

function valueOf(bucket: number): number {
  if (bucket < 128) return bucket;
  const shift = (bucket >> 6) - 1;
  return ((bucket & 63) + 64 + 0.5) * 2 ** shift;
}
