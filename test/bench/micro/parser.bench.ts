// Octets to heads, bodies and end-lines. Times are per buffer; the name tells how many messages are in one.
import { bench, group } from 'mitata';
import { defaultLimits } from '../../../src/limits.js';
import { FrameParser } from '../../../src/wire/frame-parser.js';
import type { Head } from '../../../src/wire/types.js';

/** Keeps what is done from being optimised away. */
export let octets = 0;
const sink = {
  onHead(head: Head): boolean {
    octets += head.whole === undefined ? 0 : head.whole.body.end - head.whole.body.start;
    return head.whole !== undefined;
  },
  onBody(slice: Buffer): void {
    octets += slice.length;
  },
  onEnd(): void {
    octets++;
  },
  onLost(): void {
    throw new Error('framing lost');
  },
};

const path = (name: string): string =>
  `To-Path: msrps://relay.example.com:2855/${name}abcdefghijklmnopqrst;tcp msrps://b.example.com:2855/b1b2b3b4;tcp\r\n` +
  `From-Path: msrps://a.example.com:2855/a1a2a3a4a5a6;tcp\r\n`;

function send(bodyBytes: number, name = 'token'): string {
  return (
    `MSRP a786hjs2abcdabcdabcd SEND\r\n${path(name)}Message-ID: 87652491abcdabcd\r\n` +
    `Byte-Range: 1-${bodyBytes}/${bodyBytes}\r\nSuccess-Report: no\r\nContent-Type: text/plain\r\n\r\n` +
    `${'x'.repeat(bodyBytes)}\r\n-------a786hjs2abcdabcdabcd$\r\n`
  );
}
const ok = `MSRP a786hjs2abcdabcdabcd 200 OK\r\n${path('token')}-------a786hjs2abcdabcdabcd$\r\n`;

function subject(): FrameParser {
  return new FrameParser(sink, defaultLimits, { framing: 'stream', identLength: 'lenient' });
}

function add(name: string, messages: string[], cut?: number): void {
  const all = Buffer.from(messages.join(''));
  const slices: Buffer[] = [];
  for (let at = 0; at < all.length; at += cut ?? all.length) slices.push(all.subarray(at, at + (cut ?? all.length)));
  const parser = subject();
  bench(name, () => {
    for (const slice of slices) parser.push(slice);
  });
}

const hundred = <T>(make: (i: number) => T): T[] => Array.from({ length: 100 }, (_, i) => make(i));
group('parser, per buffer', () => {
  add(
    '100 SENDs of 200 octets, one session',
    hundred(() => send(200)),
  );
  add(
    '100 SENDs of 200 octets, two sessions in turn',
    hundred((i) => send(200, i % 2 ? 'tokex' : 'tokey')),
  );
  add(
    '100 responses',
    hundred(() => ok),
  );
  add(
    '100 SENDs and responses in turn',
    hundred((i) => (i % 2 ? send(200) : ok)),
  );
  add('1 SEND of 200 octets', [send(200)]);
  add('1 SEND of 2 KiB', [send(2048)]);
  add('1 SEND of 60 KiB whole', [send(60 * 1024)]);
  add('1 SEND of 1 MiB in reads of 64 KiB', [send(1024 * 1024)], 64 * 1024);
  add(
    '100 SENDs of 200 octets in slices of 100',
    hundred(() => send(200)),
    100,
  );
});
