import { z } from 'zod';
import type { Comparison } from '#lib/adapters/duckdb/compare';
import { count } from '#lib/adapters/duckdb/rows';
import type { ReadEvents } from '#lib/adapters/replay/duckdb/replay';
import type { Warning } from '#lib/archive/archive';
import { parseDecimal } from '#lib/base/decimal';
import { Failure } from '#lib/base/failure';
import { formatInstant, type Interval } from '#lib/base/instant';
import { literal } from '#lib/base/sql';
import { type ComparedColumns, isFloat } from '#lib/compare/columns';
import type { Counts } from '#lib/patch/patch';
import type { Plan } from '#lib/plan/plan';
import type { Block } from '#lib/replay/run';
import type { Session } from '#lib/replay/session';
import { timestampSql } from '#lib/replay/shape';
import { countWords } from '#lib/report/words';

/** The balance of records: every record of the opened files is accepted, a duplicate, or rejected. */
export type RecordFacts = {
  readonly accepted: number;
  readonly duplicates: number;
  readonly conflictingIds: number;
  readonly rejected: number;
};

export type RunFacts = RecordFacts & {
  readonly read: ReadEvents;
  readonly comparison: Comparison;
  readonly control: Comparison | null;
  readonly counts: Counts;
  readonly nullKeys: number;
  readonly controlCounts?: { readonly cells: number; readonly differ: number };
};

/** Counts the records and gathers everything in quarantine in table `@rejects`. Throws if the records do not balance. */
export async function rejectFacts(session: Session, read: ReadEvents): Promise<RecordFacts> {
  const files = read.staged.files.map((f, i) => `(${i}, '${f.path.replaceAll("'", "''")}')`).join(', ');
  await quoteUnkeyed(session, read);
  await session.run(`CREATE OR REPLACE TEMP TABLE "@rejects" AS
    SELECT file, line, reason, record FROM archive_rejects
    UNION ALL SELECT f.path, coalesce(u.starts, u."@line"), u.reason, u.record FROM "@unkeyed" u JOIN (VALUES ${files}) f(i, path) ON f.i = u."@file"`);
  const n = await session.one(
    `SELECT (SELECT count(*) FROM archive_events) AS readable,
      (SELECT count(*) FROM "@copies" WHERE role = 'duplicate') AS duplicates,
      (SELECT count(DISTINCT id) FROM "@copies" WHERE contents > 1) AS conflicting,
      (SELECT count(*) FROM "@unkeyed") AS unkeyed, (SELECT count(*) FROM "@rejects") AS rejected`,
    z.object({ readable: count, duplicates: count, conflicting: count, unkeyed: count, rejected: count }),
  );
  const accepted = n.readable - n.duplicates - n.unkeyed;
  if (BigInt(accepted + n.duplicates + n.rejected) !== read.staged.records) {
    throw new Failure(
      'archive.unbalanced',
      `${read.staged.records} records were read, but ${accepted} accepted, ${n.duplicates} duplicates and ${n.rejected} rejected are counted.`,
    );
  }
  return { accepted, duplicates: n.duplicates, conflictingIds: n.conflicting, rejected: n.rejected };
}

const PAGE = 1_000;
/** Beyond so many of one file, a record is told by its typed values instead of its own text. */
const MOST_QUOTED = 100_000;

/** Gives the records without a usable key their own text, as it stands in the file, where they have one. */
async function quoteUnkeyed(session: Session, read: ReadEvents): Promise<void> {
  const row = z.object({ file: count, lines: z.array(count) });
  await session.run('ALTER TABLE "@unkeyed" ADD COLUMN starts BIGINT');
  const files = await session.rows(
    `SELECT "@file" AS file, list("@line" ORDER BY "@line")[1:${MOST_QUOTED}] AS lines FROM "@unkeyed" GROUP BY 1`,
    row,
  );
  for (const { file, lines } of files) {
    const texts = [...(await read.recordTexts(file, new Set(lines)))];
    for (let from = 0; from < texts.length; from += PAGE) {
      const values = texts
        .slice(from, from + PAGE)
        .map(([key, { text, line, note }]) => `(${key}, ${line}, ${literal(text)}, ${literal(note)})`);
      await session.run(
        `UPDATE "@unkeyed" SET record = t.text, starts = t.starts, reason = reason || t.note
         FROM (VALUES ${values.join(', ')}) t(line, starts, text, note) WHERE "@file" = ${file} AND "@line" = t.line`,
      );
    }
  }
}

/** What blocks the patch. */
export function blocksOf(plan: Plan, facts: RunFacts): Block[] {
  const blocks: Block[] = [];
  if (tooManyRejects(plan, facts)) blocks.push('rejects');
  if (facts.conflictingIds > 0 && plan.archive.conflicts === 'block') blocks.push('conflicting_ids');
  if ((facts.controlCounts?.differ ?? 0) > 0) blocks.push('control_differs');
  const deletesOnly =
    plan.patch.onlyInLive === 'delete' && (facts.comparison.classes.get('only_in_live') ?? 0) > 0;
  if (deletesOnly && !plan.patch.archiveIsComplete && facts.read.missing?.length !== 0)
    blocks.push('archive_gap');
  return blocks;
}

function tooManyRejects(plan: Plan, facts: RunFacts): boolean {
  const limit = plan.archive.rejects;
  if (limit.kind === 'count') return BigInt(facts.rejected) > limit.count;
  const percent = parseDecimal(limit.percent);
  if (percent === null) return facts.rejected > 0;
  // rejected / records > percent / 100, in integers.
  return (
    BigInt(facts.rejected) * 100n * 10n ** BigInt(percent.scale) >
    percent.unscaled * facts.read.staged.records
  );
}

