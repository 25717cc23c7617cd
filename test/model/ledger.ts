import type { MemoryEnd, MsrpClient, OpenSend, ReceivedRequest, SentRequest } from '../../src/testing/index.js';
import type { Answering, ReportWish } from './commands.js';

/** Whoever speaks with the relay, over one connection after the other (a dialled one may have several). */
export interface Actor {
  readonly name: string;
  readonly kind: 'client' | 'peer' | 'dialled';
  /** Of its sessions; all but clients have one. */
  readonly uris: readonly string[];
  readonly secure: boolean;
  answering: Answering;
  /** What has happened to it that can keep a message from arriving. */
  readonly harm: Set<'left' | 'undiallable' | 'paused-long' | 'silent'>;
  line: Line | undefined;
}

/** One connection of an actor. */
export interface Line {
  readonly actor: Actor;
  readonly number: number;
  readonly client: MsrpClient;
  readonly end: MemoryEnd;
  readonly openedMs: number;
  /** Where the relay sees it. */
  readonly address: string;
  /** A dialled one was never on probation. */
  readonly dialled: boolean;
  /** When this side ended it, and when the relay had closed it. */
  leftAt: number | undefined;
  goneAt: number | undefined;
  /** What the relay said when it closed it. */
  goneReason: string | undefined;
  /** The relay has stopped reading it, now or before. */
  held: boolean;
  wasHeld: boolean;
  /** So long that the time of its answers has gone on. */
  wasHeldLong: boolean;
  heldSinceMs: number;
  pausedSinceMs: number | undefined;
  wasPaused: boolean;
  open: OpenChunk | undefined;
  busy: boolean;
  /** Answers that wait for the end of the chunk that is being written. */
  readonly waiting: (() => void)[];
  readonly kept: ReceivedRequest[];
  /** What it did that the relay may close it for. */
  readonly sins: Set<'misaddressed' | 'garbage'>;
  failures: number;
  successes: number;
}

export interface OpenChunk {
  readonly send: OpenSend;
  readonly chunk: Chunk;
}

export interface Token {
  readonly uri: string;
  readonly line: Line;
  readonly session: number;
  /** Expiry lies between these. */
  expiresMs: readonly [number, number];
  /** Dead not before, and surely after, these moments. */
  deadFrom: number;
  deadSince: number;
  /** What the second relay gave for the same session, bound to the first. */
  outer: Token | undefined;
}

/** Where a request goes, and what the relay should think of it while the tokens are alive. */
export interface Path {
  readonly to: readonly string[];
  readonly from: string;
  readonly tokens: readonly Token[];
  /** Those of them that the relay judges which the sender speaks to. What another one refuses is told by REPORT. */
  readonly gate: readonly Token[];
  /** 200: passes. */
  readonly verdict: 200 | 403 | 481 | 501;
  readonly target: Actor | undefined;
  /** The one connection it may arrive on, if there is just one. */
  readonly targetLine: Line | undefined;
  /** From-Path at the receiver. */
  readonly arrivesFrom: readonly string[];
}

export interface Message {
  readonly id: string;
  readonly line: Line;
  readonly path: Path;
  readonly report: ReportWish;
  body: Buffer;
  readonly chunks: Chunk[];
  /** Its last chunk has been sent. */
  over: boolean;
}

/** One SEND of a sender. */
export interface Chunk {
  readonly message: Message;
  readonly number: number;
  readonly sent: SentRequest;
  /** Position of the first octet. */
  readonly start: number;
  octets: number;
  readonly writtenAt: number;
  /** When which octets were written. */
  readonly writes: { readonly upTo: number; readonly atMs: number }[];
  flag: '$' | '+' | '#' | undefined;
  endedMs: number;
  /** Response, with the moment in which it came. */
  answer: { readonly code: number; readonly at: number } | undefined;
}

/** A SEND as it came to a receiver. */
export interface Piece {
  readonly line: Line;
  readonly request: ReceivedRequest;
  readonly message: Message | undefined;
  readonly atMs: number;
  readonly answers: Answer[];
}

export interface Answer {
  readonly code: number;
  readonly at: number;
  readonly atMs: number;
}

/** A request other than SEND and AUTH. */
export interface Asked {
  readonly line: Line;
  readonly path: Path;
  readonly sent: SentRequest;
  readonly method: string;
  readonly name: string;
  readonly writtenAt: number;
  readonly writtenMs: number;
  answer: { readonly code: number; readonly at: number } | undefined;
  readonly received: {
    readonly line: Line;
    readonly request: ReceivedRequest;
    readonly atMs: number;
    readonly answers: Answer[];
  }[];
}

/** A REPORT that an endpoint has sent. */
export interface SentReport {
  readonly line: Line;
  readonly sent: SentRequest;
  readonly messageId: string;
  readonly range: string;
  readonly to: readonly string[];
  readonly status: string;
}

/** A request that is refused whatever happens, and with what. */
export interface Refused {
  readonly line: Line;
  readonly sent: SentRequest;
  /** Undefined: silence, or one 481. */
  readonly code: number | undefined;
  readonly what: string;
}
