import { BlockList, isIP } from 'node:net';
import { Failure } from '#lib/base/failure';

// Where Recount may send to. An administrator lists hosts in the environment; nothing on a page reaches past that list.

/** One entry of RECOUNT_WEBHOOK_HOSTS. */
export type WebhookHost = {
  /** As a URL has it: lower case, an IPv6 address in brackets. */
  readonly name: string;
  /** Null: the usual one, 443 (80 for http). */
  readonly port: number | null;
};

/** Reads `hooks.slack.com,10.0.0.5:8080,[::1]:9000`. `wrong`: the entries that are none. */
export function parseHosts(text: string): { hosts: WebhookHost[]; wrong: string[] } {
  const entries = text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
  const read = entries.map((entry) => ({ entry, host: hostOf(entry) }));
  return {
    hosts: read.flatMap(({ host }) => host ?? []),
    wrong: read.filter(({ host }) => host === null).map(({ entry }) => entry),
  };
}

function hostOf(entry: string): WebhookHost | null {
  const [, name = '', digits] = /^(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(?::(\d{1,5}))?$/i.exec(entry) ?? [];
  // a scheme without a usual port keeps every port that is written
  const url = URL.parse(`https://${name}/`);
  if (url === null || url.hostname === '') return null;
  const port = digits === undefined ? null : Number(digits);
  if (port !== null && (port < 1 || port > 65_535)) return null;
  return { name: url.hostname, port };
}

/** The entries as they are shown. */
export const hostWords = ({ name, port }: WebhookHost): string => (port === null ? name : `${name}:${port}`);

const bare = (hostname: string): string => hostname.replace(/^\[|\]$/g, '');
/** Its addresses need no look: the administrator named this very one, or this machine. */
const isNamedItself = (hostname: string): boolean => isIP(bare(hostname)) !== 0 || hostname === 'localhost';

/**
 * Checks an address against the list. https only; http only to an address that stands in the list as a number, or to
 * `localhost`. Throws `webhook.refused`, with no word of the path, which may be a secret.
 */
export function checkedUrl(text: string, hosts: readonly WebhookHost[]): URL {
  const url = URL.parse(text);
  if (url === null) throw refused('This is no address; write https://…');
  const { protocol, hostname, username, password, port } = url;
  if (protocol !== 'https:' && protocol !== 'http:') throw refused('The address must begin with https://.');
  if (username !== '' || password !== '') throw refused('The address must not hold a name or password.');
  const isListed = hosts.some(
    (host) => host.name === hostname && (host.port === null ? port === '' : host.port === portOf(url)),
  );
  if (!isListed) throw refused(`${url.host} is not among the hosts that webhooks may lead to.`);
  if (protocol === 'http:' && !isNamedItself(hostname))
    throw refused('The address must begin with https://.');
  url.hash = '';
  return url;
}

const refused = (message: string): Failure => new Failure('webhook.refused', message);

/** The port of a URL, also where it is the usual one. */
export const portOf = ({ port, protocol }: URL): number =>
  port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port);

const list = (family: 'ipv4' | 'ipv6', nets: readonly string[]): BlockList => {
  const made = new BlockList();
  for (const net of nets) {
    const [address = '', bits] = net.split('/');
    made.addSubnet(address, Number(bits), family);
  }
  return made;
};
/** IANA's special-purpose registry, and multicast. */
const NOT_PUBLIC_4 = list('ipv4', [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.31.196.0/24',
  '192.52.193.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '192.175.48.0/24',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/3',
]);
/** Everything else, with what stands for an IPv4 address (mapped, NAT64), is outside. */
const GLOBAL_6 = list('ipv6', ['2000::/3']);
/** Within that: Teredo, ORCHID, 6to4, documentation. */
const NOT_PUBLIC_6 = list('ipv6', [
  '2001::/23',
  '2001:db8::/32',
  '2002::/16',
  '2620:4f:8000::/48',
  '3fff::/20',
]);
const LOOPBACK_4 = list('ipv4', ['127.0.0.0/8']);

/** Whether an address is one of the public internet. */
export function isPublic(address: string): boolean {
  if (isIP(address) === 4) return !NOT_PUBLIC_4.check(address);
  if (isIP(address) !== 6 || address.includes('%')) return false;
  return GLOBAL_6.check(address, 'ipv6') && !NOT_PUBLIC_6.check(address, 'ipv6');
}

const isLoopback = (address: string): boolean =>
  address === '::1' || (isIP(address) === 4 && LOOPBACK_4.check(address));

/** Whether a listed host may be reached at this address, which its name was resolved to. */
export function mayReach(hostname: string, address: string): boolean {
  if (hostname === 'localhost') return isLoopback(address);
  return isNamedItself(hostname) ? address === bare(hostname) : isPublic(address);
}
