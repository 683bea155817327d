import { z } from 'zod';
import { findRunAuthors, isSelfApprovalOpen } from '#lib/adapters/store/approvals';
import { writeAudit } from '#lib/adapters/store/audit';
import { changeRecords } from '#lib/adapters/store/change-records';
import type { StoreTransaction } from '#lib/adapters/store/client';
import { Failure } from '#lib/base/failure';
import type { OverridesView } from '#lib/patch/review';
import { permit } from '#lib/recovery/access/permit';
import { requireStepUp } from '#lib/recovery/access/step-up';
import { touchIncident } from '#lib/recovery/patches/patch-refusal';
import { overridesOf } from '#lib/recovery/patches/review-record';
import { findFinishedRun } from '#lib/recovery/runs/finished-run';
import type { Context } from '#lib/recovery/setup/context';
import { holdOpenIncident } from '#lib/recovery/setup/find-incident';
import { readNames } from '#lib/recovery/setup/people';
import { BLOCKS } from '#lib/replay/run';

export const ReadOverridesInput = z.object({ id: z.uuid() });
export const OverrideBlockInput = ReadOverridesInput.extend({
  block: z.enum(BLOCKS),
  reason: z.string().trim().min(1, 'say why the patch may be written all the same').max(2000),
});

/** What blocks the patch of a run and was let through, and who may not let more through. Failure not_found. */
export async function readOverrides(
  { store, actor }: Context,
  { id }: z.output<typeof ReadOverridesInput>,
): Promise<OverridesView> {
  permit(actor, 'incident.read');
  return viewOverrides(store, id);
}

async function viewOverrides(store: StoreTransaction, id: string): Promise<OverridesView> {
  const run = await store.run.findUnique({ where: { id }, select: { incidentId: true } });
  if (run === null) throw new Failure('not_found', 'There is no such run.');
  const nameOf = await readNames(store);
  const authors = await findRunAuthors(store, run.incidentId);
  return {
    overrides: await overridesOf(store, id, nameOf),
    authors: authors.map((person) => ({ id: person, name: nameOf(person) })),
    selfApproval: await isSelfApprovalOpen(store),
  };
}

/**
 * Lets one thing through that blocks the patch of a run, with a reason. It holds for this run alone; the patch is reviewed
 * and approved as any other. Not by who prepared the run. Failures: access.prove, not_found, run.incomplete, patch.own, conflict (closed,
 * the plan changed, not blocked by it, let through already).
 */
export async function overrideBlock(
  context: Context,
  { id, block, reason }: z.output<typeof OverrideBlockInput>,
): Promise<OverridesView> {
  permit(context.actor, 'run.override');
  const { store, actor } = context;
  await requireStepUp(context);
  await changeRecords(store, async (tx) => {
    const run = await findFinishedRun(tx, id);
    const incident = await holdOpenIncident(tx, run.incidentId);
    if (incident.planRevision !== run.planRevision)
      throw new Failure('conflict', 'The plan changed since this preview.', { fix: 'Preview again.' });
    if (!run.summary.patch.blocked_by.includes(block))
      throw new Failure('conflict', `This preview is not blocked by ${block}.`);
    const authors = await findRunAuthors(tx, run.incidentId);
    if (authors.includes(actor.id) && !(await isSelfApprovalOpen(tx)))
      throw new Failure('patch.own', 'You prepared this preview, so someone else has to let this through.');
    if ((await tx.runOverride.findUnique({ where: { runId_block: { runId: id, block } } })) !== null)
      throw new Failure('conflict', 'This was let through already.', { fix: 'Reload the page.' });
    await tx.runOverride.create({ data: { runId: id, block, reason, by: actor.id } });
    await touchIncident(tx, run.incidentId);
    await writeAudit(tx, {
      actor,
      action: 'run.override',
      incidentId: run.incidentId,
      subject: `run ${id}`,
      detail: { block, reason, run: run.number, seal: run.summary.patch.seal },
    });
  });
  return viewOverrides(store, id);
}

/**
 * Who let a block of a run through has no hand in its patch afterwards either: neither chooses its rows nor sends it for review.
 * The caller's transaction holds the incident. Failure patch.own.
 */
export async function refuseOverrider(
  tx: StoreTransaction,
  runId: string,
  { id }: Context['actor'],
): Promise<void> {
  const own = await tx.runOverride.findFirst({ where: { runId, by: id } });
  if (own === null || (await isSelfApprovalOpen(tx))) return;
  throw new Failure(
    'patch.own',
    `You let ${own.block} through for this preview, so someone else prepares its patch.`,
    { fix: 'Ask someone else to choose its rows and to send it for review.' },
  );
}
