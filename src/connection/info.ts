/** Class of a connection (RFC 4976 section 6.1): plain TCP, TLS client, or a relay with a verified certificate. */
export type PeerClass = 'plain' | 'client' | 'relay';

/** What events tell of a connection. */
export interface ConnectionInfo {
  readonly id: string;
  readonly class: PeerClass;
  readonly dialled: boolean;
  readonly transport: string;
  readonly secure: boolean;
  readonly remote: { readonly address: string; readonly port: number };
}
