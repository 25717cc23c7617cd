import { connect, createServer, type Server, type Socket } from 'node:net';
import { connect as connectTls, createServer as createTlsServer } from 'node:tls';
import { nodeRuntime, tcp, tls, type Cancel, type Runtime } from '../../../src/index.js';
import { socketEnd } from '../../../src/testing/index.js';
import { makeCa, type Ca, type Issued } from '../../support/certificates.js';
import { relayHost, type Ground } from './ground.js';

const loopback = '127.0.0.1';
const quietMs = 60;
const madeCa: { ca?: Promise<Ca>; readonly issued: Map<string, Promise<Issued>> } = { issued: new Map() };

async function ca(): Promise<Ca> {
  madeCa.ca ??= makeCa();
  return madeCa.ca;
}

/** A certificate for the host, made once in a test file. */
async function certificateFor(host: string): Promise<Issued> {
  let issued = madeCa.issued.get(host);
  if (issued === undefined) {
    issued = ca().then((authority) => authority.issue({ dnsNames: [host] }));
    madeCa.issued.set(host, issued);
  }
  return issued;
}

/** Sleeps and wake-ups still outstanding. */
function countingRuntime(): Runtime & { readonly pending: number } {
  const runtime = nodeRuntime();
  const pending = new Set<object>();
  return {
    nowMs: () => runtime.nowMs(),
    wallMs: () => runtime.wallMs(),
    afterInput(fn) {
      runtime.afterInput(fn);
    },
    randomFill(into) {
      runtime.randomFill(into);
    },
    wakeAt(ms, fn): Cancel {
      const mark = {};
      pending.add(mark);
      const cancel = runtime.wakeAt(ms, () => {
        pending.delete(mark);
        fn();
      });
      return () => {
        pending.delete(mark);
        cancel();
      };
    },
    get pending() {
      return pending.size;
    },
  };
}

/** TLS and TCP on loopback, in real time. */
export function socketGround(): Ground {
  const runtime = countingRuntime();
  const servers: Server[] = [];
  const sockets = new Set<Socket>();
  const ports = { tls: 0, tcp: 0 };
  const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

  const keep = <S extends Socket>(socket: S): S => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    return socket;
  };
  const connected = (socket: Socket, event: string): Promise<Socket> =>
    new Promise((resolve, reject) => {
      socket.once('error', reject);
      socket.once(event, () => {
        socket.off('error', reject);
        resolve(keep(socket));
      });
    });

  return {
    framing: 'stream',
    clock: undefined,
    get port() {
      return ports.tls;
    },
    get plainPort() {
      return ports.tcp;
    },
    relay: {
      runtime,
      egress: { allow: ['127.0.0.0/8'] },
      resolver: {
        lookup: (host) =>
          host.endsWith('.example')
            ? Promise.resolve([{ address: loopback, family: 4 }])
            : Promise.reject(new Error('ENOTFOUND')),
        srv: () => Promise.reject(new Error('ENOTFOUND')),
      },
    },
    async transports() {
      const { cert: trusted } = await ca();
      return [
        tls({ host: loopback, port: 0, lingerMs: 200, ca: trusted, ...(await certificateFor(relayHost)) }),
        tcp({ host: loopback, port: 0, lingerMs: 200 }),
      ];
    },
    listening(listeners) {
      ports.tls = listeners.find(({ secure }) => secure)!.port;
      ports.tcp = listeners.find(({ secure }) => !secure)!.port;
    },
    async connect(certificateOf) {
      const shown = certificateOf === undefined ? {} : await certificateFor(certificateOf);
      const { cert: trusted } = await ca();
      const wanted = { host: loopback, port: ports.tls, servername: relayHost, ca: trusted, allowHalfOpen: true };
      return socketEnd(await connected(connectTls({ ...wanted, ...shown }), 'secureConnect'));
    },
    async connectPlain() {
      return socketEnd(await connected(connect({ host: loopback, port: ports.tcp, allowHalfOpen: true }), 'connect'));
    },
    intoTlsPort(octets) {
      return new Promise((resolve) => {
        let text = '';
        const socket = keep(connect({ host: loopback, port: ports.tls }));
        socket.on('data', (data: Buffer) => (text += data.toString('latin1')));
        socket.on('error', () => undefined);
        socket.on('close', () => {
          resolve(text);
        });
        socket.write(octets);
      });
    },
    async listen({ host, plain = false, asksForCertificate = !plain, port: wanted = 0 }, taken) {
      let dialled = 0;
      const take = (socket: Socket): void => {
        dialled += 1;
        taken(socketEnd(keep(socket)));
      };
      const { cert: trusted } = await ca();
      const server = plain
        ? createServer({ allowHalfOpen: true }, take)
        : createTlsServer(
            {
              ...(await certificateFor(host)),
              ca: trusted,
              requestCert: asksForCertificate,
              rejectUnauthorized: false,
              allowHalfOpen: true,
            },
            take,
          );
      servers.push(server);
      const listen = (port: number): Promise<void> =>
        new Promise((resolve) => server.listen({ host: loopback, port }, resolve));
      await listen(wanted);
      const { port } = server.address() as { port: number };
      return {
        port,
        get dialled() {
          return dialled;
        },
        async answers(how) {
          if (how === 'never') throw new Error('only in memory');
          if (how === 'refuse') await new Promise((resolve) => server.close(resolve));
          else await listen(port);
        },
      };
    },
    until: async (promise) => promise,
    quiet: () => sleep(quietMs),
    step: () => sleep(1),
    rest: () => Promise.resolve(),
    async leftBehind() {
      await Promise.all(
        servers.filter(({ listening }) => listening).map((server) => new Promise((done) => server.close(done))),
      );
      while (sockets.size > 0) await sleep(1);
      return { timers: runtime.pending, ends: sockets.size };
    },
  };
}
