/** Octets of a row: two lines of a processor's cache. */
export const rowBytes = 128;

/**
 * Memory of a table, to be looked at as numbers, links and octets: all that belongs to a row lies side by side, so that one
 * message touches little of it.
 */
export class Rows {
  readonly numbers: Float64Array;
  readonly links: Int32Array;
  readonly octets: Uint8Array;
  readonly view: DataView;

  /** So many rows; the first ones are those of `old`. */
  constructor(rows: number, old?: Rows) {
    const memory = new ArrayBuffer(rows * rowBytes);
    this.numbers = new Float64Array(memory);
    this.links = new Int32Array(memory);
    this.octets = new Uint8Array(memory);
    this.view = new DataView(memory);
    if (old !== undefined) this.octets.set(old.octets);
  }
}

/** A table that holds nothing yet. */
export const noRows: Rows = new Rows(0);

/** A copy of the list with exactly so many places. */
export function longer<T>(old: readonly (T | undefined)[], length: number): (T | undefined)[] {
  const all = new Array<T | undefined>(length).fill(undefined);
  for (let i = 0; i < old.length; i++) all[i] = old[i];
  return all;
}
