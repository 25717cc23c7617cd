/** A reproducible source of numbers and octets. No secret may come from it. */
export interface SeededRandom {
  /** At least 0, less than 1. */
  next(): number;
  /** Whole number from `min` to `max`, both included. */
  between(min: number, max: number): number;
  /** Overwrites all octets. */
  fill(into: Uint8Array): void;
}

/** Same seed, same sequence. */
export function createSeededRandom(seed: number): SeededRandom {
  let a = seed >>> 0;
  let b = 0x9e3779b9;
  let c = 0x243f6a88;
  let counter = 1;
  // A small chaotic generator with a counter in it: no cycle shorter than 2^32 steps.
  const next32 = (): number => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    return sum >>> 0;
  };
  for (let i = 0; i < 16; i++) next32();
  const next = (): number => next32() / 2 ** 32;
  return {
    next,
    between: (min, max) => min + Math.floor(next() * (max - min + 1)),
    fill(into) {
      for (let i = 0; i < into.length; i++) into[i] = next32() >>> 24;
    },
  };
}
