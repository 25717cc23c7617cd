import type { Connection } from '../connection/types.js';
import type { Loss } from '../transmission/types.js';
import type { Chunk } from './chunk.js';
import { lossOf, type Decision } from './decision.js';
import type { Refusal, Refuser } from './types.js';

/** What must be reached of a route to send no more of what it has in line. */
export interface StoppableRoute {
  readonly state: 'deciding' | 'open' | 'ended';
  readonly chunks: Iterable<Chunk>;
  /** The chunk that is still coming in. */
  readonly coming: Chunk | undefined;
  readonly full: boolean;
  readonly from: RouteSource;
  readonly to: Decision;
  messageKey(messageId: string): string;
  firstChunk(): Chunk | undefined;
  remove(chunk: Chunk): void;
  changed(): void;
}

/** The memory of its source. */
export interface RouteSource {
  readonly connection: Connection;
  readonly full: boolean;
  readonly routes: { servesOthersThan(route: StoppableRoute): boolean };
  readonly refusedMessages: { add(message: string, code: number): void };
}

/** The relay itself refuses a chunk whose octets are already coming (RESP-18); of one that has begun the rest fails. */
export function refuseLate(route: StoppableRoute, refuser: Refuser, chunk: Chunk, refusal: Refusal): void {
  const { code } = refusal;
  route.from.refusedMessages.add(route.messageKey(chunk.messageId.toString('latin1')), code);
  if (chunk.begunYet) {
    giveUp(route, chunk, { code, reason: 'refused-late' });
    return;
  }
  route.remove(chunk);
  refuser.refuseKept(
    route.from.connection,
    chunk,
    refusal,
    route.state === 'deciding' ? undefined : route.to.sessions[0],
  );
  chunk.refused();
  route.changed();
}

/** Messages of a line that stands still and keeps others of its source waiting fail, until it does not (XMIT-15). */
export function giveWay(route: StoppableRoute): boolean {
  if (route.state === 'deciding' || !route.from.routes.servesOthersThan(route)) return false;
  for (let chunk = route.firstChunk(); chunk !== undefined; chunk = route.firstChunk()) {
    if (!route.full && !route.from.full) break;
    chunk.giveWay();
  }
  return true;
}

/** No more of a message will be sent: neither what is still to come, nor what waits (RESP-18, RESP-19, XMIT-15). */
export function stopMessage(route: StoppableRoute, messageId: Buffer, loss: Loss): void {
  route.from.refusedMessages.add(route.messageKey(messageId.toString('latin1')), loss.code);
  for (const chunk of [...route.chunks]) {
    if (chunk.messageId.equals(messageId)) giveUp(route, chunk, loss);
  }
}

/** The next hop takes only what is complete: it will not be kept open for what is still coming in (FWD-39). */
export function breakOff(route: StoppableRoute): void {
  if (route.coming !== undefined) giveUp(route, route.coming, lossOf(route.to));
}

/** No more of a chunk in line will be sent: its open piece ends with `#` and fails with the rest of it. */
export function giveUp(route: StoppableRoute, chunk: Chunk, loss: Loss): void {
  if (route.to.next.scheduler.breakOff(chunk, loss)) return;
  route.remove(chunk);
  chunk.failed(loss.code, loss.reason, undefined);
  route.changed();
}
