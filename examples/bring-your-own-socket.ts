import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { createRelay, digestAuthenticator, fromNetSocket, peerFactsOf, type PeerFacts } from 'msrp-relay';
import { createMsrpClient, socketEnd } from 'msrp-relay/testing';

// A proxy in front ends TLS and says in a first line who the peer is (PROXY protocol, version 1):
// `PROXY TCP4 <address of the client> <address it came to> <its port> <port it came to>`.
const longestLine = 107;

/** What the proxy says of the client; undefined: nothing that can be understood. What follows stays in the socket. */
async function peerBehindProxy(socket: Socket): Promise<PeerFacts | undefined> {
  let octets = Buffer.alloc(0);
  while (!octets.includes('\r\n') && octets.length < longestLine) {
    await once(socket, 'readable', { signal: AbortSignal.timeout(5_000) });
    octets = Buffer.concat([octets, (socket.read() as Buffer | null) ?? Buffer.alloc(0)]);
  }
  const end = octets.indexOf('\r\n');
  const [, address, port] = /^PROXY TCP[46] (\S+) \S+ (\d+) \d+$/.exec(octets.toString('latin1', 0, end)) ?? [];
  if (address === undefined) return undefined;
  socket.unshift(octets.subarray(end + 2));
  // `secure`, because TLS has ended at the proxy, and nobody else can connect here.
  return { ...peerFactsOf(socket), transport: 'tls', secure: true, remote: { address, port: Number(port) } };
}

const relay = createRelay({
  hosts: ['relay.example.com'],
  advertise: { port: 2855 },
  transports: [],
  authenticator: digestAuthenticator({ credentials: () => ({ password: 'open sesame' }) }),
});
relay.on('connectionOpened', ({ connection }) => {
  console.log(connection.class, 'at', connection.remote.address, connection.remote.port);
});
relay.on('sessionOpened', ({ session }) => {
  console.log('relaying for', session.user);
});

const server = createServer((socket) => {
  peerBehindProxy(socket).then(
    (facts) => (facts === undefined ? socket.destroy() : relay.accept(fromNetSocket(socket), facts)),
    () => socket.destroy(),
  );
}).listen(0, '127.0.0.1');
await once(server, 'listening');

// The proxy, and a client behind it.
const proxied = connect((server.address() as AddressInfo).port, '127.0.0.1');
proxied.write('PROXY TCP4 198.51.100.7 203.0.113.1 51234 2855\r\n');
const client = createMsrpClient(socketEnd(proxied), { uri: 'msrps://client.invalid:2855/s1;tcp' });
const { code, usePath } = await client.auth({
  relay: 'msrps://relay.example.com:2855;tcp',
  username: 'alice',
  password: 'open sesame',
});
console.log(code, usePath[0]?.replace(/\/[^/;]+;/, '/…;'));

await relay.close();
server.close();
client.destroy();
