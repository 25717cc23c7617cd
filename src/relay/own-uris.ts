import { normalHost, type MsrpUri, type Scheme } from '../wire/uri.js';

/** Where this relay is reached, as URIs have it: the advertised port where it is not the bound one. */
export interface OwnEndpoint {
  readonly scheme: Scheme;
  readonly port: number;
  /** Transport parameter: `tcp`, `ws`, … */
  readonly transport: string;
}

export interface OwnUriOptions {
  /** Host names, domains and addresses this relay answers to, in any case. */
  readonly hosts: readonly string[];
  readonly endpoints: readonly OwnEndpoint[];
  /** Over plain TCP: `any` takes msrps URIs as handed out too, `msrp-only` just those with scheme msrp (R23). */
  readonly plainTokens: 'any' | 'msrp-only';
}

/** Which URIs name this relay (URI-16). Whether one of them holds a live token is another question. */
export class OwnUris {
  readonly #hosts: ReadonlySet<string>;
  readonly #ports: ReadonlySet<number>;
  readonly #tcpPorts: Readonly<Record<Scheme, ReadonlySet<number>>>;
  readonly #plainTokens: OwnUriOptions['plainTokens'];

  constructor({ hosts, endpoints, plainTokens }: OwnUriOptions) {
    // A host that can not be read can stand in no URI.
    this.#hosts = new Set(hosts.flatMap((host) => normalHost(host) ?? []));
    this.#ports = new Set(endpoints.map((one) => one.port));
    const tcp = endpoints.filter((one) => one.transport.toLowerCase() === 'tcp');
    const ports = (scheme: Scheme): ReadonlySet<number> =>
      new Set(tcp.filter((one) => one.scheme === scheme).map((one) => one.port));
    this.#tcpPorts = { msrp: ports('msrp'), msrps: ports('msrps') };
    this.#plainTokens = plainTokens;
  }

  /** Is the host one of this relay's? Spelled as in a URI, IPv6 with or without brackets. */
  covers(host: string): boolean {
    return this.#hosts.has(normalHost(host) ?? '');
  }

  /**
   * May an AUTH to this URI be meant for this relay? Any of its hosts, without port or with any of its ports, `tcp` or `ws`
   * (AUTH-26, WS-10); a scheme in the wrong is for the AUTH to be refused.
   */
  isAuthTarget(uri: MsrpUri): boolean {
    return (
      this.#hosts.has(uri.host) &&
      (uri.port === undefined || this.#ports.has(uri.port)) &&
      (uri.transport === 'tcp' || uri.transport === 'ws')
    );
  }

  /**
   * Does To-Path[0] of any other request or of a response name this relay, by the rules for equal URIs (URI-06 to URI-10)?
   * Only end points with transport `tcp` count, since all URIs that a relay hands out name one (WS-11). The scheme has to
   * be msrps; over plain TCP also msrp with the port of a plain end point (R23).
   */
  isOwn(uri: MsrpUri, arrivedPlain: boolean): boolean {
    if (uri.port === undefined || uri.transport !== 'tcp' || !this.#hosts.has(uri.host)) return false;
    const admitted = uri.scheme === 'msrp' ? arrivedPlain : !arrivedPlain || this.#plainTokens === 'any';
    return admitted && this.#tcpPorts[uri.scheme].has(uri.port);
  }

  /** Further on in a path, and in responses: a URI for the TLS or the plain listener, whatever it came by (FWD-37, RESP-11). */
  isOwnAnyhow(uri: MsrpUri): boolean {
    return this.isOwn(uri, false) || this.isOwn(uri, true);
  }
}
