import type { Job } from '../job.js';
import { Answers } from './answers.js';
import { BulkSource } from './bulk-source.js';
import { Ledger } from './ledger.js';
import type { Link } from './link.js';
import { Receiver } from './receiver.js';
import type { SessionPath } from './setup.js';
import { SmallTemplate } from './small-template.js';

/** Messages of one session under way end to end; with stalling receivers, enough to fill everything in between. */
const ringOf = (job: Job): number => (job.mode === 'stall' ? 16_384 : job.sessions > 500 ? 64 : 4096);

/** Both ends of all sessions. The first one is the bulk transfer where there is one. */
export class Traffic {
  readonly ledger: Ledger;
  readonly bulk: BulkSource[] = [];
  readonly links = new Set<Link>();
  /** Small messages are sent as fast as the window allows. */
  running = false;
  gone = 0;
  private opened = 0;
  private readonly templates: (SmallTemplate | undefined)[] = [];
  private readonly paths: SessionPath[] = [];
  private readonly job: Job;
  /** Sessions that may have room for more since this event began. */
  private readonly touched: number[] = [];
  private readonly isTouched: Uint8Array;
  private readonly readers = new Set<Link>();
  private readonly isAnswered: boolean;

  constructor(job: Job) {
    this.job = job;
    this.isAnswered = job.failureReport === 'yes';
    this.ledger = new Ledger(job.sessions, ringOf(job));
    this.isTouched = new Uint8Array(job.sessions);
  }

  add(session: number, path: SessionPath): void {
    const { job } = this;
    this.opened++;
    this.paths[session] = path;
    const isBulk = job.mode === 'bulk' || (job.mode === 'mixed' && session === 0);
    if (isBulk) {
      const source = new BulkSource(session, path, job.chunkBytes, job.bulkWindow);
      this.bulk[session] = source;
      path.sender.onWritten = () => {
        source.pump();
      };
    } else {
      this.templates[session] = new SmallTemplate(session, path, job.bodyBytes, job.failureReport);
    }
    this.read(path);
  }

  get sessions(): number {
    return this.opened;
  }

  /** Sends what the window of every session has room for. */
  start(): void {
    this.running = true;
    for (let session = 0; session < this.templates.length; session++) this.touch(session);
    this.refill(performance.now());
  }

  /** One small message, whatever waits. */
  sendOne(session: number, dueMs: number): void {
    const template = this.templates[session];
    if (template === undefined || !this.ledger.hasRoom(session)) return;
    const { sender } = this.paths[session]!;
    template.put(sender, this.ledger.sending(session, dueMs));
    sender.flush();
  }

  pauseReceiver(session: number): void {
    this.paths[session]?.receiver.pause();
  }

  /** Nothing is under way. */
  get isQuiet(): boolean {
    const { ledger } = this;
    const isBulkDone = this.bulk.every((one) => one.answered === one.chunks || !this.isAnswered);
    const sent = ledger.total(ledger.next);
    return (
      isBulkDone &&
      ledger.bulkBytes === this.bulkBytesSent &&
      sent === ledger.total(ledger.arrived) &&
      (!this.isAnswered || sent === ledger.total(ledger.answered))
    );
  }

  get bulkBytesSent(): number {
    return this.bulk.reduce((sum, one) => sum + one.bodyBytes, 0);
  }

  private read({ receiver, sender }: SessionPath): void {
    if (this.readers.has(receiver)) return;
    this.readers.add(receiver);
    for (const link of [receiver, sender]) {
      this.links.add(link);
      link.onGone = () => {
        this.gone++;
      };
    }
    const { ledger, isAnswered } = this;
    const touch = (session: number): void => {
      this.touch(session);
    };
    const done = (): void => {
      receiver.flush();
      this.refill(performance.now());
    };
    new Receiver(receiver, ledger, isAnswered, isAnswered ? this.arrivedWhenAnswered : touch, done);
    const chunkAnswered = (session: number): void => {
      const source = this.bulk[session]!;
      source.answered++;
      this.touch(session);
    };
    new Answers(sender, ledger, { answered: touch, chunkAnswered }, () => {
      this.refill(performance.now());
    });
  }

  /** Where messages are answered, an arrival makes room only for a sender that was stopped by the ledger's end. */
  private readonly arrivedWhenAnswered = (session: number): void => {
    const { next, answered } = this.ledger;
    if (next[session]! - answered[session]! < this.job.window) this.touch(session);
  };

  private touch(session: number): void {
    if (this.isTouched[session] === 1) return;
    this.isTouched[session] = 1;
    this.touched.push(session);
  }

  private refill(nowMs: number): void {
    const { touched, isTouched, paths } = this;
    for (const session of touched) {
      isTouched[session] = 0;
      const template = this.templates[session];
      if (template === undefined) this.bulk[session]!.pump();
      else if (this.running) this.fill(session, template, nowMs);
    }
    for (const session of touched) paths[session]!.sender.flush();
    touched.length = 0;
  }

  private fill(session: number, template: SmallTemplate, nowMs: number): void {
    const { ledger, job } = this;
    const { sender } = this.paths[session]!;
    const settled = this.isAnswered ? ledger.answered : ledger.arrived;
    while (ledger.next[session]! - settled[session]! < job.window && ledger.hasRoom(session)) {
      template.put(sender, ledger.sending(session, nowMs));
    }
  }
}
