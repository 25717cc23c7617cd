import { expect, it } from 'vitest';
import { responseBytes, writeResponse } from '../../src/transmission/response-line.js';
import { responseTail } from '../../src/wire/head-writer.js';
import { viewOf } from '../../src/wire/octets.js';

const paths = Buffer.from('To-Path: msrp://a.example:1/x;tcp\r\nFrom-Path: msrp://b.example:2/y;tcp\r\n');

it.each(Array.from({ length: 29 }, (_, i) => i + 4))(
  'XMIT-25 WIRE-33 a response with the id of its request, of %i characters',
  (length) => {
    const tid = 'aZ9.+-%=bcd0'.repeat(3).slice(0, length);
    const request = Buffer.from(`MSRP ${tid} SEND`);
    const tail = responseTail(200, paths);
    const octets = responseBytes(length, tail);
    const bytes = Buffer.alloc(octets + 2, '!');
    const behind = writeResponse({ bytes, view: viewOf(bytes) }, 1, viewOf(request), 5, 5 + length, tail);
    expect(behind).toBe(1 + octets);
    expect(bytes.toString()).toBe(`!MSRP ${tid} 200 OK\r\n${paths.toString()}-------${tid}$\r\n!`);
  },
);
