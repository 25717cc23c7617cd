import type { Limits } from '../limits.js';
import type { ConnectionEnd, HoldReason, Observer, Traffic } from '../observe/types.js';
import type { Cancel } from '../runtime.js';
import type { Timer, Timers } from '../timers.js';
import type { Loss, ReadingClock } from '../transmission/types.js';
import type { PeerFacts, RelaySocket, RelaySocketHandler } from '../transport/types.js';
import type { MessageSink } from '../wire/types.js';
import { anyUndecided, endDependents } from './dependents.js';
import type { Place, Standing } from './eviction.js';
import type { ConnectionInfo, PeerClass } from './info.js';
import type { ConnectionSink, DrivenScheduler, Parser } from './parts.js';
import { Probation } from './probation.js';
import { Reading, type TurnEnd } from './reading.js';
import type { Connection, ConnectionDependent } from './types.js';

/** How long a connection that is being closed may take to write what it has, and its peer to close too. */
const closingMs = 5_000;

export interface ConnectionDeps {
  readonly limits: Limits;
  readonly timers: Timers;
  readonly observer: Observer;
  readonly turnEnd: TurnEnd;
  readonly relayCertificate: 'required' | 'lenient';
  readonly unverifiedCertificate: 'ignore' | 'close';
  readonly newScheduler: (owner: ReadingClock & { writeStalled(): void; flushed(): void }) => DrivenScheduler;
  readonly newSink: (connection: Connection) => ConnectionSink;
  readonly newParser: (sink: MessageSink, socket: RelaySocket) => Parser;
  readonly traffic: Pick<Traffic, 'octetsIn'>;
  readonly classify: (facts: PeerFacts) => PeerClass;
  /** Sessions bound to it end first, then the registry forgets it. */
  readonly ended: (connection: RelayConnection) => void;
  /** It has been read or written, has had its first success. */
  readonly used: (connection: RelayConnection) => void;
  readonly proved: (connection: RelayConnection) => void;
  /** Nothing of it is left. */
  readonly closed: (connection: RelayConnection) => void;
  readonly hasLiveToken: (connection: Connection) => boolean;
}

/** What is known of a connection before its socket is there. */
export interface ConnectionIdentity {
  readonly id: string;
  readonly dialled: boolean;
  readonly facts: PeerFacts;
}

/** One transport connection that carries MSRP (chart 1): its life, its class, and whether it is read. */
export class RelayConnection implements Connection, RelaySocketHandler, ReadingClock {
  readonly id: string;
  readonly dialled: boolean;
  readonly scheduler: DrivenScheduler;
  readonly dependents: Set<ConnectionDependent> = new Set();
  state: Connection['state'] = 'connecting';
  facts: PeerFacts;
  class: PeerClass;
  /** Its place among those that give way when there are too many (CONN-21). */
  place: Place<RelayConnection> | undefined;
  octetsIn = 0;
  /** When octets last came or went, for idle closing (CONN-20). */
  private usedAtMs: number;
  private readonly deps: ConnectionDeps;
  private readonly probation: Probation;
  private readonly sink: ConnectionSink;
  private readonly idle: Timer;
  private readonly reading: Reading;
  private closing: Cancel | undefined;
  private parser: Parser | undefined;
  private socket: RelaySocket | undefined;
  private reason: ConnectionEnd = 'peer-closed';
  private ending = false;
  /** URIs were bound to it: what can not be delivered to it any more gets 481, not 408 (R26). */
  private wasOwner = false;

  constructor(deps: ConnectionDeps, { id, dialled, facts }: ConnectionIdentity) {
    this.deps = deps;
    this.id = id;
    this.dialled = dialled;
    this.facts = facts;
    this.class = deps.classify(facts);
    const { timers, limits } = deps;
    this.usedAtMs = timers.nowMs();
    this.reading = new Reading(deps, this);
    this.scheduler = deps.newScheduler(this);
    this.sink = deps.newSink(this);
    this.probation = new Probation(limits, timers, { dialled, isRelay: this.class === 'relay' }, this);
    this.idle = timers.timer(checkIdle, this);
  }

  get info(): ConnectionInfo {
    const { id, dialled, facts } = this;
    const { transport, secure, remote } = facts;
    return { id, class: this.class, dialled, transport, secure, remote };
  }

  get standing(): Standing {
    if (this.deps.hasLiveToken(this)) return 'with-token';
    return this.probation.passed ? 'without-token' : 'probation';
  }

  get smallBytes(): number {
    return this.scheduler.smallBytes;
  }

  get undecided(): boolean {
    return anyUndecided(this.dependents);
  }

  get running(): boolean {
    return this.reading.running;
  }

  activeMs(): number {
    return this.reading.activeMs();
  }

  covers(host: string): boolean {
    return this.class === 'relay' && this.facts.certificate!.covers(host);
  }

  // --- life

