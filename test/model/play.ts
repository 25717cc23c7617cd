import type { RelayStats } from '../../src/index.js';
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
  return [...faults, ...(await residueOf(world, settings))];
}

/** What is left behind although nothing should be. */
async function residueOf(world: World, settings: Setting): Promise<string[]> {
  const { clock, network, lines } = world;
  const left: string[] = [];
  const nothing = (what: string, count: number): void => {
    if (count !== 0) left.push(`left behind: ${what} ${count}`);
  };
  nothing('held connections', lines.filter((line) => line.held && world.isUp(line)).length);
  const [least, most] = world.liveTokens;
  const open = sum(world, ({ sessions }) => sessions.open);
  if (open < least || open > most) left.push(`left behind: ${open} sessions of ${least} to ${most}`);
  // Both ends of the connections between relays.
  const between = sum(world, ({ connections }) => connections.open) - lines.filter((line) => world.isUp(line)).length;
  if (settings.chain ? ![0, 2, 4].includes(between) : between !== 0) left.push(`left behind: ${between} connections`);
  const beforeMs = clock.nowMs();
  if (settings.closesFirst) {
    for (const relay of world.relays) await clock.until(relay.close({ drainMs: 100_000 }));
    if (clock.nowMs() - beforeMs > 20_000) left.push(`left behind: a drain of ${clock.nowMs() - beforeMs} ms`);
    for (const line of lines) line.end.destroy();
    await clock.elapse(100);
  } else {
    for (const line of lines) line.end.destroy();
    await clock.elapse(6_000);
    nothing('connections after all left', settings.chain ? 0 : sum(world, ({ connections }) => connections.open));
    nothing('sessions after all left', settings.chain ? 0 : sum(world, ({ sessions }) => sessions.open));
    // The relay keeps the wake-up it has asked for, also when nothing is due then.
    await clock.elapse(100_000_000);
    nothing(
      'connections after a day',
      sum(world, ({ connections }) => connections.open),
    );
    nothing(
      'sessions after a day',
      sum(world, ({ sessions }) => sessions.open),
    );
    nothing('timers after a day', clock.pendingTimers);
    for (const relay of world.relays) await clock.until(relay.close());
  }
  nothing('open sessions without end', world.openSessions);
  nothing(
    'open connections at the end',
    sum(world, ({ connections }) => connections.open),
  );
  nothing('timers', clock.pendingTimers);
  nothing('open ends', network.openEnds);
  return left;
}

function sum(world: World, of: (stats: RelayStats) => number): number {
  return world.relays.reduce((total, relay) => total + of(relay.stats()), 0);
}
