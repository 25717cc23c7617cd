import { EventEmitter } from 'eventemitter3';
import { describe, expect, test } from 'vitest';
import type { RelayEvents } from '../../src/observe/events.js';
import { collectEvents } from '../../src/testing/collect-events.js';

describe('collectEvents', () => {
  test('keeps events of every name in their order', () => {
    const emitter = new EventEmitter<RelayEvents>();
    const events = collectEvents({ on: (name, listener) => emitter.on(name, listener as never) });
    const connection = { id: 'c1', class: 'client', dialled: false, transport: 'memory', secure: true } as const;
    const remote = { address: '198.51.100.1', port: 1 };
    emitter.emit('connectionOpened', { connection: { ...connection, remote } });
    emitter.emit('hostCodeFailed', { where: 'hook', error: 1 });
    emitter.emit('hostCodeFailed', { where: 'store', error: 2 });
    expect(events.names).toEqual(['connectionOpened', 'hostCodeFailed', 'hostCodeFailed']);
    expect(events.of('hostCodeFailed').map(({ where }) => where)).toEqual(['hook', 'store']);
    expect(events.of('hopFailed')).toEqual([]);
    events.clear();
    expect(events.names).toEqual([]);
  });
});
