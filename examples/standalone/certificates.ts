import { generate } from 'selfsigned';

/** A certificate with its key, both PEM. */
export interface Issued {
  readonly cert: string;
  readonly key: string;
}

export interface Authority {
  /** The CA's own certificate: what clients take as `ca`. */
  readonly cert: string;
  /** A certificate that names all of these hosts. */
  issue(hosts: readonly string[]): Promise<Issued>;
}

const dayMs = 86_400_000;

/** Makes a certificate authority that lives as long as this process and is good for 30 days: for trying out. */
export async function makeAuthority(): Promise<Authority> {
  const common = {
    keyType: 'ec',
    algorithm: 'sha256',
    // Since yesterday: the clocks of others may be behind.
    notBeforeDate: new Date(Date.now() - dayMs),
    notAfterDate: new Date(Date.now() + 30 * dayMs),
  } as const;
  const ca = await generate([{ name: 'commonName', value: 'msrp-relay on trial' }], {
    ...common,
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  return {
    cert: ca.cert,
    async issue(hosts) {
      const made = await generate([{ name: 'commonName', value: hosts[0] ?? 'nobody' }], {
        ...common,
        ca: { cert: ca.cert, key: ca.private },
        extensions: [
          { name: 'basicConstraints', cA: false },
          { name: 'subjectAltName', altNames: hosts.map((value) => ({ type: 2, value })) },
        ],
      });
      return { cert: made.cert, key: made.private };
    },
  };
}