/** Control cells compared, and how many of them are neither a match nor superseded. */
export function controlCountsOf(control: Comparison): { cells: number; differ: number } {
  const cells = [...control.classes.values()].reduce((a, b) => a + b, 0);
  const fine = (control.classes.get('match') ?? 0) + (control.classes.get('superseded') ?? 0);
  return { cells, differ: cells - fine };
}

/** Everything that an operator should know and that does not stop the preview. */
export async function warningsOf(session: Session, plan: Plan, facts: RunFacts): Promise<Warning[]> {
  const warnings: Warning[] = [...facts.read.staged.warnings];
  const warn = (code: string, message: string): void => void warnings.push({ code, message });
  const { live, archive, window } = plan;
  if (archive.fields.id === null)
    warn('no_id', 'No id column is mapped, so events that were delivered twice cannot be told.');
  if (facts.comparison.affected === 0) warn('no_events', 'The archive holds no event in the window.');
  const { missing } = facts.read;
  if (missing !== null && missing.length > 0) {
    warn(
      'partition_missing',
      `The archive has no partition for ${stretches(missing)}. Events of that time, if there were any, are not in the recalculation.`,
    );
  }
  if (live.cut === null && (live.state === 'running' || live.state === 'latest')) {
    warn('no_cut', 'The plan has no cut: live rows are taken to hold every event of the archive.');
  }
  if (live.cut?.kind === 'instant' && facts.comparison.pendingEvents > 0) {
    warn(
      'cut_unproved',
      `${countWords(facts.comparison.pendingEvents, 'archived event of an affected row comes', 'archived events of affected rows come')} after the cut; live rows that hold them already would be compared wrongly.`,
    );
  }
  const future = await futureEvents(session, BigInt(Date.now()) * 1000n);
  if (future > 0)
    warn(
      'future_events',
      `${countWords(future, 'record has', 'records have')} a time more than an hour after now; such times are taken as they are.`,
    );
  if (facts.nullKeys > 0)
    warn(
      'live_key_null',
      `${countWords(facts.nullKeys, 'live row has a NULL key and is', 'live rows have a NULL key and are')} never touched.`,
    );
  if (facts.control !== null && facts.controlCounts?.cells === 0) {
    warn('control_empty', 'The control stretch has no cell of its own, so it proves nothing.');
  }
  if (live.state === 'bucketed' && live.cut === null && (await bucketOpen(session))) {
    warn(
      'bucket_open',
      'A bucket of the affected rows ends after the newest event; it may still be filling.',
    );
  }
  if (window.clock === 'time' && archive.fields.ingested !== null && live.cut?.kind === 'instant') {
    const { n } = await session.one(
      `SELECT count(*) AS n FROM "@events" SEMI JOIN "@affected" a USING (${live.keys.map((_, i) => `"@k${i}"`).join(', ')}${live.state === 'bucketed' ? ', "@b"' : ''})
       WHERE "@time" < ${timestampSql(live.cut.at)} AND "@arrived" >= ${timestampSql(live.cut.at)}`,
      z.object({ n: count }),
    );
    if (n > 0)
      warn(
        'cut_clock',
        `${countWords(n, 'event', 'events')} happened before the cut and arrived after it: the live rows may not hold them yet.`,
      );
  }
  return warnings;
}

/** Values that the patch would write and that are no finite number: a float that overflowed, or what the archive holds. */
export async function infiniteWarnings(session: Session, columns: ComparedColumns): Promise<Warning[]> {
  const floats = columns.measures.flatMap((c, i) => (isFloat(c.type) ? [{ name: c.name, at: i }] : []));
  const warnings: Warning[] = [];
  for (const { name, at } of floats) {
    const { n } = await session.one(
      `SELECT count(*) AS n FROM "@discrepancies" WHERE "@op" IN ('update', 'insert') AND NOT isfinite("@m${at}")`,
      z.object({ n: count }),
    );
    if (n > 0)
      warnings.push({
        code: 'not_finite',
        message: `The patch would write ${countWords(n, 'value', 'values')} of ${name} that ${n === 1 ? 'is' : 'are'} infinite or NaN: the archive holds such a value, or a calculation with floats overflowed.`,
      });
  }
  return warnings;
}

/** Events later than this are told: a clock that is wrong, or a time in another unit. */
const FUTURE = 3_600_000_000n;

async function futureEvents(session: Session, now: bigint): Promise<number> {
  const { n } = await session.one(
    `SELECT count(*) AS n FROM archive_events WHERE "@time" > ${timestampSql(now + FUTURE)}`,
    z.object({ n: count }),
  );
  return n;
}

const SHOWN = 5;

function stretches(all: readonly Interval[]): string {
  const shown = all.slice(0, SHOWN).map(({ from, to }) => `${formatInstant(from)} to ${formatInstant(to)}`);
  return `${shown.join(', ')}${all.length > SHOWN ? ` and ${all.length - SHOWN} more stretches` : ''}`;
}

async function bucketOpen(session: Session): Promise<boolean> {
  const { open } = await session.one(
    `SELECT coalesce((SELECT max("@end") FROM "@buckets" SEMI JOIN "@affected" USING ("@b")) > (SELECT max("@time") FROM archive_events), false) AS open`,
    z.object({ open: z.boolean() }),
  );
  return open;
}
