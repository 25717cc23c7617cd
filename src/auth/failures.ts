/**
 * AUTHs that one connection made us forward and that failed, per destination (AUTH-31). Remembers at most
 * `maxDestinations`; the one that failed longest ago is forgotten first.
 */
export class RemoteAuthFailures {
  readonly #maxDestinations: number;
  readonly #failures = new Map<string, number>();

  constructor(maxDestinations: number) {
    this.#maxDestinations = maxDestinations;
  }

  /** One more has failed; how many in a row that makes. */
  failed(destination: string): number {
    const failures = (this.#failures.get(destination) ?? 0) + 1;
    this.#failures.delete(destination);
    this.#failures.set(destination, failures);
    if (this.#failures.size > this.#maxDestinations) {
      for (const oldest of this.#failures.keys()) {
        this.#failures.delete(oldest);
        break;
      }
    }
    return failures;
  }

  /** One has succeeded: the count starts again. */
  succeeded(destination: string): void {
    this.#failures.delete(destination);
  }
}
