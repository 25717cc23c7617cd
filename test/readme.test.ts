import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer, type AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { connect } from 'node:tls';
import { pathToFileURL } from 'node:url';
import { generate } from 'selfsigned';
import { afterAll, expect, it } from 'vitest';
import { filesUnder } from './tools/files.js';
import { root } from './tools/steps.js';

const readme = readFileSync(join(root, 'README.md'), 'utf8');
const program = readFileSync(join(root, 'examples/quick-start.ts'), 'utf8');

mkdirSync(join(root, '.tmp'), { recursive: true });
const folder = mkdtempSync(join(root, '.tmp/readme-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

it('README.md shows examples/quick-start.ts', () => {
  const blocks = [...readme.matchAll(/^```ts\n([^]*?)^```$/gm)].map((match) => match[1]);
  expect(blocks).toEqual([program]);
});

it('the program of README.md is a relay that challenges AUTH', async () => {
  const port = await freePort();
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'relay.example.com' }], {
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: 'relay.example.com' }] }],
  });
  writeFileSync(join(folder, 'cert.pem'), cert);
  writeFileSync(join(folder, 'key.pem'), key);
  expect(program).toContain('port: 2855');
  writeFileSync(join(folder, 'program.ts'), program.replace('port: 2855', `port: ${port}, host: '127.0.0.1'`));

  const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
  const child = spawn(process.execPath, ['--import', tsx, 'program.ts'], {
    cwd: folder,
    env: { ...process.env, TSX_TSCONFIG_PATH: join(root, 'examples/tsconfig.json') },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const closed = once(child, 'close');
  const stop = new AbortController();
  try {
    const answer = await Promise.race([auth(port, cert, stop.signal), closed.then(() => 'the program ended')]);
    expect(answer).toMatch(/^MSRP a1b2c3d4 401 /);
    expect(answer).toContain('WWW-Authenticate: Digest realm="relay.example.com"');
  } finally {
    stop.abort();
    child.kill('SIGKILL');
    await closed;
  }
});

it('links in README.md and docs lead to files', () => {
  const pages = ['README.md', ...filesUnder('docs', '.md').map((name) => `docs/${name}`)];
  const lost = pages.flatMap((page) =>
    [...readFileSync(join(root, page), 'utf8').matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)]
      .map((match) => match[1]!)
      .filter((link) => !existsSync(join(root, dirname(page), link)))
      .map((link) => `${page}: ${link}`),
  );
  expect(lost).toEqual([]);
});

it('commands in README.md exist', () => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  const known = ['ci', 'cit', 'start', ...Object.keys(scripts).map((name) => `run ${name}`)];
  const named = [...readme.matchAll(/\bnpm (run [\w:]+|\w+)/g)].map((match) => match[1]!);
  expect(named).toEqual(expect.arrayContaining(['ci', 'start', 'run demo', 'cit', 'run check']));
  expect(named.filter((name) => !known.includes(name))).toEqual([]);
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Sends AUTH as soon as the relay listens; resolves with its answer. */
function auth(port: number, ca: string, stop: AbortSignal): Promise<string> {
  return new Promise((resolve) => {
    const attempt = (): void => {
      if (stop.aborted) return;
      const socket = connect({ port, host: '127.0.0.1', servername: 'relay.example.com', ca });
      let answer = '';
      socket.on('error', () => setTimeout(attempt, 100));
      socket.on('secureConnect', () => {
        socket.write(
          'MSRP a1b2c3d4 AUTH\r\nTo-Path: msrps://relay.example.com;tcp\r\n' +
            'From-Path: msrps://client.invalid:2855/s1;tcp\r\n-------a1b2c3d4$\r\n',
        );
      });
      socket.on('data', (octets: Buffer) => {
        answer += octets.toString();
        if (!answer.endsWith('-------a1b2c3d4$\r\n')) return;
        socket.destroy();
        resolve(answer);
      });
    };
    attempt();
  });
}
