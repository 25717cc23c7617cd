/**
 * Fields of a table of so many rows, all in one piece of memory: each kind in its own would cost more than a short table
 * holds. To be taken in the order of their size, the widest first.
 */
export class Columns {
  private readonly memory: ArrayBuffer;
  private readonly rows: number;
  private at = 0;

  constructor(rows: number, rowBytes: number) {
    this.rows = rows;
    this.memory = new ArrayBuffer(rows * rowBytes);
  }

  numbers(each: number, old: Float64Array): Float64Array {
    return filled(new Float64Array(this.memory, this.take(8 * each), this.rows * each), old);
  }

  links(each: number, old: Int32Array): Int32Array {
    return filled(new Int32Array(this.memory, this.take(4 * each), this.rows * each), old);
  }

  octets(each: number, old: Uint8Array): Uint8Array {
    return filled(new Uint8Array(this.memory, this.take(each), this.rows * each), old);
  }

  private take(bytes: number): number {
    const { at } = this;
    this.at += bytes * this.rows;
    return at;
  }
}

/** A copy of the list with exactly so many places. */
export function longer<T>(old: readonly (T | undefined)[], length: number): (T | undefined)[] {
  const all = new Array<T | undefined>(length).fill(undefined);
  for (let i = 0; i < old.length; i++) all[i] = old[i];
  return all;
}

function filled<T extends Uint8Array | Int32Array | Float64Array>(larger: T, old: ArrayLike<number>): T {
  larger.set(old);
  return larger;
}
