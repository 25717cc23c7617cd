import type { ConnectionInfo, PeerClass } from '../../src/connection/info.js';
import type { Connection, ConnectionDependent, Connections } from '../../src/connection/types.js';
import type { HopTarget } from '../../src/hop/types.js';
import { defaultLimits } from '../../src/limits.js';
import { testCertificate } from '../../src/testing/certificate.js';
import type { Scheduler } from '../../src/transmission/types.js';
import type { PeerFacts } from '../../src/transport/types.js';
import { FrameParser } from '../../src/wire/frame-parser.js';
import type { Head } from '../../src/wire/types.js';

/** Hands over the head of the message while it is valid. */
export function withHead(text: string, use: (head: Head) => void): void {
  const parser = new FrameParser(
    {
      onHead(head) {
        use(head);
        return true;
      },
      onBody: () => undefined,
      onEnd: () => undefined,
      onLost: (flaw) => {
        throw new Error(flaw);
      },
    },
    defaultLimits,
    { framing: 'stream', identLength: 'lenient' },
  );
  parser.push(Buffer.from(text));
}

/** Lines of a message, each ended by CRLF. */
export const lines = (...all: readonly string[]): string => all.map((line) => `${line}\r\n`).join('');

export interface FakeWishes {
  readonly id?: string;
  readonly class?: PeerClass;
  /** Names of a verified certificate. */
  readonly names?: readonly string[];
  readonly dialled?: boolean;
  readonly state?: Connection['state'];
  readonly facts?: Partial<PeerFacts>;
  /** Octets that wait for it. */
  readonly smallBytes?: number;
}

/** A connection that writes down what it is told, and all that would leave on it. */
export class FakeConnection implements Connection {
  readonly id: string;
  readonly class: PeerClass;
  readonly dialled: boolean;
  readonly facts: PeerFacts;
  state: Connection['state'];
  readonly dependents = new Set<ConnectionDependent>();
  /** What was called, in order: `succeeded`, `requestFailed`, `close framing-lost`, … */
  readonly told: string[] = [];
  /** Messages, responses with the tid of their request. */
  readonly sent: string[] = [];
  readonly scheduler: Scheduler;
  readonly smallBytes: number;

  constructor(wishes: FakeWishes = {}) {
    const { names, facts } = wishes;
    this.id = wishes.id ?? 'c1';
    this.class = wishes.class ?? (names === undefined ? 'client' : 'relay');
    this.dialled = wishes.dialled ?? false;
    this.state = wishes.state ?? 'open';
    this.smallBytes = wishes.smallBytes ?? 0;
    const certificate = names && testCertificate(names);
    const remote = { address: '192.0.2.1', port: 5000 };
    this.facts = { transport: 'tls', secure: true, remote, ...(certificate && { certificate }), ...facts };
    this.scheduler = {
      response: (tids: DataView, start: number, end: number, tail: Buffer) => {
        const id = Buffer.from(tids.buffer, tids.byteOffset + start, end - start).toString('latin1');
        this.sent.push(`MSRP ${id}${tail.toString()}${id}$\r\n`);
      },
      small: (message: Buffer) => {
        this.sent.push(message.toString());
      },
    } as unknown as Scheduler;
  }

  get info(): ConnectionInfo {
    const { id, dialled, facts } = this;
    return { id, class: this.class, dialled, ...facts };
  }

  covers(host: string): boolean {
    return this.class === 'relay' && this.facts.certificate!.covers(host);
  }

  succeeded(): void {
    this.told.push('succeeded');
  }
  requestFailed(): void {
    this.told.push('requestFailed');
  }
  authFailed(): void {
    this.told.push('authFailed');
  }
  authSucceeded(): void {
    this.told.push('authSucceeded');
  }
  decided(): void {}
  hold(reason: string): void {
    this.told.push(`hold ${reason}`);
  }
  release(): void {
    this.told.push('release');
  }
  rest(): void {
    this.told.push('rest');
  }
  close(reason: string): void {
    this.told.push(`close ${reason}`);
  }
}

/** Connections as a test lays them out. Those dialled are made when asked for. */
export class FakeConnections implements Connections {
  readonly dials: string[] = [];
  readonly all: FakeConnection[] = [];
  readonly toHops = new Map<string, FakeConnection>();
  mayDial = true;

  byId(id: string): Connection | undefined {
    return this.all.find((one) => one.id === id);
  }

  dialled(target: HopTarget): Connection | undefined {
    return this.toHops.get(text(target));
  }

  relay(host: string): Connection | undefined {
    return this.all.find((one) => one.covers(host));
  }

  dial(target: HopTarget, user: string): Connection | undefined {
    this.dials.push(`${text(target)} for ${user}`);
    if (!this.mayDial) return undefined;
    const made = new FakeConnection({ id: text(target), dialled: true, state: 'connecting' });
    this.toHops.set(text(target), made);
    return made;
  }
}

const text = ({ scheme, host, port }: HopTarget): string => `${scheme}://${host}:${port ?? ''}`;
