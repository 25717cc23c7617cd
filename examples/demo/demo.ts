import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeAuthority } from '../standalone/certificates.js';
import { Party } from './party.js';
import { startRelay } from './processes.js';
import { megabytes, Progress, rate, type Output } from './progress.js';
import type { ClientEvent, SentFile } from './protocol.js';
import { makeRandomFile } from './random-file.js';
import { expect, within } from './within.js';

const host = 'localhost';
const megabyte = 1024 * 1024;
/** However large the file is. */
const transferMs = 3_600_000;

/** Two clients talk through a relay. Rejects when anything is not as it should be. */
export async function demo(fileMegabytes: number, output: Output): Promise<void> {
  const say = (line: string): void => void output.write(`${line}\n`);
  const folder = mkdtempSync(join(tmpdir(), 'msrp-relay-demo-'));
  const kills: (() => void)[] = [];
  const cleanUp = (): void => {
    for (const kill of kills.splice(0)) kill();
    rmSync(folder, { recursive: true, force: true });
  };
  process.once('exit', cleanUp);
  try {
    const passwords = { alice: randomBytes(12).toString('hex'), bob: randomBytes(12).toString('hex') };
    const relay = await startRelay(await relayFlags(folder, passwords));
    kills.push(() => {
      relay.kill();
    });
    say(`relay    process ${relay.pid}, TLS port ${relay.tlsPort}`);

    const alice = new Party('alice');
    const bob = new Party('bob');
    for (const party of [alice, bob]) {
      kills.push(() => {
        party.process.kill();
      });
      const password = passwords[party.name];
      const caFile = join(folder, 'ca.pem');
      const to = { port: relay.tlsPort, host, caFile, user: party.name, password };
      await party.next('ready');
      party.path = (await within(`AUTH of ${party.name}`, party.process.ask('connect', to))).path;
      say(`${party.name.padEnd(8)} process ${party.process.pid}, AUTH accepted, path of ${party.path.length} URIs`);
    }
    say('');
    await text(alice, bob, 'Hello Bob, can you read this? Größe: 1 MB = 10⁶ octets ✓', say);
    await text(bob, alice, 'Loud and clear, Alice. Send the file.', say);
    say('');

    const file = join(folder, 'sent');
    const sha256 = makeRandomFile(file, fileMegabytes * megabyte);
    await bob.process.ask('receiveInto', { file: join(folder, 'received') });
    say(`alice -> bob: a file of ${fileMegabytes} MiB of random octets`);
    const { seconds, sent, received } = await transfer(alice, bob, { file, bytes: fileMegabytes * megabyte }, output);
    if (received.sha256 !== sha256) throw new Error(`SHA-256 differs: ${sha256} sent, ${received.sha256} received`);

    const finished = [alice, bob].map(({ process }) => process.ask('finish', {}));
    const [ofAlice, ofBob] = await within('closing', Promise.all(finished));
    expect('exit code of alice', await alice.process.end(), 0);
    expect('exit code of bob', await bob.process.end(), 0);
    expect('exit code of the relay', await relay.stop(), 0);
    kills.length = 0;
    expect('requests refused', ofAlice!.refused + ofBob!.refused, 0);

    say('');
    say(`SHA-256   ${sha256} (equal)`);
    say(`rate      ${rate(sent.octets, seconds)} (${megabytes(sent.octets)} in ${seconds.toFixed(2)} s)`);
    say(`chunks    ${sent.chunks} sent, ${received.pieces} received`);
    say(`responses ${statusList(sent)} for the file; ${ofAlice!.accepted + ofBob!.accepted} x 200 in all`);
    say(`REPORTs   ${alice.reports.length + bob.reports.length}: ${[...alice.reports, ...bob.reports].join('; ')}`);
    say(
      `memory    alice ${megabytes(ofAlice!.rssBytes)}, bob ${megabytes(ofBob!.rssBytes)}, relay ${relayMemory(relay.rssMb)}`,
    );
    say('everything arrived as it was sent');
  } finally {
    cleanUp();
    process.off('exit', cleanUp);
  }
}

async function relayFlags(folder: string, passwords: Readonly<Record<string, string>>): Promise<string[]> {
  const authority = await makeAuthority();
  const { cert, key } = await authority.issue([host]);
  const pems = { ca: authority.cert, cert, key };
  const files = Object.entries(pems).flatMap(([name, pem]) => {
    const file = join(folder, `${name}.pem`);
    writeFileSync(file, pem, { mode: 0o600 });
    return [`--${name}`, file];
  });
  const users = Object.entries(passwords).flatMap(([name, password]) => ['--user', `${name}:${password}`]);
  return [...files, ...users, '--host', host, '--tls-port', '0', '--tcp-port', 'off', '--stats-every', '1'];
}

async function text(from: Party, to: Party, words: string, say: (line: string) => void): Promise<void> {
  const { status } = await within('a text', from.process.ask('text', { path: from.pathTo(to), text: words }));
  expect('answer to a text', status, 200);
  const { text: read } = await to.next('text');
  expect('text', read, words);
  await from.report(Buffer.byteLength(words));
  say(`${from.name} -> ${to.name}: ${words}`);
}

async function transfer(
  from: Party,
  to: Party,
  { file, bytes }: { file: string; bytes: number },
  output: Output,
): Promise<{ seconds: number; sent: SentFile; received: Extract<ClientEvent, { event: 'received' }> }> {
  const progress = new Progress(output, bytes);
  const begun = performance.now();
  const elapsed = (): number => (performance.now() - begun) / 1000;
  to.onProgress = (octets) => {
    if (octets < bytes) progress.update(octets, elapsed());
  };
  // The REPORT says that the receiver has it all: that is when the clock stops.
  const reported = from.report(bytes, transferMs).then(elapsed);
  const [sent, seconds, received] = await Promise.all([
    from.process.ask('file', { path: from.pathTo(to), file }),
    reported,
    to.next('received', transferMs),
  ]);
  progress.update(bytes, seconds);
  expect('octets received', received.octets, bytes);
  expect('content type', received.contentType, 'application/octet-stream');
  expect('chunks answered 200', sent.statuses['200'], sent.chunks);
  return { seconds, sent, received };
}

function statusList({ statuses }: SentFile): string {
  return Object.entries(statuses)
    .map(([status, count]) => `${count} x ${status}`)
    .join(', ');
}

function relayMemory(rssMb: number): string {
  return rssMb > 0 ? `${rssMb} MB` : 'not sampled in so short a time';
}
