import { Failure } from '#lib/base/failure';
import { Secret } from '#lib/base/secret';

/** `require`: encrypted, the server's identity unproved; `verify-ca` and `verify-full` prove it. */
export const SSL_MODES = ['disable', 'require', 'verify-ca', 'verify-full'] as const;
export type SslMode = (typeof SSL_MODES)[number];

/** Where a PostgreSQL is and who signs in: fields, never a string that could smuggle in an option. */
export type PostgresAddress = {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: Secret | null;
  readonly ssl: SslMode;
  /** PEM of the authority that signed the server's certificate; absent: the system's. */
  readonly ca?: string;
  readonly connectTimeoutSeconds: number;
  readonly applicationName: string;
};

const PARAMETERS = ['sslmode', 'application_name', 'connect_timeout'];
/** A name or an address of the network: nothing that a driver could take for a folder, a list or a parameter. */
export const HOST = /^(?!-)[\p{L}\p{N}._:-]{1,253}$/u;
const CONTROL = /\p{Cc}/u;
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1)$/;

/** Encrypted and proved by default; on this machine's own loopback there is nobody to listen. */
export const defaultSsl = (host: string): SslMode => (LOOPBACK.test(host) ? 'disable' : 'verify-full');

function refuse(message: string, fix: string): never {
  throw new Failure('plan.field.invalid', message, { fix, at: { path: 'live.store' } });
}

const decode = (text: string, part: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return refuse(
      `The ${part} in the address of the live store is not percent-encoded correctly.`,
      'Write % as %25.',
    );
  }
};

/**
 * Parses `postgres://user:password@host:port/database?sslmode=…`. Of the parameters only sslmode, application_name
 * and connect_timeout are taken: `host`, `options`, `service`, `passfile` and socket folders could redirect or
 * reconfigure the session. Throws `plan.field.invalid`; no message holds the address.
 */
export function parseAddress(text: string): PostgresAddress {
  if (!URL.canParse(text)) {
    refuse(
      'The address of the live store is not a URL.',
      'Write it as postgres://user:password@host:5432/database.',
    );
  }
  const url = new URL(text);
  if (url.protocol !== 'postgres:' && url.protocol !== 'postgresql:') {
    refuse('The address of the live store is not of the form postgres://….', 'Use a postgres:// address.');
  }
  const host = decode(url.hostname, 'host').replace(/^\[(.*)\]$/, '$1');
  const user = decode(url.username, 'user');
  if (user === '')
    refuse('The address of the live store names no user.', 'Write postgres://USER:…@host/database.');
  const database = decode(url.pathname.slice(1), 'database') || user;
  const parameters = parametersOf(url);
  return checkAddress({
    host,
    port: url.port === '' ? 5432 : Number(url.port),
    database,
    user,
    password: url.password === '' ? null : new Secret(decode(url.password, 'password')),
    ssl: sslMode(parameters.get('sslmode'), host),
    connectTimeoutSeconds: timeout(parameters.get('connect_timeout')),
    applicationName: parameters.get('application_name') ?? 'recount',
  });
}

function parametersOf(url: URL): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>();
  for (const [name, value] of url.searchParams) {
    if (!PARAMETERS.includes(name)) {
      refuse(
        `The address of the live store has the parameter ${JSON.stringify(name)}, which is not allowed.`,
        `Only ${PARAMETERS.join(', ')} may stand there.`,
      );
    }
    if (parameters.has(name)) {
      refuse(`The address of the live store has ${name} twice.`, 'Keep one of the two.');
    }
    parameters.set(name, value);
  }
  return parameters;
}

function sslMode(text: string | undefined, host: string): SslMode {
  if (text === undefined) return defaultSsl(host);
  const mode = SSL_MODES.find((each) => each === text);
  return mode ?? refuse('The sslmode of the live store is not known.', `Use one of ${SSL_MODES.join(', ')}.`);
}

function timeout(text: string | undefined): number {
  if (text === undefined) return 10;
  if (!/^\d{1,3}$/.test(text) || Number(text) < 1) {
    refuse('The connect_timeout of the live store is not a number of seconds.', 'Use 1 to 999.');
  }
  return Number(text);
}

/** Checks an address that came as fields; every session begins with it. Throws `plan.field.invalid`. */
export function checkAddress(address: PostgresAddress): PostgresAddress {
  const { host, port } = address;
  if (!HOST.test(host)) {
    refuse('The live store needs one host name or address; socket folders are not taken.', 'Name a host.');
  }
  if (!Number.isInteger(port) || port < 1 || port > 65535) {
    refuse('The port of the live store is not between 1 and 65535.', 'Correct the port.');
  }
  for (const part of [address.user, address.database]) {
    if (part === '' || CONTROL.test(part)) {
      refuse('The live store needs a user and a database, without control characters.', 'Name both.');
    }
  }
  // a NUL ends a field of the protocol: what stands behind it would be a parameter of the session
  if (CONTROL.test(address.applicationName) || address.password?.reveal().includes('\0')) {
    refuse('The address of the live store holds control characters.', 'Leave them out.');
  }
  return address;
}

/** `db.example.org:5432/ledger as recount_app`: an address in words, without its password. */
export const addressWords = (address: PostgresAddress): string =>
  `${address.host}:${address.port}/${address.database} as ${address.user}`;
