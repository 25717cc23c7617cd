import { readFileSync } from 'node:fs';
import { createRelay, digestAuthenticator, tls } from 'msrp-relay';

const users = new Map([['alice', { password: 'open sesame' }]]);
const relay = createRelay({
  hosts: ['relay.example.com'],
  transports: [tls({ port: 2855, cert: readFileSync('cert.pem'), key: readFileSync('key.pem') })],
  authenticator: digestAuthenticator({ credentials: ({ username }) => users.get(username) }),
});
relay.on('sessionOpened', ({ session }) => {
  console.log('relaying for', session.user);
});
await relay.listen();
