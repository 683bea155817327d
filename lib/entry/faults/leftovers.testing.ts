import { existsSync, readdirSync, utimesSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openChainReader } from '#lib/adapters/store/audit-chain';
import type { Admin } from '#lib/entry/faults/world.testing';
import { verifyAudit } from '#lib/recovery/audit/verify-audit';
import { askLedgers, verifyRecords } from '#lib/recovery/audit/verify-records';
import { sweepFolders } from '#lib/recovery/operations/sweep-folders';
import type { TestContext } from '#lib/recovery/setup/testing';

// What must not be there when a fault is over: I7, and a hole in the audit: I6.

/** The server notices a process that is gone at once; a session that waits for its client, when its time is up. */
const LIMIT_MS = 40_000;
const DAYS_AGO = 3 * 24 * 3_600;

/** The chain of the audit, held against the ledgers and the data folder, as `recount audit verify` does it. */
export async function auditFaults({ context }: TestContext): Promise<string[]> {
  const ledgers = await askLedgers(context);
  const { broken } = await verifyRecords(context, ledgers);
  return [
    ...(broken === null ? [] : [`the audit is broken at ${broken.position}: ${broken.message}`]),
    ...ledgers.silent.map(({ name, message }) => `the ledger of ${name} was not asked: ${message}`),
  ];
}

/** The chain in itself: records that were put back to a backup know less than the ledgers, which is told, and is true. */
export async function chainFaults({ context }: TestContext): Promise<string[]> {
  const reader = await openChainReader(context.env.databaseUrl ?? '');
  try {
    const { broken } = await verifyAudit(reader, { witnesses: [] });
    return broken === null ? [] : [`the audit is broken at ${broken.position}: ${broken.message}`];
  } finally {
    await reader.close();
  }
}

/** What is left of a settled patch in the live store: sessions, and with them locks. Waits until the server has let go. */
export const leftOfPatch = (admin: Admin, seal: string): Promise<string[]> =>
  gone(
    admin,
    `select 'session ' || pid || ' (' || state || '): ' || left(query, 60) from pg_stat_activity
      where application_name like 'recount:${seal.slice(0, 12)}%'`,
  );

const ON_SERVER = `
  select 'session ' || pid || ' of ' || application_name || ' (' || state || '): ' || left(query, 60) from pg_stat_activity
   where application_name ~ '^recount(:|$)' and datname = current_database()
  union all select 'advisory lock of process ' || pid from pg_locks
   where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())
  union all select 'prepared transaction ' || gid from pg_prepared_xacts
  union all select 'temporary table ' || oid::regclass from pg_class
   where relpersistence = 't' and relkind = 'r'`;

/** What is left in a database when nobody works with it any more: sessions, advisory locks, temporary tables. */
export const leftOnServer = (admin: Admin): Promise<string[]> => gone(admin, ON_SERVER);

/** In the records, when no worker is there any more. */
const LOCKS = `
  select 'advisory lock of process ' || l.pid || ': ' || left(a.query, 60) from pg_locks l join pg_stat_activity a using (pid)
   where l.locktype = 'advisory' and l.database = (select oid from pg_database where datname = current_database())
  union all select 'open transaction of process ' || pid || ': ' || left(query, 60) from pg_stat_activity
   where datname = current_database() and state like 'idle in transaction%'`;

async function gone(admin: Admin, query: string): Promise<string[]> {
  const startedMs = performance.now();
  for (;;) {
    const rows = await admin.rows(query);
    if (rows.length === 0) return [];
    if (performance.now() - startedMs > LIMIT_MS) return rows.map(([words]) => `left: ${words}`);
    await sleep(50);
  }
}

/**
 * What is left in the data folder once it was swept, days later: folders of sessions, half-written files. For suites in
 * which nothing else is at work.
 */
async function leftInFolder({ context }: TestContext): Promise<string[]> {
  const { dataDir } = context.env;
  const then = Date.now() / 1_000 - DAYS_AGO;
  const startedMs = performance.now();
  for (;;) {
    for (const name of filesIn(dataDir)) utimesSync(path.join(dataDir, name), then, then);
    await sweepFolders(context);
    // the process that read for a killed one may need a moment to see that it is alone
    const left = leftIn(dataDir);
    if (left.length === 0 || performance.now() - startedMs > LIMIT_MS) return left;
    await sleep(200);
  }
}

/** Folders of sessions and half-written files in a data folder; an upload on its way is none. */
export const leftIn = (dataDir: string): string[] =>
  filesIn(dataDir)
    .filter((name) => {
      const [folder, entry, ...inside] = name.split(path.sep);
      if (folder === 'uploads') return false;
      // the session that reads for the pages is this process's own
      if (folder === 'scratch')
        return entry !== undefined && inside.length === 0 && !entry.includes(`-${process.pid}-`);
      return /\.(part|tmp)\b/.test(name);
    })
    .map((name) => `left: ${name}`);

const filesIn = (folder: string): string[] =>
  existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: 'utf8' }).toSorted() : [];

/** I6 and I7 of an installation whose workers have ended; `records`: a way to their database. */
export async function leftOfWorkers(test: TestContext, records: Admin): Promise<string[]> {
  return [...(await auditFaults(test)), ...(await gone(records, LOCKS)), ...(await leftInFolder(test))];
}
