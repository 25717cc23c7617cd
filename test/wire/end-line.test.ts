import { expect, it } from 'vitest';
import { findEndLine } from '../../src/wire/end-line.js';
import { viewOf } from '../../src/wire/octets.js';

it.each([4, 7, 8, 28, 32])(
  'WIRE-18 an end-line around the place where the native search begins, id of %i',
  (length) => {
    const tid = 'aZ9.bcd0efghijklmnopqrstuvwx%=+z'.slice(0, length);
    const ids = viewOf(Buffer.from(tid));
    const places = Array.from({ length: 121 }, (_, i) => 2304 - 60 + i);
    const found = places.map((at) => {
      const bytes = Buffer.from(`${'x'.repeat(at)}\r\n-------${tid}+\r\n`);
      return findEndLine(bytes, viewOf(bytes), 0, ids, 0, length);
    });
    expect(found).toEqual(places);
  },
);
