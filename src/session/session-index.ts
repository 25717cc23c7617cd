import type { Owner } from './grant.js';
import type { LiveSession } from './session.js';

/** The live sessions of one relay by everything they are looked up by. */
export class SessionIndex {
  readonly byToken: Map<string, LiveSession> = new Map();
  readonly byId: Map<string, LiveSession> = new Map();
  readonly #nodeId: string;
  readonly #byConnection: Map<string, LiveSession[]> = new Map();
  readonly #countByUser: Map<string, number> = new Map();
  /** The newest session for each owner, user and From-Path. */
  readonly #byRenewal: Map<string, LiveSession> = new Map();

  constructor(nodeId: string) {
    this.#nodeId = nodeId;
  }

  add(session: LiveSession): void {
    this.byToken.set(session.token, session);
    this.byId.set(session.id, session);
    const { grant } = session;
    if (grant.user !== undefined) this.#countByUser.set(grant.user, this.countOfUser(grant.user) + 1);
    if (grant.kind !== 'auth') return;
    this.#byRenewal.set(renewalKey(grant.owner, grant.user, grant.fromPath), session);
    const connectionId = this.#connectionOf(grant.owner);
    if (connectionId === undefined) return;
    const owned = this.#byConnection.get(connectionId);
    if (owned === undefined) this.#byConnection.set(connectionId, [session]);
    else owned.push(session);
  }

  remove(session: LiveSession): void {
    this.byToken.delete(session.token);
    if (this.byId.get(session.id) === session) this.byId.delete(session.id);
    const { grant } = session;
    if (grant.user !== undefined) {
      const others = this.countOfUser(grant.user) - 1;
      if (others === 0) this.#countByUser.delete(grant.user);
      else this.#countByUser.set(grant.user, others);
    }
    if (grant.kind !== 'auth') return;
    const key = renewalKey(grant.owner, grant.user, grant.fromPath);
    if (this.#byRenewal.get(key) === session) this.#byRenewal.delete(key);
    const connectionId = this.#connectionOf(grant.owner);
    const owned = connectionId === undefined ? undefined : this.#byConnection.get(connectionId);
    if (owned === undefined) return;
    const others = owned.filter((one) => one !== session);
    if (others.length === 0) this.#byConnection.delete(connectionId!);
    else this.#byConnection.set(connectionId!, others);
  }

  /** In the order of opening. What was given out stays as it is when sessions end. */
  ownedBy(connectionId: string): readonly LiveSession[] {
    return this.#byConnection.get(connectionId) ?? [];
  }

  countOfUser(user: string): number {
    return this.#countByUser.get(user) ?? 0;
  }

  renewable(owner: Owner, user: string | undefined, fromPath: string): LiveSession | undefined {
    return this.#byRenewal.get(renewalKey(owner, user, fromPath));
  }

  #connectionOf(owner: Owner): string | undefined {
    return 'connection' in owner && owner.node === this.#nodeId ? owner.connection : undefined;
  }
}

function renewalKey(owner: Owner, user: string | undefined, fromPath: string): string {
  const hop = 'relay' in owner ? [owner.relay.toLowerCase()] : [owner.node, owner.connection];
  return JSON.stringify([hop, user ?? null, fromPath]);
}
