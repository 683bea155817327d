import { join } from 'node:path';
import { z } from 'zod';
import { writeRollup } from '#lib/adapters/staging/rollup';
import type { StagedArchive } from '#lib/archive/archive';
import type { ArchiveStage, StageSpec } from '#lib/archive/stage';
import type { Survey } from '#lib/archive/survey';
import { formatInstant } from '#lib/base/instant';
import { ident } from '#lib/base/sql';
import { manifestSha256 } from '#lib/patch/seal';
import type { Session } from '#lib/replay/session';

const SAMPLE_ROWS = 50;
const REJECTS_SHOWN = 100;

/** The name of the minute roll-up in the survey's folder; `readTimeline` reads it. */
export const ROLLUP_FILE = 'rollup.parquet';

/**
 * Opens every file of an archive and tells what is in it; writes the minute roll-up for the timeline into `outDir`,
 * which must be among the session's folders. Failures: those of `stage.open`.
 */
export async function survey(
  session: Session,
  stage: ArchiveStage,
  spec: Pick<StageSpec, 'fields'>,
  outDir: string,
): Promise<Survey> {
  const staged = await stage.open(stage.files.map((f) => f.path));
  const duplicates = await writeRollup(session, staged, spec.fields, join(outDir, ROLLUP_FILE));
  const sampleRows = await sample(session, staged);
  const accepted = staged.records - staged.rejected - duplicates;
  return {
    files: staged.files.length,
    bytes: staged.files.reduce((sum, f) => sum + f.bytes, 0n).toString(),
    formats: [...new Set(staged.files.map((f) => f.format))],
    layout: stage.files.some((f) => f.partition !== null) ? 'hive' : 'plain',
    columns: staged.columns.map((c, i) => ({
      ...c,
      sample: sampleRows.slice(0, 8).map((row) => row[i] ?? null),
    })),
    sampleRows,
    records: staged.records.toString(),
    accepted: accepted.toString(),
    duplicates: duplicates.toString(),
    rejected: staged.rejected.toString(),
    rejects: await rejects(session),
    ...(await ranges(session)),
    manifestSha256: manifestSha256(staged.files),
    warnings: [
      ...(spec.fields.id === null
        ? [{ code: 'no_id', message: 'No id is mapped: duplicates cannot be found.' }]
        : []),
      ...staged.warnings,
    ],
  };
}

async function sample(session: Session, staged: StagedArchive): Promise<(string | null)[][]> {
  const values = staged.columns.map((c) => `CAST(${ident(c.name)} AS VARCHAR)`);
  const rows = await session.rows(
    `SELECT [${values.join(', ')}] AS v FROM (SELECT * FROM archive_events LIMIT ${SAMPLE_ROWS})`,
    z.object({ v: z.array(z.string().nullable()) }),
  );
  return rows.map((r) => r.v);
}

const rejects = (session: Session): Promise<Survey['rejects'][number][]> =>
  session.rows(
    `SELECT file, line::VARCHAR AS line, reason, record FROM archive_rejects
     ORDER BY encode(file), archive_rejects.line LIMIT ${REJECTS_SHOWN}`,
    z.object({ file: z.string(), line: z.string(), reason: z.string(), record: z.string() }),
  );

const INSTANT = z
  .string()
  .nullable()
  .transform((t) => (t === null ? null : formatInstant(BigInt(t))));

async function ranges(session: Session): Promise<Pick<Survey, 'time' | 'arrival'>> {
  const micros = (fn: string, column: string): string => `epoch_us(${fn}("${column}"))::VARCHAR`;
  const r = await session.one(
    `SELECT ${micros('min', '@time')} AS t0, ${micros('max', '@time')} AS t1,
       ${micros('min', '@arrived')} AS a0, ${micros('max', '@arrived')} AS a1 FROM archive_events`,
    z.object({ t0: INSTANT, t1: INSTANT, a0: INSTANT, a1: INSTANT }),
  );
  return {
    time: r.t0 !== null && r.t1 !== null ? { first: r.t0, last: r.t1 } : null,
    arrival: r.a0 !== null && r.a1 !== null ? { first: r.a0, last: r.a1 } : null,
  };
}
