import { RelayError } from '../errors.js';
import type { Observer } from '../observe/types.js';
import { isPromise, type MaybePromise } from '../policy/types.js';
import type { Cancel } from '../runtime.js';
import type { Timers } from '../timers.js';
import { isRelayBound, type Grant } from './grant.js';
import type { SessionStore } from './types.js';

/** What of a store's operations reaches the table: checked answers, in time, or a rejection with `store-failed`. */
export class StoreGuard {
  readonly #store: SessionStore;
  readonly #timers: Timers;
  readonly #observer: Observer;
  readonly #timeoutMs: number;
  readonly #waiting: Set<(error: RelayError) => void> = new Set();

  constructor(store: SessionStore, timers: Timers, observer: Observer, timeoutMs: number) {
    this.#store = store;
    this.#timers = timers;
    this.#observer = observer;
    this.#timeoutMs = timeoutMs;
  }

  issue(grant: Grant): MaybePromise<string> {
    return this.#ask(
      'issue',
      () => this.#store.issue(grant),
      isToken,
      (late) => {
        this.revoke(late);
      },
    );
  }

  find(token: string): MaybePromise<Grant | undefined> {
    return this.#ask('find', () => this.#store.find(token), isGrantOrNothing);
  }

  renew(token: string, grant: Grant): MaybePromise<boolean> {
    if (!this.#store.keeps.renewal) return false;
    return this.#ask('renew', () => this.#store.renew(token, grant), isBoolean);
  }

  /** Nobody waits for it: a failure is only noted. */
  revoke(token: string): void {
    if (!this.#store.keeps.revocation) return;
    try {
      const answer = this.#store.revoke(token);
      if (isPromise(answer)) {
        answer.then(undefined, (error: unknown) => {
          this.failed('revoke', error);
        });
      }
    } catch (error) {
      this.failed('revoke', error);
    }
  }

  /** Notes a failure of the store and makes the error for whoever waits for the answer. */
  failed(operation: keyof SessionStore, cause: unknown): RelayError {
    this.#observer.note({ name: 'hostCodeFailed', where: `sessions.${operation}`, error: cause });
    return new RelayError('store-failed', `the session store failed to ${operation}`, { cause });
  }

  /** Rejects all that wait with `closed`. */
  close(): void {
    for (const reject of this.#waiting) reject(new RelayError('closed', 'the relay is closed'));
  }

  #ask<T>(
    operation: keyof SessionStore,
    call: () => MaybePromise<T>,
    usable: (answer: unknown) => boolean,
    late?: (answer: T) => void,
  ): MaybePromise<T> {
    let answer: MaybePromise<T>;
    try {
      answer = call();
    } catch (error) {
      return Promise.reject(this.failed(operation, error));
    }
    if (!isPromise(answer)) return usable(answer) ? answer : Promise.reject(this.#unusable(operation));
    return this.#wait(operation, answer, usable, late);
  }

  #wait<T>(
    operation: keyof SessionStore,
    answer: PromiseLike<T>,
    usable: (answer: unknown) => boolean,
    late?: (answer: T) => void,
  ): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      let cancel: Cancel | undefined = undefined;
      const fail = (error: RelayError): void => {
        this.#waiting.delete(fail);
        cancel?.();
        reject(error);
      };
      this.#waiting.add(fail);
      cancel = this.#timers.after(this.#timeoutMs, () => {
        fail(this.failed(operation, new Error(`no answer within ${this.#timeoutMs} ms`)));
      });
      answer.then(
        (value) => {
          if (!usable(value)) {
            if (this.#waiting.has(fail)) fail(this.#unusable(operation));
          } else if (this.#waiting.delete(fail)) {
            cancel();
            resolve(value);
          } else late?.(value);
        },
        (error: unknown) => {
          if (this.#waiting.has(fail)) fail(this.failed(operation, error));
        },
      );
    });
  }

  #unusable(operation: keyof SessionStore): RelayError {
    return this.failed(operation, new TypeError(`the answer to ${operation} is not what SessionStore promises`));
  }
}

/** 22 of these characters hold 128 bits; the bound keeps the URI within any header line. */
function isToken(answer: unknown): boolean {
  return typeof answer === 'string' && /^[A-Za-z0-9.~-]{22,2048}$/.test(answer);
}

function isBoolean(answer: unknown): boolean {
  return typeof answer === 'boolean';
}

/** As much as the relay relies on: a store may keep its grants in another process's hands. */
function isGrantOrNothing(answer: unknown): boolean {
  if (answer === undefined) return true;
  if (typeof answer !== 'object' || answer === null) return false;
  const grant = answer as Partial<Record<string, unknown>>;
  const { id, user, expiresAtMs, limits, kind } = grant;
  if (typeof id !== 'string' || typeof expiresAtMs !== 'number') return false;
  if (user !== undefined && typeof user !== 'string') return false;
  if (typeof limits !== 'object' || limits === null) return false;
  if (kind === 'anchor') return true;
  if (kind !== 'auth' || typeof grant['owner'] !== 'object' || grant['owner'] === null) return false;
  if (typeof grant['wayBack'] !== 'string' || typeof grant['fromPath'] !== 'string') return false;
  return !isRelayBound(answer as Grant) || typeof (grant['owner'] as { relay?: unknown }).relay === 'string';
}
