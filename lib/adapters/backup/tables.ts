import { createReadStream, createWriteStream, readFileSync } from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import { z } from 'zod';
import { damaged } from '#lib/adapters/backup/tar';
import { Failure } from '#lib/base/failure';
import { ident, literal } from '#lib/base/sql';

// The rows of Recount's own records, as files of COPY and back.

/** What holds only while a process or a browser lives: it is not taken along. */
const PASSING = ['job_lease', 'session', 'sign_in_link', 'sign_in_try', 'verification'];

export const TableDump = z.object({ name: z.string(), columns: z.array(z.string()) });
export const RecordsDump = z.object({
  /** Names of the migrations that the records have had, in order. */
  migrations: z.array(z.string()),
  tables: z.array(TableDump),
  sequences: z.array(z.object({ name: z.string(), lastValue: z.string(), isCalled: z.boolean() })),
});
export type RecordsDump = z.output<typeof RecordsDump>;

/** The tables that the schema of the records names. */
export const ownTables = (schemaFile: string): string[] =>
  [...readFileSync(schemaFile, 'utf8').matchAll(/^ {2}@@map\("(\w+)"\)$/gm)].map((match) => match[1] ?? '');

async function connected<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: 10_000,
    application_name: 'recount backup',
  });
  client.on('error', () => {});
  await client.connect();
  try {
    // the records are there, whatever schema the role has of its own
    await client.query('set search_path to public');
    return await work(client);
  } finally {
    await client.end().catch(() => {});
  }
}

/** Writes every table into `folder`, a file each, all as they were at one moment. Others go on reading and writing. */
export function dumpTables(url: string, schemaFile: string, folder: string): Promise<RecordsDump> {
  return connected(url, async (client) => {
    await client.query('begin isolation level repeatable read read only');
    const { rows } = await client.query(
      'select migration_name from _prisma_migrations where finished_at is not null and rolled_back_at is null order by 1',
    );
    const migrations = z.array(z.object({ migration_name: z.string() })).parse(rows);
    const tables: RecordsDump['tables'] = [];
    for (const name of ownTables(schemaFile).filter((table) => !PASSING.includes(table))) {
      const columns = await columnsOf(client, name);
      if (columns.length === 0) continue; // of a migration that this database has not had
      const list = columns.map(ident).join(', ');
      const copy = client.query(copyTo(`copy ${ident(name)} (${list}) to stdout`));
      await pipeline(copy, createWriteStream(path.join(folder, name), { mode: 0o600, flags: 'wx' }));
      tables.push({ name, columns });
    }
    if (tables.length === 0)
      throw new Failure('server.database', 'The database has no records to back up.', {
        fix: 'Check DATABASE_URL.',
      });
    const sequences = await sequencesOf(client);
    await client.query('commit');
    return { migrations: migrations.map((row) => row.migration_name), tables, sequences };
  });
}

async function columnsOf(client: pg.Client, table: string): Promise<string[]> {
  const { rows } = await client.query(
    `select column_name from information_schema.columns
      where table_schema = current_schema() and table_name = $1 and is_generated = 'NEVER' order by ordinal_position`,
    [table],
  );
  return z
    .array(z.object({ column_name: z.string() }))
    .parse(rows)
    .map((row) => row.column_name);
}

async function sequencesOf(client: pg.Client): Promise<RecordsDump['sequences']> {
  const { rows } = await client.query(
    'select sequencename from pg_sequences where schemaname = current_schema() order by 1',
  );
  const found: RecordsDump['sequences'] = [];
  for (const { sequencename: name } of z.array(z.object({ sequencename: z.string() })).parse(rows)) {
    const at = (await client.query(`select last_value::text, is_called from ${ident(name)}`)).rows[0];
    const { last_value, is_called } = z.object({ last_value: z.string(), is_called: z.boolean() }).parse(at);
    found.push({ name, lastValue: last_value, isCalled: is_called });
  }
  return found;
}

/** Throws `restore.not_empty` where the database holds tables already. */
export function requireEmptyDatabase(url: string): Promise<void> {
  return connected(url, async (client) => {
    const { rows } = await client.query(
      "select 1 from pg_tables where schemaname in (current_schema(), 'pgboss') limit 1",
    );
    if (rows.length === 0) return;
    throw new Failure('restore.not_empty', 'The database to restore into has tables already.', {
      fix: 'Name an empty database in DATABASE_URL.',
    });
  });
}

/**
 * Reads the files of `dumpTables` into tables that the same migrations have made, in one transaction, and does `also` in it
 * while no trigger runs. Throws `backup.damaged` where they do not fit.
 */
export function loadTables(
  url: string,
  dump: RecordsDump,
  folder: string,
  also: (client: pg.Client) => Promise<void>,
): Promise<void> {
  return connected(url, async (client) => {
    await client.query('begin');
    try {
      const names = dump.tables.map(({ name }) => ident(name));
      const references = await strictReferences(client);
      // tables may refer to one another in a circle: it is looked at once all rows are there
      for (const { table, name } of references)
        await client.query(
          `alter table ${table} alter constraint ${ident(name)} deferrable initially deferred`,
        );
      // the records are as they were: no trigger may refuse or add to them
      for (const table of names) await client.query(`alter table ${table} disable trigger user`);
      await client.query(`truncate ${names.join(', ')} cascade`);
      for (const { name, columns } of dump.tables) {
        const list = columns.map(ident).join(', ');
        const copy = client.query(copyFrom(`copy ${ident(name)} (${list}) from stdin`));
        await pipeline(createReadStream(path.join(folder, name)), copy);
      }
      await also(client);
      await client.query('set constraints all immediate');
      for (const { table, name } of references)
        await client.query(`alter table ${table} alter constraint ${ident(name)} not deferrable`);
      for (const table of names) await client.query(`alter table ${table} enable trigger user`);
      for (const { name, lastValue, isCalled } of dump.sequences)
        await client.query(`select setval(${literal(ident(name))}::regclass, $1, $2)`, [lastValue, isCalled]);
      await client.query('commit');
    } catch (cause) {
      await client.query('rollback').catch(() => {});
      if (cause instanceof Failure) throw cause;
      throw damaged(`its records do not fit (${cause instanceof Error ? cause.message : cause})`, cause);
    }
  });
}

/** References between tables that are looked at at once. */
async function strictReferences(client: pg.Client): Promise<{ table: string; name: string }[]> {
  const { rows } = await client.query(
    `select conrelid::regclass::text as "table", conname as name from pg_constraint
      where contype = 'f' and connamespace = 'public'::regnamespace and not condeferrable`,
  );
  return z.array(z.object({ table: z.string(), name: z.string() })).parse(rows);
}
