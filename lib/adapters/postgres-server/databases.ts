import { mkdirSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { type EmbeddedServer, readSecret } from '#lib/adapters/postgres-server/embedded';
import { ident, literal } from '#lib/base/sql';

/** The databases of the embedded server, as urls with passwords. */
export type Databases = {
  /** Recount's own records. */
  readonly records: string;
  /** The live data of the sample incident, as a role that owns this database and reaches no other. */
  readonly sample: string;
};

const RECORDS = 'recount';
const SAMPLE = 'recount_sample';

/** Makes the two databases and the sample's role where they are missing. `secretsDir` keeps the role's password. */
export async function prepareDatabases(server: EmbeddedServer, secretsDir: string): Promise<Databases> {
  mkdirSync(secretsDir, { recursive: true });
  const password = readSecret(path.join(secretsDir, 'sample.password'));
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  try {
    const has = async (query: string, name: string): Promise<boolean> =>
      (await client.query(query, [name])).rowCount === 1;
    const role = (await has('select 1 from pg_roles where rolname = $1', SAMPLE))
      ? 'alter role'
      : 'create role';
    await client.query(
      `${role} ${ident(SAMPLE)} login nosuperuser nocreatedb nocreaterole password ${literal(password)}`,
    );
    for (const [name, owner] of [
      [RECORDS, 'recount'],
      [SAMPLE, SAMPLE],
    ] as const) {
      if (await has('select 1 from pg_database where datname = $1', name)) continue;
      await client.query(`create database ${ident(name)} owner ${ident(owner)}`);
      await client.query(`revoke all on database ${ident(name)} from public`);
    }
    await client.query('revoke connect on database postgres from public');
  } finally {
    await client.end();
  }
  return { records: urlFor(server.url, RECORDS), sample: urlFor(server.url, SAMPLE, SAMPLE, password) };
}

function urlFor(serverUrl: string, database: string, user?: string, password?: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${database}`;
  if (user !== undefined) url.username = user;
  if (password !== undefined) url.password = password;
  return url.href;
}
