// A client in a process of its own: does what the demo asks over the IPC channel.
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, createReadStream, openSync, readFileSync, writeSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { connect } from 'node:tls';
import { Endpoint, type EndpointOwner, type Response } from './endpoint.js';
import type { Taker } from './incoming.js';
import type { Answer, Ask, Client, ClientEvent, SentFile } from './protocol.js';

/** Octets of one chunk of a file: also how much of it is in memory at a time. */
const chunkBytes = 1024 * 1024;
/** Progress is told once for so many octets. */
const progressBytes = 1_000_000;
const maxTextBytes = 10_240;

let endpoint: Endpoint | undefined;
/** Where the next file goes; none is taken unasked. */
let target: string | undefined;
let finished = false;
const statuses = { accepted: 0, refused: 0 };

const tell = (message: ClientEvent | Answer): void => {
  process.send?.(message);
};

const owner: EndpointOwner = {
  begun(contentType) {
    if (contentType.startsWith('text/plain')) return textTaker();
    const into = target;
    target = undefined;
    return into === undefined ? undefined : fileTaker(into);
  },
  report(status, range) {
    tell({ event: 'report', status, range });
  },
  lost(why) {
    if (!finished) tell({ event: 'lost', why });
  },
};

function textTaker(): Taker {
  let text = Buffer.alloc(0);
  return {
    put(octets, at) {
      if (at === text.length && at + octets.length <= maxTextBytes) text = Buffer.concat([text, octets]);
    },
    whole() {
      tell({ event: 'text', text: text.toString() });
    },
  };
}

function fileTaker(file: string): Taker {
  const fd = openSync(file, 'w');
  let told = 0;
  return {
    put(octets, at) {
      // Written at once: as long as this process writes it does not read, and the relay holds the sender back.
      writeSync(fd, octets, 0, octets.length, at);
      const reached = at + octets.length;
      if (reached - told < progressBytes) return;
      told = reached;
      tell({ event: 'progress', octets: reached });
    },
    whole({ octets, pieces, contentType }) {
      closeSync(fd);
      void sha256Of(file).then((sha256) => {
        tell({ event: 'received', octets, pieces, contentType, sha256 });
      });
    },
  };
}

/** Of what lies on the disk, not of what went by. */
async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const part of createReadStream(file, { highWaterMark: chunkBytes })) hash.update(part as Buffer);
  return hash.digest('hex');
}

function count({ status }: Response): number {
  if (status === 200) statuses.accepted++;
  else statuses.refused++;
  return status;
}

function connected(): Endpoint {
  if (endpoint === undefined) throw new Error('not connected');
  return endpoint;
}

const client: Client = {
  async connect({ port, host, caFile, user, password }) {
    const socket = connect({ port, host: '127.0.0.1', servername: host, ca: readFileSync(caFile) });
    await once(socket, 'secureConnect');
    socket.setNoDelay(true);
    endpoint = new Endpoint(socket, user, owner);
    const usePath = await endpoint.auth(`msrps://${host}:${port};tcp`, user, password);
    return { path: [...usePath, endpoint.uri] };
  },

  async text({ path, text: words }) {
    const body = Buffer.from(words);
    const { answered } = await connected().send({
      path,
      messageId: randomBytes(12).toString('hex'),
      contentType: 'text/plain;charset=utf-8',
      start: 1,
      total: body.length,
      body,
      successReport: true,
    });
    return { status: count(await answered) };
  },

  async file({ path, file }): Promise<SentFile> {
    const handle = await open(file);
    const { size: total } = await handle.stat();
    const messageId = randomBytes(12).toString('hex');
    const answers: Promise<Response>[] = [];
    for (let start = 1; start <= total; start += chunkBytes) {
      const body = Buffer.allocUnsafe(Math.min(chunkBytes, total - start + 1));
      await handle.read(body, 0, body.length, start - 1);
      const contentType = 'application/octet-stream';
      const { answered } = await connected().send({
        path,
        messageId,
        contentType,
        start,
        total,
        body,
        successReport: true,
      });
      answers.push(answered);
    }
    await handle.close();
    const byStatus: Record<string, number> = {};
    for (const response of await Promise.all(answers)) {
      const status = count(response);
      byStatus[status] = (byStatus[status] ?? 0) + 1;
    }
    return { octets: total, chunks: answers.length, statuses: byStatus };
  },

  receiveInto({ file }) {
    target = file;
    return Promise.resolve({});
  },

  async finish() {
    finished = true;
    await endpoint?.close();
    return { rssBytes: process.resourceUsage().maxRSS * 1024, ...statuses };
  },
};

process.on('message', (message: Ask) => {
  const { ask, name, argument } = message;
  (client[name] as (argument: unknown) => Promise<unknown>)(argument).then(
    (result) => {
      tell({ answer: ask, result });
    },
    (error: unknown) => {
      tell({ answer: ask, error: error instanceof Error ? error.message : String(error) });
    },
  );
});
process.on('disconnect', () => process.exit(finished ? 0 : 1));
tell({ event: 'ready' });
