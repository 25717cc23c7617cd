import type { Connection, Connections } from '../connection/types.js';
import type { HopTarget } from '../hop/types.js';
import type { Limits } from '../limits.js';
import type { Traffic } from '../observe/types.js';
import { tidLetters, type FailedPiece } from '../transmission/types.js';
import { buildReport } from '../wire/head-writer.js';
import type { Ids } from '../wire/ids.js';
import { parseUri } from '../wire/uri.js';
import { mayOwe } from './owed.js';
import type { Reporter } from './types.js';

/** Tells the original sender, by REPORT, what became of a piece (FWD-19 to FWD-21). */
export class FailureReporter implements Reporter {
  private readonly connections: Connections;
  private readonly ids: Ids;
  private readonly traffic: Pick<Traffic, 'reportsMade'>;
  private readonly limits: Pick<Limits, 'maxSmallBytes'>;

  constructor(
    connections: Connections,
    ids: Ids,
    traffic: Pick<Traffic, 'reportsMade'>,
    limits: Pick<Limits, 'maxSmallBytes'>,
  ) {
    this.connections = connections;
    this.ids = ids;
    this.traffic = traffic;
    this.limits = limits;
  }

  report(source: Connection, paths: Buffer, piece: FailedPiece): boolean {
    const way = source.state === 'open' ? source : (this.towardsRelay(source, paths) ?? source);
    if (way.state === 'closed' || !mayOwe(way, this.limits)) return false;
    const empty = piece.octets === 0;
    const message = buildReport({
      tid: this.ids.text(tidLetters),
      paths,
      messageId: piece.messageId,
      byteRange: empty
        ? { start: 1, end: 0, total: 0 }
        : { start: piece.start, end: piece.start + piece.octets - 1, total: piece.total },
      code: piece.code,
      comment: piece.comment,
    });
    this.traffic.reportsMade++;
    way.scheduler.small(message, way, way !== source);
    return true;
  }

  /** A relay may be told over any connection, a new one if need be; whom a stranger names is never dialled (R35). */
  private towardsRelay(source: Connection, paths: Buffer): Connection | undefined {
    if (source.class !== 'relay') return undefined;
    const line = paths.toString('latin1', 0, paths.indexOf('\r\n'));
    const uri = parseUri(line.split(' ')[1] ?? '');
    if (uri?.port === undefined || uri.scheme !== 'msrps' || !source.covers(uri.host)) return undefined;
    const target: HopTarget = { scheme: 'msrps', host: uri.host, port: uri.port };
    const { connections } = this;
    return (
      connections.relay(uri.host) ?? connections.dialled(target) ?? connections.dial(target, `relay ${uri.host}`)
    );
  }
}
