import { readdirSync, readFileSync } from 'node:fs';

/** Clock ticks a second: a constant of Linux's interface. */
const ticksPerSecond = 100;

/** CPU time of processes in milliseconds, all threads, user and system. Undefined where there is no /proc. */
export function cpuMs(pids: readonly number[]): number | undefined {
  try {
    let ticks = 0;
    for (const pid of pids) {
      const fields = statOf(pid);
      ticks += Number(fields[11]) + Number(fields[12]);
    }
    return (ticks * 1000) / ticksPerSecond;
  } catch {
    return undefined;
  }
}

/** Resident memory of processes in octets. */
export function rssBytes(pids: readonly number[]): number {
  try {
    let kB = 0;
    for (const pid of pids) kB += Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
    return kB * 1024;
  } catch {
    return 0;
  }
}

/** A process and all that come from it. */
export function familyOf(pid: number): number[] {
  try {
    const all = readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
    const parents = new Map(all.map((one) => [one, parentOf(one)]));
    const family = [pid];
    for (const member of family) for (const [one, parent] of parents) if (parent === member) family.push(one);
    return family;
  } catch {
    return [pid];
  }
}

function parentOf(pid: number): number {
  try {
    return Number(statOf(pid)[1]);
  } catch {
    return 0;
  }
}

/** Fields of /proc/PID/stat from the third (state) on: the second may hold blanks. */
function statOf(pid: number): string[] {
  const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
  return text.slice(text.lastIndexOf(')') + 2).split(' ');
}
