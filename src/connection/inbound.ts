import type { AuthRoom } from '../auth/types.js';
import type { ForwardRoom, ForwardSource, Receiver, Refuser } from '../forward/types.js';
import type { Limits } from '../limits.js';
import type { Traffic } from '../observe/types.js';
import type { RelayRoom } from '../relay/types.js';
import type { ResponseRoom } from '../response/types.js';
import { flawKind, type Flaw } from '../wire/flaw.js';
import { splitPath } from '../wire/path.js';
import type { Flag, Head, MessageSink } from '../wire/types.js';
import type { MsrpUri } from '../wire/uri.js';
import type { Connection } from './types.js';

/** The rooms a message may be handed to, and what is asked before. */
export interface Rooms {
  readonly auth: AuthRoom;
  readonly relay: RelayRoom;
  readonly forward: ForwardRoom;
  readonly response: ResponseRoom;
  readonly refuser: Refuser;
  readonly limits: Limits;
  readonly isOwn: (uri: MsrpUri, arrivedPlain: boolean) => boolean;
  readonly isAuthTarget: (uri: MsrpUri) => boolean;
  readonly traffic: Pick<Traffic, 'responsesIn'>;
}

/** Whatever is still to come of a message nobody wants. */
const nobody: Receiver = { octets() {}, ended() {}, cut() {} };

/** Chart 1, from "Next event on the connection" on: every message of one connection is handed to its room. */
export class Inbound implements MessageSink {
  private readonly rooms: Rooms;
  private readonly connection: Connection;
  private readonly source: ForwardSource;
  private receiver: Receiver = nobody;

  constructor(rooms: Rooms, connection: Connection) {
    this.rooms = rooms;
    this.connection = connection;
    this.source = rooms.forward.sourceOf(connection);
  }

  onHead(head: Head): boolean {
    let receiver: Receiver | 'taken' = nobody;
    if (head.kind === 'request') {
      receiver = this.request(head);
    } else {
      this.rooms.traffic.responsesIn++;
      this.rooms.response.receive(this.connection, head);
    }
    if (receiver === 'taken') return true;
    const { whole } = head;
    if (whole === undefined) {
      this.receiver = receiver;
      return false;
    }
    const { body, flag } = whole;
    if (body.end > body.start) receiver.octets(head.bytes.subarray(body.start, body.end));
    receiver.ended(flag);
    return true;
  }

  onBody(octets: Buffer): void {
    this.receiver.octets(octets);
  }

  onEnd(flag: Flag): void {
    const { receiver } = this;
    this.receiver = nobody;
    receiver.ended(flag);
  }

  onLost(flaw: Flaw): void {
    this.cut();
    this.connection.close(flawKind(flaw) === 'excessive' ? 'excessive' : 'framing-lost');
  }

  /** The connection is gone, or is no longer listened to. */
  cut(): void {
    const { receiver } = this;
    this.receiver = nobody;
    receiver.cut();
  }

  private request(head: Head): Receiver | 'taken' {
    const { flaw } = head;
    if (flaw === undefined) {
      const known = this.rooms.forward.known(this.source, head);
      if (known !== undefined) return known;
    } else if (flawKind(flaw) === 'unaddressed') {
      return this.notForUs(head, flaw);
    }
    return this.addressed(head);
  }

  /** "First To-Path URI is one of ours?", then AUTH or RELAY. */
  private addressed(head: Head): Receiver | 'taken' {
    const { rooms, connection } = this;
    const toPath = splitPath(head.bytes, head.toPath, rooms.limits.maxUrisPerPath, 'to');
    if ('flaw' in toPath) {
      const kind = flawKind(toPath.flaw);
      if (kind === 'unaddressed') return this.notForUs(head, toPath.flaw);
      return rooms.refuser.refuse(connection, head, { code: 400, reason: toPath.flaw, closes: kind === 'excessive' });
    }
    const { first, uris } = toPath;
    const isAuth = head.method === 'AUTH';
    const ours = rooms.isOwn(first, !connection.facts.secure) || (isAuth && rooms.isAuthTarget(first));
    if (!ours) return this.notForUs(head, 'not-for-this-relay');
    if (head.flaw !== undefined && flawKind(head.flaw) === 'excessive') {
      return rooms.refuser.refuse(connection, head, { code: 400, reason: head.flaw, closes: true });
    }
    if (!isAuth || uris.length > 1) return rooms.relay.receive(this.source, head, toPath);
    return this.auth(head, uris);
  }

  private auth(head: Head, to: readonly string[]): Receiver {
    const { rooms, connection } = this;
    const fromPath = splitPath(head.bytes, head.fromPath, rooms.limits.maxUrisPerPath, 'from');
    const flaw = head.flaw ?? ('flaw' in fromPath ? fromPath.flaw : undefined);
    if (flaw !== undefined || 'flaw' in fromPath) {
      const reason = flaw ?? 'bad-from-path';
      return rooms.refuser.refuse(connection, head, { code: 400, reason, closes: flawKind(reason) === 'excessive' });
    }
    return rooms.forward.collect(connection, head, { toPath: to, fromPath: fromPath.uris }, (request) => {
      rooms.auth.receive(connection, request);
    });
  }

  /** RELAY-02, RELAY-03: the connection is dropped; a SEND that wants an answer gets one 481 before. */
  private notForUs(head: Head, reason: 'not-for-this-relay' | Flaw): Receiver {
    return this.rooms.refuser.refuse(this.connection, head, { code: 481, reason, closes: true });
  }
}
