// The relay under measurement. Arguments: its index.js, certificate file, key file.
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import type * as Library from '../../../src/index.js';
import { serveParent } from './parent.js';

const [index = '', certFile = '', keyFile = ''] = process.argv.slice(2);
const { createRelay, digestAuthenticator, tcp, tls } = (await import(pathToFileURL(index).href)) as typeof Library;

const material = { cert: readFileSync(certFile), key: readFileSync(keyFile) };
const relay = createRelay({
  hosts: ['localhost'],
  transports: [tls({ port: 0, host: '127.0.0.1', ...material }), tcp({ port: 0, host: '127.0.0.1' })],
  authenticator: digestAuthenticator({ credentials: () => ({ password: 'secret' }) }),
  rules: { authOverPlain: true },
});
const listeners = await relay.listen();
const portOf = (transport: string): number => listeners.find((one) => one.transport === transport)?.port ?? 0;
serveParent({ tcpPort: portOf('tcp'), tlsPort: portOf('tls') });
