/** What the demo asks of a client process. Names and arguments travel over the IPC channel. */
export interface Client {
  /** Connects over TLS and sends AUTH. The path is what an SDP offer or answer would carry. */
  connect(to: { port: number; host: string; caFile: string; user: string; password: string }): Promise<{
    path: readonly string[];
  }>;
  text(message: { path: readonly string[]; text: string }): Promise<{ status: number }>;
  file(message: { path: readonly string[]; file: string }): Promise<SentFile>;
  /** Where a file that comes in is written. */
  receiveInto(place: { file: string }): Promise<object>;
  finish(nothing: object): Promise<{ rssBytes: number; accepted: number; refused: number }>;
}

export interface SentFile {
  readonly octets: number;
  readonly chunks: number;
  /** Responses to these chunks, by status. */
  readonly statuses: Readonly<Record<string, number>>;
}

/** What a client process tells without being asked. */
export type ClientEvent =
  /** Listens to what it is asked. */
  | { readonly event: 'ready' }
  | { readonly event: 'text'; readonly text: string }
  | { readonly event: 'progress'; readonly octets: number }
  | {
      readonly event: 'received';
      readonly octets: number;
      readonly pieces: number;
      readonly sha256: string;
      readonly contentType: string;
    }
  | { readonly event: 'report'; readonly status: string; readonly range: string }
  | { readonly event: 'lost'; readonly why: string };

export interface Ask {
  readonly ask: number;
  readonly name: keyof Client;
  readonly argument: unknown;
}

export type Answer =
  { readonly answer: number; readonly result: unknown } | { readonly answer: number; readonly error: string };
