/** What an operator may write under `allow_hosts`: a name, `*.domain`, an address or a range of addresses, each with or without a port. */
import { isIPv6 } from 'node:net';
import ipaddr from 'ipaddr.js';

export type Ip = ipaddr.IPv4 | ipaddr.IPv6;

/** Without `port`, every port. */
export type AllowedHost = { port?: string } & ({ name: string } | { below: string } | { range: [Ip, number] });

export const ALLOWED_HOST_WANTED = 'must be a host such as localhost:8080, "*.intra.example", 10.1.2.3 or 10.0.0.0/8';

/** Undefined when it is none of these. */
export function parseAllowedHost(text: string): AllowedHost | undefined {
  if (text.includes('/')) return ipaddr.isValidCIDR(text) ? { range: ipaddr.parseCIDR(text) } : undefined;
  if (text.startsWith('*.')) {
    const rest = parseAllowedHost(text.slice(2));
    return rest && 'name' in rest ? { below: `.${rest.name}`, ...(rest.port && { port: rest.port }) } : undefined;
  }
  const url = URL.parse(`http://${isIPv6(text) ? `[${text}]` : text}`);
  if (!url || url.username || url.pathname !== '/' || url.search || url.hash || /[*%@?#]/.test(text)) return undefined;
  // Not from `url`, which leaves out 80.
  const port = isIPv6(text) ? undefined : /:(\d+)$/.exec(text)?.[1];
  const ip = ipOf(url.hostname);
  return { ...(ip ? { range: [ip, ip.kind() === 'ipv4' ? 32 : 128] } : { name: plainName(url.hostname) }), ...(port && { port }) };
}

/** One that the configuration has checked. */
export function allowedHostOf(text: string): AllowedHost {
  const parsed = parseAllowedHost(text);
  if (!parsed) throw new TypeError(`allow_hosts: "${text}" ${ALLOWED_HOST_WANTED}`);
  return parsed;
}

/** The address that a host is, if it is one: WHATWG parsing has made `0x7f.1` and `2130706433` of a URL plain before. */
export function ipOf(host: string): Ip | undefined {
  const bare = host.replace(/^\[|\]$/g, '').replace(/%.*$/, '');
  return ipaddr.isValid(bare) && (bare.includes(':') || ipaddr.IPv4.isValidFourPartDecimal(bare)) ? ipaddr.process(bare) : undefined;
}

/** `Localhost.` is localhost. */
export const plainName = (host: string): string => host.toLowerCase().replace(/\.$/, '');
