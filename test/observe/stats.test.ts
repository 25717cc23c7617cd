import { describe, expect, it } from 'vitest';
import { noTraffic, Stats } from '../../src/observe/stats.js';
import { facts, names } from './facts.js';

describe('stats', () => {
  it('are all zero in the beginning', () => {
    expect(new Stats(noTraffic()).snapshot()).toEqual({
      connections: { open: 0, opened: 0, closed: {}, refused: {}, held: {}, heldMs: 0 },
      sessions: { open: 0, opened: 0, renewed: 0, closed: {} },
      authFailures: {},
      requestsRefused: {},
      responsesDropped: {},
      deliveriesFailed: {},
      hops: { dialled: 0, failed: {} },
      hostCodeFailures: {},
      listenerErrors: 0,
      traffic: {
        sendsIn: 0,
        sendsOut: 0,
        octetsIn: 0,
        octetsOut: 0,
        responsesIn: 0,
        responsesOut: 0,
        reportsMade: 0,
      },
    });
  });

  it('count every fact by its reason', () => {
    const traffic = noTraffic();
    const stats = new Stats(traffic);
    for (const name of names) stats.count(facts[name]);
    stats.count(facts.connectionOpened);
    stats.count({ ...facts.connectionOpened });
    stats.count(facts.sessionOpened);
    stats.count(facts.connectionReleased);
    stats.count(facts.requestRefused);
    stats.count({ ...facts.requestRefused, reason: 'wrong-direction', code: 403 });
    stats.listenerErrors++;
    traffic.sendsIn = 9;
    expect(stats.snapshot()).toEqual({
      connections: {
        open: 2,
        opened: 3,
        closed: { idle: 1 },
        refused: { 'handshake-failed': 1 },
        held: { 'route-full': 1 },
        heldMs: 80,
      },
      sessions: { open: 1, opened: 2, renewed: 1, closed: { kicked: 1 } },
      authFailures: { 'wrong-credentials': 1 },
      requestsRefused: { 'unknown-token': 2, 'wrong-direction': 1 },
      responsesDropped: { unmatched: 1 },
      deliveriesFailed: { timeout: 1 },
      hops: { dialled: 1, failed: { 'hop-unreachable': 1 } },
      hostCodeFailures: { 'sessions.find': 1 },
      listenerErrors: 1,
      traffic: {
        sendsIn: 9,
        sendsOut: 0,
        octetsIn: 0,
        octetsOut: 0,
        responsesIn: 0,
        responsesOut: 0,
        reportsMade: 0,
      },
    });
  });

  it('are a picture of their moment', () => {
    const traffic = noTraffic();
    const stats = new Stats(traffic);
    const before = stats.snapshot();
    traffic.octetsIn = 5;
    stats.count(facts.authFailed);
    expect(before.traffic.octetsIn).toBe(0);
    expect(before.authFailures).toEqual({});
  });
});
