import { noRows, rowBytes, type Rows } from './rows.js';

const inlineBytes = 45;

/**
 * Message-IDs of outstanding transactions by slot, for the REPORTs that may be due: the usual lengths in the rows of the
 * table, behind one octet for the length; longer ones apart.
 */
export class MessageIds {
  private octets: Uint8Array = noRows.octets;
  /** As texts: the memory of a buffer of its own costs more than a few octets, and a slice would keep much more. */
  private long: Map<number, string> | undefined;
  private readonly place: number;

  /** In each row from `place` to its end. */
  constructor(place: number) {
    this.place = place;
  }

  use(rows: Rows): void {
    this.octets = rows.octets;
  }

  /** No transaction is outstanding. */
  drop(): void {
    this.long = undefined;
  }

  set(slot: number, bytes: Buffer, start: number, end: number): void {
    const length = end - start;
    const { octets } = this;
    let at = slot * rowBytes + this.place;
    octets[at++] = length;
    if (length <= inlineBytes) {
      for (let i = start; i < end; i++, at++) octets[at] = bytes[i]!;
    } else {
      (this.long ??= new Map<number, string>()).set(slot, bytes.toString('latin1', start, end));
    }
  }

  get(slot: number): Buffer {
    const at = slot * rowBytes + this.place;
    const length = this.octets[at]!;
    if (length > inlineBytes) return Buffer.from(this.long!.get(slot)!, 'latin1');
    return Buffer.from(this.octets.subarray(at + 1, at + 1 + length));
  }

  clear(slot: number): void {
    const at = slot * rowBytes + this.place;
    if (this.octets[at]! > inlineBytes) this.long!.delete(slot);
    this.octets[at] = 0;
  }
}
