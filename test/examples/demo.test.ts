import { afterEach, describe, expect, it } from 'vitest';
import { Incoming } from '../../examples/demo/incoming.js';
import { Progress } from '../../examples/demo/progress.js';
import { Child } from './child.js';

const children: Child[] = [];
afterEach(async () => {
  await Promise.all(children.splice(0).map((child) => child.end()));
});

function run(...flags: string[]): Child {
  const child = new Child('demo/main.ts', flags);
  children.push(child);
  return child;
}

describe('the demo', () => {
  it('exchanges texts and a file between two clients, and ends with 0', { timeout: 60_000 }, async () => {
    const child = run('--megabytes', '4');
    expect(await child.ended, child.stderr).toBe(0);
    expect(child.stderr).toBe('');
    expect(child.stdout).toMatch(/^alice -> bob: Hello Bob/m);
    expect(child.stdout).toMatch(/^bob -> alice: Loud and clear/m);
    expect(child.stdout).toMatch(/^ {2}100 % {2}4\.2 MB of 4\.2 MB {2}[\d.]+ MB\/s$/m);
    expect(child.stdout).toMatch(/^SHA-256 {3}[0-9a-f]{64} \(equal\)$/m);
    expect(child.stdout).toMatch(/^chunks {4}4 sent, \d+ received$/m);
    expect(child.stdout).toMatch(/^responses 4 x 200 for the file; 6 x 200 in all$/m);
    expect(child.stdout).toMatch(/^REPORTs {3}3: .*000 200 OK for 1-4194304\/4194304/m);
    expect(child.stdout).toMatch(/\neverything arrived as it was sent\n$/);
    expect(child.stdout).not.toContain('\r');
  });

  it.each([['0'], ['1.5'], ['much']])('refuses a size of %s', async (size) => {
    const child = run('--megabytes', size);
    expect(await child.ended).toBe(1);
    expect(child.stderr).toBe(`demo failed: --megabytes wants a whole number from 1 to 65536, not "${size}"\n`);
  });
});

describe('a message in pieces', () => {
  function message(): { incoming: Incoming; text: () => string } {
    const octets = Buffer.alloc(10, '.');
    const put = (part: Buffer, at: number): void => {
      part.copy(octets, at);
    };
    return { incoming: new Incoming('text/plain', { put, whole: () => undefined }), text: () => octets.toString() };
  }

  it('is whole when nothing is missing, in whatever order and however often pieces come', () => {
    const { incoming, text } = message();
    const piece = (start: number, part: string, flag: '$' | '+'): boolean => {
      incoming.begin({ start, total: 10 });
      for (const octet of part) incoming.add(Buffer.from(octet));
      return incoming.end(flag);
    };
    expect(piece(8, 'hij', '$')).toBe(false);
    expect(piece(1, 'abc', '+')).toBe(false);
    expect(piece(2, 'bcde', '+')).toBe(false);
    expect(incoming.octets).toBe(8);
    expect(piece(6, 'fg', '+')).toBe(true);
    expect({ octets: incoming.octets, pieces: incoming.pieces, text: text() }).toEqual({
      octets: 10,
      pieces: 4,
      text: 'abcdefghij',
    });
  });

  it('ends where the last piece says, if no total is known', () => {
    const { incoming } = message();
    incoming.begin(undefined);
    incoming.add(Buffer.from('abc'));
    expect(incoming.end('+')).toBe(false);
    incoming.begin({ start: 4, total: undefined });
    incoming.add(Buffer.from('de'));
    expect(incoming.end('$')).toBe(true);
    expect(incoming.total).toBe(5);
  });

  it('may be empty', () => {
    const { incoming } = message();
    incoming.begin({ start: 1, total: 0 });
    expect(incoming.end('$')).toBe(true);
  });

  it('is not whole when it was given up', () => {
    const { incoming } = message();
    incoming.begin({ start: 1, total: 5 });
    incoming.add(Buffer.from('ab'));
    expect(incoming.end('#')).toBe(false);
  });
});

describe('progress', () => {
  it('writes a line for each tenth where nobody watches', () => {
    let written = '';
    const progress = new Progress({ write: (text) => (written += text) }, 2_000_000);
    for (let octets = 0; octets <= 2_000_000; octets += 50_000) progress.update(octets, octets / 1_000_000);
    expect(written.split('\n')).toHaveLength(12);
    expect(written).toMatch(/^ {4}0 % {2}0\.0 MB of 2\.0 MB {2}-\n {3}10 % {2}0\.2 MB of 2\.0 MB {2}1\.0 MB\/s\n/);
  });

  it('writes over one line on a terminal', () => {
    let written = '';
    const progress = new Progress({ isTTY: true, write: (text) => (written += text) }, 2_000_000);
    progress.update(1_000_000, 1);
    progress.update(1_000_001, 1);
    progress.update(2_000_000, 2);
    expect(written).toBe(
      `\r  [${'#'.repeat(15)}${'-'.repeat(15)}]  50 %  1.0 MB of 2.0 MB  1.0 MB/s\u001b[K` +
        `\r  [${'#'.repeat(30)}] 100 %  2.0 MB of 2.0 MB  1.0 MB/s\u001b[K\n`,
    );
  });
});
