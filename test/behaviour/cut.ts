import type { Party, Registered, World } from './harness.js';

/** Waits until so many octets of the body under way have come to this party; a few may still be unseen by its parser. */
export async function arrived(world: World, party: Party, octets: number): Promise<void> {
  await world.when(() => (party.incoming?.bodyBytes ?? 0) > octets - 48);
}

/** Interrupts the piece that is under way to `hop`: a 200 to a message of its own, to somebody else, has to pass. */
export async function cut(world: World, hop: Party, other: Registered): Promise<void> {
  const before = hop.requests.length;
  const sent = hop.send({ to: [other.token, other.uri], body: 'let me through' });
  await world.when(() => hop.requests.length > before && sent.answer !== undefined);
}
