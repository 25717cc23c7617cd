import type { EventEmitter } from 'eventemitter3';
import { publish } from './channels.js';
import type { RelayEvents } from './events.js';
import { writeDebug, writeLog } from './log.js';
import { safeEmit } from './safe-emit.js';
import { Stats, type RelayStats } from './stats.js';
import type { Fact, Logger, Observer, Traffic } from './types.js';

export interface ObserverDeps {
  /** Where the host's listeners are; the relay's private one. */
  readonly emitter: EventEmitter<RelayEvents>;
  readonly logger?: Logger | undefined;
  readonly nodeId: string;
  /** Incremented by those who move the octets, read by `stats()`. */
  readonly traffic: Readonly<Traffic>;
}

export interface RelayObserver extends Observer {
  stats(): RelayStats;
}

/**
 * The one place that turns a fact into its counter, log line, debug line, channel message and event, in this order: a
 * listener that asks for the stats sees the fact counted.
 */
export function createObserver(deps: ObserverDeps): RelayObserver {
  const { emitter, logger, nodeId } = deps;
  const stats = new Stats(deps.traffic);

  const note = (fact: Fact): void => {
    stats.count(fact);
    guarded('logger', () => {
      if (logger !== undefined) writeLog(logger, fact);
    });
    guarded('debug', () => {
      writeDebug(fact);
    });
    publish(nodeId, fact);
    emit(fact);
  };

  const guarded = (where: string, write: () => void): void => {
    try {
      write();
    } catch (error) {
      // Not by note(): that would call what failed again.
      const failure: Fact = { name: 'hostCodeFailed', where, error };
      stats.count(failure);
      emit(failure);
    }
  };

  const emit = (fact: Fact): void => {
    if (emitter.listenerCount(fact.name) === 0) return;
    const { name, ...event } = fact;
    safeEmit(emitter, name, event, (error) => {
      listenerFailed(name, error);
    });
  };

  const listenerFailed = (event: string, error: unknown): void => {
    stats.listenerErrors++;
    try {
      logger?.error({ event: 'listenerError', listener: event, err: error }, `listener failed: ${event}`);
    } catch {
      // The error itself is told by the event below.
    }
    if (event === 'listenerError') return;
    safeEmit(emitter, 'listenerError', { event, error }, (again) => {
      listenerFailed('listenerError', again);
    });
  };

  return { note, stats: () => stats.snapshot() };
}
