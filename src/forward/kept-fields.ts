import type { Fields } from '../transmission/types.js';
import { fieldsOf, type FieldPlaces } from '../wire/fields.js';
import type { Head } from '../wire/types.js';

/** Room for the places of one head. */
export function emptyFields(): FieldPlaces {
  return { bytes: none, start: 0, rangeStart: 0, rangeEnd: 0, end: 0, messageId: { start: 0, end: 0 } };
}

/** The header lines of a chunk that has to wait: a copy, since the read buffer is not ours for longer than a turn. */
export function keptFields(head: Head): Fields {
  const places = emptyFields();
  fieldsOf(head, places);
  const { start, end, messageId } = places;
  return {
    bytes: Buffer.from(places.bytes.subarray(start, end)),
    start: 0,
    rangeStart: places.rangeStart - start,
    rangeEnd: places.rangeEnd - start,
    end: end - start,
    messageId: { start: messageId.start - start, end: messageId.end - start },
  };
}

const none = Buffer.alloc(0);
