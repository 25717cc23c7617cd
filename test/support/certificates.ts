import { generate } from 'selfsigned';

/** A certificate with its key, both PEM. */
export interface Issued {
  readonly cert: string;
  readonly key: string;
}

export interface CertificateWishes {
  readonly commonName?: string;
  readonly dnsNames?: readonly string[];
  readonly uris?: readonly string[];
  readonly addresses?: readonly string[];
  /** Valid for this many days from yesterday on. Default 30. Negative: expired. */
  readonly days?: number;
  readonly notAfter?: Date;
  /** Of self-signed ones only: what a CA issues is of the CA's type. */
  readonly keyType?: 'ec' | 'rsa';
}

export interface Ca extends Issued {
  issue(wishes?: CertificateWishes): Promise<Issued>;
}

const dayMs = 86_400_000;

/** A certificate authority made for one test file. */
export async function makeCa(name = 'Test CA', keyType: 'ec' | 'rsa' = 'ec'): Promise<Ca> {
  const made = await generate([{ name: 'commonName', value: name }], {
    keyType,
    algorithm: 'sha256',
    ...validity({}),
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  const ca = { cert: made.cert, key: made.private };
  return { ...ca, issue: (wishes = {}) => make({ ...wishes, keyType }, ca) };
}

/** A certificate that only itself vouches for. */
export function selfSigned(wishes: CertificateWishes = {}): Promise<Issued> {
  return make(wishes, undefined);
}

async function make(wishes: CertificateWishes, ca: Issued | undefined): Promise<Issued> {
  const { dnsNames = [], uris = [], addresses = [], keyType = 'ec' } = wishes;
  const altNames = [
    ...dnsNames.map((value) => ({ type: 2 as const, value })),
    ...uris.map((value) => ({ type: 6 as const, value })),
    ...addresses.map((ip) => ({ type: 7 as const, ip })),
  ];
  const made = await generate([{ name: 'commonName', value: wishes.commonName ?? dnsNames[0] ?? 'nobody' }], {
    keyType,
    algorithm: 'sha256',
    ...validity(wishes),
    ...(ca && { ca }),
    extensions: [
      { name: 'basicConstraints', cA: false },
      ...(altNames.length > 0 ? [{ name: 'subjectAltName' as const, altNames }] : []),
    ],
  });
  return { cert: made.cert, key: made.private };
}

function validity({ days = 30, notAfter }: CertificateWishes): { notBeforeDate: Date; notAfterDate: Date } {
  const notAfterDate = notAfter ?? new Date(Date.now() + days * dayMs);
  return { notBeforeDate: new Date(Math.min(Date.now(), notAfterDate.getTime()) - dayMs), notAfterDate };
}
