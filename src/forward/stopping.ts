import type { Loss } from '../transmission/types.js';
import type { Chunk } from './chunk.js';
import { lossOf, type Decision } from './decision.js';

/** What must be reached of a route to send no more of what it has in line. */
export interface StoppableRoute {
  readonly chunks: Iterable<Chunk>;
  readonly from: { readonly refusedMessages: { add(message: string, code: number): void } };
  readonly to: Decision;
  messageKey(messageId: string): string;
  remove(chunk: Chunk): void;
  changed(): void;
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
  const chunk = [...route.chunks].at(-1);
  if (chunk !== undefined && chunk.end === undefined) giveUp(route, chunk, lossOf(route.to));
}

/** No more of a chunk in line will be sent: its open piece ends with `#` and fails with the rest of it. */
export function giveUp(route: StoppableRoute, chunk: Chunk, loss: Loss): void {
  if (route.to.next.scheduler.breakOff(chunk, loss)) return;
  route.remove(chunk);
  chunk.failed(loss.code, loss.reason, undefined);
  route.changed();
}
