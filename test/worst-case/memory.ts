import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
// Code that has not run for some collections would be forgotten, and what is measured would be smaller for that.
setFlagsFromString('--no-flush-bytecode');
// What V8 notes of each function is made at its first call, not after some.
setFlagsFromString('--no-lazy-feedback-allocation');
const collectGarbage = runInNewContext('gc') as () => void;

export const KiB = 1024;
export const MiB = 1024 * KiB;

/** Octets this process holds after collections: objects, and what buffers have beside them. Not its resident set. */
async function heldBytes(): Promise<number> {
  let held = Infinity;
  for (let i = 0; i < mostCollections; i++) {
    const before = held;
    collectGarbage();
    // Buffers that died are counted until the event loop has turned.
    await new Promise((resolve) => setImmediate(resolve));
    // `arrayBuffers` is a part of `external`.
    held = objectBytes() + process.memoryUsage().external;
    if (i >= fewestCollections && before - held < KiB) break;
  }
  return held;
}

/** Compiled code is left out: it comes when a function is hot, whatever is held. */
function objectBytes(): number {
  const spaces = getHeapSpaceStatistics().filter(({ space_name: name }) => !name.startsWith('code'));
  return spaces.reduce((sum, { space_used_size: used }) => sum + used, 0);
}

const fewestCollections = 6;
const mostCollections = 16;

/** What `work` leaves behind, for each of so many alike. With FIGURES=1 in the environment it is printed. */
export async function heldBy(work: () => unknown, alike = 1): Promise<number> {
  const before = await heldBytes();
  await work();
  const held = ((await heldBytes()) - before) / alike;
  if (process.env['FIGURES'] === '1') console.log(`held: ${(held / KiB).toFixed(1)} KiB, each of ${alike}`);
  return held;
}
