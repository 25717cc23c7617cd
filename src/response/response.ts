import type { Connection } from '../connection/types.js';
import type { Observer } from '../observe/types.js';
import type { Head } from '../wire/types.js';
import type { ResponseRoom } from './types.js';

/**
 * Reception of responses (chart 5). Those to SENDs end here, a bad one as a REPORT with the same code; those to other
 * requests go back the way their request came. Nothing is ever answered to a response.
 */
export class Response implements ResponseRoom {
  private readonly observer: Observer;

  constructor(observer: Observer) {
    this.observer = observer;
  }

  receive(connection: Connection, head: Head): void {
    if (head.flaw !== undefined || head.whole === undefined) {
      this.drop(connection, 'unparsable');
      return;
    }
    const { scheduler } = connection;
    const { transactions } = scheduler;
    const slot = transactions.find(head.view, head.tid.start, head.tid.end);
    if (slot < 0) {
      this.drop(connection, 'unmatched');
      return;
    }
    const back = transactions.wayBack(slot);
    const route = transactions.route(slot);
    if (back !== undefined) {
      transactions.complete(slot);
      back.answered(head);
    } else if (head.status >= 200 && head.status < 300) {
      transactions.complete(slot);
    } else {
      const comment = head.bytes.toString('utf8', head.comment.start, head.comment.end);
      route!.pieceFailed(scheduler.refused(slot, head.status, comment));
    }
    scheduler.answered();
  }

  private drop(connection: Connection, reason: 'unparsable' | 'unmatched'): void {
    this.observer.note({ name: 'responseDropped', connection: connection.info, reason });
  }
}
