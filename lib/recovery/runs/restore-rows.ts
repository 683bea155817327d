import type { z } from 'zod';
import { writeAudit } from '#lib/adapters/store/audit';
import { permit } from '#lib/recovery/access/permit';
import { refuseOverrider } from '#lib/recovery/patches/override-block';
import { findFinishedRun } from '#lib/recovery/runs/finished-run';
import { type RestoreInput, shownRows } from '#lib/recovery/runs/leave-out-rows';
import { leftOutOf, refuseProposed } from '#lib/recovery/runs/left-out-record';
import { readRunView } from '#lib/recovery/runs/run-view';
import type { Context } from '#lib/recovery/setup/context';
import { holdOpenIncident } from '#lib/recovery/setup/find-incident';
import type { RunView } from '#lib/replay/run';

/** Rows that one audit line names. */
const NAMED = 100;

/**
 * Takes rows that were left out into the patch again, by their positions or all that a filter shows. Rows that are in
 * already stay as they are. Failures: not_found, run.incomplete, patch.state (sent for review), patch.own, conflict (closed).
 */
export async function restoreRows(
  context: Context,
  { id, rows, filter }: z.output<typeof RestoreInput>,
): Promise<RunView> {
  permit(context.actor, 'run.change');
  const { store, actor } = context;
  const run = await findFinishedRun(store, id);
  const chosen = rows ?? (await shownRows(context, run, filter, await leftOutOf(store, id)));
  await store.$transaction(async (tx) => {
    await holdOpenIncident(tx, run.incidentId);
    await refuseProposed(tx, id);
    await refuseOverrider(tx, id, actor);
    const count = await tx.$executeRaw`
      delete from run_left_out where run_id = ${id}::uuid and "row" = any(${[...chosen]}::int[])`;
    if (count === 0) return;
    await writeAudit(tx, {
      actor,
      action: 'run.restore',
      incidentId: run.incidentId,
      subject: `run ${id}`,
      detail: { count, rows: chosen.slice(0, NAMED) },
    });
  });
  return readRunView(store, id);
}
