import { lookup, Resolver as DnsResolver } from 'node:dns/promises';

import type { Resolver } from './types.js';

/** Options of nodeResolver(). */
export interface NodeResolverOptions {
  /**
   * Name servers to ask (`192.0.2.53`, `[2001:db8::53]:5353`). Default: for addresses the system's own look-up, with its
   * hosts file; for SRV records the system's name servers.
   */
  readonly servers?: readonly string[] | undefined;
}

/** The resolver a relay uses unless it is given another. Addresses keep the order in which the name server gave them. */
export function nodeResolver(options: NodeResolverOptions = {}): Resolver {
  const dns = new DnsResolver();
  if (options.servers) dns.setServers(options.servers);
  return {
    lookup: options.servers ? (host) => addresses(dns, host) : (host) => system(host),
    srv: (name) => dns.resolveSrv(name),
  };
}

async function system(host: string): Promise<{ address: string; family: 4 | 6 }[]> {
  const found = await lookup(host, { all: true, order: 'verbatim' });
  return found.map(({ address, family }) => ({ address, family: family === 6 ? 6 : 4 }));
}

async function addresses(dns: DnsResolver, host: string): Promise<{ address: string; family: 4 | 6 }[]> {
  const [v6, v4] = await Promise.allSettled([dns.resolve6(host), dns.resolve4(host)]);
  if (v6.status === 'rejected' && v4.status === 'rejected') throw v4.reason;
  return [
    ...(v6.status === 'fulfilled' ? v6.value : []).map((address) => ({ address, family: 6 as const })),
    ...(v4.status === 'fulfilled' ? v4.value : []).map((address) => ({ address, family: 4 as const })),
  ];
}
