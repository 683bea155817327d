import { createHash, randomUUID } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { z } from 'zod';
import { Failure } from '#lib/base/failure';

/** Prisma Migrate's own advisory lock: `prisma migrate` and this never run at the same time. */
const LOCK = 72_707_369;
const OLDEST_SERVER = 150_000;

const Recorded = z.object({
  migration_name: z.string(),
  checksum: z.string(),
  finished_at: z.date().nullable(),
  rolled_back_at: z.date().nullable(),
});
type Recorded = z.infer<typeof Recorded>;

/**
 * Applies the migrations of `folder` that the database does not have, in order, each in a transaction of its
 * own, and records them as `prisma migrate deploy` does. Answers the names of the applied ones.
 * `only`: no others than these. Throws `server.database`: unreachable, older than PostgreSQL 15, or a history that does not
 * fit.
 */
export function migrate(url: string, folder: string, only?: readonly string[]): Promise<string[]> {
  return connected(url, 'prepared', async (client) => {
    await refuseOldServer(client);
    await client.query('select pg_advisory_lock($1)', [LOCK]);
    return applyMissing(client, folder, only);
  });
}

/**
 * Looks whether the database has had exactly the migrations of `folder`, and changes nothing: for what opens the records
 * without a start. Throws `server.database`: unreachable, without records, used by a newer Recount, or not brought up to date.
 */
export function requireMigrated(url: string, folder: string): Promise<void> {
  return connected(url, 'read', async (client) => {
    const there = await client.query("select 1 where to_regclass('_prisma_migrations') is not null");
    const recorded = there.rowCount === 0 ? [] : await recordedIn(client);
    if (recorded.length === 0)
      throw new Failure('server.database', "this database holds no records of Recount's", {
        fix: 'Set DATABASE_URL, or RECOUNT_DATA_DIR, to what Recount runs on.',
      });
    const names = migrationsIn(folder);
    refuseOtherHistory(recorded, names);
    const missing = names.filter((name) => !recorded.some((row) => row.migration_name === name));
    if (missing.length === 0) return;
    throw new Failure(
      'server.database',
      `these records are of an older Recount: ${missing.length} of its migrations are missing, first ${missing[0]}`,
      {
        fix: 'Start Recount once, which brings them up to date; a backup from before that is made with the version that they are of.',
      },
    );
  });
}

async function connected<T>(
  url: string,
  done: 'prepared' | 'read',
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: 10_000,
    application_name: 'recount migrate',
  });
  client.on('error', () => {});
  try {
    await client.connect();
    return await work(client);
  } catch (cause) {
    if (cause instanceof Failure) throw cause;
    const words = cause instanceof Error ? cause.message || cause.name : String(cause);
    throw new Failure(
      'server.database',
      `the database of Recount's own records cannot be ${done}: ${words}`,
      {
        cause,
      },
    );
  } finally {
    await client.end().catch(() => {});
  }
}

async function refuseOldServer(client: pg.Client): Promise<void> {
  const { rows } = await client.query(
    "select current_setting('server_version_num')::int as number, version() as words",
  );
  const server = z.object({ number: z.number(), words: z.string() }).parse(rows[0]);
  if (server.number >= OLDEST_SERVER) return;
  throw new Failure(
    'server.database',
    `the server behind DATABASE_URL is ${server.words}; Recount needs PostgreSQL 15 or newer`,
    {
      fix: 'Use a newer server, or leave DATABASE_URL out: Recount brings its own.',
    },
  );
}

/** The names of the migrations in a folder, in order. */
export const migrationsIn = (folder: string): string[] =>
  readdirSync(folder)
    .filter((name) => existsSync(path.join(folder, name, 'migration.sql')))
    .sort();

async function applyMissing(client: pg.Client, folder: string, only?: readonly string[]): Promise<string[]> {
  await client.query(`create table if not exists _prisma_migrations (
    id varchar(36) primary key not null, checksum varchar(64) not null, finished_at timestamptz,
    migration_name varchar(255) not null, logs text, rolled_back_at timestamptz,
    started_at timestamptz not null default now(), applied_steps_count integer not null default 0)`);
  const recorded = await recordedIn(client);
  const names = migrationsIn(folder).filter((name) => only?.includes(name) ?? true);
  refuseOtherHistory(recorded, names);
  const applied: string[] = [];
  for (const name of names) {
    const sql = readFileSync(path.join(folder, name, 'migration.sql'));
    const checksum = createHash('sha256').update(sql).digest('hex');
    const known = recorded.find((row) => row.migration_name === name);
    if (known === undefined) {
      await applyOne(client, name, sql.toString('utf8'), checksum);
      applied.push(name);
    } else if (known.checksum !== checksum) {
      throw new Failure(
        'server.database',
        `migration ${name} was edited after it was applied to this database`,
        {
          fix: 'Restore the file as it was, and put the change into a new migration.',
        },
      );
    }
  }
  return applied;
}

async function recordedIn(client: pg.Client): Promise<Recorded[]> {
  const { rows } = await client.query(
    'select migration_name, checksum, finished_at, rolled_back_at from _prisma_migrations',
  );
  return z
    .array(Recorded)
    .parse(rows)
    .filter((row) => row.rolled_back_at === null);
}

function refuseOtherHistory(recorded: readonly Recorded[], names: readonly string[]): void {
  const failed = recorded.find((row) => row.finished_at === null);
  if (failed !== undefined) {
    throw new Failure(
      'server.database',
      `migration ${failed.migration_name} failed half-way in this database`,
      {
        fix: 'Settle it with `prisma migrate resolve`, then start again.',
      },
    );
  }
  const newer = recorded.find((row) => !names.includes(row.migration_name));
  if (newer === undefined) return;
  throw new Failure(
    'server.database',
    `this database was used by a newer Recount (migration ${newer.migration_name} is unknown here)`,
    {
      fix: 'Use that version, or bring a backup from before the upgrade back into an empty data folder.',
    },
  );
}

async function applyOne(client: pg.Client, name: string, sql: string, checksum: string): Promise<void> {
  await client.query('begin');
  try {
    await client.query(sql);
    await client.query(
      'insert into _prisma_migrations (id, checksum, migration_name, finished_at, applied_steps_count) values ($1, $2, $3, now(), 1)',
      [randomUUID(), checksum, name],
    );
    await client.query('commit');
  } catch (cause) {
    await client.query('rollback');
    const words = cause instanceof Error ? cause.message : String(cause);
    throw new Failure('server.database', `migration ${name} failed: ${words}`, { cause });
  }
}
