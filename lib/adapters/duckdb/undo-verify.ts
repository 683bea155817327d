import { join } from 'node:path';
import { z } from 'zod';
import { RUN_FILES } from '#lib/adapters/duckdb/patch-files';
import { count } from '#lib/adapters/duckdb/rows';
import { sameValueSql } from '#lib/adapters/duckdb/same-value';
import { ident, literal } from '#lib/base/sql';
import { liveTextSql } from '#lib/compare/live-sql';
import type { LiveStore } from '#lib/patch/live-store';
import { keyZone } from '#lib/patch/live-zone';
import type { PatchHeader, Verification } from '#lib/patch/patch';
import type { WrongRows } from '#lib/patch/rehearsal';
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
  const { counts } = header;
  const cells = counts.updates + counts.inserts + counts.deletes;
  if (cells === 0) return { cells: 0, match: 0, differ: 0, moved: 0 };
  const rows = await readLive(session, live, dir, header);
  const { match, moved } = await session.one(
    `SELECT count(*) FILTER (WHERE state = 'match') AS match, count(*) FILTER (WHERE state = 'moved') AS moved
       FROM (${statesSql(rows, header)})`,
    z.object({ match: count, moved: count }),
  );
  return { cells, match, differ: cells - match - moved, moved };
}

const WrongRow = z.object({
  seq: count,
  key: z.array(z.string()),
  op: z.enum(['update', 'insert', 'delete']),
  found: count,
  wrote: z.array(z.string().nullable()),
  now: z.array(z.string().nullable()),
  same: z.array(z.boolean()),
});

/**
 * The rows of a patch, or of an undo, that are not as it wrote them: all by their numbers, `shown` of them with what is
 * wrong. Asked of the live store anew. Failures: live.*.
 */
export async function wrongRows(
  session: Session,
  live: LiveStore,
  dir: string,
  header: PatchHeader,
  shown: number,
): Promise<WrongRows> {
  const { keys, measures } = header;
  const rows = await readLive(session, live, dir, header);
  await session.run(
    `CREATE OR REPLACE TEMP TABLE "@wrong" AS SELECT seq FROM (${statesSql(rows, header)}) WHERE state = 'differ'`,
  );
  const { stretches } = await session.one(
    `SELECT coalesce(string_agg(CASE WHEN a = b THEN a::VARCHAR ELSE a || '-' || b END, ',' ORDER BY a), '') AS stretches
       FROM (SELECT min(seq) AS a, max(seq) AS b
               FROM (SELECT seq, seq - row_number() OVER (ORDER BY seq) AS g FROM "@wrong") GROUP BY g)`,
    z.object({ stretches: z.string() }),
  );
  const listOf = (texts: readonly string[], type: string): string => `[${texts.join(', ')}]::${type}[]`;
  const first = await session.rows(
    `SELECT p.seq, p.op, ${listOf(
      keys.map((_, i) => `p.key_${i}`),
      'VARCHAR',
    )} AS key, count(l."@row") AS found,
            ${listOf(
              measures.map((_, i) => `p.after_${i}`),
              'VARCHAR',
            )} AS wrote,
            any_value(${listOf(
              measures.map(({ name }) => `l.${ident(name)}`),
              'VARCHAR',
            )}) AS now,
            any_value(${listOf(sameSql(header), 'BOOLEAN')}) AS same
       FROM ${rows} p LEFT JOIN "@live_text" l ON ${onSql(header)}
      WHERE p.seq IN (SELECT seq FROM "@wrong") GROUP BY ALL ORDER BY p.seq LIMIT ${shown}`,
    WrongRow,
  );
  return { stretches, first: first.map((row) => wordsOf(row, header)) };
}

function wordsOf({ seq, key, op, found, wrote, now, same }: z.output<typeof WrongRow>, header: PatchHeader) {
  const base = { seq, key };
  if (op === 'delete') return { ...base, what: 'there', column: '', wrote: null, now: null } as const;
  if (found === 0) return { ...base, what: 'gone', column: '', wrote: null, now: null } as const;
  const set = same.findIndex((one, at) => !one && header.measures[at]?.mode === 'set');
  const at = set < 0 ? same.indexOf(false) : set;
  const column = header.measures[at]?.name ?? '';
  return { ...base, what: 'changed', column, wrote: wrote[at] ?? null, now: now[at] ?? null } as const;
}

/** Table `@live_text`: the live rows of the keys of a patch. Answers its own rows. */
async function readLive(
  session: Session,
  live: LiveStore,
  dir: string,
  { counts, keys, measures }: PatchHeader,
): Promise<string> {
  const rows = `read_parquet(${literal(join(dir, RUN_FILES.patchRows))})`;
  const wanted = join(session.scratch, 'undone-keys.csv');
  const list = keys.map(({ name }, i) => `key_${i} AS ${ident(name)}`).join(', ');
  await session.run(
    `COPY (SELECT ${list} FROM ${rows}) TO ${literal(wanted)} (FORMAT csv, HEADER, FORCE_QUOTE *)`,
  );
  const names = [...new Set([...keys, ...measures].map(({ name }) => name))];
  const found = join(session.scratch, 'undone-live.csv');
  const cells = counts.updates + counts.inserts + counts.deletes;
  const keyFile = { path: wanted, columns: keys.map(({ name }) => name), rows: cells };
  await live.snapshot(names, { keyFile }, found);
  await session.run(liveTextSql(found, names));
  return rows;
}

/** Row `p` of a patch and row `l` of the live store are of one key. */
const onSql = (header: PatchHeader): string =>
  header.keys
    .map(({ name, type }, i) => {
      const [ours, theirs] = [`p.key_${i}`, `l.${ident(name)}`];
      const zone = keyZone(header, i);
      return `${sameValueSql(ours, type, zone)} = ${sameValueSql(theirs, type, zone)}`;
    })
    .join(' AND ');

/** A test a measure: the live value is the one that was written. */
const sameSql = ({ measures }: PatchHeader): string[] =>
  measures.map(({ name, type }, i) => {
    const [ours, theirs] = [`p.after_${i}`, `l.${ident(name)}`];
    return `${sameValueSql(ours, type, 'UTC')} IS NOT DISTINCT FROM ${sameValueSql(theirs, type, 'UTC')}`;
  });

function statesSql(rows: string, header: PatchHeader): string {
  const same = sameSql(header);
  const added = header.measures.map(({ mode }) => mode === 'delta');
  const explained = same.map((test, i) => (added[i] === true ? 'true' : test));
  const all = (tests: readonly string[]): string => tests.join(' AND ') || 'true';
  // a row that a consumer adds to is made anew by it
  const isThere = added.length > 0 && added.every((one) => one) ? 'moved' : 'differ';
  const there = 'l."@row" IS NOT NULL';
  return `SELECT p.seq, CASE WHEN count(*) > 1 THEN 'differ' ELSE min(CASE
        WHEN p.op = 'delete' THEN CASE WHEN ${there} THEN '${isThere}' ELSE 'match' END
        WHEN NOT (${there}) THEN 'differ'
        WHEN ${all(same)} THEN 'match' WHEN ${all(explained)} THEN 'moved' ELSE 'differ' END) END AS state
      FROM ${rows} p LEFT JOIN "@live_text" l ON ${onSql(header)} GROUP BY p.seq`;
}
