import type { Connection } from '../connection/types.js';
import type { KeptRequest, Receiver, Refusal, Refuser } from '../forward/types.js';
import type { Limits } from '../limits.js';
import type { Observer } from '../observe/types.js';
import type { Session } from '../session/types.js';
import { pathLines, responseTail } from '../wire/head-writer.js';
import { viewOf } from '../wire/octets.js';
import { hasOuterShape } from '../wire/uri.js';
import type { Head } from '../wire/types.js';

/** The rest of a refused request: read to its end-line and thrown away (RELAY-21). Too long where that is bounded: closed. */
class Discarding implements Receiver {
  private octetsLeft: number;
  private readonly connection: Connection;

  constructor(connection: Connection, maxBytes: number) {
    this.connection = connection;
    this.octetsLeft = maxBytes;
  }

  octets(slice: Buffer): void {
    this.octetsLeft -= slice.length;
    if (this.octetsLeft < 0) this.connection.close('excessive');
  }

  ended(): void {}
  cut(): void {}
}

/**
 * Refusals (chart 3, from "400" on): an error response where one is due, silence for a REPORT and a SEND that wants none,
 * and the connection counts the failure.
 */
export class Refusals implements Refuser {
  private readonly observer: Observer;
  private readonly limits: Limits;

  constructor(observer: Observer, limits: Limits) {
    this.observer = observer;
    this.limits = limits;
  }

  refuse(connection: Connection, head: Head, refusal: Refusal, session?: Session): Receiver {
    const paths = answerPaths(head);
    const answerable = paths !== undefined && this.isAnswerable(head, refusal);
    if (answerable) {
      const { view, tid } = head;
      const tail = responseTail(refusal.code, paths);
      connection.scheduler.response(view, tid.start, tid.end, tail, connection);
    }
    const method = head.bytes.toString('latin1', head.methodName.start, head.methodName.end);
    this.note(connection, method, refusal, answerable ? refusal.code : 0, session);
    const bounded = head.method === 'SEND' ? Infinity : this.limits.maxDiscardedBodyBytes;
    return new Discarding(connection, bounded);
  }

  refuseKept(connection: Connection, kept: KeptRequest, refusal: Refusal, session?: Session): void {
    const { tid, answerable } = kept;
    const due = answerable && connection.state !== 'closed';
    if (due) {
      const tail = responseTail(refusal.code, kept.answerPaths);
      connection.scheduler.response(viewOf(tid), 0, tid.length, tail, connection);
    }
    this.note(connection, kept.method, refusal, due ? refusal.code : 0, session);
  }

  private isAnswerable(head: Head, refusal: Refusal): boolean {
    if (head.method === 'REPORT') return false;
    // Misaddressed: nothing but a SEND is told, all are dropped (RELAY-03).
    if (refusal.reason === 'not-for-this-relay' && head.method !== 'SEND') return false;
    return head.method !== 'SEND' || head.failureReport !== 'no' || head.flaw === 'bad-failure-report';
  }

  private note(connection: Connection, method: string, refusal: Refusal, code: number, session?: Session): void {
    const { reason } = refusal;
    if (session !== undefined) session.totals.toOwner.refused++;
    this.observer.note({
      name: 'requestRefused',
      connection: connection.info,
      session:
        session === undefined ? undefined : { id: session.id, user: session.grant.user, kind: session.grant.kind },
      method,
      reason,
      code,
    });
    if (refusal.closes === true) connection.close(refusal.code === 481 ? 'not-for-this-relay' : 'excessive');
    else connection.requestFailed();
  }
}

/**
 * To the previous hop alone for a SEND, along the whole way back for the rest (WIRE-38). What is no URI may not stand in an
 * answer either (XMIT-25): it is left out; undefined when there is nobody else to answer, or it was sent to.
 */
function answerPaths({ bytes, method, toPath, fromPath }: Head): Buffer | undefined {
  const from = bytes.toString('latin1', fromPath.start, fromPath.end).split(' ');
  const to = bytes.toString('latin1', toPath.start, toPath.end).split(' ', 1);
  if (!hasOuterShape(from[0]!) || !hasOuterShape(to[0]!)) return undefined;
  return pathLines(method === 'SEND' ? from[0]! : from.filter(hasOuterShape).join(' '), to[0]!);
}
