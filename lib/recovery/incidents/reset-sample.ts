import { writeAudit } from '#lib/adapters/store/audit';
import type { StoreTransaction } from '#lib/adapters/store/client';
import { movePatch } from '#lib/adapters/store/patches';
import { WRITTEN } from '#lib/patch/state';
import { permit } from '#lib/recovery/access/permit';
import { ensureSampleFiles, loadSampleRows } from '#lib/recovery/incidents/sample-files';
import { voidApprovals, voidUndos } from '#lib/recovery/patches/void-approvals';
import type { Context } from '#lib/recovery/setup/context';
import { oneAtATime } from '#lib/recovery/setup/one-at-a-time';

/**
 * Puts the sample's faulty rows back, so that it can be played through again: what was applied to it counts as undone,
 * and its previews are out of date. Answers how many rows the table has then. Failures: patch.state while a patch of it
 * is being written, live.unreachable.
 */
export async function resetSample(context: Context): Promise<{ rows: number }> {
  permit(context.actor, 'incident.change');
  const { store, env, actor } = context;
  return oneAtATime('sample', async () => {
    await ensureSampleFiles(env);
    return store.$transaction(
      async (tx) => {
        const incidents = await tx.incident.findMany({ where: { sample: 'points' }, select: { id: true } });
        for (const { id } of incidents) await undoPatches(tx, id, actor.id);
        const rows = await loadSampleRows(context);
        await writeAudit(tx, {
          actor,
          action: 'sample.reset',
          subject: 'sample points',
          detail: { rows },
        });
        return { rows };
      },
      { timeout: 120_000 },
    );
  });
}

async function undoPatches(tx: StoreTransaction, incidentId: string, actor: string): Promise<void> {
  const because = "The sample's faulty rows were put back.";
  await tx.$queryRaw`select 1 as held from incident where id = ${incidentId}::uuid for update`;
  await voidApprovals(tx, incidentId, because, actor);
  const standing = [...WRITTEN, 'lost'] as const;
  const written = await tx.patch.findMany({
    where: { incidentId, state: { in: [...standing] } },
    select: { id: true },
  });
  for (const { id } of written) {
    await movePatch(tx, id, 'undo', { alarm: null }, { onlyFrom: standing });
    await voidUndos(tx, id, because, actor);
    await writeAudit(tx, {
      actor,
      action: 'patch.undo',
      incidentId,
      subject: `patch ${id}`,
      detail: { because },
    });
  }
  await tx.incident.update({ where: { id: incidentId }, data: { planRevision: { increment: 1 } } });
}
