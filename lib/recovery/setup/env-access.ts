import { readFileSync } from 'node:fs';
import { BlockList, isIP } from 'node:net';
import { z } from 'zod';
import { ROLES, type Role } from '#lib/recovery/access/policy';

// The settings of who may come in, and from where.

/** A provider of OpenID Connect that people sign in with. */
export type OidcSettings = {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Of whom nobody invited; null: who was not invited stays out. */
  readonly role: Role | null;
};

export type AccessSettings = {
  readonly host: string;
  /** `https://recount.example.org`; null: this machine only. */
  readonly origin: string | null;
  /** Signs cookies; null: derived from the key file. */
  readonly secret: string | null;
  /** Whose X-Forwarded-For is believed. */
  readonly trustedProxies: readonly string[];
  readonly oidc: OidcSettings | null;
};

const LOOPBACK = ['127.0.0.1', '::1', 'localhost'];
const SECRET_BYTES = 32;
const DISTINCT_BYTES = 12;

const secretOfFile = z.string().transform((file, context) => {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    context.addIssue('cannot be read');
    return z.NEVER;
  }
});

const originText = z.string().refine((text) => {
  const url = URL.parse(text);
  return url?.protocol === 'https:' && url.origin === text;
}, 'must be an https origin without a path, like https://recount.example.org');

const issuerUrl = z.string().refine((text) => {
  const url = URL.parse(text);
  return url?.protocol === 'https:' || (url?.protocol === 'http:' && LOOPBACK.includes(url.hostname));
}, 'must be an https URL');

const proxies = z
  .string()
  .transform((text) => text.split(',').map((part) => part.trim()))
  .refine(
    (list) => list.every(isNetwork),
    'must be a list of addresses or networks, like 10.0.0.5,10.1.0.0/16',
  );

const Settings = z.object({
  HOST: z.string().default('127.0.0.1'),
  RECOUNT_ORIGIN: originText.optional(),
  RECOUNT_SECRET: z.string().optional(),
  RECOUNT_SECRET_FILE: secretOfFile.optional(),
  RECOUNT_TRUSTED_PROXIES: proxies.optional(),
  RECOUNT_OIDC_ISSUER: issuerUrl.optional(),
  RECOUNT_OIDC_CLIENT_ID: z.string().optional(),
  RECOUNT_OIDC_CLIENT_SECRET: z.string().optional(),
  RECOUNT_OIDC_CLIENT_SECRET_FILE: secretOfFile.optional(),
  RECOUNT_OIDC_ROLE: z.enum(ROLES).optional(),
});
type Given = z.output<typeof Settings>;

/** Of lib/recovery/setup/env.ts's settings, those of who may come in. */
export const Access = Settings.superRefine((given, context) => {
  for (const { name, words } of problemsOf(given))
    context.addIssue({ code: 'custom', path: [name], message: words });
});

/** What is missing or contradicts itself: by the setting, in words. */
function problemsOf(given: Given): { name: string; words: string }[] {
  const problems: { name: string; words: string }[] = [];
  const secret = given.RECOUNT_SECRET ?? given.RECOUNT_SECRET_FILE;
  if (!LOOPBACK.includes(given.HOST)) {
    const others = `must be set where HOST is not this machine's own (${LOOPBACK.join(', ')})`;
    if (secret === undefined)
      problems.push({
        name: 'RECOUNT_SECRET',
        words: `${others}: at least ${SECRET_BYTES} random bytes, for example of \`openssl rand -base64 48\``,
      });
    if (given.RECOUNT_ORIGIN === undefined)
      problems.push({
        name: 'RECOUNT_ORIGIN',
        words: `${others}: the https address that people open, like https://recount.example.org`,
      });
  }
  if (secret !== undefined && !isStrong(secret))
    problems.push({
      name: 'RECOUNT_SECRET',
      words: `must be at least ${SECRET_BYTES} bytes that nobody guesses, for example of \`openssl rand -base64 48\``,
    });
  const oidc = ['RECOUNT_OIDC_ISSUER', 'RECOUNT_OIDC_CLIENT_ID', 'RECOUNT_OIDC_CLIENT_SECRET'] as const;
  const has = (name: (typeof oidc)[number]): boolean =>
    given[name] !== undefined ||
    (name === 'RECOUNT_OIDC_CLIENT_SECRET' && given.RECOUNT_OIDC_CLIENT_SECRET_FILE !== undefined);
  if (oidc.some(has))
    for (const name of oidc.filter((one) => !has(one)))
      problems.push({ name, words: 'is missing: issuer, client id and client secret belong together' });
  return problems;
}

/** The settings as they are used, once Access has found nothing wrong. */
export function accessSettings(given: Given): AccessSettings {
  const clientSecret = given.RECOUNT_OIDC_CLIENT_SECRET ?? given.RECOUNT_OIDC_CLIENT_SECRET_FILE;
  const { RECOUNT_OIDC_ISSUER: issuer, RECOUNT_OIDC_CLIENT_ID: clientId } = given;
  const complete = issuer !== undefined && clientId !== undefined && clientSecret !== undefined;
  return {
    host: given.HOST,
    origin: given.RECOUNT_ORIGIN ?? null,
    secret: given.RECOUNT_SECRET ?? given.RECOUNT_SECRET_FILE ?? null,
    trustedProxies: given.RECOUNT_TRUSTED_PROXIES ?? [],
    oidc: complete ? { issuer, clientId, clientSecret, role: given.RECOUNT_OIDC_ROLE ?? null } : null,
  };
}

/** What people call the provider: its host. Null where there is none. */
export const providerName = ({ oidc }: Pick<AccessSettings, 'oidc'>): string | null =>
  oidc === null ? null : new URL(oidc.issuer).hostname;

/** Long enough, and not one character or a short word again and again. */
function isStrong(secret: string): boolean {
  const long = Buffer.byteLength(secret) >= SECRET_BYTES && new Set(secret).size >= DISTINCT_BYTES;
  return long && !/^(.{1,15})\1+/.test(secret);
}

function isNetwork(text: string): boolean {
  const [address = '', bits, ...more] = text.split('/');
  const family = isIP(address);
  if (family === 0 || more.length > 0) return false;
  return bits === undefined || (/^\d+$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
}

/** Whether an address is one of those, or lies in one of those networks. */
export function isTrusted(address: string, trusted: readonly string[]): boolean {
  const list = new BlockList();
  for (const entry of trusted) {
    const [net = '', bits] = entry.split('/');
    const family = isIP(net) === 6 ? 'ipv6' : 'ipv4';
    if (bits === undefined) list.addAddress(net, family);
    else list.addSubnet(net, Number(bits), family);
  }
  return isIP(address) !== 0 && list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}
