import { expect, it } from 'vitest';
import type { Command, Setting, Step } from './commands.js';
import { judge } from './judge.js';
import { faultsOf } from './play.js';
import { World } from './world.js';

const plain: Setting = {
  seed: 0,
  link: { bufferBytes: 700, reportWritten: 'at-once' },
  limits: {},
  chain: false,
  closesFirst: false,
};

function play(
  commands: readonly (Command & { readonly settled?: boolean })[],
  over: Partial<Setting> = {},
): Promise<string[]> {
  const steps = commands.map(({ settled = false, ...command }): Step => ({ command, settled }));
  return faultsOf({ ...plain, ...over }, steps);
}

const way = { kind: 'to-client', token: 0, target: 0 } as const;

it('CONN-25 what becomes ready for a connection after its end was written is told as lost, not written', async () => {
  const faults = await play([
    { do: 'open', actor: 1, way: { ...way, token: 1 }, report: undefined },
    { do: 'answering', actor: 0, as: 200, settled: true },
    { do: 'malformed', actor: 0, how: 'garbage', way },
  ]);
  expect(faults).toEqual([]);
});

it('FWD-48 a client is read while it owes answers to its own messages', async () => {
  const faults = await play(
    [
      {
        do: 'send',
        actor: 1,
        way: { ...way, token: 0 },
        bytes: 30_000,
        chunkBytes: 3000,
        report: 'yes',
        range: true,
      },
    ],
    { limits: { maxTransactions: 4 } },
  );
  expect(faults).toEqual([]);
});

it('RESP-18 what waits of a message that was answered 413 is not sent, and its loss is told', async () => {
  const world = new World({ ...plain, limits: { maxUnwrittenBytes: 2048 } });
  await world.begin();
  const chunk: readonly Command[] = [
    { do: 'open', actor: 0, way: { kind: 'to-peer', token: 0, target: 2 }, report: 'yes' },
    { do: 'write', actor: 0, bytes: 3000, lookAlike: false },
    { do: 'close', actor: 0, flag: '+' },
  ];
  const commands: readonly Command[] = [
    { do: 'answering', actor: 4, as: 'keep' },
    ...chunk,
    { do: 'pause', actor: 4 },
    ...chunk,
    ...chunk,
    ...chunk,
    { do: 'answerKept', actor: 4, code: 413 },
    { do: 'resume', actor: 4 },
    ...chunk,
  ];
  for (const command of commands) await world.take({ command, settled: true });
  await world.calmDown();
  expect(judge(world)).toEqual([]);
  expect(world.pieces.map(({ request }) => [request.range?.start, request.body?.length, request.flag])).toEqual([
    [1, 3000, '+'],
    [3001, 2440, '#'],
  ]);
  const [sender] = world.lines;
  expect(
    sender!.client.reports.map((report) => [report.header('Byte-Range'), report.header('Status')?.slice(4, 7)]),
  ).toEqual([
    ['1-3000/*', '413'],
    ['3001-6000/*', '413'],
    ['6001-9000/*', '413'],
    ['9001-12000/*', '413'],
  ]);
  expect(world.messages[0]!.chunks.map(({ answer }) => answer?.code)).toEqual([200, 200, 200, 200, 413]);
});

it('XMIT-15 what comes of a message after it was stopped with # is refused', async () => {
  const world = new World({
    ...plain,
    limits: { maxUnwrittenBytes: 2048, maxRouteBytes: 8192, writeStallMs: 300_000 },
  });
  await world.begin();
  const message = { kind: 'to-peer', token: 0, target: 2 } as const;
  const commands: readonly Command[] = [
    { do: 'auth', actor: 0, session: 1, expires: undefined },
    { do: 'send', actor: 0, way: message, bytes: 10, chunkBytes: Infinity, report: 'yes', range: true },
    {
      do: 'send',
      actor: 0,
      way: { ...message, token: 1 },
      bytes: 10,
      chunkBytes: Infinity,
      report: 'yes',
      range: true,
    },
    { do: 'pause', actor: 4 },
    { do: 'open', actor: 0, way: message, report: 'yes' },
    { do: 'write', actor: 0, bytes: 30_000, lookAlike: false },
    { do: 'wait', ms: 31_000 },
    { do: 'close', actor: 0, flag: '+' },
    { do: 'open', actor: 0, way: message, report: 'yes' },
    { do: 'write', actor: 0, bytes: 10, lookAlike: false },
    { do: 'close', actor: 0, flag: '$' },
    { do: 'resume', actor: 4 },
  ];
  for (const command of commands) await world.take({ command, settled: true });
  await world.calmDown();
  expect(judge(world)).toEqual([]);
  expect(world.messages.at(-1)!.chunks.map(({ answer }) => answer?.code)).toEqual([200, 408]);
  expect(world.pieces.map(({ request }) => request.flag)).toEqual(['$', '$', '#']);
});

it('FWD-48 two relays that send each other back what came from the other do not wait for ever', async () => {
  const faults = await play(
    [
      {
        do: 'send',
        actor: 1,
        way: { ...way, token: 3, target: 3 },
        bytes: 30_000,
        chunkBytes: 3000,
        report: 'yes',
        range: true,
      },
    ],
    { chain: true, limits: { maxRelayBytes: 24_000, maxUnwrittenBytes: 1024, maxTransactions: 4 } },
  );
  expect(faults).toEqual([]);
});
