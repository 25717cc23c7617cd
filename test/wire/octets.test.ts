import { describe, expect, it } from 'vitest';
import { copyText, sameText, viewOf } from '../../src/wire/octets.js';

const characters = Buffer.from('z.-+%=9AaZ0b');
const sentinel = 0xee;
const textOf = (length: number): Buffer =>
  Buffer.from(Array.from({ length }, (_, i) => characters[i % characters.length]!));
const upTo32 = (from: number): number[] => Array.from({ length: 33 - from }, (_, i) => from + i);

describe('texts copied several octets at a time', () => {
  it.each(upTo32(4))('%i octets, at the edges of their memory, and nothing beside them', (length) => {
    const text = textOf(length);
    // Not where the processor would have it, and with nothing before or behind.
    const memory = new ArrayBuffer(length + 3);
    const source = new Uint8Array(memory, 3, length);
    source.set(text);
    const into = Buffer.alloc(length + 2, sentinel);
    copyText(viewOf(source), 0, length, viewOf(into), 1);
    expect(into).toEqual(Buffer.from([sentinel, ...text, sentinel]));
    const exact = Buffer.alloc(length);
    copyText(viewOf(source), 0, length, viewOf(exact), 0);
    expect(exact).toEqual(text);
  });
});

describe('texts compared several octets at a time', () => {
  it.each(upTo32(8))('%i octets: equal, and different in each of them', (length) => {
    const text = textOf(length);
    expect(sameText(viewOf(text), 0, length, viewOf(Buffer.from(text)), 0)).toBe(true);
    for (let i = 0; i < length; i++) {
      const other = Buffer.from(text);
      other[i]! ^= 1;
      expect(sameText(viewOf(text), 0, length, viewOf(other), 0)).toBe(false);
    }
  });
});
