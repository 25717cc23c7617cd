// `npm run bench:micro -- [PATTERN]`: parts of the relay by themselves, and all of it without sockets. For each: time, and
// what one iteration leaves on the heap and costs in garbage collection.
import { run } from 'mitata';
import './parser.bench.js';
import './scheduler.bench.js';
import './digest.bench.js';
import './hop.bench.js';

await run({ filter: new RegExp(process.argv[2] ?? ''), throw: true });
// Timers of relays would keep the process alive.
process.exit();
