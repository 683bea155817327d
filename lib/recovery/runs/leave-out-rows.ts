import { join } from 'node:path';
import { z } from 'zod';
import { readPatchedRows } from '#lib/adapters/duckdb/discrepancies';
import { RUN_FILES } from '#lib/adapters/duckdb/patch-files';
import { readRunColumns, readRunPlan } from '#lib/adapters/duckdb/run-columns';
import { writeAudit } from '#lib/adapters/store/audit';
import { Failure } from '#lib/base/failure';
import type { LeftOut } from '#lib/compare/left-out';
import { permit } from '#lib/recovery/access/permit';
import { refuseOverrider } from '#lib/recovery/patches/override-block';
import { type FinishedRun, findFinishedRun } from '#lib/recovery/runs/finished-run';
import { leftOutOf, refuseProposed } from '#lib/recovery/runs/left-out-record';
import { DiscrepancyFilter } from '#lib/recovery/runs/read-run-files';
import { readRunView } from '#lib/recovery/runs/run-view';
import type { Context } from '#lib/recovery/setup/context';
import { holdOpenIncident } from '#lib/recovery/setup/find-incident';
import { readerSession } from '#lib/recovery/setup/reader-session';
import type { RunView } from '#lib/replay/run';

/** More rows than this are no exceptions: then the window or the plan is not right. */
const MOST = 100_000;
const REASON_MOST = 500;
/** Rows that one audit line names. */
const NAMED = 100;

const Row = z.number().int().min(0).max(2_147_483_647);
/** Rows by their positions, or all that a filter shows. */
export const RowChoice = z.object({
  id: z.uuid(),
  rows: z.array(Row).min(1, 'name at least one row').max(MOST).optional(),
  filter: DiscrepancyFilter.optional(),
});
const EITHER = { message: 'give either rows or a filter', path: ['rows'] };
export const LeaveOutInput = RowChoice.extend({
  reason: z.string().trim().min(1, 'is needed: the report tells it').max(REASON_MOST),
}).refine(({ rows, filter }) => (rows === undefined) !== (filter === undefined), EITHER);
export const RestoreInput = RowChoice.refine(
  ({ rows, filter }) => (rows === undefined) !== (filter === undefined),
  EITHER,
);

/**
 * Leaves rows out of a run's patch, with a reason. Rows that are named get the reason also where they had another one;
 * of a filter only those that are still in. Answers the run as it stands then. Failures: not_found, run.incomplete,
 * request.invalid (a row that the patch does not write), patch.state (the patch was sent for review), patch.own (who let a block
 * of it through), conflict (closed).
 */
export async function leaveOutRows(
  context: Context,
  { id, rows, filter, reason }: z.output<typeof LeaveOutInput>,
): Promise<RunView> {
  permit(context.actor, 'run.change');
  const { store, actor } = context;
  const run = await findFinishedRun(store, id);
  const before = await leftOutOf(store, id);
  const chosen =
    rows === undefined ? await shownRows(context, run, filter, before) : await named(context, run, rows);
  const news = rows === undefined ? chosen.filter((row) => !before.has(row)) : chosen;
  await store.$transaction(async (tx) => {
    await holdOpenIncident(tx, run.incidentId);
    await refuseProposed(tx, id);
    if (news.length === 0) return;
    await refuseOverrider(tx, id, actor);
    // as arrays: a statement takes 65,535 values at most
    await tx.$executeRaw`
      insert into run_left_out (run_id, "row", reason, "by")
      select ${id}::uuid, unnest(${news}::int[]), ${reason}, ${actor.id}
      on conflict (run_id, "row") do update set reason = excluded.reason, "by" = excluded."by", at = excluded.at`;
    await writeAudit(tx, {
      actor,
      action: 'run.leave_out',
      incidentId: run.incidentId,
      subject: `run ${id}`,
      detail: { reason, count: news.length, rows: news.slice(0, NAMED) },
    });
  });
  return readRunView(store, id);
}

/** The rows of a filter that the patch writes. */
export async function shownRows(
  context: Context,
  run: FinishedRun,
  filter: z.output<typeof DiscrepancyFilter> = {},
  leftOut: LeftOut,
): Promise<number[]> {
  const given = Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined));
  const found = await readPatchedRows(
    await readerSession(context.env),
    join(run.dir, RUN_FILES.discrepanciesTyped),
    await readRunColumns(run.dir),
    given,
    { leftOut, onlyInLive: (await readRunPlan(run.dir)).onlyInLive, limit: MOST + 1 },
  );
  if (found.length <= MOST) return found;
  throw new Failure('request.invalid', `filter: more than ${MOST} rows can't be left out one by one`, {
    fix: 'Narrow the filter, or change the window or the plan so that these rows are not affected.',
  });
}

async function named(context: Context, run: FinishedRun, rows: readonly number[]): Promise<number[]> {
  const wanted = [...new Set(rows)].sort((a, b) => a - b);
  const written = new Set(await shownRows(context, run, {}, new Map()));
  const other = wanted.find((row) => !written.has(row));
  if (other === undefined) return wanted;
  throw new Failure('request.invalid', `rows: the patch of this run does not write row ${other}`);
}
