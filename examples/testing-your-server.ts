import assert from 'node:assert/strict';
import { createRelay, digestAuthenticator, type Relay, type RelayOptions } from 'msrp-relay';
import { collectEvents, createMemoryNetwork, createMsrpClient, createTestClock } from 'msrp-relay/testing';

/** The code under test: how your server makes its relay. What touches the world is an argument. */
function makeRelay(world: Pick<RelayOptions, 'transports' | 'resolver' | 'runtime'>): Relay {
  const passwords = new Map([
    ['alice', 'open sesame'],
    ['bob', 'shibboleth'],
  ]);
  return createRelay({
    hosts: ['relay.example.com'],
    authenticator: digestAuthenticator({
      credentials: ({ username }) => {
        const password = passwords.get(username);
        return password === undefined ? undefined : { password };
      },
    }),
    ...world,
  });
}

const clock = createTestClock();
const network = createMemoryNetwork(clock, { latencyMs: 20 });
const relay = makeRelay({
  transports: [network.transport({ name: 'tls', host: 'relay.example.com' })],
  resolver: network.resolver,
  runtime: clock,
});
const events = collectEvents(relay);
await clock.until(relay.listen());

// Two clients, each with a connection of its own, get their URIs.
const relayUri = 'msrps://relay.example.com:2855;tcp';
const connect = (name: string) =>
  createMsrpClient(network.connect('relay.example.com:2855'), { uri: `msrps://${name}.invalid:2855/${name}1;tcp` });
const alice = connect('alice');
const bob = connect('bob');
const forAlice = await clock.until(alice.auth({ relay: relayUri, username: 'alice', password: 'open sesame' }));
const forBob = await clock.until(bob.auth({ relay: relayUri, username: 'bob', password: 'shibboleth' }));
assert.equal(forAlice.code, 200);
assert.equal(forBob.code, 200);

// A message passes the URIs of both.
const path = [...forAlice.usePath, ...forBob.usePath, bob.uri];
const sent = alice.send({ to: path, body: 'hello', successReport: 'yes' });
assert.equal((await clock.until(sent.answered())).code, 200);
const received = await clock.until(bob.nextRequest());
assert.equal(received.text, 'hello');
bob.report(received);
assert.equal((await clock.until(alice.nextReport())).header('Status'), '000 200 OK');

// Bob stops answering: 30 seconds later, in no time, Alice is told.
bob.answer = 'never';
alice.send({ to: path, body: 'are you there?' });
const report = await clock.until(alice.nextReport());
assert.equal(report.header('Status'), '000 408 Request Timeout');
assert.equal(events.of('deliveryFailed')[0]?.reason, 'timeout');

// Bob is gone: his URI is dead.
bob.end();
await clock.elapse(1_000);
assert.equal(events.of('sessionClosed')[0]?.reason, 'connection-closed');
assert.equal((await clock.until(alice.send({ to: path, body: 'hello?' }).answered())).code, 481);

// Nothing is left behind, and the relay has broken no rule of the grammar.
alice.end();
await clock.until(relay.close());
assert.deepEqual([...alice.violations, ...bob.violations], []);
assert.deepEqual({ connections: network.openEnds, timers: clock.pendingTimers }, { connections: 0, timers: 0 });
console.log('all as it should be, after', clock.nowMs(), 'ms of test time');
