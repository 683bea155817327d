import { z } from 'zod';
import type { StoreTransaction } from '#lib/adapters/store/client';
import { isHeld } from '#lib/adapters/store/job-leases';
import { Failure } from '#lib/base/failure';
import type { EditionName } from '#lib/calculation/edition';
import { isOpenPatch, standingPatch } from '#lib/recovery/runs/left-out-record';
import { isoOf, isoOrNull } from '#lib/recovery/setup/iso';
import { type Progress, RUN_STEPS, type RunView, type Summary } from '#lib/replay/run';

const Step = z.object({
  step: z.enum(RUN_STEPS),
  done: z.number(),
  total: z.number().nullable(),
  unit: z.enum(['files', 'bytes', 'events', 'rows', 'percent']),
  words: z.string(),
}) satisfies z.ZodType<Progress>;
const State = z.enum(['queued', 'running', 'done', 'failed', 'cancelled']);
const RecordedError = z.looseObject({ code: z.string(), message: z.string(), fix: z.string() });
/** Written by `preview` alone, and kept as it was: only that it is one is checked. */
const Summed = z.custom<Summary>((value) => typeof value === 'object' && value !== null && 'cells' in value);

export const readProgress = (value: unknown): Progress | null => Step.nullable().catch(null).parse(value);
export const readState = (value: string): z.output<typeof State> => State.parse(value);
/** An error as its record has it, with whatever details it came with; null where there is none. */
export const readRecordedError = (value: unknown): z.output<typeof RecordedError> | null =>
  RecordedError.nullable().parse(value);

/** A run as the page shows it. Failure not_found. */
export async function readRunView(store: StoreTransaction, id: string): Promise<RunView> {
  const run = await store.run.findUnique({
    where: { id },
    include: { incident: { select: { planRevision: true } } },
  });
  if (run === null) throw new Failure('not_found', 'There is no such run.');
  const person = await store.person.findUnique({ where: { id: run.createdBy }, select: { name: true } });
  const rows = await store.runLeftOut.count({ where: { runId: run.id } });
  const patch = await standingPatch(store, run.id);
  return {
    id: run.id,
    number: run.number,
    incidentId: run.incidentId,
    state: readState(run.state),
    progress: await progressOf(store, run),
    summary: Summed.nullable().parse(run.summary),
    error: readRecordedError(run.error),
    createdAt: isoOf(run.createdAt),
    startedAt: isoOrNull(run.startedAt),
    finishedAt: isoOrNull(run.finishedAt),
    createdBy: person?.name ?? run.createdBy,
    edition: run.editionId === null ? null : await editionName(store, run.editionId),
    erasedAt: isoOrNull(run.erasedAt),
    stale: run.planRevision !== run.incident.planRevision,
    leftOut: {
      rows,
      reasons: await recentReasons(store, run.incidentId),
      before: rows > 0 ? null : await leftOutBefore(store, run),
    },
    patch:
      patch === null
        ? null
        : { id: patch.id, number: patch.number, stage: isOpenPatch(patch.state) ? 'review' : 'apply' },
  };
}

/** The edition by its name; null where it is not there. */
async function editionName(store: StoreTransaction, id: string): Promise<EditionName | null> {
  const found = await store.calculationEdition.findUnique({
    where: { id },
    select: { number: true, calculation: { select: { id: true, name: true } } },
  });
  if (found === null) return null;
  const { number, calculation } = found;
  return { id, calculationId: calculation.id, calculation: calculation.name, number };
}

/** What a worker that is gone told last is not shown as if it went on. */
const WAITING: Progress = {
  step: 'list',
  done: 0,
  total: null,
  unit: 'files',
  words: 'Waiting for a worker to begin again',
};

async function progressOf(
  store: StoreTransaction,
  { id, state, progress }: { readonly id: string; readonly state: string; readonly progress: unknown },
): Promise<Progress | null> {
  const told = readProgress(progress);
  return told !== null && state === 'running' && !(await isHeld(store, 'preview', id)) ? WAITING : told;
}

const REASONS = 5;

async function recentReasons(store: StoreTransaction, incidentId: string): Promise<string[]> {
  const found = await store.runLeftOut.groupBy({
    by: ['reason'],
    where: { run: { incidentId } },
    _max: { at: true },
    orderBy: [{ _max: { at: 'desc' } }, { reason: 'asc' }],
    take: REASONS,
  });
  return found.map(({ reason }) => reason);
}

/** The preview before this one, where rows were left out of it: a new one begins with every row in. */
async function leftOutBefore(
  store: StoreTransaction,
  { incidentId, number }: { incidentId: string; number: number },
): Promise<RunView['leftOut']['before']> {
  const before = await store.run.findFirst({
    where: { incidentId, number: { lt: number }, state: 'done' },
    orderBy: { number: 'desc' },
    select: { id: true, _count: { select: { leftOut: true } } },
  });
  return before === null || before._count.leftOut === 0
    ? null
    : { runId: before.id, rows: before._count.leftOut };
}

export const isFinal = (state: RunView['state']): boolean =>
  state === 'done' || state === 'failed' || state === 'cancelled';
