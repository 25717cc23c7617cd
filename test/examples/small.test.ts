import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { root } from '../tools/steps.js';

it.each([
  ['testing-your-server.ts', /^all as it should be, after \d+ ms of test time\n$/],
  [
    'custom-authenticator.ts',
    /^relaying for alice\n401 wrong-credentials \n403 barred mallory\n401 challenged \nrelaying for bob\n$/,
  ],
  [
    'bring-your-own-socket.ts',
    /^client at 198\.51\.100\.7 51234\nrelaying for alice\n200 msrps:\/\/relay\.example\.com:2855\/…;tcp\n$/,
  ],
])('examples/%s does what it shows, and ends', { timeout: 60_000 }, async (name, output) => {
  const child = spawn(process.execPath, ['--import', 'tsx', join('examples', name)], {
    cwd: root,
    env: { ...process.env, TSX_TSCONFIG_PATH: join(root, 'examples/tsconfig.json') },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const stuck = setTimeout(() => child.kill('SIGKILL'), 50_000);
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (octets: Buffer) => (stdout += octets.toString()));
  child.stderr.on('data', (octets: Buffer) => (stderr += octets.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  clearTimeout(stuck);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(output);
});
