import { isIPv4, isIPv6, SocketAddress } from 'node:net';

/** `msrps` is MSRP over TLS. */
export type Scheme = 'msrp' | 'msrps';
/** What stands as the host of a URI. */
export type HostKind = 'name' | 'ipv4' | 'ipv6';

/** An MSRP URI (RFC 4975 section 6), its parts in the form in which they are compared (section 6.1). */
export interface MsrpUri {
  /** Exactly as written: what goes on the wire. May hold a token and a user name, so it is not for logs. */
  readonly text: string;
  readonly scheme: Scheme;
  /** Names an account; never compared, never logged. */
  readonly userinfo: string | undefined;
  /** Lower case; an IPv6 address without brackets and in its one canonical spelling. */
  readonly host: string;
  readonly hostKind: HostKind;
  /** 1 to 65535; undefined when absent, for there is no default. */
  readonly port: number | undefined;
  /** Case-sensitive. In a URI of a relay it is the token: a secret. */
  readonly sessionId: string | undefined;
  /** Lower case: `tcp`, `ws`, `dc`, … */
  readonly transport: string;
}

// No `;` in a host name, though RFC 3986 has it there: it begins the transport. A colon in userinfo would be a password.
const hostPart = String.raw`\[[\dA-Fa-f:.]+\]|[\w.~!$&'()*+,=%-]+`;
const tokenPart = "[\\w!#$%&'*+.^`|~{}-]+";
const hostForm = new RegExp(`^(?:${hostPart})$`);
const uriForm = new RegExp(
  String.raw`^([Mm][Ss][Rr][Pp][Ss]?)://(?:([\w.~!$&'()*+,;=%-]*)@)?(${hostPart})(?::(\d*))?(?:/([\w.~+=/-]+))?` +
    String.raw`;([\dA-Za-z]+)(?:;${tokenPart}(?:=${tokenPart})?)*$`,
);
const visible = /^[!-~]+$/;
const outerShape = /^[Mm][Ss][Rr][Pp][Ss]?:\/\/[^;].*?;[\dA-Za-z]+(?:;|$)/;
const badPercent = /%(?![\dA-Fa-f]{2})/;

/** Undefined: malformed (URI-01 to URI-04, URI-18, URI-19, URI-22). */
export function parseUri(text: string): MsrpUri | undefined {
  const parts = uriForm.exec(text);
  if (parts === null) return undefined;
  const [, scheme, userinfo, writtenHost, digits, sessionId, transport] = parts;
  if (userinfo !== undefined && badPercent.test(userinfo)) return undefined;
  const host = readHost(writtenHost!);
  const port = digits === undefined || digits === '' ? undefined : Number(digits);
  if (host === undefined || (port === undefined && host.kind !== 'name')) return undefined;
  if (port !== undefined && (port < 1 || port > 65535)) return undefined;
  return {
    text,
    scheme: scheme!.toLowerCase() as Scheme,
    userinfo,
    host: host.text,
    hostKind: host.kind,
    port,
    sessionId,
    transport: transport!.toLowerCase(),
  };
}

/**
 * A host in the form in which MsrpUri.host has it: percent-encoded unreserved characters decoded, lower case, one
 * spelling for each IPv6 address, with brackets or without. Undefined: no host.
 */
export function normalHost(written: string): string | undefined {
  const host = isIPv6(written) ? `[${written}]` : written;
  return hostForm.test(host) ? readHost(host)?.text : undefined;
}

function readHost(written: string): { text: string; kind: HostKind } | undefined {
  if (written.startsWith('[')) {
    const address = written.slice(1, -1);
    if (!isIPv6(address)) return undefined;
    return { text: new SocketAddress({ address, family: 'ipv6' }).address, kind: 'ipv6' };
  }
  if (badPercent.test(written)) return undefined;
  const decoded = written.replace(/%[2-7][\dA-Fa-f]/g, decodeUnreserved).toLowerCase();
  return { text: decoded, kind: isIPv4(decoded) ? 'ipv4' : 'name' };
}

function decodeUnreserved(encoded: string): string {
  const character = String.fromCharCode(parseInt(encoded.slice(1), 16));
  return /[\w.~-]/.test(character) ? character : encoded;
}

/**
 * Is this enough of a URI to be carried (URI-01)? Of the URIs that are not its own and not the next hop a relay judges no
 * more than scheme, `://`, visible ASCII, `;` and transport.
 */
export function hasOuterShape(text: string): boolean {
  return visible.test(text) && outerShape.test(text);
}

/** Equality of RFC 4975 section 6.1: userinfo and parameters other than the transport do not count. */
export function sameUri(a: MsrpUri, b: MsrpUri): boolean {
  return sameHop(a, b) && a.sessionId === b.sessionId;
}

/** The same node, whatever the session (RELAY-09). */
export function sameHop(a: MsrpUri, b: MsrpUri): boolean {
  return a.scheme === b.scheme && a.host === b.host && a.port === b.port && a.transport === b.transport;
}

/** `scheme://host:port`, for logs and events: neither user nor token (URI-18, URI-20). */
export function hopText(hop: Pick<MsrpUri, 'scheme' | 'host' | 'port'>): string {
  const host = hop.host.includes(':') ? `[${hop.host}]` : hop.host;
  return hop.port === undefined ? `${hop.scheme}://${host}` : `${hop.scheme}://${host}:${hop.port}`;
}

/** Parts as MsrpUri has them. Session-id and transport of characters that RFC 4975 section 9 has there. */
export function formatUri(parts: Pick<MsrpUri, 'scheme' | 'host' | 'port' | 'sessionId' | 'transport'>): string {
  const session = parts.sessionId === undefined ? '' : `/${parts.sessionId}`;
  return `${hopText(parts)}${session};${parts.transport}`;
}
