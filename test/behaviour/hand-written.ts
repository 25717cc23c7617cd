import { expect } from 'vitest';
import type { Party, Registered, World } from './harness.js';

const lines = {
  start: 'MSRP {tid} SEND',
  toPath: 'To-Path: {to}',
  fromPath: 'From-Path: {from}',
  messageId: 'Message-ID: m1234',
  byteRange: 'Byte-Range: 1-3/3',
  contentType: 'Content-Type: text/plain',
  blank: '',
  body: 'abc',
  end: '-------{tid}$',
};

/**
 * What is written instead of a line of a good SEND: one, several or no lines. `{tid}`, `{to}`, `{token}`, `{from}` stand for
 * what is right. Each character is one octet.
 */
export type Changes = Readonly<Partial<Record<keyof typeof lines, string | readonly string[]>>>;

/** A header put in where any header may stand. */
export function extra(...headers: readonly string[]): Changes {
  return { byteRange: [lines.byteRange, ...headers] };
}

/** F writes to A by hand, while G and B have a session of their own. */
export class HandWritten {
  readonly world: World;
  readonly a: Registered;
  readonly f: Party;
  readonly #g: Party;
  readonly #b: Registered;
  #lastTid = 1000;
  #good = 0;

  private constructor(world: World, a: Registered, f: Party, b: Registered, g: Party) {
    this.world = world;
    this.a = a;
    this.f = f;
    this.#b = b;
    this.#g = g;
  }

  static async begin(world: World): Promise<HandWritten> {
    const [a, b] = [await world.client('a'), await world.client('b')];
    const [f, g] = [await world.foreign('f'), await world.foreign('g')];
    const scene = new HandWritten(world, a, f, b, g);
    await scene.works();
    return scene;
  }

  text(changes: Changes = {}, tid = `tid${this.#lastTid++}`): { tid: string; octets: Buffer } {
    const { a, f } = this;
    const all = Object.entries({ ...lines, ...changes }).flatMap(([, line]) => line);
    const text = all
      .map((line) => `${line}\r\n`)
      .join('')
      .replaceAll('{tid}', tid)
      .replaceAll('{to}', `${a.token} ${a.uri}`)
      .replaceAll('{token}', a.token)
      .replaceAll('{from}', f.uri);
    return { tid, octets: Buffer.from(text, 'latin1') };
  }

  write(changes: Changes = {}, tid?: string): string {
    const written = this.text(changes, tid);
    this.f.raw(written.octets);
    return written.tid;
  }

  /** The answer to what is written: its code and paths. */
  async answer(changes: Changes, tid?: string): Promise<number> {
    const before = this.f.responses.length;
    const written = this.write(changes, tid);
    await this.world.when(() => this.f.responses.length > before || this.f.closed);
    const response = this.f.responses[before];
    expect(response, `an answer to ${JSON.stringify(changes)}`).toBeDefined();
    expect(response!.tid).toBe(written);
    expect(response!.toPath).toEqual([this.f.uri]);
    return response!.code;
  }

  /** Each of these gets this answer, and nothing of it goes on. */
  async refused(code: number, cases: readonly Changes[]): Promise<void> {
    for (const changes of cases) expect(await this.answer(changes), JSON.stringify(changes)).toBe(code);
    await this.works();
  }

  /** Each of these goes on to A and is acknowledged. */
  async accepted(cases: readonly Changes[]): Promise<void> {
    for (const changes of cases) {
      expect(await this.answer(changes), JSON.stringify(changes)).toBe(200);
      this.#good += 1;
    }
    await this.works();
  }

  /** Nothing comes of any of these. */
  async ignored(cases: readonly Changes[]): Promise<void> {
    for (const changes of cases) this.write(changes);
    await this.works();
  }

  /** F is in sync; A has got what was good and no more; the others notice nothing. */
  async works(): Promise<void> {
    const { world, a, f } = this;
    await world.works(f, a);
    await world.works(this.#g, this.#b);
    this.#good += 1;
    expect([a.requests.length, a.reports.length]).toEqual([this.#good, 0]);
    expect(this.#b.requests.at(-1)?.text).toMatch('still there?');
  }

  /** The connection of F is closed without an answer; nobody else notices. */
  async closes(changes: Changes, tid?: string): Promise<void> {
    const before = this.f.responses.length;
    this.write(changes, tid);
    await this.world.closed(this.f);
    expect(this.f.responses.slice(before)).toEqual([]);
    await this.world.works(this.#g, this.#b);
    expect(this.a.requests.length).toBe(this.#good);
  }
}
