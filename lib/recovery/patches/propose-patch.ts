import { randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { z } from 'zod';
import { writePatchWithout } from '#lib/adapters/duckdb/left-out';
import { openSealedPatch, readPatchHeader } from '#lib/adapters/duckdb/sealed-patch';
import { findRunAuthors } from '#lib/adapters/store/approvals';
import { writeAudit } from '#lib/adapters/store/audit';
import type { StoreTransaction } from '#lib/adapters/store/client';
import { Failure } from '#lib/base/failure';
import type { LeftOut } from '#lib/compare/left-out';
import type { LiveStore } from '#lib/patch/live-store';
import type { PatchHeader, PatchView } from '#lib/patch/patch';
import { GIVEN_UP } from '#lib/patch/state';
import { permit } from '#lib/recovery/access/permit';
import { refuseBlocked } from '#lib/recovery/method/apply';
import { changeUnlessBound, type RefuseBound } from '#lib/recovery/patches/bound-patches';
import { refuseOverrider } from '#lib/recovery/patches/override-block';
import { addedTo, targetName } from '#lib/recovery/patches/patch-files';
import { type PatchFacts, readPatchView } from '#lib/recovery/patches/patch-record';
import { overriddenBlocks } from '#lib/recovery/patches/review-record';
import { voidApprovals } from '#lib/recovery/patches/void-approvals';
import { refuseErased } from '#lib/recovery/retention/erased';
import { type FinishedRun, findFinishedRun } from '#lib/recovery/runs/finished-run';
import { leftOutOf } from '#lib/recovery/runs/left-out-record';
import type { Context } from '#lib/recovery/setup/context';
import { holdOpenIncident } from '#lib/recovery/setup/find-incident';
import { openIncidentStore } from '#lib/recovery/setup/open-incident-store';
import { patchFolder } from '#lib/recovery/setup/places';
import { openWork } from '#lib/recovery/setup/wiring';
import type { Block } from '#lib/replay/run';

export const ProposePatchInput = z.object({ id: z.uuid() });

/**
 * Sends a finished run's patch for review. One patch a run: asked again, it answers the one that stands. An earlier
 * patch of the incident that waits is withdrawn. Failures: not_found, run.incomplete, patch.damaged, patch.blocked,
 * patch.nothing, patch.state, patch.own (who let a block through), patch.overlap, conflict.
 */
export async function proposePatch(
  context: Context,
  { id }: z.output<typeof ProposePatchInput>,
): Promise<PatchView> {
  permit(context.actor, 'patch.propose');
  const run = await findFinishedRun(context.store, id);
  const leftOut = await leftOutOf(context.store, id);
  const sealed = await sealedFiles(context, run, leftOut);
  let patchId: string;
  try {
    refuseUnfit(sealed.header, leftOut, await overriddenBlocks(context.store, id));
    const facts = await factsOf(context, run, sealed);
    patchId = await changeUnlessBound(context, { id: sealed.id }, (tx, refuseBound) =>
      propose(context, tx, refuseBound, run, sealed, facts),
    );
  } catch (error) {
    // what is no outcome may have come after the record was written: then the folder is named by it
    if (error instanceof Failure) await discard(sealed.dir);
    throw error;
  }
  if (patchId !== sealed.id) await discard(sealed.dir);
  return readPatchView(context.store, patchId);
}

/** A patch's files, its rows sealed again: what is proposed is what was previewed, without what was left out. */
type SealedFiles = {
  /** Of the record that is made of it. */
  readonly id: string;
  readonly header: PatchHeader;
  readonly net: PatchFacts['net'];
  /** Its own folder where rows were left out; null: the run's. */
  readonly dir: string | null;
  readonly leftOut: LeftOut;
};

const discard = async (dir: string | null): Promise<void> => {
  if (dir !== null) await rm(dir, { recursive: true, force: true });
};

async function sealedFiles({ env }: Context, run: FinishedRun, leftOut: LeftOut): Promise<SealedFiles> {
  const id = randomUUID();
  const dir = leftOut.size === 0 ? null : patchFolder(env, id);
  if (dir !== null) await mkdir(dir, { recursive: true });
  const session = await openWork(
    env,
    { folders: [run.dir, ...(dir === null ? [] : [dir])], files: [] },
    'here',
  );
  try {
    const { header } = await openSealedPatch(session, run.dir, null);
    if (dir === null) return { id, header, net: run.net, dir, leftOut };
    const { net } = await writePatchWithout(session, { dir: run.dir, header }, { dir, id }, leftOut);
    return { id, header: (await openSealedPatch(session, dir, null)).header, net, dir, leftOut };
  } catch (error) {
    await discard(dir);
    throw error;
  } finally {
    await session.close();
  }
}

function refuseUnfit(header: PatchHeader, leftOut: LeftOut, overridden: readonly Block[]): void {
  refuseBlocked(header, overridden);
  const { counts } = header;
  if (counts.updates + counts.inserts + counts.deletes === 0) {
    throw leftOut.size === 0
      ? new Failure('patch.nothing', 'This run found nothing to write.')
      : new Failure('patch.nothing', 'Every row of this patch is left out.', {
          fix: 'Take rows into the patch again.',
        });
  }
}

async function factsOf(context: Context, run: FinishedRun, sealed: SealedFiles): Promise<PatchFacts> {
  const { header, net } = sealed;
  const live = await openIncidentStore(context, run.id, header);
  try {
    await refuseWritten(context, run, sealed, live);
    // to know how large the table is would be fine; not to know it stops nobody
    const table = await live.describe().catch((error: unknown) => {
      if (error instanceof Failure) return null;
      throw error;
    });
    return {
      target: targetName(header),
      tableRows: table?.rows ?? null,
      columns: header.measures.map(({ name }) => name),
      added: addedTo(header),
      net: [...net],
      blockedBy: [...header.blockedBy],
      sql: live.reviewSql(header),
    };
  } finally {
    await live.close();
  }
}

/**
 * The target lets a seal in once, and another choice of rows has another seal: where a patch of this run with other
 * rows was tried, its ledger must say that it holds none of them, or rows would be written twice.
 */
async function refuseWritten(
  { store }: Context,
  run: FinishedRun,
  { header }: SealedFiles,
  live: LiveStore,
): Promise<void> {
  const tried = await store.patch.findMany({
    where: { runId: run.id, undoesId: null, attempt: { gt: 0 }, seal: { not: header.seal } },
    select: { number: true, dir: true },
  });
  for (const { number, dir } of tried) {
    const { outcome } = await live.ledger(await readPatchHeader(dir ?? run.dir));
    if (outcome === 'none') continue;
    throw new Failure('patch.state', `The live store holds patch ${number} of this preview.`, {
      fix: 'Preview again.',
    });
  }
}

async function propose(
  context: Context,
  tx: StoreTransaction,
  refuseBound: RefuseBound,
  run: FinishedRun,
  { id: newId, header, dir, leftOut }: SealedFiles,
  facts: PatchFacts,
): Promise<string> {
  const { actor } = context;
  const incident = await holdOpenIncident(tx, run.incidentId);
  const { erasedAt } = await tx.run.findUniqueOrThrow({ where: { id: run.id }, select: { erasedAt: true } });
  refuseErased('The files of this preview', erasedAt);
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
  if (!isSame(leftOut, await leftOutOf(tx, run.id))) {
    throw new Failure('conflict', 'The rows that are left out changed while the patch was sealed.', {
      fix: 'Send it for review again.',
    });
  }
  await refuseOverrider(tx, run.id, actor);
  await voidApprovals(tx, incident.id, 'A newer preview was sent for review.', actor.id);
  await refuseBound(tx, { dir: dir ?? run.dir, header });
  const { updates, inserts, deletes } = header.counts;
  const { id } = await tx.patch.create({
    data: {
      id: newId,
      dir,
      incidentId: incident.id,
      runId: run.id,
      seal: header.seal,
      author: actor.id,
      facts,
      updates,
      inserts,
      deletes,
      authors: { create: await authorsOf(tx, incident.id, actor.id) },
    },
    select: { id: true },
  });
  await writeAudit(tx, {
    actor,
    action: 'patch.propose',
    incidentId: incident.id,
    subject: `patch ${id}`,
    detail: { seal: header.seal, run: run.number, updates, inserts, deletes, leftOut: leftOut.size },
  });
  return id;
}

/** Whoever had a hand in what the patch writes does not approve it. */
async function authorsOf(
  tx: StoreTransaction,
  incidentId: string,
  author: string,
): Promise<{ personId: string }[]> {
  const people = new Set([author, ...(await findRunAuthors(tx, incidentId))]);
  return [...people].map((personId) => ({ personId }));
}

const isSame = (a: LeftOut, b: LeftOut): boolean =>
  a.size === b.size && [...a].every(([row, reason]) => b.get(row) === reason);
