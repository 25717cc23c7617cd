// The baseline: octets from one connection to its partner and back, as Node pipes them. The generator opens both, as it
// does with a relay; each names the pair it belongs to in a first line. Arguments: certificate file, key file; a port, if
// every connection shall be joined with one dialled to there instead.
import { readFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { connect as connectTls, createServer as createTlsServer, TLSSocket } from 'node:tls';
import { serveParent } from './parent.js';

const [certFile = '', keyFile = '', dialPort] = process.argv.slice(2);
const waiting = new Map<string, Socket>();

function accept(socket: Socket): void {
  socket.setNoDelay(true);
  socket.on('error', () => socket.destroy());
  if (dialPort !== undefined) {
    const to = { port: Number(dialPort), host: '127.0.0.1', noDelay: true };
    const dialled = socket instanceof TLSSocket ? connectTls({ ...to, rejectUnauthorized: false }) : connect(to);
    dialled.setNoDelay(true);
    dialled.on('error', () => dialled.destroy());
    join(socket, dialled);
    join(dialled, socket);
    return;
  }
  socket.once('data', (line: Buffer) => {
    socket.pause();
    const pair = line.toString('latin1');
    const partner = waiting.get(pair);
    if (partner === undefined) {
      waiting.set(pair, socket);
    } else {
      waiting.delete(pair);
      join(partner, socket);
      join(socket, partner);
    }
    socket.write('paired\n');
  });
}

function join(from: Socket, to: Socket): void {
  from.pipe(to);
  from.on('close', () => to.destroy());
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => {
      resolve((server.address() as AddressInfo).port);
    });
  });
}

const secured = createTlsServer({ cert: readFileSync(certFile), key: readFileSync(keyFile) }, accept);
serveParent({ tcpPort: await listen(createServer(accept)), tlsPort: await listen(secured) });
