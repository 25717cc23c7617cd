import type { Connection } from '../connection/types.js';
import type { Limits } from '../limits.js';
import type { DeliveryFailure, Observer } from '../observe/types.js';
import type { WayBack } from '../transmission/types.js';
import { responseTail } from '../wire/head-writer.js';
import { viewOf } from '../wire/octets.js';
import { canonicalFields, headerValue } from '../wire/fields.js';
import type { Head } from '../wire/types.js';
import { parseUri, type MsrpUri } from '../wire/uri.js';
import { mayOwe } from './owed.js';
import type { ForwardedOver, ForwardedRequest, WayBacks } from './types.js';

export interface WayBackDeps {
  readonly limits: Pick<Limits, 'maxSmallBytes'>;
  readonly observer: Observer;
  readonly isOwn: (uri: MsrpUri) => boolean;
  /** An AUTH with credentials has been refused at `host` for this client; how many in a row that makes (AUTH-31). */
  readonly remoteAuth: (origin: Connection, host: string, refused: boolean) => void;
}

/** Way back of one request: the connection it came by, its transaction id, its own URIs on the path (RESP-11). */
class RequestWayBack implements WayBack {
  private readonly deps: WayBackDeps;
  private readonly origin: Connection;
  private readonly tid: Buffer;
  private readonly method: string;
  private readonly over: ForwardedOver;
  private readonly withCredentials: boolean;

  constructor(deps: WayBackDeps, origin: Connection, request: ForwardedRequest, over: ForwardedOver) {
    this.deps = deps;
    this.origin = origin;
    this.tid = request.tid;
    this.method = request.method;
    this.over = over;
    this.withCredentials = request.method === 'AUTH' && request.header('Authorization') !== undefined;
  }

  answered(response: Head): void {
    const paths = this.shifted(response);
    if (paths === undefined) this.drop('not-for-this-relay');
    else if (!this.reachable) this.drop('way-back-gone');
    else this.passOn(response, paths);
  }

  failed(code: number, reason: DeliveryFailure): void {
    const { origin, tid } = this;
    if (this.reachable) {
      origin.scheduler.response(viewOf(tid), 0, tid.length, responseTail(code, this.over.backPaths), origin);
    }
    this.over.noteFailure(this.method, code, reason, this.reachable ? 'response' : 'nobody');
  }

  private get reachable(): boolean {
    const { state } = this.origin;
    return (state === 'open' || state === 'closing') && mayOwe(this.origin, this.deps.limits);
  }

  private drop(reason: 'not-for-this-relay' | 'way-back-gone'): void {
    this.deps.observer.note({ name: 'responseDropped', connection: this.origin.info, reason });
  }

  /** Our URIs, as many as the request passed, from the front of To-Path to the front of From-Path, one after the other. */
  private shifted({ bytes, toPath, fromPath }: Head): string | undefined {
    const to = bytes.toString('latin1', toPath.start, toPath.end).split(' ');
    let from = bytes.toString('latin1', fromPath.start, fromPath.end);
    for (let i = 0; i < this.over.ownUris; i++) {
      const own = to.shift();
      const uri = own === undefined ? undefined : parseUri(own);
      if (own === undefined || uri === undefined || !this.deps.isOwn(uri)) return undefined;
      from = `${own} ${from}`;
    }
    return to.length === 0 ? undefined : `To-Path: ${to.join(' ')}\r\nFrom-Path: ${from}\r\n`;
  }

  private passOn(response: Head, paths: string): void {
    const { bytes, comment, status } = response;
    const text = comment.end > comment.start ? Buffer.from(bytes.subarray(comment.start - 1, comment.end)) : none;
    const message = Buffer.concat([
      msrp,
      this.tid,
      Buffer.from(` ${String(status).padStart(3, '0')}`),
      text,
      Buffer.from(`\r\n${paths}`, 'latin1'),
      canonicalFields(response),
      hyphens,
      this.tid,
      end,
    ]);
    this.origin.scheduler.small(message, this.origin);
    if (!this.withCredentials) return;
    const stale = /\bstale\s*=\s*"?true/i.test(headerValue(response, 'WWW-Authenticate') ?? '');
    if (status === 401 && !stale) this.deps.remoteAuth(this.origin, this.over.nextHost, true);
    else if (status === 200) this.deps.remoteAuth(this.origin, this.over.nextHost, false);
  }
}

export function wayBacks(deps: WayBackDeps): WayBacks {
  return { open: (origin, request, over) => new RequestWayBack(deps, origin, request, over) };
}

const none = Buffer.alloc(0);
const msrp = Buffer.from('MSRP ');
const hyphens = Buffer.from('-------');
const end = Buffer.from('$\r\n');
