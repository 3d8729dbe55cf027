/**
 * Which hosts a request may reach. What comes from outside (a feed, a redirect, an item) must not make us ask the printer, the
 * router or a cloud's metadata service. Asked three times, for each passes what the others do not see: of the URL (addresses in any
 * spelling are never looked up), of everything the lookup answers, and of the address that was really connected.
 */
import { allowedHostOf, ipOf, plainName, type AllowedHost, type Ip } from './allowed-hosts.ts';
import { AddressRefused } from './errors.ts';

/** They hand out the machine's own credentials to whoever asks: never reached, whatever is allowed. */
const METADATA_NAMES = new Set(['metadata.google.internal', 'metadata.goog', 'instance-data', 'instance-data.ec2.internal']);
/** Link-local as a whole (AWS, Azure, Google, Oracle …); Alibaba; Azure's wire server; AWS by IPv6. */
const METADATA = ['169.254.0.0/16', '100.100.100.200', '168.63.129.16', 'fd00:ec2::254', 'fd20:ce::254'].map((text) => allowedHostOf(text));

const KINDS: Record<string, string> = {
  loopback: 'this machine itself', private: 'a private network', uniqueLocal: 'a private network', linkLocal: 'the local link',
  carrierGradeNat: 'a carrier’s inner network', unspecified: 'no host at all', multicast: 'many hosts at once', broadcast: 'many hosts at once',
};

export class Guard {
  private readonly allowHosts: readonly string[];
  private readonly allowed: readonly AllowedHost[];
  /** The same for guards that allow the same: connections may be shared between these, and only these. */
  readonly key: string;

  /** `allowHosts`: as in jobs.yaml. */
  constructor(allowHosts: readonly string[]) {
    this.allowHosts = allowHosts;
    this.allowed = allowHosts.map(allowedHostOf);
    this.key = [...new Set(allowHosts)].toSorted().join(' ');
  }

  /** The same, and one more host. */
  and(host: string): Guard {
    return new Guard([...this.allowHosts, host]);
  }

  /** Whether the operator has named the host: it is their own, and need not be spared. */
  isNamed(url: URL): boolean {
    const ip = ipOf(url.hostname);
    return this.allowed.some((entry) => isPort(entry, portOf(url)) && (ip ? isWithin(entry, ip) : isCalled(entry, plainName(url.hostname))));
  }

  /** Before anything is looked up. Throws `AddressRefused`. */
  checkUrl(url: URL): void {
    const name = plainName(url.hostname);
    if (METADATA_NAMES.has(name)) throw refused(url, 'it is the metadata service of a cloud, which is never asked');
    if (ipOf(name)) this.checkAddress(url, name);
    if (/(^|\.)localhost$/.test(name)) this.checkAddress(url, '127.0.0.1');
  }

  /** An address that stands in the URL, was looked up, or is connected. Throws `AddressRefused`. */
  checkAddress(url: URL, address: string): void {
    const ip = ipOf(address);
    if (!ip) throw refused(url, `"${address}" is no address`);
    const literal = ipOf(url.hostname);
    const is = literal ? 'it is' : `its address ${address} is`;
    if ([ip, ...within(ip)].some((one) => METADATA.some((entry) => isWithin(entry, one)))) throw refused(url, `${is} the metadata service of a cloud, which is never asked`);
    if (isPublic(ip)) return;
    const isMeant = this.allowed.some((entry) => isPort(entry, portOf(url)) && ((!literal && isCalled(entry, plainName(url.hostname))) || isWithin(entry, ip)));
    if (!isMeant) throw refused(url, `${is} ${KINDS[ip.range()] ?? 'reserved'}, not the public internet`, `; if you mean it, allow it in jobs.yaml: http: { allow_hosts: ["${url.host}"] }`);
  }
}

/** Only 2000::/3 has been given out: ipaddr.js takes the rest of IPv6, with IPv4-compatible addresses such as ::7f00:1, for unicast. */
function isPublic(ip: Ip): boolean {
  return ip.range() === 'unicast' && (!('parts' in ip) || ip.parts[0]! >> 13 === 1);
}

/** IPv4 addresses that a gateway would make of it: NAT64, 6to4, and IPv4-compatible ones. */
function within(ip: Ip): Ip[] {
  if (!('parts' in ip)) return [];
  const pairs = ip.range() === '6to4' ? [ip.parts[1]!, ip.parts[2]!] : ip.parts.slice(6);
  const embedded = ipOf(pairs.flatMap((pair) => [pair >> 8, pair & 255]).join('.'));
  return embedded && (['6to4', 'rfc6052'].includes(ip.range()) || ip.parts.slice(0, 6).every((part) => part === 0)) ? [embedded] : [];
}

const isCalled = (entry: AllowedHost, name: string): boolean => ('name' in entry && entry.name === name) || ('below' in entry && name.endsWith(entry.below));

const isWithin = (entry: AllowedHost, ip: Ip): boolean => 'range' in entry && entry.range[0].kind() === ip.kind() && ip.match(entry.range as never);

const isPort = ({ port }: AllowedHost, wanted: string): boolean => port === undefined || port === wanted;

const portOf = ({ port, protocol }: URL): string => port || (protocol === 'https:' ? '443' : '80');

const refused = (url: URL, why: string, wayOut = '') => new AddressRefused(`ctx.http: ${url.protocol}//${url.host} is refused: ${why}${wayOut}`);
