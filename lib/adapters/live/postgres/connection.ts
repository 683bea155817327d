import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { checkAddress, type PostgresAddress } from '#lib/adapters/live/postgres/address';
import { type CancelKey, requestCancel } from '#lib/adapters/live/postgres/cancel-request';
import { guardedSocket } from '#lib/adapters/live/postgres/live-hosts';
import { sqlState, unreachable } from '#lib/adapters/live/postgres/sql-error';
import { tlsOptions } from '#lib/adapters/live/postgres/tls-options';
import { Bug, Failure } from '#lib/base/failure';

/** A row as the server sent it: text or NULL, by position. */
export type TextRow = readonly (string | null)[];
export type TextResult = {
  readonly rows: readonly TextRow[];
  readonly rowCount: number;
  readonly command: string;
};
export type Parameter = string | null | readonly (string | null)[] | readonly number[];

/** One session. Every value is text in both directions: a JavaScript Date or number would lose digits. */
export type Connection = {
  readonly client: pg.Client;
  /**
   * Breaks off the statement that the session runs, at the server: closing its socket alone would leave it running there.
   * Never throws.
   */
  cancel(): Promise<void>;
  query(text: string, values?: readonly Parameter[], limitMs?: number): Promise<TextResult>;
};

const AS_TEXT = { getTypeParser: () => (value: string) => value };

/** Settings of every session: values in one form, no name resolved through somebody's search_path. */
export const SESSION_SETTINGS: readonly (readonly [string, string])[] = [
  ['search_path', 'pg_catalog'],
  ['timezone', 'UTC'],
  ['datestyle', 'ISO, YMD'],
  ['intervalstyle', 'postgres'],
  ['extra_float_digits', '3'],
  ['bytea_output', 'hex'],
  ['standard_conforming_strings', 'on'],
  ['row_security', 'off'],
];

/** Of a reading transaction: it may take long, but does not queue behind somebody's ALTER TABLE for ever. */
export const READING_SETTINGS: typeof SESSION_SETTINGS = [
  ...SESSION_SETTINGS,
  ['statement_timeout', '0'],
  ['lock_timeout', '30s'],
];

/** Pauses before a server without a free connection is asked again: one is often let go in a moment. */
const FULL_PAUSES_MS = [500, 1_500];

/** Connects, or throws `live.unreachable`, `live.forbidden`. `silenceMs`: how long any statement may go without an answer. */
export async function connect(address: PostgresAddress, silenceMs = 600_000): Promise<Connection> {
  checkAddress(address);
  for (const pauseMs of [...FULL_PAUSES_MS, null]) {
    const client = clientOf(address, silenceMs);
    try {
      await client.connect();
      return connectionOf(client, address);
    } catch (error) {
      client.end().catch(() => {});
      if (error instanceof Failure) throw error;
      if (pauseMs === null || sqlState(error) !== '53300') throw unreachable(error, address);
      await sleep(pauseMs);
    }
  }
  throw new Bug('the last try of a connection ended in nothing');
}

function clientOf(address: PostgresAddress, silenceMs: number): pg.Client {
  const client = new pg.Client({
    host: address.host,
    port: address.port,
    database: address.database,
    user: address.user,
    // a function, because pg would take an absent password from PGPASSWORD or a passfile
    password: () => address.password?.reveal() ?? '',
    ssl: tlsOptions(address),
    application_name: address.applicationName,
    connectionTimeoutMillis: address.connectTimeoutSeconds * 1000,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    types: AS_TEXT,
    stream: () => guardedSocket(address.host),
    query_timeout: silenceMs,
    client_encoding: 'UTF8',
  });
  // without a listener a lost idle connection would end the process; the next query reports it
  client.on('error', () => {});
  return client;
}

const connectionOf = (client: pg.Client, address: PostgresAddress): Connection => ({
  client,
  cancel: async () => {
    const key = keyOf(client);
    if (key !== null) await requestCancel(address, key).catch(() => {});
  },
  query: (...args) => run(client, ...args),
});

/** What the server, or the pooler before it, told this session to cancel it by. */
function keyOf(client: pg.Client): CancelKey | null {
  if (!('processID' in client && 'secretKey' in client)) return null;
  const { processID, secretKey } = client;
  return typeof processID === 'number' && typeof secretKey === 'number' ? { processID, secretKey } : null;
}

async function run(
  client: pg.Client,
  text: string,
  values: readonly Parameter[] = [],
  limitMs?: number,
): Promise<TextResult> {
  const result = await client.query<(string | null)[]>({
    text,
    values: [...values],
    rowMode: 'array',
    types: AS_TEXT,
    ...(limitMs === undefined ? {} : { query_timeout: limitMs }),
  });
  return { rows: result.rows, rowCount: result.rowCount ?? 0, command: result.command };
}

/** Ends a session without waiting for the server: what it had not committed is rolled back. */
export function destroy(connection: Connection): void {
  const { client } = connection;
  if ('connection' in client && client.connection instanceof pg.Connection)
    client.connection.stream.destroy();
  client.end().catch(() => {});
}

/** Runs `use` on a fresh session that is always ended; it is broken off when `until` aborts, whatever it waits for. */
export async function withConnection<T>(
  address: PostgresAddress,
  use: (connection: Connection) => Promise<T>,
  silenceMs?: number,
  until?: AbortSignal,
): Promise<T> {
  const connection = await connect(address, silenceMs);
  const end = (): void => void connection.cancel().finally(() => destroy(connection));
  until?.addEventListener('abort', end, { once: true });
  try {
    const result = await use(connection);
    await leave(connection);
    return result;
  } catch (error) {
    destroy(connection);
    throw error;
  } finally {
    until?.removeEventListener('abort', end);
  }
}

const LEAVE_MS = 5_000;

/** Says goodbye; a server or network that does not answer that is not waited for. */
async function leave(connection: Connection): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<void>((done) => {
    timer = setTimeout(done, LEAVE_MS);
  });
  await Promise.race([connection.client.end(), over]);
  clearTimeout(timer);
  destroy(connection);
}

/** Where is read: with `closed`, the reading is broken off when that aborts. */
type Place = PostgresAddress | { readonly address: PostgresAddress; readonly closed: AbortSignal };

/** Runs `use` in one read-only transaction that sees one state of the database, and rolls it back. */
export async function reading<T>(place: Place, use: (connection: Connection) => Promise<T>): Promise<T> {
  const { address, closed } = 'address' in place ? place : { address: place };
  const read = async (connection: Connection): Promise<T> => {
    await connection.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    await applySettings(connection, READING_SETTINGS);
    const result = await use(connection);
    await connection.query('ROLLBACK');
    return result;
  };
  return withConnection(address, read, undefined, closed);
}

/** SET LOCAL for many settings in one round trip. */
export async function applySettings(
  connection: Connection,
  settings: readonly (readonly [string, string])[],
): Promise<void> {
  await connection.query(
    'SELECT pg_catalog.set_config(n, v, true) FROM unnest($1::text[], $2::text[]) AS s(n, v)',
    [settings.map(([name]) => name), settings.map(([, value]) => value)],
  );
}
