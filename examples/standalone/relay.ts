import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
// Not by the package's name, which leads to dist/: this has to run in a fresh clone, where nothing has been built.
import {
  createRelay,
  digestAuthenticator,
  isRelayError,
  tcp,
  tls,
  type Listener,
  type Relay,
  type TlsMaterial,
} from '../../src/index.js';
import { UsageError, type Flags } from './flags.js';

/** A relay as the flags want it, listening. `tell` gets what people should know, line by line. */
export async function startRelay(
  flags: Flags,
  tell: (line: string) => void,
): Promise<{ readonly relay: Relay; readonly listeners: readonly Listener[] }> {
  const { material, madeCa } = await tlsMaterial(flags);
  const users = flags.users.size > 0 ? flags.users : trialUsers();
  try {
    const relay = createRelay({
      hosts: flags.hosts,
      transports: [
        tls({ port: flags.tlsPort, host: flags.bind, ...material }),
        tcp({ port: flags.tcpPort, host: flags.bind }),
      ],
      authenticator: digestAuthenticator({
        realm: flags.realm,
        credentials: ({ username }) => {
          const password = users.get(username) ?? users.get('*');
          return password === undefined ? undefined : { password };
        },
      }),
      egress: { allow: flags.allowEgress },
      expires: {
        minS: flags.minExpiresS,
        maxS: flags.maxExpiresS,
        // A deployed client never renews its URI.
        clientDefaultS: flags.maxExpiresS,
        relayDefaultS: flags.maxExpiresS,
      },
      rules: { authOverPlain: flags.authOverTcp },
    });
    const listeners = await relay.listen();
    // Not before all is well: a failure is told in one line.
    if (flags.authOverTcp) {
      tell('WARNING: --auth-over-tcp takes AUTH without TLS. Whoever sees the traffic can use the relay URIs that');
      tell('WARNING: it hands out. This breaks RFC 4976 section 9.2 and is for benchmarks and debugging only.');
    }
    if (users !== flags.users) {
      for (const [name, password] of users) tell(`user ${name}, password ${password}`);
    }
    if (madeCa !== undefined) {
      tell(`certificate for ${flags.hosts.join(', ')} made; clients verify it with this CA: ${keepForNow(madeCa)}`);
    }
    return { relay, listeners };
  } catch (error) {
    if (isRelayError(error)) throw new UsageError(error.message.replace(/^hosts\[\d+\]/, '--host'));
    throw error;
  }
}

async function tlsMaterial(flags: Flags): Promise<{ material: TlsMaterial; madeCa?: string }> {
  const ca = flags.ca === undefined ? undefined : readPem('ca', flags.ca);
  if (flags.cert !== undefined && flags.key !== undefined) {
    return { material: { cert: readPem('cert', flags.cert), key: readPem('key', flags.key), ca } };
  }
  // Loaded when needed: what makes certificates is larger than the relay.
  const { makeAuthority } = await import('./certificates.js');
  const authority = await makeAuthority();
  return { material: { ...(await authority.issue(flags.hosts)), ca: ca ?? authority.cert }, madeCa: authority.cert };
}

/** Writes the CA to a file that goes when this process ends. */
function keepForNow(ca: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'msrp-relay-'));
  process.once('exit', () => {
    rmSync(folder, { recursive: true, force: true });
  });
  const file = join(folder, 'ca.pem');
  writeFileSync(file, ca);
  return file;
}

function readPem(flag: string, file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new UsageError(`--${flag} can not be read: ${(error as Error).message}`);
  }
}

function trialUsers(): ReadonlyMap<string, string> {
  return new Map(['alice', 'bob'].map((name) => [name, randomBytes(9).toString('base64url')]));
}
