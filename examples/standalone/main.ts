import { helpText, parseFlags, UsageError } from './flags.js';
import { startRelay } from './relay.js';
import { statsLine } from './stats-line.js';

/** How long messages under way may take when the relay is told to stop. */
const drainMs = 5_000;
/** npm passes a signal on that a terminal or supervisor has already sent to the whole group: one wish, not two. */
const sameWishMs = 1_000;

// What people read goes to stderr; stdout holds the ready line and nothing else. Nobody has to listen to either.
process.stdout.on('error', () => undefined);
process.stderr.on('error', () => undefined);
const tell = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

try {
  const flags = parseFlags(process.argv.slice(2));
  if (flags === 'help') process.stdout.write(helpText());
  else {
    const { relay, listeners } = await startRelay(flags, tell);
    let stoppingSince: number | undefined;
    const stop = (signal: NodeJS.Signals): void => {
      const now = performance.now();
      if (stoppingSince !== undefined) {
        if (now - stoppingSince > sameWishMs) process.exit(1);
        return;
      }
      stoppingSince = now;
      tell(`${signal}: finishing what is under way`);
      void relay.close({ drainMs }).then(() => process.exit(0));
    };
    process.on('SIGTERM', stop);
    process.on('SIGINT', stop);
    if (flags.statsEveryS !== undefined) {
      setInterval(() => {
        tell(statsLine(relay.stats(), process.memoryUsage.rss()));
      }, flags.statsEveryS * 1000).unref();
    }
    const ports = listeners.map(({ transport, port }) => ({ transport, port }));
    process.stdout.write(`${JSON.stringify({ ready: true, pid: process.pid, listeners: ports })}\n`);
  }
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  tell(`msrp-relay: ${error.message.replaceAll(/\s+/g, ' ')}`);
  process.exitCode = 1;
}
