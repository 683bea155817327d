import type { z } from 'zod';
import { writeAudit } from '#lib/adapters/store/audit';
import { Failure } from '#lib/base/failure';
import { permit } from '#lib/recovery/access/permit';
import type { RunInput } from '#lib/recovery/runs/read-run';
import { readRunView } from '#lib/recovery/runs/run-view';
import type { Context } from '#lib/recovery/setup/context';
import type { RunView } from '#lib/replay/run';

/**
 * Cancels a preview: one that waits at once, one that runs within about a second. One that is finished stays as it is.
 * Failure not_found.
 */
export async function cancelRun(
  { store, actor }: Context,
  { id }: z.output<typeof RunInput>,
): Promise<RunView> {
  permit(actor, 'run.change');
  await store.$transaction(async (tx) => {
    const run = await tx.run.findUnique({ where: { id }, select: { incidentId: true } });
    if (run === null) throw new Failure('not_found', 'There is no such run.');
    const now = new Date();
    const waiting = await tx.run.updateMany({
      where: { id, state: 'queued' },
      data: { state: 'cancelled', finishedAt: now, cancelRequestedAt: now },
    });
    const running = await tx.run.updateMany({
      where: { id, state: 'running', cancelRequestedAt: null },
      data: { cancelRequestedAt: now },
    });
    if (waiting.count + running.count === 0) return;
    await writeAudit(tx, {
      actor,
      action: 'preview.cancel',
      incidentId: run.incidentId,
      subject: `run ${id}`,
    });
  });
  return readRunView(store, id);
}
