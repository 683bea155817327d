import { writeAudit } from '#lib/adapters/store/audit';
import { changeRecords } from '#lib/adapters/store/change-records';
import type { StoreTransaction } from '#lib/adapters/store/client';
import { type ErasedRecords, isBusy, markErased } from '#lib/adapters/store/erasures';
import { freezeForGood } from '#lib/recovery/reports/freeze-for-good';
import { carryOut } from '#lib/recovery/retention/carry-out';
import { neededOf } from '#lib/recovery/retention/needed';
import type { Context } from '#lib/recovery/setup/context';

/**
 * Lets the files of previews, patches and readings go that were made before `before` and that nothing needs: never those of
 * the newest preview of an open incident, and of a patch what lib/recovery/retention/needed.ts says. The report is frozen
 * first. Answers in how many incidents something went.
 */
export async function sweepRuns(context: Context, before: Date, days: number): Promise<number> {
  const { store } = context;
  const old = await store.run.findMany({
    where: {
      state: 'done',
      finishedAt: { lt: before },
      OR: [{ erasedAt: null }, { patches: { some: { erasedAt: null } } }],
      incident: { erasures: { none: { scope: 'incident' } } },
    },
    distinct: ['incidentId'],
    select: { incidentId: true },
  });
  let swept = 0;
  for (const { incidentId } of old) if (await sweepIncident(context, incidentId, before, days)) swept += 1;
  return swept;
}

async function sweepIncident(
  context: Context,
  incidentId: string,
  before: Date,
  days: number,
): Promise<boolean> {
  const { store } = context;
  if (isNothing(await goingBy(store, incidentId, before))) return false;
  await freezeForGood(context, incidentId);
  const id = await changeRecords(store, async (tx) => {
    await tx.$queryRaw`select 1 as held from incident where id = ${incidentId}::uuid for update`;
    const going = await goingBy(tx, incidentId, before);
    if (isNothing(going)) return null;
    await markErased(tx, going, new Date());
    const reason = `Kept for ${days} days`;
    const erasure = await tx.erasure.create({
      data: { incidentId, scope: 'rule', requestedBy: 'recount', reason, staged: [] },
    });
    const { runs, patches, surveys } = going;
    await writeAudit(tx, {
      actor: 'recount',
      action: 'incident.erase',
      incidentId,
      subject: `incident ${incidentId}`,
      detail: { scope: 'rule', days, runs: runs.length, patches: patches.length, surveys: surveys.length },
    });
    return erasure.id;
  });
  if (id === null) return false;
  await carryOut(context, id);
  return true;
}

const isNothing = ({ runs, patches, surveys }: ErasedRecords): boolean =>
  runs.length + patches.length + surveys.length === 0;

const NOTHING: ErasedRecords = { runs: [], patches: [], surveys: [], archives: [] };

/** What of an incident may go now. */
async function goingBy(tx: StoreTransaction, incidentId: string, before: Date): Promise<ErasedRecords> {
  if (await isBusy(tx, incidentId)) return NOTHING;
  const undoneBy = { select: { state: true, verifyEvery: true } } as const;
  const { closedAt, runs, surveys } = await tx.incident.findUniqueOrThrow({
    where: { id: incidentId },
    select: {
      closedAt: true,
      runs: {
        where: { state: 'done' },
        orderBy: { number: 'desc' },
        select: { id: true, finishedAt: true, erasedAt: true, patches: { include: { undoneBy } } },
      },
      surveys: { where: { erasedAt: null, finishedAt: { lt: before } }, select: { id: true } },
    },
  });
  const going = runs.filter(
    ({ finishedAt, patches }, at) =>
      finishedAt !== null &&
      finishedAt < before &&
      (closedAt !== null || at > 0) &&
      patches.every((patch) => neededOf(patch) !== 'all'),
  );
  return {
    runs: going.filter(({ erasedAt }) => erasedAt === null).map(({ id }) => id),
    patches: going.flatMap(({ patches }) => goingPatches(patches, before)),
    surveys: closedAt !== null && closedAt < before ? surveys.map(({ id }) => id) : [],
    archives: [],
  };
}

type Patch = Parameters<typeof neededOf>[0] & {
  readonly id: string;
  readonly dir: string | null;
  readonly createdAt: Date;
  readonly appliedAt: Date | null;
  readonly erasedAt: Date | null;
};

/** Patches whose rows nothing needs. Those without a folder of their own share the preview's: they go together. */
function goingPatches(patches: readonly Patch[], before: Date): string[] {
  const isOver = (patch: Patch): boolean =>
    neededOf(patch) === 'header' && (patch.appliedAt ?? patch.createdAt) < before;
  const sharing = patches.filter(({ dir }) => dir === null);
  const over = patches.filter((patch) => (patch.dir === null ? sharing.every(isOver) : isOver(patch)));
  return over.filter(({ erasedAt }) => erasedAt === null).map(({ id }) => id);
}
