import { field } from '#lib/adapters/live/postgres/catalog';
import type { Connection } from '#lib/adapters/live/postgres/connection';
import type { PreflightCheck } from '#lib/patch/rehearsal';

const LAG_BYTES = 64 * 1024 * 1024;
const LAG_SECONDS = 10;
const LONG_SECONDS = 60;
const MOST_NAMED = 5;

// state and positions of other roles' sessions are NULL for an account without pg_read_all_stats
const REPLICAS = `
  SELECT coalesce(nullif(r.application_name, ''), 'process ' || r.pid), r.state, r.sync_state,
         CASE WHEN pg_is_in_recovery() THEN NULL
              ELSE pg_wal_lsn_diff(pg_current_wal_lsn(), r.replay_lsn)::bigint::text END,
         round(extract(epoch FROM r.replay_lag)::numeric, 1)::text
    FROM pg_stat_replication r ORDER BY 1`;

/** Replicas and how far they are behind; whether COMMIT waits for one. */
export async function replicasCheck(connection: Connection): Promise<PreflightCheck> {
  const rows = (await connection.query(REPLICAS)).rows;
  const awaited = await connection.query("SELECT current_setting('synchronous_standby_names', true)");
  const names = awaited.rows[0]?.[0] ?? '';
  const waits = names === '' ? '' : ` COMMIT waits for ${names} (synchronous_standby_names).`;
  if (rows.some((row) => row[1] === null)) {
    return {
      check: 'replicas',
      state: 'warning',
      found: `${rows.length} ${rows.length === 1 ? 'replica is' : 'replicas are'} attached; this account may not read how far behind.${waits}`,
      fix: 'Look at pg_stat_replication with an account that may, or grant pg_read_all_stats.',
    };
  }
  const words = rows.map((row) => {
    const lag = row[3] === null || row[3] === undefined ? 'an unknown number of' : row[3];
    const seconds = row[4] === null || row[4] === undefined ? '' : `, ${row[4]} s`;
    return `${field(row, 0)} (${field(row, 1)}, ${field(row, 2)}) is ${lag} bytes${seconds} behind`;
  });
  const isSync = rows.some((row) => row[2] === 'sync' || row[2] === 'quorum');
  if (names !== '' && !isSync) {
    return {
      check: 'replicas',
      state: 'warning',
      found: `COMMIT waits for ${names} (synchronous_standby_names), and no such replica is attached.`,
      fix: 'Bring the replica back first: the apply would hang at COMMIT.',
    };
  }
  const isBehind = rows.some((row) => Number(row[3] ?? 0) > LAG_BYTES || Number(row[4] ?? 0) > LAG_SECONDS);
  const found = rows.length === 0 ? `No replica is attached.${waits}` : `${words.join('; ')}.${waits}`;
  return isBehind
    ? { check: 'replicas', state: 'warning', found, fix: 'Wait until they have caught up.' }
    : { check: 'replicas', state: 'ok', found, fix: null };
}

const SESSIONS = `
  SELECT (count(*) FILTER (WHERE state = 'active'))::text, (count(*) FILTER (WHERE state IS NULL))::text,
         max(extract(epoch FROM now() - xact_start))::bigint::text,
         (array_agg(pid::text || CASE WHEN application_name = '' THEN '' ELSE ' (' || application_name || ')' END
                    ORDER BY xact_start) FILTER (WHERE xact_start IS NOT NULL))[1]
    FROM pg_stat_activity
   WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()`;

const HOLDERS = `
  SELECT l.pid::text || CASE WHEN coalesce(a.application_name, '') = '' THEN '' ELSE ' (' || a.application_name || ')' END,
         bool_or(l.mode IN ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock'))::text
    FROM pg_locks l LEFT JOIN pg_stat_activity a ON a.pid = l.pid
   WHERE l.locktype = 'relation' AND l.relation IN (SELECT $1::oid UNION SELECT relid FROM pg_partition_tree($1::oid))
     AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
     AND l.granted AND l.pid <> pg_backend_pid()
     AND l.mode NOT IN ('AccessShareLock', 'ShareUpdateExclusiveLock')
   GROUP BY 1 ORDER BY 1`;

const LOCKERS = `
  SELECT l.pid::text || CASE WHEN coalesce(a.application_name, '') = '' THEN '' ELSE ' (' || a.application_name || ')' END
    FROM pg_locks l LEFT JOIN pg_stat_activity a ON a.pid = l.pid
   WHERE l.locktype = 'relation' AND l.relation = to_regclass($1)::oid AND l.granted
     AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
     AND l.mode = 'AccessExclusiveLock'
   ORDER BY l.pid`;

/** Who keeps everybody out of a table, in words; locks nothing itself. */
export async function lockedOutBy(connection: Connection, table: string): Promise<string> {
  const { rows } = await connection.query(LOCKERS, [table]);
  return rows.length === 0 ? 'another session' : rows.map((row) => `process ${field(row, 0)}`).join(', ');
}

/** Who else is at work: active sessions, the longest open transaction, and who holds locks on this very table. */
export async function loadCheck(connection: Connection, oid: string): Promise<PreflightCheck> {
  const sessions = (await connection.query(SESSIONS)).rows[0];
  const holders = (await connection.query(HOLDERS, [oid])).rows;
  const unreadable = Number(field(sessions, 1));
  const longest = Number(sessions?.[2] ?? 0);
  const words = [
    `${field(sessions, 0)} other sessions are active in this database.`,
    ...(unreadable > 0 ? [`What ${unreadable} more are doing this account may not read.`] : []),
    ...(longest > LONG_SECONDS
      ? [`The longest transaction is open for ${longest} s: process ${sessions?.[3] ?? 'unknown'}.`]
      : []),
  ];
  const named = (is: string): string[] =>
    holders.filter((row) => row[1] === is).map((row) => `process ${field(row, 0)}`);
  const list = (of: readonly string[]): string =>
    of.length > MOST_NAMED ? `${of.slice(0, MOST_NAMED).join(', ')} and more` : of.join(', ');
  const [blocking, writing] = [named('true'), named('false')];
  if (blocking.length > 0) words.push(`The table is locked against writers by ${list(blocking)}.`);
  if (writing.length > 0) words.push(`Open transactions hold locks on the table: ${list(writing)}.`);
  const found = words.join(' ');
  if (blocking.length + writing.length > 0) {
    return { check: 'load', state: 'warning', found, fix: 'Wait for the named sessions, or end them.' };
  }
  if (longest > LONG_SECONDS) {
    const fix = 'It may come to hold rows of the patch, and keeps old versions of rows from being cleared.';
    return { check: 'load', state: 'warning', found, fix };
  }
  return unreadable > 0
    ? { check: 'load', state: 'warning', found, fix: 'Grant pg_read_all_stats to see all sessions.' }
    : { check: 'load', state: 'ok', found, fix: null };
}
