import { formatUri } from '../wire/uri.js';

/** What URIs of this relay name: a fully qualified domain name and a port (AUTH-13). */
export interface OwnAddress {
  readonly host: string;
  readonly port: number;
}

/** URI of a token: msrps and tcp, whatever transport the client came by (AUTH-14, WS-11). */
export function tokenUri({ host, port }: OwnAddress, token: string): string {
  return formatUri({ scheme: 'msrps', host, port, sessionId: token, transport: 'tcp' });
}

/**
 * Value of Use-Path: the relays between us and the client in the order in which the client will write its To-Path,
 * then our URI. The client's own URI, last in From-Path, is not in it (AUTH-18, AUTH-19).
 */
export function usePath(fromPath: readonly string[], ownUri: string): string {
  return [...fromPath.slice(0, -1).reverse(), ownUri].join(' ');
}
