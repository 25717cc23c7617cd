import type { Fields } from '../transmission/types.js';
import { fieldsOf, type FieldPlaces } from '../wire/fields.js';
import type { Head } from '../wire/types.js';

/** Room for the places of one head. */
export function emptyFields(): FieldPlaces {
  return { bytes: none, start: 0, rangeStart: 0, rangeEnd: 0, end: 0, messageId: { start: 0, end: 0 } };
}

/**
 * What a chunk that has to wait keeps, copied, since a read buffer kept alive costs all of its octets: its transaction
 * id, its header lines and, if there is a body, the blank line and octets of it. One behind the other in memory of their
 * own: a slice of the pool that Node cuts short buffers from would keep all of it.
 */
export class KeptFields implements Fields {
  bytes: Buffer;
  /** Here the transaction id ends and the header lines begin. */
  readonly start: number;
  readonly rangeStart: number;
  readonly rangeEnd: number;
  readonly end: number;
  readonly messageId: Fields['messageId'];
  /** Where octets of the body stand, and how far. */
  readonly bodyStart: number;
  bodyEnd: number;

  /** With so many octets of the body that follows in `head.bytes`. */
  constructor(head: Head, bodyBytes: number) {
    const places = emptyFields();
    fieldsOf(head, places);
    const { bytes, start, end } = places;
    const { tid, hasBody } = head;
    const shift = tid.end - tid.start - start;
    this.start = start + shift;
    this.rangeStart = places.rangeStart + shift;
    this.rangeEnd = places.rangeEnd + shift;
    this.end = end + shift;
    this.messageId = { start: places.messageId.start + shift, end: places.messageId.end + shift };
    this.bodyStart = this.end + (hasBody ? blankLineBytes : 0);
    this.bodyEnd = this.bodyStart + bodyBytes;
    this.bytes = Buffer.allocUnsafeSlow(this.bodyEnd);
    for (let i = 0; i < this.start; i++) this.bytes[i] = head.bytes[tid.start + i]!;
    // In `head.bytes` the lines, the blank one and the body follow each other, unless the lines were written anew.
    const together = bytes === head.bytes;
    bytes.copy(this.bytes, this.start, start, together ? start + this.bodyEnd - this.start : end);
    if (!together) head.bytes.copy(this.bytes, this.end, head.rest.end, head.rest.end + this.bodyEnd - this.end);
  }

  get tid(): Buffer {
    return this.bytes.subarray(0, this.start);
  }

  /** Adds octets of the body, if they are few in all. Octets once there stay as they are for whoever has been shown them. */
  add(octets: Buffer): boolean {
    const bodyBytes = this.bodyEnd - this.bodyStart + octets.length;
    if (bodyBytes > mostDrippedBytes) return false;
    if (this.bodyStart + bodyBytes > this.bytes.length) {
      const larger = Buffer.allocUnsafeSlow(this.bodyStart + roomFor(bodyBytes));
      this.bytes.copy(larger, 0, 0, this.bodyEnd);
      this.bytes = larger;
    }
    this.bodyEnd += octets.copy(this.bytes, this.bodyEnd);
    return true;
  }

  /** None of it is needed any more. */
  clear(): void {
    this.bytes = none;
  }
}

/** As much again as there is, within bounds. */
function roomFor(bodyBytes: number): number {
  return Math.min(Math.max(2 * bodyBytes, leastRoomBytes), mostDrippedBytes);
}

const none = Buffer.alloc(0);
const blankLineBytes = 2;
/** So many octets of a body that comes in part may stand behind the header lines. */
const mostDrippedBytes = 1024;
const leastRoomBytes = 32;
