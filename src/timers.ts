import type { Cancel, Runtime } from './runtime.js';

/** A deadline that has been set. Setting and clearing cost no allocation beyond this object. */
export interface Timer {
  /** True from the moment it was set until it fires or is cleared. */
  readonly pending: boolean;
  /** Fires `fn` at `atMs` (Runtime.nowMs); moves a pending deadline, at next to no cost when it moves later. */
  setAt(atMs: number): void;
  clear(): void;
}

/** All deadlines of one relay, on one wake-up of the Runtime. */
export interface Timers {
  nowMs(): number;
  /** A timer, not yet set, that calls `fn` each time it fires. Same deadline: first set, first fired. */
  timer(fn: () => void): Timer;
  /** The same for many alike: `fn` is shared, and told whose timer has fired. */
  timer<T>(fn: (owner: T) => void, owner: T): Timer;
  /** One-shot: fires `fn` `delayMs` from now. */
  after(delayMs: number, fn: () => void): Cancel;
  /** Deadlines set and not yet fired: zero when nothing is left behind. */
  readonly size: number;
  /** Clears all of them and lets go of the Runtime; what is set later stays unset. */
  close(): void;
}

/**
 * A binary heap of deadlines. One that moves later stays where it is and is put right when its old time comes, so the
 * common case (again and again "30 s from now") costs two assignments.
 *
 * `failed` hears of a callback that threw, which none should; the other deadlines are not touched by it.
 */
export function createTimers(runtime: Runtime, failed?: (error: unknown) => void): Timers {
  return new TimerHeap(runtime, failed);
}

class Deadline implements Timer {
  /** Place in the heap; -1 when not pending. */
  place = -1;
  /** What the heap is ordered by: time, then order of setting. */
  key = 0;
  keyOrder = 0;
  /** What it is really set to; later than the key while it has not been put right. */
  at = 0;
  order = 0;
  readonly fn: (owner: unknown) => void;
  readonly owner: unknown;
  readonly #heap: TimerHeap;

  constructor(heap: TimerHeap, fn: (owner: unknown) => void, owner?: unknown) {
    this.#heap = heap;
    this.fn = fn;
    this.owner = owner;
  }

  get pending(): boolean {
    return this.place >= 0;
  }

  setAt(atMs: number): void {
    this.#heap.set(this, atMs);
  }

  clear(): void {
    if (this.place >= 0) this.#heap.remove(this);
  }
}

class TimerHeap implements Timers {
  readonly #runtime: Runtime;
  readonly #failed: ((error: unknown) => void) | undefined;
  readonly #heap: Deadline[] = [];
  #order = 0;
  #closed = false;
  /** Nothing set while callbacks run is due before this. */
  #floorMs = -Infinity;
  #wakeAtMs = Infinity;
  #cancelWake: Cancel | undefined;

  constructor(runtime: Runtime, failed: ((error: unknown) => void) | undefined) {
    this.#runtime = runtime;
    this.#failed = failed;
  }

  get size(): number {
    return this.#heap.length;
  }

  nowMs(): number {
    return this.#runtime.nowMs();
  }

  timer(fn: (owner: never) => void, owner?: unknown): Timer {
    return new Deadline(this, fn as (owner: unknown) => void, owner);
  }

  after(delayMs: number, fn: () => void): Cancel {
    const deadline = new Deadline(this, fn);
    this.set(deadline, this.nowMs() + delayMs);
    return () => {
      deadline.clear();
    };
  }

  close(): void {
    this.#closed = true;
    for (const deadline of this.#heap) deadline.place = -1;
    this.#heap.length = 0;
    this.#cancelWake?.();
    this.#cancelWake = undefined;
  }

  set(deadline: Deadline, atMs: number): void {
    if (this.#closed) return;
    deadline.at = Math.max(atMs, this.#floorMs);
    deadline.order = ++this.#order;
    if (deadline.place < 0) {
      deadline.place = this.#heap.length;
      this.#heap.push(deadline);
    } else if (deadline.at >= deadline.key) {
      return;
    }
    deadline.key = deadline.at;
    deadline.keyOrder = deadline.order;
    this.#up(deadline);
    this.#arm();
  }

  remove(deadline: Deadline): void {
    const { place } = deadline;
    deadline.place = -1;
    const last = this.#heap.pop();
    if (last === undefined || last === deadline) return;
    last.place = place;
    this.#heap[place] = last;
    this.#up(last);
    this.#down(last);
  }

  /** Sees to it that the Runtime wakes us for the first deadline. A wake-up too early does no harm and is kept. */
  #arm(): void {
    const first = this.#heap[0];
    if (first === undefined || first.key >= this.#wakeAtMs || this.#floorMs !== -Infinity) return;
    this.#cancelWake?.();
    this.#wakeAtMs = first.key;
    this.#cancelWake = this.#runtime.wakeAt(first.key, () => {
      this.#wakeAtMs = Infinity;
      this.#cancelWake = undefined;
      this.#fireDue();
    });
  }

  #fireDue(): void {
    const nowMs = this.nowMs();
    // What callbacks set for now or earlier has its turn at the next wake-up, so none can keep us here for ever.
    const lastOrder = this.#order;
    this.#floorMs = nowMs;
    for (let first = this.#heap[0]; first !== undefined && first.key <= nowMs; first = this.#heap[0]) {
      if (first.keyOrder > lastOrder) break;
      if (first.keyOrder !== first.order) {
        first.key = first.at;
        first.keyOrder = first.order;
        this.#down(first);
        continue;
      }
      this.remove(first);
      try {
        first.fn(first.owner);
      } catch (error) {
        this.#failed?.(error);
      }
    }
    this.#floorMs = -Infinity;
    this.#arm();
  }

  #up(deadline: Deadline): void {
    const heap = this.#heap;
    let { place } = deadline;
    while (place > 0) {
      const parentPlace = (place - 1) >> 1;
      const parent = heap[parentPlace]!;
      if (!isBefore(deadline, parent)) break;
      heap[place] = parent;
      parent.place = place;
      place = parentPlace;
    }
    heap[place] = deadline;
    deadline.place = place;
  }

  #down(deadline: Deadline): void {
    const heap = this.#heap;
    const { length } = heap;
    let { place } = deadline;
    for (let childPlace = 2 * place + 1; childPlace < length; childPlace = 2 * place + 1) {
      let child = heap[childPlace]!;
      const right = heap[childPlace + 1];
      if (right !== undefined && isBefore(right, child)) {
        child = right;
        childPlace += 1;
      }
      if (!isBefore(child, deadline)) break;
      heap[place] = child;
      child.place = place;
      place = childPlace;
    }
    heap[place] = deadline;
    deadline.place = place;
  }
}

function isBefore(a: Deadline, b: Deadline): boolean {
  return a.key < b.key || (a.key === b.key && a.keyOrder < b.keyOrder);
}
