import { z } from 'zod';
import { openSealedPatch } from '#lib/adapters/duckdb/sealed-patch';
import { writeAudit } from '#lib/adapters/store/audit';
import type { StoreTransaction } from '#lib/adapters/store/client';
import { Failure } from '#lib/base/failure';
import type { PatchHeader, PatchView } from '#lib/patch/patch';
import { GIVEN_UP } from '#lib/patch/state';
import type { Context } from '#lib/recovery/context';
import { holdOpenIncident } from '#lib/recovery/find-incident';
import { type FinishedRun, findFinishedRun } from '#lib/recovery/finished-run';
import { openIncidentStore } from '#lib/recovery/open-incident-store';
import { type PatchFacts, readPatchView } from '#lib/recovery/patch-record';
import { voidApprovals } from '#lib/recovery/void-approvals';
import { openWork } from '#lib/recovery/wiring';

export const ProposePatchInput = z.object({ id: z.uuid() });

/**
 * Sends a finished run's patch for review. One patch a run: asked again, it answers the one that stands. An earlier
 * patch of the incident that waits is withdrawn. Failures: not_found, run.incomplete, patch.damaged, patch.blocked,
 * patch.nothing, patch.state, conflict.
 */
export async function proposePatch(
  context: Context,
  { id }: z.output<typeof ProposePatchInput>,
): Promise<PatchView> {
  const run = await findFinishedRun(context.store, id);
  const header = await sealedHeader(context, run.dir);
  refuseUnfit(header);
  const facts = await factsOf(context, run, header);
  const patchId = await context.store.$transaction((tx) => propose(context, tx, run, header, facts));
  return readPatchView(context.store, patchId);
}

/** The header of the run's patch, its rows sealed again: what is proposed is what was previewed. */
async function sealedHeader({ env }: Context, dir: string): Promise<PatchHeader> {
  const session = await openWork(env, { folders: [dir], files: [] }, 'here');
  try {
    return (await openSealedPatch(session, dir, null)).header;
  } finally {
    await session.close();
  }
}

function refuseUnfit({ counts, blockedBy }: PatchHeader): void {
  if (blockedBy.length > 0) {
    throw new Failure('patch.blocked', `The patch is blocked by ${blockedBy.join(', ')}.`, {
      details: { blocked_by: blockedBy },
    });
  }
  if (counts.updates + counts.inserts + counts.deletes === 0) {
    throw new Failure('patch.nothing', 'This run found nothing to write.');
  }
}

async function factsOf(context: Context, run: FinishedRun, header: PatchHeader): Promise<PatchFacts> {
  const live = await openIncidentStore(context, run.id, header);
  try {
    // to know how large the table is would be fine; not to know it stops nobody
    const table = await live.describe().catch((error: unknown) => {
      if (error instanceof Failure) return null;
      throw error;
    });
    return {
      target: targetName(header),
      tableRows: table?.rows ?? null,
      columns: header.measures.map(({ name }) => name),
      net: run.net,
      blockedBy: [...header.blockedBy],
      sql: live.reviewSql(header),
    };
  } finally {
    await live.close();
  }
}

/** How people call what is patched: what they type to confirm the apply. */
const targetName = ({ target }: PatchHeader): string =>
  target.kind === 'postgres' ? `${target.schema}.${target.table}` : target.path;

async function propose(
  { actor }: Context,
  tx: StoreTransaction,
  run: FinishedRun,
  header: PatchHeader,
  facts: PatchFacts,
): Promise<string> {
  const incident = await holdOpenIncident(tx, run.incidentId);
  const last = await tx.patch.findFirst({
    where: { runId: run.id, undoesId: null },
    orderBy: { number: 'desc' },
    select: { id: true, state: true },
  });
  if (last?.state === 'stale') throw new Failure('patch.stale', 'Live rows changed since this preview.');
  if (last?.state === 'undone') throw new Failure('patch.undone', 'The patch of this run was undone.');
  if (last !== null && !GIVEN_UP.some((state) => state === last.state)) return last.id;
  if (incident.planRevision !== run.planRevision) {
    throw new Failure('conflict', 'The plan changed since this preview.', { fix: 'Preview again.' });
  }
  await voidApprovals(tx, incident.id, 'A newer preview was sent for review.', actor.id);
  const { updates, inserts, deletes } = header.counts;
  const { id } = await tx.patch.create({
    data: {
      incidentId: incident.id,
      runId: run.id,
      seal: header.seal,
      author: actor.id,
      facts,
      updates,
      inserts,
      deletes,
    },
    select: { id: true },
  });
  await writeAudit(tx, {
    actor: actor.id,
    action: 'patch.propose',
    incidentId: incident.id,
    subject: `patch ${id}`,
    detail: { seal: header.seal, run: run.number, updates, inserts, deletes },
  });
  return id;
}
