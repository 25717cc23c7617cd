import { describe, expect, it } from 'vitest';
import * as names from '../../src/wire/header-name.js';

const header = (name: string): number => names.knownHeader(Buffer.from(name), 0, name.length);
const inAnyCase = (name: string): number[] => [name, name.toLowerCase(), name.toUpperCase()].map(header);

describe('names of headers', () => {
  it.each([
    ['To-Path', names.TO_PATH],
    ['From-Path', names.FROM_PATH],
    ['Message-ID', names.MESSAGE_ID],
    ['Byte-Range', names.BYTE_RANGE],
    ['Failure-Report', names.FAILURE_REPORT],
    ['Success-Report', names.SUCCESS_REPORT],
    ['Status', names.STATUS],
    ['Content-Type', names.CONTENT_TYPE],
    ['Expires', names.EXPIRES],
    ['Authorization', names.AUTHORIZATION],
  ])('WIRE-08 %s, in any case, and nothing like it', (name, known) => {
    expect(inAnyCase(name)).toEqual([known, known, known]);
    const mime = known === names.CONTENT_TYPE ? names.OTHER_MIME : 0;
    expect([`x${name.slice(1)}`, `${name.slice(0, -1)}x`, `${name}x`].map(header)).toEqual([0, mime, mime]);
  });

  it('WIRE-08 other MIME headers', () => {
    const mime = ['MIME-Version', 'Content-Disposition', 'Content-ID'];
    expect(mime.flatMap(inAnyCase)).toEqual(Array(9).fill(names.OTHER_MIME));
    expect(['Content-', 'Contents', 'MIME-Versions'].map(header)).toEqual([0, 0, 0]);
  });

  it('WIRE-08 any other is none of them, whatever its length and first letter', () => {
    const others = Array.from('stefmbcax').flatMap((first) =>
      Array.from({ length: 32 }, (_, i) => first + 'y'.repeat(i)),
    );
    expect(others.map(header)).toEqual(others.map(() => 0));
  });
});
