import type { Authenticator } from './auth/types.js';
import type { EgressOptions } from './hop/egress.js';
import type { Resolver } from './hop/types.js';
import type { Limits } from './limits.js';
import type { Logger } from './observe/types.js';
import type { Runtime } from './runtime.js';
import type { SessionStore } from './session/types.js';
import type { Transport } from './transport/types.js';

/** Options of `createRelay()`. Only `hosts`, `transports` and `authenticator` have no default. */
export interface RelayOptions {
  /**
   * Domain names this relay answers to, compared without case; no IP literals (RFC 4976 section 4.2). The first one is
   * named in Use-Path and is the realm of the authenticator unless that has another.
   */
  readonly hosts: readonly string[];
  /** What Use-Path names. Default: the first of `hosts`, and the port of the first TLS listener. */
  readonly advertise?: AdvertiseOptions | undefined;
  /** Ways to listen and to dial. May be empty where the host only uses `relay.accept()`. */
  readonly transports: readonly Transport[];
  /** Decides who may have a relay URI (RFC 4976 section 5.1), e.g. `digestAuthenticator()`. */
  readonly authenticator: Authenticator;
  /** Keeps what was granted. Default: `memorySessionStore()`. */
  readonly sessions?: SessionStore | undefined;
  /** Which addresses the relay may dial. Default: public ones only, see EgressOptions. */
  readonly egress?: EgressOptions | undefined;
  /** Bounds on time, memory and numbers; each has a default, see Limits. */
  readonly limits?: Partial<Limits> | undefined;
  /** Life of relay URIs. */
  readonly expires?: ExpiresOptions | undefined;
  /** Where the RFCs leave a choice. */
  readonly rules?: RuleOptions | undefined;
  /** Which peer relays may use this one. Default: all whose certificate verifies. */
  readonly relays?: PeerRelayOptions | undefined;
  /** Gets one line per event; a pino instance fits. Default: none. */
  readonly logger?: Logger | undefined;
  /** Time and randomness. Default: those of Node. A test brings its own. */
  readonly runtime?: Runtime | undefined;
  /**
   * Name of this relay among those that share a session store: 1 to 64 letters, digits, `-`, `_`, `.`; different for each
   * process. Default: random.
   */
  readonly nodeId?: string | undefined;
  /** Name look-up for next hops. Default: that of the system. */
  readonly resolver?: Resolver | undefined;
}

/** Host and port that URIs of this relay name. */
export interface AdvertiseOptions {
  /** One of `hosts`. Default: the first. */
  readonly host?: string | undefined;
  /** 1 to 65535. Default: the port listened on. Needed by workers behind a shared port. */
  readonly port?: number | undefined;
}

/** Life of relay URIs in whole seconds (RFC 4976 sections 4.6 and 6.3). Those left out keep within those given. */
export interface ExpiresOptions {
  /** An AUTH that asks for less is answered 423. Default: 60. */
  readonly minS?: number | undefined;
  /** An AUTH that asks for more is answered 423. Default: 86 400. */
  readonly maxS?: number | undefined;
  /** For a URI that dies with its client's connection, if the AUTH asks for nothing. Default: 86 400. */
  readonly clientDefaultS?: number | undefined;
  /** For a URI bound to a peer relay, if the AUTH asks for nothing. Default: 3 600. */
  readonly relayDefaultS?: number | undefined;
  /**
   * A further AUTH with the same From-Path: `same-uri` gives its URI the new expiry, `new-uri` gives another URI and lets
   * the old one live to its end. Default: `same-uri`.
   */
  readonly renew?: 'same-uri' | 'new-uri' | undefined;
}

/** Choices that the RFCs leave to a relay, or that deployed peers need. */
export interface RuleOptions {
  /**
   * Message-IDs: `lenient` takes 1 to 128 characters, as deployed clients send UUIDs; `strict` the 4 to 32 of RFC 4975
   * section 9. Default: `lenient`.
   */
  readonly identLength?: 'lenient' | 'strict' | undefined;
  /**
   * Which spelling of a relay URI a peer on plain TCP may use: `any`, or `msrp-only`, where the `msrps` one that was handed
   * out is refused. Default: `any`.
   */
  readonly plainTokens?: 'any' | 'msrp-only' | undefined;
  /**
   * A next relay that does not ask for this relay's certificate: `required` sends it no relay traffic (RFC 4976 section
   * 9.2), `lenient` does. Default: `required`.
   */
  readonly relayCertificate?: 'required' | 'lenient' | undefined;
  /** A peer's certificate that does not verify: `ignore` treats it as none, `close` closes. Default: `ignore`. */
  readonly unverifiedCertificate?: 'ignore' | 'close' | undefined;
  /** Methods other than SEND, REPORT and AUTH: `relay` them, or `block` them with 501. Default: `relay`. */
  readonly unknownMethods?: 'relay' | 'block' | undefined;
  /** `signed-only` refuses other content than signed one with 415 (RFC 4976 section 9.4). Default: `any`. */
  readonly content?: 'any' | 'signed-only' | undefined;
  /**
   * Takes AUTH over connections without TLS, which sends credentials and relay URIs in clear and breaks RFC 4976 section
   * 9.2. For benchmarks and debugging; never in production. Default: false.
   */
  readonly authOverPlain?: boolean | undefined;
}

/** Names from certificates: exact, without case, or `*.example.com` for all names below. */
export interface PeerRelayOptions {
  /** Only these. Default: all. */
  readonly allow?: readonly string[] | undefined;
  /** Not these, whatever `allow` says. Their requests are answered 403. */
  readonly deny?: readonly string[] | undefined;
}