  /** The socket is there: what has been queued leaves, what comes in is read. */
  open(socket: RelaySocket, facts: PeerFacts): void {
    this.facts = facts;
    this.class = this.deps.classify(facts);
    this.state = 'open';
    this.socket = socket;
    this.parser = this.deps.newParser(this.sink, socket);
    this.deps.observer.note({ name: 'connectionOpened', connection: this.info });
    this.used();
    if (this.deps.limits.idleMs > 0) this.idle.setAt(this.usedAtMs + this.deps.limits.idleMs);
    socket.start(this);
    const mayRelay = !this.dialled || facts.gaveOurCertificate === true || this.deps.relayCertificate === 'lenient';
    this.scheduler.open(socket, mayRelay);
    if (!mayRelay) endDependents(this.dependents, ({ relayTraffic }) => relayTraffic === true);
    this.reading.begin(socket);
    const unverified = !this.dialled && facts.certificate?.verified === false;
    if (unverified && this.deps.unverifiedCertificate === 'close') this.close('unverified-certificate');
  }

  /** A connection that was to be dialled can not be made. */
  failed(loss: Loss): void {
    if (this.state === 'connecting') this.finish(loss);
  }

  close(reason: ConnectionEnd): void {
    if (this.state === 'closing' || this.state === 'closed') return;
    this.reason = reason;
    if (this.state === 'connecting') {
      this.finish({ code: 408, reason: 'connection-lost' });
      return;
    }
    this.state = 'closing';
    this.stopReading();
    this.leave(reason === 'peer-closed');
    const { timers, limits } = this.deps;
    this.closing = timers.after(closingMs + (this.undecided ? limits.hookTimeoutMs : 0), () => {
      this.socket?.destroy();
    });
    if (reason === 'write-stalled' || (reason === 'evicted' && !this.probation.passed)) this.socket!.destroy();
    else this.scheduler.pump();
  }

  succeeded(): void {
    if (this.probation.passed) return;
    this.probation.succeeded();
    this.deps.proved(this);
  }

  requestFailed(): void {
    this.probation.requestFailed();
  }

  authFailed(): void {
    this.probation.authFailed();
  }

  authSucceeded(): void {
    this.probation.authSucceeded();
  }

  decided(): void {
    if (this.state !== 'closing') return;
    this.deps.timers.after(0, () => {
      this.flushed();
    });
  }

  hold(reason: HoldReason, key: object): void {
    this.reading.hold(reason, key);
  }

  release(key: object): void {
    this.reading.release(key);
  }

  rest(): void {
    this.reading.rest();
  }

  // --- from the socket

  onData(octets: Buffer): void {
    if (this.state !== 'open') return;
    this.used();
    this.octetsIn += octets.length;
    this.deps.traffic.octetsIn += octets.length;
    this.parser!.push(octets);
    this.deps.turnEnd.relieve();
  }

  onWritten(totalBytes: number): void {
    this.scheduler.written(totalBytes);
  }

  /** The peer will send no more: what it is owed is still written (CONN-25). */
  onEnd(): void {
    this.close('peer-closed');
  }

  onClose(why?: Error): void {
    if (this.state === 'open') this.reason = why === undefined ? 'peer-closed' : 'peer-reset';
    this.finish({ code: 408, reason: this.reason === 'write-stalled' ? 'write-stalled' : 'connection-lost' }, why);
  }

  // --- from the scheduler

  writeStalled(): void {
    this.close('write-stalled');
  }

  flushed(): void {
    this.used();
    if (this.state !== 'closing' || this.ending || !this.scheduler.drained || this.undecided) return;
    this.ending = true;
    // Nothing can be written any more, and no answer would be read.
    this.scheduler.lost(this.lossOf({ code: 408, reason: 'connection-lost' }));
    this.socket!.end();
  }

  private used(): void {
    this.usedAtMs = this.deps.timers.nowMs();
    this.deps.used(this);
  }

  checkIdle(): void {
    const { idleMs } = this.deps.limits;
    const due = this.usedAtMs + idleMs;
    const nowMs = this.deps.timers.nowMs();
    if (nowMs < due) this.idle.setAt(due);
    else if (this.deps.hasLiveToken(this)) this.idle.setAt(nowMs + Math.min(idleMs, 60_000));
    else this.close('idle');
  }

  private stopReading(): void {
    this.parser?.stop();
    this.reading.throwAway();
    this.sink.cut();
  }

  /** No longer to be found, nothing new is sent here; what waits still is. */
  private leave(peerReads: boolean): void {
    this.wasOwner = this.deps.hasLiveToken(this);
    this.probation.end();
    this.idle.clear();
    endDependents(this.dependents, () => true, peerReads);
    this.deps.ended(this);
  }

  private lossOf(loss: Loss): Loss {
    return this.wasOwner ? { code: 481, reason: 'client-gone' } : loss;
  }

  private finish(loss: Loss, error?: Error): void {
    if (this.state === 'closed') return;
    if (this.state === 'closing') {
      endDependents(this.dependents, () => true);
    } else {
      this.stopReading();
      this.leave(false);
    }
    this.state = 'closed';
    this.reading.end();
    this.closing?.();
    this.scheduler.lost(this.lossOf(loss));
    if (this.socket !== undefined) {
      const { info, reason, octetsIn } = this;
      const { octetsOut } = this.scheduler;
      this.deps.observer.note({ name: 'connectionClosed', connection: info, reason, error, octetsIn, octetsOut });
    }
    this.deps.closed(this);
  }
}

function checkIdle(connection: RelayConnection): void {
  connection.checkIdle();
}
