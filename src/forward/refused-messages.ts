/** Messages of one source connection that were refused, with the code; the oldest is forgotten first (FWD-48). */
export class RefusedMessages {
  private codes: Map<string, number> | undefined;
  private readonly maxMessages: number;

  constructor(maxMessages: number) {
    this.maxMessages = maxMessages;
  }

  get any(): boolean {
    return this.codes !== undefined;
  }

  add(message: string, code: number): void {
    const codes = (this.codes ??= new Map<string, number>());
    codes.delete(message);
    for (const oldest of codes.keys()) {
      if (codes.size < this.maxMessages) break;
      codes.delete(oldest);
    }
    codes.set(message, code);
  }

  codeOf(message: string): number | undefined {
    return this.codes?.get(message);
  }
}
