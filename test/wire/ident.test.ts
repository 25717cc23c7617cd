import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isHeaderName, isIdent, isTokenChar } from '../../src/wire/ident.js';

const ident = (text: string, min = 4, max = 32): boolean => {
  const bytes = Buffer.from(`a${text}a`, 'latin1');
  return isIdent(bytes, 1, bytes.length - 1, min, max);
};
const name = (text: string): boolean => isHeaderName(Buffer.from(`a${text}a`, 'latin1'), 1, text.length + 1);

describe('ident', () => {
  it.each(['a1+%', '0.-=', 'A'.repeat(32), 'z9Z.-+%='])('WIRE-03 %s is a transaction id', (text) => {
    expect(ident(text)).toBe(true);
  });

  it.each(['abc', 'A'.repeat(33), '+abc', '.abc', 'ab_c', 'ab~c', 'ab c', 'abc\xe4', 'abc\x00', ''])(
    'WIRE-03 %j is none',
    (text) => {
      expect(ident(text)).toBe(false);
    },
  );

  it('WIRE-21 the bounds on the length are those asked for', () => {
    expect(ident('a'.repeat(128), 1, 128)).toBe(true);
    expect(ident('a'.repeat(129), 1, 128)).toBe(false);
    expect(ident('a', 1, 128)).toBe(true);
    expect(ident('', 0, 128)).toBe(false);
  });

  it('WIRE-03 agrees with the grammar on any octets', () => {
    fc.assert(
      fc.property(
        fc.string({
          unit: fc.constantFrom('a', 'Z', '0', '9', '.', '-', '+', '%', '=', '_', '~', ' ', 'é'),
          maxLength: 40,
        }),
        (text) => {
          expect(ident(text)).toBe(/^[A-Za-z0-9][A-Za-z0-9.\-+%=]{3,31}$/.test(text));
        },
      ),
    );
  });
});

describe('header name', () => {
  it.each(['X', 'Message-ID', 'a1', "X!#$%&'*+-.^_`{|}~"])('WIRE-43 %s', (text) => {
    expect(name(text)).toBe(true);
  });

  it.each(['', '1X', '-X', 'X Y', 'X ', 'X\t', 'X:', 'X(', 'X"', 'X/', 'X@', 'X\x7f', 'X\xfc'])(
    'WIRE-43 %j is malformed',
    (text) => {
      expect(name(text)).toBe(false);
    },
  );
});

describe('token', () => {
  it('WIRE-41 WIRE-43 is made of the characters of the grammar', () => {
    const characters = Array.from({ length: 256 }, (_, octet) => octet);
    expect(String.fromCharCode(...characters.filter(isTokenChar))).toBe(
      "!#$%&'*+-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ^_`abcdefghijklmnopqrstuvwxyz{|}~",
    );
  });
});
