import { parseArgs } from 'node:util';
import { demo } from './demo.js';

try {
  const { values } = parseArgs({ options: { megabytes: { type: 'string', default: '256' } } });
  const megabytes = Number(values.megabytes);
  if (!Number.isInteger(megabytes) || megabytes < 1 || megabytes > 65_536) {
    throw new Error(`--megabytes wants a whole number from 1 to 65536, not ${JSON.stringify(values.megabytes)}`);
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
  await demo(megabytes, process.stdout);
} catch (error) {
  process.stderr.write(`demo failed: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
