import { BlockList, isIP, isIPv4 } from 'node:net';

import { badOption } from '../errors.js';
import { embeddedIPv4, withoutZone } from './ip.js';

/** A port, or the first and last of a range. */
export type PortRange = number | readonly [from: number, to: number];

/**
 * Which addresses the relay may dial. Without options: everything but loopback, unspecified, link-local, private, shared
 * (100.64.0.0/10), unique-local, multicast, broadcast, reserved, benchmarking and cloud metadata addresses, and the IPv6
 * spellings of these. Connections that peers open to the relay are not concerned.
 */
export interface EgressOptions {
  /** CIDRs (`10.1.0.0/16`, `fd00:1::/48`, or one address) that may be dialled although the built-in list denies them. */
  readonly allow?: readonly string[] | undefined;
  /** CIDRs that are never dialled, whatever `allow` says. IPv6 spellings of a denied IPv4 address are denied too. */
  readonly deny?: readonly string[] | undefined;
  /** Ports that may be dialled (default: all), and ports that may not, whatever `allow` says. */
  readonly ports?:
    | { readonly allow?: readonly PortRange[] | undefined; readonly deny?: readonly PortRange[] | undefined }
    | undefined;
}

export interface Egress {
  /** May this address be dialled? False for anything that is no address literal. */
  check(address: string, port: number): boolean;
}

const builtIn: readonly string[] = [
  '0.0.0.0/8', // unspecified, "this network"
  '10.0.0.0/8', // private
  '100.64.0.0/10', // shared by carriers; some clouds' metadata
  '127.0.0.0/8', // loopback
  '168.63.129.16/32', // Azure's host, a public address
  '169.254.0.0/16', // link-local, metadata of most clouds
  '172.16.0.0/12', // private
  '192.0.0.0/24', // protocol assignments
  '192.88.99.0/24', // 6to4 relays
  '192.168.0.0/16', // private
  '198.18.0.0/15', // benchmarking
  '224.0.0.0/4', // multicast
  '240.0.0.0/4', // reserved, broadcast
  '::/96', // unspecified, loopback, IPv4-compatible
  '64:ff9b:1::/48', // NAT64 of a site: the embedded address may stand anywhere
  '100::/64', // discard
  '2001::/32', // Teredo
  '2001:2::/48', // benchmarking
  '2002::/16', // 6to4
  'fc00::/7', // unique-local, metadata (fd00:ec2::254)
  'fe80::/10', // link-local
  'fec0::/10', // site-local, of old
  'ff00::/8', // multicast
];

/** The policy that every address is checked with before it is dialled. Throws a `RelayError` (`bad-option`). */
export function createEgress(options: EgressOptions = {}): Egress {
  const denied = cidrs('egress.deny', options.deny ?? []);
  const allowed = cidrs('egress.allow', options.allow ?? []);
  const refused = cidrs('built in', builtIn);
  const portsAllowed = options.ports?.allow && ports('egress.ports.allow', options.ports.allow);
  const portsDenied = ports('egress.ports.deny', options.ports?.deny ?? []);

  return {
    check(address, port) {
      if (portsDenied(port) || portsAllowed?.(port) === false) return false;
      const literal = withoutZone(address);
      if (isIP(literal) === 0) return false;
      const embedded = embeddedIPv4(literal);
      const spellings = embedded === undefined ? [literal] : [literal, embedded];
      if (spellings.some(denied)) return false;
      return spellings.some(allowed) || !spellings.some(refused);
    },
  };
}

/** IPv4 and IPv6 are kept apart: one BlockList would let `::/0` match every IPv4 address. */
function cidrs(option: string, texts: readonly string[]): (literal: string) => boolean {
  const v4 = new BlockList();
  const v6 = new BlockList();
  for (const text of texts) {
    const [address = '', bits, more] = text.split('/');
    const family = isIP(address);
    const most = family === 4 ? 32 : 128;
    const length = bits === undefined ? most : /^\d{1,3}$/.test(bits) ? Number(bits) : Infinity;
    if (family === 0 || more !== undefined || length > most) {
      throw badOption(option, text, 'an address or CIDR such as 192.0.2.0/24 or 2001:db8::/32');
    }
    if (family === 4) v4.addSubnet(address, length, 'ipv4');
    else v6.addSubnet(address, length, 'ipv6');
  }
  return (literal) => (isIPv4(literal) ? v4.check(literal, 'ipv4') : v6.check(literal, 'ipv6'));
}

function ports(option: string, ranges: readonly PortRange[]): (port: number) => boolean {
  const pairs = ranges.map((range): readonly [number, number] =>
    typeof range === 'number' ? [range, range] : range,
  );
  for (const [from, to] of pairs) {
    if (!Number.isInteger(from) || !Number.isInteger(to) || from < 1 || to > 65_535 || from > to) {
      throw badOption(option, `${from}-${to}`, 'ports from 1 to 65535, or pairs of first and last');
    }
  }
  return (port) => pairs.some(([from, to]) => port >= from && port <= to);
}
