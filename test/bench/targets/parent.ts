import type { FromTarget, ToTarget } from '../job.js';

/** Tells the parent where this process listens, and does what it says. Ends with the parent. */
export function serveParent(ports: FromTarget): void {
  process.on('message', (told: ToTarget) => {
    if (told === 'stop') process.exit(0);
    (globalThis as { gc?: () => void }).gc?.();
  });
  process.on('disconnect', () => {
    process.exit(0);
  });
  process.send?.(ports);
}
