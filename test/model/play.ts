import type { Setting, Step } from './commands.js';
import { judge } from './judge.js';
import { World } from './world.js';

/** Plays a sequence, lets everything come to rest, and tells what was wrong: nothing, it should be. */
export async function faultsOf(settings: Setting, sequence: readonly Step[]): Promise<string[]> {
  const world = new World(settings);
  await world.begin();
  for (const step of sequence) await world.take(step);
  await world.calmDown();
  const faults = judge(world);
  return [...faults, ...(await residueOf(world, settings.closesFirst))];
}

/** What is left behind although nothing should be. */
async function residueOf(world: World, closesFirst: boolean): Promise<string[]> {
  const { clock, relay, network, lines } = world;
  const left: string[] = [];
  const nothing = (what: string, count: number): void => {
    if (count !== 0) left.push(`left behind: ${what} ${count}`);
  };
  nothing('held connections', lines.filter((line) => line.held && world.isUp(line)).length);
  nothing('connections', world.stats.connections.open - lines.filter((line) => world.isUp(line)).length);
  const [least, most] = world.liveTokens;
  const { open } = world.stats.sessions;
  if (open < least || open > most) left.push(`left behind: ${open} sessions of ${least} to ${most}`);
  const beforeMs = clock.nowMs();
  if (closesFirst) {
    await clock.until(relay.close({ drainMs: 100_000 }));
    if (clock.nowMs() - beforeMs > 20_000)
      left.push(`left behind: something to drain for ${clock.nowMs() - beforeMs} ms`);
    for (const line of lines) line.end.destroy();
    await clock.elapse(100);
  } else {
    for (const line of lines) line.end.destroy();
    await clock.elapse(6_000);
    nothing('connections after all left', world.stats.connections.open);
    nothing('sessions after all left', world.stats.sessions.open);
    // The relay keeps the wake-up it has asked for, also when nothing is due then.
    await clock.elapse(100_000_000);
    nothing('timers after all left', clock.pendingTimers);
    await clock.until(relay.close());
  }
  nothing('open sessions without end', world.openSessions);
  nothing('open connections at the end', world.stats.connections.open);
  nothing('timers', clock.pendingTimers);
  nothing('open ends', network.openEnds);
  return left;
}
