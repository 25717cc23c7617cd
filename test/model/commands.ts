import fc from 'fast-check';
import type { LinkOptions } from '../../src/testing/index.js';
import type { Limits } from '../../src/limits.js';

export type ReportWish = 'yes' | 'partial' | 'no' | undefined;

/** What a receiver does with requests: answers with a code, keeps them for `answerKept`, or is silent. */
export type Answering = number | 'keep' | 'never';

/** Numbers name things modulo how many there are, so that any sequence makes sense, and shrinks. */
export type Command =
  | { readonly do: 'connect'; readonly actor: number }
  | { readonly do: 'auth'; readonly actor: number; readonly session: number; readonly expires: number | undefined }
  | { readonly do: 'authWrong'; readonly actor: number; readonly how: 'password' | 'expires' | 'plain' }
  | {
      readonly do: 'send';
      readonly actor: number;
      readonly way: Way;
      readonly bytes: number;
      readonly chunkBytes: number;
      readonly report: ReportWish;
      readonly range: boolean;
    }
  | { readonly do: 'open'; readonly actor: number; readonly way: Way; readonly report: ReportWish }
  | { readonly do: 'write'; readonly actor: number; readonly bytes: number; readonly lookAlike: boolean }
  | { readonly do: 'close'; readonly actor: number; readonly flag: '$' | '+' | '#' }
  | { readonly do: 'answering'; readonly actor: number; readonly as: Answering }
  | { readonly do: 'answerKept'; readonly actor: number; readonly code: number }
  | { readonly do: 'answerEarly'; readonly actor: number; readonly code: number }
  | { readonly do: 'answerAgain'; readonly actor: number; readonly code: number }
  | { readonly do: 'answerNothing'; readonly actor: number }
  | { readonly do: 'pause' | 'resume'; readonly actor: number }
  | { readonly do: 'leave'; readonly actor: number; readonly how: 'destroy' | 'reset' | 'end' }
  | { readonly do: 'dialled'; readonly actor: number; readonly as: 'accept' | 'refuse' | 'never' }
  | { readonly do: 'nickname'; readonly actor: number; readonly way: Way }
  | { readonly do: 'report'; readonly actor: number; readonly which: number }
  | { readonly do: 'malformed'; readonly actor: number; readonly how: Malformed; readonly way: Way }
  | { readonly do: 'wait'; readonly ms: number };

export type Malformed = 'no-message-id' | 'bad-range' | 'two-from' | 'not-ours' | 'garbage';

/** Which path to send along. */
export interface Way {
  readonly kind: 'to-peer' | 'to-client' | 'bad-token' | 'wrong-way' | 'nowhere';
  readonly token: number;
  readonly target: number;
}

/** A command, and whether all that follows from it happens before the next one. */
export interface Step {
  readonly command: Command;
  readonly settled: boolean;
}

export interface Setting {
  readonly seed: number;
  readonly link: LinkOptions;
  readonly limits: Partial<Limits>;
  /** Clients reach the world through a second relay behind theirs, where all others are. */
  readonly chain: boolean;
  /** At the end the relay closes with its connections open, or after them. */
  readonly closesFirst: boolean;
}

const actor = fc.nat(7);
const oneOf = fc.constantFrom;

const way: fc.Arbitrary<Way> = fc.record({
  kind: fc.oneof(
    { weight: 6, arbitrary: oneOf<Way['kind']>('to-peer') },
    { weight: 6, arbitrary: oneOf<Way['kind']>('to-client') },
    { weight: 1, arbitrary: oneOf<Way['kind']>('bad-token', 'wrong-way', 'nowhere') },
  ),
  token: fc.nat(5),
  target: fc.nat(5),
});

const report = oneOf<ReportWish>(undefined, undefined, 'yes', 'partial', 'no');
const bytes = oneOf(0, 1, 10, 300, 2047, 2048, 2049, 5000, 9000, 30_000);
const codes = oneOf(200, 413, 415, 481);

const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ do: oneOf('connect' as const), actor }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: oneOf('auth' as const),
      actor,
      session: fc.nat(1),
      expires: oneOf(undefined, 60, 100),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: oneOf('authWrong' as const),
      actor,
      how: oneOf('password' as const, 'expires' as const, 'plain' as const),
    }),
  },
  {
    weight: 10,
    arbitrary: fc.record({
      do: oneOf('send' as const),
      actor,
      way,
      bytes,
      chunkBytes: oneOf(Infinity, Infinity, 1000, 3000, 9000),
      report,
      range: fc.boolean(),
    }),
  },
  { weight: 5, arbitrary: fc.record({ do: oneOf('open' as const), actor, way, report }) },
  {
    weight: 8,
    arbitrary: fc.record({ do: oneOf('write' as const), actor, bytes, lookAlike: fc.boolean() }),
  },
  {
    weight: 5,
    arbitrary: fc.record({ do: oneOf('close' as const), actor, flag: oneOf('$' as const, '$', '+', '#') }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: oneOf('answering' as const),
      actor,
      as: oneOf<Answering>(200, 413, 415, 'keep', 'never'),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: oneOf('answerKept' as const), actor, code: codes }) },
  { weight: 3, arbitrary: fc.record({ do: oneOf('answerEarly' as const), actor, code: codes }) },
  { weight: 1, arbitrary: fc.record({ do: oneOf('answerAgain' as const), actor, code: codes }) },
  { weight: 1, arbitrary: fc.record({ do: oneOf('answerNothing' as const), actor }) },
  { weight: 4, arbitrary: fc.record({ do: oneOf('pause' as const, 'resume' as const), actor }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: oneOf('leave' as const),
      actor,
      how: oneOf('destroy' as const, 'reset' as const, 'end' as const),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: oneOf('dialled' as const),
      actor,
      as: oneOf('accept' as const, 'refuse' as const, 'never' as const),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: oneOf('nickname' as const), actor, way }) },
  { weight: 2, arbitrary: fc.record({ do: oneOf('report' as const), actor, which: fc.nat(5) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: oneOf('malformed' as const),
      actor,
      how: oneOf<Malformed>('no-message-id', 'bad-range', 'two-from', 'not-ours', 'garbage'),
      way,
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: oneOf('wait' as const), ms: oneOf(1, 20, 1_000, 11_000, 31_000) }) },
);

export const steps: fc.Arbitrary<Step[]> = fc.array(fc.record({ command, settled: fc.boolean() }), {
  maxLength: 60,
  size: 'max',
});

export const setting = (chain: boolean): fc.Arbitrary<Setting> =>
  fc.record({
    chain: fc.constant(chain),
    seed: fc.nat(1_000_000),
    link: fc.record({
      split: oneOf(undefined, 'random' as const, 13),
      latencyMs: oneOf(0, 3),
      bufferBytes: oneOf(700, 4096, 65_536),
      reportWritten: oneOf('at-once' as const, 'later' as const),
    }) as fc.Arbitrary<LinkOptions>,
    // Two relays that hold each other over bounds this small lose their connection: that is for the direct case alone.
    limits: oneOf<Partial<Limits>>(
      {},
      { maxRouteBytes: 8192, maxUnwrittenBytes: 2048, turnBytes: 3000 },
      { maxSourceBytes: 9000, maxUnwrittenBytes: 4096, ...(chain ? {} : { maxSmallBytes: 600 }) },
      { maxRelayBytes: 24_000, maxUnwrittenBytes: 1024, ...(chain ? {} : { maxTransactions: 4 }) },
    ),
    closesFirst: fc.boolean(),
  });
