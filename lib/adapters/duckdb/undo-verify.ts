import { join } from 'node:path';
import { z } from 'zod';
import { RUN_FILES } from '#lib/adapters/duckdb/patch-files';
import { count } from '#lib/adapters/duckdb/rows';
import { sameValueSql } from '#lib/adapters/duckdb/same-value';
import { ident, literal } from '#lib/base/sql';
import { liveTextSql } from '#lib/compare/live-sql';
import type { LiveStore } from '#lib/patch/live-store';
import type { PatchHeader, Verification } from '#lib/patch/patch';
import type { Session } from '#lib/replay/session';

/**
 * Compares the live rows with what an undo put back: the undo's own rows, not the ledger, since that tells of the patch.
 * `moved`: all that differs is written by adding, so a consumer that goes on adding explains it. Failures: live.*.
 */
export async function compareUndone(
  session: Session,
  live: LiveStore,
  dir: string,
  header: PatchHeader,
): Promise<Verification> {
  const { counts, keys, measures } = header;
  const cells = counts.updates + counts.inserts + counts.deletes;
  if (cells === 0) return { cells: 0, match: 0, differ: 0, moved: 0 };
  const rows = `read_parquet(${literal(join(dir, RUN_FILES.patchRows))})`;
  const wanted = join(session.scratch, 'undone-keys.csv');
  const list = keys.map(({ name }, i) => `key_${i} AS ${ident(name)}`).join(', ');
  await session.run(
    `COPY (SELECT ${list} FROM ${rows}) TO ${literal(wanted)} (FORMAT csv, HEADER, FORCE_QUOTE *)`,
  );
  const names = [...new Set([...keys, ...measures].map(({ name }) => name))];
  const found = join(session.scratch, 'undone-live.csv');
  const keyFile = { path: wanted, columns: keys.map(({ name }) => name), rows: cells };
  await live.snapshot(names, { keyFile }, found);
  await session.run(liveTextSql(found, names));
  const { match, moved } = await session.one(
    `SELECT count(*) FILTER (WHERE state = 'match') AS match, count(*) FILTER (WHERE state = 'moved') AS moved
       FROM (${statesSql(rows, header)})`,
    z.object({ match: count, moved: count }),
  );
  return { cells, match, differ: cells - match - moved, moved };
}

function statesSql(rows: string, { keys, measures, liveTimezone }: PatchHeader): string {
  const on = keys.map(({ name, type }, i) => {
    const [ours, theirs] = [`p.key_${i}`, `l.${ident(name)}`];
    return `${sameValueSql(ours, type, liveTimezone)} = ${sameValueSql(theirs, type, liveTimezone)}`;
  });
  const same = measures.map(({ name, type }, i) => {
    const [ours, theirs] = [`p.after_${i}`, `l.${ident(name)}`];
    return `${sameValueSql(ours, type, 'UTC')} IS NOT DISTINCT FROM ${sameValueSql(theirs, type, 'UTC')}`;
  });
  const added = measures.map(({ mode }) => mode === 'delta');
  const explained = same.map((test, i) => (added[i] === true ? 'true' : test));
  const all = (tests: readonly string[]): string => tests.join(' AND ') || 'true';
  // a row that a consumer adds to is made anew by it
  const isThere = added.length > 0 && added.every((one) => one) ? 'moved' : 'differ';
  const there = 'l."@row" IS NOT NULL';
  return `SELECT p.seq, CASE WHEN count(*) > 1 THEN 'differ' ELSE min(CASE
        WHEN p.op = 'delete' THEN CASE WHEN ${there} THEN '${isThere}' ELSE 'match' END
        WHEN NOT (${there}) THEN 'differ'
        WHEN ${all(same)} THEN 'match' WHEN ${all(explained)} THEN 'moved' ELSE 'differ' END) END AS state
      FROM ${rows} p LEFT JOIN "@live_text" l ON ${on.join(' AND ')} GROUP BY p.seq`;
}
