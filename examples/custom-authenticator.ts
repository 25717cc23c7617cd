import { createHash, randomBytes } from 'node:crypto';
import { createRelay, digestAuthenticator, nodeRuntime, type Authenticator, type AuthVerdict } from 'msrp-relay';
import { createMemoryNetwork, createMsrpClient } from 'msrp-relay/testing';

/** Tickets that the SIP server of this host has handed out, each for one user and one use. */
class Tickets {
  readonly #users = new Map<string, string>();

  issue(user: string): string {
    const ticket = randomBytes(24).toString('base64url');
    this.#users.set(digest(ticket), user);
    return ticket;
  }

  /** Looked up by hash: how long that takes tells nothing of the tickets there are. */
  redeem(ticket: string): string | undefined {
    const key = digest(ticket);
    const user = this.#users.get(key);
    this.#users.delete(key);
    return user;
  }
}

const digest = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Takes `Authorization: Bearer <ticket>` from clients that have one, and Digest from all others. */
function ticketOrDigest(tickets: Tickets, others: Authenticator, barred: ReadonlySet<string>): Authenticator {
  const judge = (user: string | undefined): AuthVerdict => {
    if (user === undefined) return { challenge: ['Bearer realm="tickets"'], why: 'wrong-credentials' };
    if (barred.has(user)) return { refuse: 403, why: 'barred', user };
    return { accept: { name: user, appData: { by: 'ticket' } } };
  };
  return {
    attach: (host) => others.attach?.(host),
    authenticate(request) {
      const [, ticket] = /^Bearer ([\w-]+)$/.exec(request.authorization ?? '') ?? [];
      return ticket === undefined ? others.authenticate(request) : judge(tickets.redeem(ticket));
    },
  };
}

const tickets = new Tickets();
const password = randomBytes(12).toString('hex');
const byDigest = digestAuthenticator({
  credentials: ({ username }) => (username === 'bob' ? { password } : undefined),
});

const runtime = nodeRuntime();
const network = createMemoryNetwork(runtime);
const relay = createRelay({
  hosts: ['relay.example.com'],
  transports: [network.transport({ name: 'tls', host: 'relay.example.com' })],
  authenticator: ticketOrDigest(tickets, byDigest, new Set(['mallory'])),
});
relay.on('sessionOpened', ({ session }) => {
  console.log('relaying for', session.user);
});
relay.on('authFailed', ({ reason, user, code }) => {
  console.log(code, reason, user ?? '');
});
await relay.listen();

const to = 'msrps://relay.example.com:2855;tcp';
const connect = (name: string) =>
  createMsrpClient(network.connect('relay.example.com:2855'), { uri: `msrps://${name}.invalid:2855/s1;tcp` });
const [alice, thief, mallory, bob] = [connect('alice'), connect('thief'), connect('mallory'), connect('bob')];
const bearer = (ticket: string) => ({ to, headers: [['Authorization', `Bearer ${ticket}`]] as const });

const ticket = tickets.issue('alice');
await alice.request('AUTH', bearer(ticket)).answered();
await thief.request('AUTH', bearer(ticket)).answered();
await mallory.request('AUTH', bearer(tickets.issue('mallory'))).answered();
await bob.auth({ relay: to, username: 'bob', password });

for (const client of [alice, thief, mallory, bob]) client.destroy();
await relay.close();
