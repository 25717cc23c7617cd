import { isIP } from 'node:net';

import type { Timers } from '../timers.js';
import type { DialError, PeerFacts, RelaySocket, Transport } from '../transport/types.js';
import { createBreaker } from './breaker.js';
import type { Egress } from './egress.js';
import { orderSrv } from './srv.js';
import type { Dialler, HopFailure, HopTarget, Resolver } from './types.js';

const defaultPort = 2855;
/** What one hop may cost: records of a name, and addresses of a record, beyond these are not tried. */
const maxRecords = 8;
const maxAddresses = 8;

export interface DiallerOptions {
  readonly resolver: Resolver;
  readonly egress: Egress;
  /** The first that dials the target's scheme is used. */
  readonly transports: readonly Transport[];
  readonly timers: Pick<Timers, 'nowMs' | 'after'>;
  /** Resolving and dialling, all addresses together. */
  readonly dialTimeoutMs: number;
  randomFill(into: Uint8Array): void;
}

type Opened = { readonly socket: RelaySocket; readonly facts: PeerFacts };
type Address = { readonly address: string; readonly family: 4 | 6 };

/** Finds a next hop's addresses (RFC 4975 section 6.2, RFC 4976 section 8), lets the egress policy judge them, connects. */
export function createDialler(options: DiallerOptions): Dialler {
  const breaker = createBreaker(() => options.timers.nowMs());
  return {
    dial(target, opened, failed) {
      const hop = `${target.scheme}|${target.host}:${target.port ?? ''}`;
      const attempt = new Attempt(options, target, breaker.asleep(hop));
      let over = false;
      /** True once: for whichever of result, deadline and cancel comes first. */
      const first = (): boolean => {
        if (over) return false;
        over = true;
        stopDeadline();
        return true;
      };
      const fail = (failure: HopFailure): void => {
        if (!first()) return;
        if (failure.code === 408 && failure.reason !== 'hop-asleep') breaker.failed(hop);
        failed(failure);
      };
      const stopDeadline = options.timers.after(options.dialTimeoutMs, () => {
        attempt.abort();
        fail({ error: new Error('the next hop did not answer in time'), ...attempt.failure });
      });
      void attempt.run().then((result) => {
        if (!result) {
          fail(attempt.failure);
        } else if (first()) {
          breaker.succeeded(hop);
          opened(result.socket, result.facts);
        } else {
          result.socket.destroy();
        }
      });
      return () => {
        if (first()) attempt.abort();
      };
    },
  };
}

/** One attempt to reach a hop. `failure` always says how it would fail if it ended now. */
class Attempt {
  failure: HopFailure = { code: 408, reason: 'hop-unresolved' };
  readonly #abort = new AbortController();
  readonly #options: DiallerOptions;
  readonly #target: HopTarget;
  readonly #asleep: boolean;

  constructor(options: DiallerOptions, target: HopTarget, asleep: boolean) {
    this.#options = options;
    this.#target = target;
    this.#asleep = asleep;
    if (asleep) this.failure = { code: 408, reason: 'hop-asleep' };
  }

  abort(): void {
    this.#abort.abort();
  }

  #givenUp(): boolean {
    return this.#abort.signal.aborted;
  }

  /** Never rejects, and is never done before the next turn of the microtask queue. */
  async run(): Promise<Opened | undefined> {
    if (this.#asleep) return undefined;
    const { host, port } = this.#target;
    if (port !== undefined) return this.#reach(host, port);
    const records = await this.#services(host);
    if (!records) return this.#reach(host, defaultPort);
    for (const record of records.slice(0, maxRecords)) {
      const opened = await this.#reach(record.name, record.port);
      if (opened) return opened;
    }
    return undefined;
  }

  /** SRV records in order; undefined when there are none to go by. Only `_msrps` exists (RFC 4976 section 8). */
  async #services(host: string): Promise<readonly { name: string; port: number }[] | undefined> {
    if (this.#target.scheme !== 'msrps' || isIP(host) !== 0) return undefined;
    try {
      const records = await this.#options.resolver.srv(`_msrps._tcp.${host}`);
      return records.length === 0 ? undefined : orderSrv(records, (n) => this.#randomBelow(n));
    } catch {
      return undefined;
    }
  }

  async #reach(name: string, port: number): Promise<Opened | undefined> {
    if (this.#givenUp()) return undefined;
    const found = await this.#addresses(name);
    if (found.length === 0 || this.#givenUp()) return undefined;
    const addresses = found.filter(({ address }) => this.#options.egress.check(address, port)).slice(0, maxAddresses);
    if (addresses.length === 0) {
      this.#worse({ code: 403, reason: 'egress-refused' });
      return undefined;
    }
    this.#worse({ code: 408, reason: 'hop-unreachable' });
    const { scheme, host } = this.#target;
    try {
      const transport = this.#options.transports.find((each) => each.dials === scheme);
      if (!transport?.dial) throw new Error(`no transport dials ${scheme}`);
      return await transport.dial({ addresses, port, host, signal: this.#abort.signal });
    } catch (cause) {
      const error = cause instanceof Error ? cause : new Error(String(cause));
      const unverified = (error as DialError).unverified === true;
      this.#worse({ code: 408, reason: unverified ? 'hop-unverified' : 'hop-unreachable', error });
      return undefined;
    }
  }

  async #addresses(name: string): Promise<readonly Address[]> {
    const family = isIP(name);
    if (family !== 0) return [{ address: name, family: family === 6 ? 6 : 4 }];
    try {
      return checked(await this.#options.resolver.lookup(name));
    } catch (cause) {
      if (cause instanceof Error) this.#worse({ code: 408, reason: 'hop-unresolved', error: cause });
      return [];
    }
  }

  /** Of several records' failures the one that came furthest is told. */
  #worse(failure: HopFailure): void {
    if (depth(failure) >= depth(this.failure)) this.failure = failure;
  }

  #randomBelow(n: number): number {
    const octets = new Uint8Array(4);
    this.#options.randomFill(octets);
    return Math.floor((new DataView(octets.buffer).getUint32(0) / 2 ** 32) * n);
  }
}

/** A resolver is the host's code: what it gives may be anything. */
function checked(found: unknown): readonly Address[] {
  if (Array.isArray(found) && found.every(isAddress)) return found;
  throw new TypeError('the resolver gave no list of addresses');
}

function isAddress(one: unknown): one is Address {
  if (typeof one !== 'object' || one === null || !('address' in one)) return false;
  return typeof one.address === 'string' && isIP(one.address) !== 0;
}

const stages: readonly string[] = ['hop-unresolved', 'egress-refused', 'hop-unreachable', 'hop-unverified'];

function depth(failure: HopFailure): number {
  return stages.indexOf(failure.reason);
}
