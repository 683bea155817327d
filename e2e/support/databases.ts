import { readFileSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { installation } from './installation.ts';

/** The two databases of the installation under test: the sample's live rows, and Recount's own records. */
type Database = 'sample' | 'records';

const ACCESS = {
  sample: { user: 'recount_sample', database: 'recount_sample', secret: 'sample.password' },
  records: { user: 'recount', database: 'recount', secret: 'password' },
} as const;

/** Asks a database directly, past the application. */
export async function ask<Row extends pg.QueryResultRow>(
  which: Database,
  sql: string,
  values: readonly unknown[] = [],
): Promise<Row[]> {
  const client = await connect(which);
  try {
    return (await client.query<Row>(sql, [...values])).rows;
  } finally {
    await client.end();
  }
}

/** Keeps everyone from reading a table of the sample until the answer is called. */
export async function holdTable(table: 'points.hourly_points'): Promise<() => Promise<void>> {
  const client = await connect('sample');
  await client.query(`begin; lock table ${table} in access exclusive mode`);
  return () => client.end();
}

async function connect(which: Database): Promise<pg.Client> {
  const client = new pg.Client(addressOf(which));
  await client.connect();
  return client;
}

/** Where a database is, and how one gets in. */
export function addressOf(which: Database): {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
  readonly password: string;
} {
  const folder = path.join(installation().dataDir, 'postgres');
  const read = (name: string): string => readFileSync(path.join(folder, name), 'utf8').trim();
  const { user, database, secret } = ACCESS[which];
  return { host: '127.0.0.1', port: Number(read('port')), user, database, password: read(secret) };
}
