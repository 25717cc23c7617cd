import { isIPv4, isIPv6 } from 'node:net';

/** The address without an IPv6 zone (`fe80::1%eth0`). */
export function withoutZone(address: string): string {
  const zone = address.indexOf('%');
  return zone === -1 ? address : address.slice(0, zone);
}

/** The eight 16-bit groups of an IPv6 address that `net.isIPv6` has accepted. */
function groups(address: string): number[] {
  const lastColon = address.lastIndexOf(':');
  const tail = address.slice(lastColon + 1);
  let text = address;
  if (isIPv4(tail)) {
    const [a, b, c, d] = tail.split('.').map(Number) as [number, number, number, number];
    text = `${address.slice(0, lastColon + 1)}${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
  }
  const [left = '', right] = text.split('::');
  const parse = (part: string): number[] => (part === '' ? [] : part.split(':').map((group) => parseInt(group, 16)));
  const before = parse(left);
  if (right === undefined) return before;
  const after = parse(right);
  return [...before, ...new Array<number>(8 - before.length - after.length).fill(0), ...after];
}

/**
 * The IPv4 address that an IPv6 address stands for: mapped (::ffff:a.b.c.d), compatible (::a.b.c.d), translated
 * (::ffff:0:a.b.c.d), NAT64 (64:ff9b::a.b.c.d) or 6to4 (2002:aabb:ccdd::).
 */
export function embeddedIPv4(address: string): string | undefined {
  if (!isIPv6(address)) return undefined;
  const g = groups(address);
  const dotted = (high: number, low: number): string => `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`;
  if (g[0] === 0x2002) return dotted(g[1]!, g[2]!);
  const prefix = g
    .slice(0, 6)
    .map((group) => group.toString(16))
    .join(':');
  return ipv4Prefixes.has(prefix) ? dotted(g[6]!, g[7]!) : undefined;
}

const ipv4Prefixes: ReadonlySet<string> = new Set([
  '0:0:0:0:0:0',
  '0:0:0:0:0:ffff',
  '0:0:0:0:ffff:0',
  '64:ff9b:0:0:0:0',
]);
