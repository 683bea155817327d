import { z } from 'zod';
import type { StoreTransaction } from '#lib/adapters/store/client';
import type { Survey } from '#lib/archive/survey';
import { Failure } from '#lib/base/failure';
import { DraftSchema } from '#lib/incident/draft-schema';
import type { DraftPlan } from '#lib/incident/incident';
import { readProgress, readRecordedError, readState } from '#lib/recovery/runs/run-view';
import type { Progress, RunState } from '#lib/replay/run';

/** What a survey reads: an archive, and the archive part of the draft as it was then. */
export const SurveyedArchive = z.object({
  archiveId: z.uuid(),
  plan: DraftSchema.shape.archive.unwrap(),
  /** The window's clock: with `ingested`, a record without an arrival time is rejected. */
  clock: z.enum(['time', 'ingested']),
  /** Columns that the calculation uses, as far as it was written: they are typed, the others are text. */
  usedColumns: z.array(z.string()),
});
export type SurveyedArchive = {
  readonly archiveId: string;
  readonly plan: NonNullable<DraftPlan['archive']>;
  readonly clock: 'time' | 'ingested';
  readonly usedColumns: readonly string[];
};

/** Written by the survey job alone, and kept as it was: only that it is one is checked. */
const Result = z.custom<Survey>((value) => typeof value === 'object' && value !== null && 'records' in value);

/** A reading of an archive, parsed. */
export type SurveyRecord = {
  readonly id: string;
  readonly incidentId: string;
  readonly archive: SurveyedArchive;
  readonly state: RunState;
  readonly progress: Progress | null;
  readonly result: Survey | null;
  readonly error: { readonly code: string; readonly message: string; readonly fix: string } | null;
  readonly dir: string | null;
  readonly erasedAt: Date | null;
};

type Row = Omit<SurveyRecord, 'archive' | 'state' | 'progress' | 'result' | 'error'> & {
  readonly archive: unknown;
  readonly state: string;
  readonly progress: unknown;
  readonly result: unknown;
  readonly error: unknown;
};

export const surveyRecord = (row: Row): SurveyRecord => ({
  id: row.id,
  incidentId: row.incidentId,
  archive: SurveyedArchive.parse(row.archive),
  state: readState(row.state),
  progress: readProgress(row.progress),
  result: Result.nullable().parse(row.result),
  error: readRecordedError(row.error),
  dir: row.dir,
  erasedAt: row.erasedAt,
});

/** A survey by its id. Failure not_found. */
export async function findSurvey(store: StoreTransaction, id: string): Promise<SurveyRecord> {
  const row = await store.survey.findUnique({ where: { id } });
  if (row !== null) return surveyRecord(row);
  throw new Failure('not_found', 'There is no such reading of an archive.');
}

/** The newest reading of the archive that an incident has chosen; null where it was never read. `done`: only finished ones. */
export async function readSurveyed(
  store: StoreTransaction,
  incidentId: string,
  archiveId: string | null,
  state?: 'done',
): Promise<SurveyRecord | null> {
  if (archiveId === null) return null;
  const row = await store.survey.findFirst({
    where: {
      incidentId,
      archive: { path: ['archiveId'], equals: archiveId },
      ...(state === undefined ? {} : { state }),
    },
    orderBy: { createdAt: 'desc' },
  });
  return row === null ? null : surveyRecord(row);
}

export function surveyWords({ state, progress, error }: SurveyRecord): string {
  switch (state) {
    case 'queued':
      return 'Waiting to be read';
    case 'running':
      return progress?.words ?? 'Reading';
    case 'done':
      return 'Read';
    case 'failed':
      return error?.message ?? "Can't be read";
    case 'cancelled':
      return 'Reading was stopped';
  }
}
