import debug from 'debug';
import type { ConnectionInfo } from '../connection/info.js';
import type { Fact, FactName, Logger, LogLevel } from './types.js';

/**
 * How grave each fact is. What a peer can cause again and again stands at `debug`: the counters tell the operator. What
 * the operator can mend is a warning.
 */
const levels: Readonly<Record<FactName, LogLevel>> = {
  connectionOpened: 'debug',
  connectionClosed: 'debug',
  connectionRefused: 'debug',
  connectionHeld: 'debug',
  connectionReleased: 'debug',
  sessionOpened: 'info',
  sessionRenewed: 'info',
  sessionClosed: 'info',
  authFailed: 'info',
  remoteAuthFailed: 'info',
  requestRefused: 'debug',
  responseDropped: 'debug',
  deliveryFailed: 'info',
  hopDialled: 'debug',
  hopFailed: 'warn',
  hostCodeFailed: 'error',
};

/** Reasons that are the first step of every AUTH. */
const routine: ReadonlySet<string> = new Set(['challenged', 'stale']);

/** One line per fact: `obj` with the fact's fields, `event` its name and `err` its error; `msg` in words. */
export function writeLog(logger: Logger, fact: Fact): void {
  const { name, error, ...fields } = fact as Fact & { readonly error?: unknown };
  const level = 'reason' in fact && routine.has(fact.reason) ? 'debug' : levels[name];
  logger[level]({ event: name, ...fields, ...(error === undefined ? {} : { err: error }) }, inWords(fact));
}

/** `deliveryFailed` with reason `timeout`: "delivery failed: timeout". */
function inWords(fact: Fact): string {
  const words = fact.name.replace(/[A-Z]/g, (capital) => ` ${capital.toLowerCase()}`);
  if ('reason' in fact) return `${words}: ${fact.reason}`;
  return 'where' in fact ? `${words}: ${fact.where}` : words;
}

type Namespace = 'conn' | 'auth' | 'router' | 'hop' | 'store' | 'session';

const namespaces: Readonly<Record<FactName, Namespace>> = {
  connectionOpened: 'conn',
  connectionClosed: 'conn',
  connectionRefused: 'conn',
  connectionHeld: 'conn',
  connectionReleased: 'conn',
  sessionOpened: 'session',
  sessionRenewed: 'session',
  sessionClosed: 'session',
  authFailed: 'auth',
  remoteAuthFailed: 'auth',
  requestRefused: 'router',
  responseDropped: 'router',
  deliveryFailed: 'router',
  hopDialled: 'hop',
  hopFailed: 'hop',
  hostCodeFailed: 'router',
};

const lines: Readonly<Record<Namespace, debug.Debugger>> = {
  conn: debug('msrp-relay:conn'),
  auth: debug('msrp-relay:auth'),
  router: debug('msrp-relay:router'),
  hop: debug('msrp-relay:hop'),
  store: debug('msrp-relay:store'),
  session: debug('msrp-relay:session'),
};

/** A line for the developer at the terminal (`DEBUG=msrp-relay:*`): connection id first, `-` where there is none. */
export function writeDebug(fact: Fact): void {
  const line = lines[namespaceOf(fact)];
  if (!line.enabled) return;
  const fields = fact as Fact & { readonly connection?: ConnectionInfo | undefined };
  const { name, connection, ...rest } = fields;
  const details = name === 'connectionOpened' || name === 'hopDialled' ? connection : rest;
  line('%s %s %o', connection?.id ?? '-', inWords(fact), details);
}

function namespaceOf(fact: Fact): Namespace {
  if (fact.name !== 'hostCodeFailed') return namespaces[fact.name];
  if (fact.where === 'authenticator') return 'auth';
  return fact.where.startsWith('sessions.') ? 'store' : 'router';
}
