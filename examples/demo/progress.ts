const width = 30;

/** Where progress goes: a terminal gets one line that is written over, everything else whole lines now and then. */
export interface Output {
  readonly isTTY?: boolean | undefined;
  write(text: string): unknown;
}

/** Shows how far a transfer has come. `seconds` counts from the start of the transfer. */
export class Progress {
  readonly #output: Output;
  readonly #total: number;
  #shown = -1;

  constructor(output: Output, total: number) {
    this.#output = output;
    this.#total = total;
  }

  update(octets: number, seconds: number): void {
    const percent = this.#total === 0 ? 100 : Math.floor((100 * octets) / this.#total);
    const step = this.#output.isTTY === true ? 1 : 10;
    const reached = percent - (percent % step);
    if (reached <= this.#shown) return;
    this.#shown = reached;
    const line = `${String(percent).padStart(3)} %  ${megabytes(octets)} of ${megabytes(this.#total)}  ${rate(octets, seconds)}`;
    if (this.#output.isTTY !== true) {
      this.#output.write(`  ${line}\n`);
      return;
    }
    const full = Math.floor((width * percent) / 100);
    this.#output.write(`\r  [${'#'.repeat(full)}${'-'.repeat(width - full)}] ${line}\u001b[K`);
    if (percent === 100) this.#output.write('\n');
  }
}

export function megabytes(octets: number): string {
  return `${(octets / 1_000_000).toFixed(1)} MB`;
}

export function rate(octets: number, seconds: number): string {
  return seconds > 0 ? `${megabytes(octets / seconds)}/s` : '-';
}
