import { type LookupOptions, lookup } from 'node:dns';
import { lookup as lookupNow } from 'node:dns/promises';
import { BlockList, isIP, type LookupFunction, Socket } from 'node:net';
import { parseHosts, type WebhookHost } from '#lib/adapters/webhooks/webhook-hosts';
import { Failure } from '#lib/base/failure';

// Where Recount connects to as a live store: never to what only a machine itself is told by, and where an administrator lists
// hosts, for those that people enter, to none but them.

/** One entry of RECOUNT_LIVE_HOSTS: a host as it is entered, with or without a port, or a network. */
export type LiveHost = WebhookHost | { readonly network: string; readonly bits: number };

/** Link-local, where clouds answer with a machine's credentials, and their other addresses of that kind. */
const NEVER = new BlockList();
NEVER.addSubnet('169.254.0.0', 16, 'ipv4');
NEVER.addSubnet('fe80::', 10, 'ipv6');
NEVER.addSubnet('64:ff9b::a9fe:0', 112, 'ipv6');
NEVER.addAddress('fd00:ec2::254', 'ipv6');
NEVER.addAddress('100.100.100.200', 'ipv4');

const familyOf = (address: string): 'ipv4' | 'ipv6' => (isIP(address) === 6 ? 'ipv6' : 'ipv4');
const isNever = (address: string): boolean =>
  NEVER.check(address.replace(/%.*$/, ''), familyOf(address.replace(/%.*$/, '')));

const never = (host: string): Failure =>
  new Failure(
    'live.forbidden',
    `${host} leads to an address that no database has: link-local, or a cloud's own.`,
    {
      fix: 'Name the host of the database.',
    },
  );

/**
 * A socket that connects to no such address, whatever a name is resolved to at that moment. Throws `live.forbidden` for an
 * address; for a name it is the error of the connection.
 */
export function guardedSocket(host: string): Socket {
  if (isIP(host) !== 0 && isNever(host)) throw never(host);
  const socket = new Socket();
  const connect = socket.connect.bind(socket);
  return Object.assign(socket, {
    connect: (port: number, name: string) => connect({ port, host: name, lookup: guardedLookup }),
  });
}

const guardedLookup: LookupFunction = (name, options, found) => {
  const all: LookupOptions & { all: true } = { ...options, all: true };
  lookup(name, all, (error, addresses) => {
    const [first] = addresses ?? [];
    if (error !== null || first === undefined) found(error ?? new Error(`${name} has no address`), '', 0);
    else if (addresses.some(({ address }) => isNever(address))) found(never(name), '', 0);
    else if (options.all === true) found(null, addresses);
    else found(null, first.address, first.family);
  });
};

/** Reads `db.example.org,10.0.0.5:6432,10.1.0.0/16`. `wrong`: the entries that are none. */
export function parseLiveHosts(text: string): { hosts: LiveHost[]; wrong: string[] } {
  const entries = text.split(',').map((entry) => entry.trim());
  const networks = entries.flatMap((entry) => networkOf(entry) ?? []);
  const { hosts, wrong } = parseHosts(entries.filter((entry) => networkOf(entry) === null).join(','));
  return { hosts: [...networks, ...hosts], wrong };
}

function networkOf(entry: string): LiveHost | null {
  const [, network = '', digits = ''] = /^([0-9a-f:.]+)\/(\d{1,3})$/i.exec(entry) ?? [];
  const most = { 0: -1, 4: 32, 6: 128 }[isIP(network)] ?? -1;
  return Number(digits) <= most ? { network, bits: Number(digits) } : null;
}

/**
 * Refuses a host that is not listed: neither itself, nor every address of it in a listed network. An empty list is none.
 * Throws `live.forbidden`.
 */
export async function requireListed(
  { host, port }: { readonly host: string; readonly port: number },
  hosts: readonly LiveHost[],
): Promise<void> {
  if (isIP(host) !== 0 && isNever(host)) throw never(host);
  if (hosts.length === 0 || hosts.some((one) => 'name' in one && isNamed(one, host, port))) return;
  const networks = new BlockList();
  for (const one of hosts)
    if ('network' in one) networks.addSubnet(one.network, one.bits, familyOf(one.network));
  const addresses = await lookupNow(host, { all: true }).catch(() => []);
  const isInside = addresses.every(({ address }) => networks.check(address, familyOf(address)));
  if (addresses.length > 0 && isInside) return;
  throw new Failure('live.forbidden', `${host}:${port} is not among the hosts that live stores may be at.`);
}

const isNamed = (one: WebhookHost, host: string, port: number): boolean =>
  one.name.replace(/^\[|\]$/g, '') === host.toLowerCase() && (one.port === null || one.port === port);
