import { Latency } from './latency.js';

/** What was sent and what arrived, by session; messages of one are numbered from 0 and must arrive in that order. */
export class Ledger {
  /** Number of the next message to be sent, the next to be answered, the next to arrive. */
  readonly next: Int32Array;
  readonly answered: Int32Array;
  readonly arrived: Int32Array;
  /** What arrived in all. */
  messages = 0;
  /** Body octets of bulk transfers. */
  bulkBytes = 0;
  /** Bulk chunks, as the relay cut them. */
  chunks = 0;
  latency = new Latency();
  /** When what is being read was there. */
  nowMs = 0;
  readonly faults: Record<string, number> = {};
  /** Its failures are what is wanted: the session whose receiver stalls. */
  forgiven = -1;
  private readonly sentAt: Float64Array;
  private readonly ring: number;

  /** `ring`, a power of two: messages of a session under way end to end. */
  constructor(sessions: number, ring: number) {
    this.next = new Int32Array(sessions);
    this.answered = new Int32Array(sessions);
    this.arrived = new Int32Array(sessions);
    this.sentAt = new Float64Array(sessions * ring);
    this.ring = ring;
  }

  /** May one more be under way? */
  hasRoom(session: number): boolean {
    return this.next[session]! - this.arrived[session]! < this.ring;
  }

  sending(session: number, dueMs: number): number {
    const number = this.next[session]!++;
    this.sentAt[session * this.ring + (number & (this.ring - 1))] = dueMs;
    return number;
  }

  arrives(session: number, number: number): void {
    const expected = this.arrived[session]!;
    if (number !== expected) {
      if (number < expected) {
        this.fault('duplicated', session);
        return;
      }
      this.fault('lost or reordered', session, number - expected);
    }
    this.arrived[session] = number + 1;
    this.messages++;
    this.latency.add(this.nowMs - this.sentAt[session * this.ring + (number & (this.ring - 1))]!);
  }

  answer(session: number, number: number): void {
    const expected = this.answered[session]!;
    if (number !== expected) this.fault('answers out of order', session);
    this.answered[session] = number + 1;
  }

  fault(what: string, session: number, times = 1): void {
    if (session !== this.forgiven) this.faults[what] = (this.faults[what] ?? 0) + times;
  }

  total(numbers: Int32Array): number {
    let total = 0;
    for (let session = 0; session < numbers.length; session++)
      if (session !== this.forgiven) total += numbers[session]!;
    return total;
  }
}
