import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { format, stripVTControlCharacters } from 'node:util';
import debug from 'debug';
import { EventEmitter } from 'eventemitter3';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { RelayEvents } from '../../src/observe/events.js';
import { createObserver, type RelayObserver } from '../../src/observe/observe.js';
import { noTraffic } from '../../src/observe/stats.js';
import type { Logger, Traffic } from '../../src/observe/types.js';
import { cause, connection, facts, names } from './facts.js';

interface Bench {
  readonly emitter: EventEmitter<RelayEvents>;
  readonly observer: RelayObserver;
  readonly traffic: Traffic;
}

function bench(logger?: Logger): Bench {
  const emitter = new EventEmitter<RelayEvents>();
  const traffic = noTraffic();
  return { emitter, traffic, observer: createObserver({ emitter, logger, nodeId: 'node1', traffic }) };
}

function keepingLogger(): Logger & { readonly lines: unknown[] } {
  const lines: unknown[] = [];
  const at =
    (level: string) =>
    (obj: object, msg: string): void => {
      lines.push([level, msg, obj]);
    };
  return { lines, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

const fails = (): never => {
  throw cause;
};

describe('events', () => {
  it.each(names)('%s comes with its fields and without its name', (name) => {
    const { emitter, observer } = bench();
    const heard = vi.fn();
    emitter.on(name, heard);
    observer.note(facts[name]);
    expect(heard.mock.calls).toEqual([[{ ...facts[name], name: undefined }]]);
    expect(heard.mock.calls[0]).not.toHaveProperty('0.name');
  });

  it('a listener that throws harms neither the others nor the relay', () => {
    const { emitter, observer } = bench();
    const after = vi.fn();
    const told = vi.fn();
    emitter.on('hopDialled', fails);
    emitter.on('hopDialled', after);
    emitter.on('listenerError', told);
    observer.note(facts.hopDialled);
    expect(after).toHaveBeenCalledTimes(1);
    expect(told.mock.calls).toEqual([[{ event: 'hopDialled', error: cause }]]);
    expect(observer.stats().listenerErrors).toBe(1);
  });

  it('a listener of listenerError that throws is logged, and told to nobody', () => {
    const logger = keepingLogger();
    const { emitter, observer } = bench(logger);
    const told = vi.fn(fails);
    emitter.on('listenerError', told);
    emitter.on('hopDialled', fails);
    observer.note(facts.hopDialled);
    expect(told).toHaveBeenCalledTimes(1);
    expect(logger.lines.slice(1)).toEqual([
      ['error', 'listener failed: hopDialled', { event: 'listenerError', listener: 'hopDialled', err: cause }],
      ['error', 'listener failed: listenerError', { event: 'listenerError', listener: 'listenerError', err: cause }],
    ]);
    expect(observer.stats().listenerErrors).toBe(2);
  });

  it('once() means once, also when it throws or causes the same event', () => {
    const { emitter, observer } = bench();
    const always = vi.fn();
    const once = vi.fn(() => {
      observer.note(facts.hopDialled);
      fails();
    });
    emitter.once('hopDialled', once);
    emitter.on('hopDialled', always);
    observer.note(facts.hopDialled);
    expect(once).toHaveBeenCalledTimes(1);
    expect(always).toHaveBeenCalledTimes(2);
    expect(emitter.listenerCount('hopDialled')).toBe(1);
  });

  it('a listener sees the fact counted', () => {
    const { emitter, observer } = bench();
    const open: number[] = [];
    emitter.on('connectionOpened', () => open.push(observer.stats().connections.open));
    observer.note(facts.connectionOpened);
    observer.note(facts.connectionOpened);
    expect(open).toEqual([1, 2]);
  });
});

describe('the logger', () => {
  it('gets one line per fact, as grave as the fact', () => {
    const logger = keepingLogger();
    const { observer } = bench(logger);
    for (const name of names) observer.note(facts[name]);
    observer.note({ name: 'authFailed', connection, reason: 'challenged', code: 401 });
    expect(logger.lines.map((line) => (line as string[]).slice(0, 2).join(' '))).toEqual([
      'debug connection opened',
      'debug connection closed: idle',
      'debug connection refused: handshake-failed',
      'debug connection held: route-full',
      'debug connection released',
      'info session opened',
      'info session renewed',
      'info session closed: kicked',
      'info auth failed: wrong-credentials',
      'info remote auth failed',
      'debug request refused: unknown-token',
      'debug response dropped: unmatched',
      'info delivery failed: timeout',
      'debug hop dialled',
      'warn hop failed: hop-unreachable',
      'error host code failed: sessions.find',
      'debug auth failed: challenged',
    ]);
  });

  it('finds the fields in the object, an error under err as pino wants it', () => {
    const logger = keepingLogger();
    const { observer } = bench(logger);
    observer.note(facts.hopFailed);
    observer.note(facts.requestRefused);
    expect(logger.lines.map((line) => (line as unknown[])[2])).toEqual([
      { event: 'hopFailed', host: 'y.example', port: 2855, reason: 'hop-unreachable', err: cause },
      { event: 'requestRefused', connection, method: 'SEND', reason: 'unknown-token', code: 481 },
    ]);
  });

  it('may fail: told as hostCodeFailed, and the event comes all the same', () => {
    const { emitter, observer } = bench({ debug: fails, info: fails, warn: fails, error: fails });
    const heard = vi.fn();
    const failed = vi.fn();
    emitter.on('sessionOpened', heard);
    emitter.on('sessionOpened', fails);
    emitter.on('hostCodeFailed', failed);
    observer.note(facts.sessionOpened);
    expect(heard).toHaveBeenCalledTimes(1);
    expect(failed.mock.calls).toEqual([[{ where: 'logger', error: cause }]]);
    expect(observer.stats().hostCodeFailures).toEqual({ logger: 1 });
  });
});

describe('debug lines', () => {
  afterEach(() => {
    debug.disable();
    vi.restoreAllMocks();
  });

  /** What goes to the terminal for one fact of each name while `namespaces` are on. */
  function linesOf(namespaces: string): string[] {
    const lines: string[] = [];
    vi.spyOn(debug, 'log').mockImplementation((...args: unknown[]) =>
      lines.push(stripVTControlCharacters(format(...args))),
    );
    debug.enable(namespaces);
    const { observer } = bench();
    for (const name of names) observer.note(facts[name]);
    return lines;
  }

  it('have the connection id first, each in its namespace', () => {
    const lines = linesOf('msrp-relay:*');
    expect(lines.map((line) => /msrp-relay:\S+ \S+ [a-z ]+/.exec(line)?.[0].trim())).toEqual([
      'msrp-relay:conn c7 connection opened',
      'msrp-relay:conn c7 connection closed',
      'msrp-relay:conn - connection refused',
      'msrp-relay:conn c7 connection held',
      'msrp-relay:conn c7 connection released',
      'msrp-relay:session c7 session opened',
      'msrp-relay:session - session renewed',
      'msrp-relay:session - session closed',
      'msrp-relay:auth c7 auth failed',
      'msrp-relay:auth c7 remote auth failed',
      'msrp-relay:router c7 request refused',
      'msrp-relay:router c7 response dropped',
      'msrp-relay:router - delivery failed',
      'msrp-relay:hop c7 hop dialled',
      'msrp-relay:hop - hop failed',
      'msrp-relay:store - host code failed',
    ]);
    expect(lines[0]).toContain("address: '192.0.2.1'");
    expect(lines[10]).toContain('code: 481');
  });

  it('cost nothing where their namespace is off', () => {
    expect(linesOf('msrp-relay:hop')).toHaveLength(2);
  });

  it('put the authenticator with AUTH and other code of the host with the router', () => {
    const lines: string[] = [];
    vi.spyOn(debug, 'log').mockImplementation((...args: unknown[]) =>
      lines.push(stripVTControlCharacters(format(...args))),
    );
    debug.enable('msrp-relay:auth,msrp-relay:router');
    const { observer } = bench();
    observer.note({ name: 'hostCodeFailed', where: 'authenticator', error: cause });
    observer.note({ name: 'hostCodeFailed', where: 'logger', error: cause });
    expect(lines.map((line) => /msrp-relay:\w+/.exec(line)?.[0])).toEqual(['msrp-relay:auth', 'msrp-relay:router']);
  });

  it('may fail', () => {
    vi.spyOn(debug, 'log').mockImplementation(fails);
    debug.enable('msrp-relay:hop');
    const { emitter, observer } = bench();
    const heard = vi.fn();
    emitter.on('hopDialled', heard);
    observer.note(facts.hopDialled);
    expect(heard).toHaveBeenCalledTimes(1);
    expect(observer.stats().hostCodeFailures).toEqual({ debug: 1 });
  });
});

describe('diagnostics channels', () => {
  it.each(names)('msrp-relay:%s carries the fact and says of which relay', (name) => {
    const { observer } = bench();
    const heard: unknown[] = [];
    const subscriber = (message: unknown): void => {
      heard.push(message);
    };
    subscribe(`msrp-relay:${name}`, subscriber);
    observer.note(facts[name]);
    unsubscribe(`msrp-relay:${name}`, subscriber);
    observer.note(facts[name]);
    expect(heard).toEqual([{ nodeId: 'node1', ...facts[name] }]);
  });
});
