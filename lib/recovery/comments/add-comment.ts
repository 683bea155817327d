import { join } from 'node:path';
import { z } from 'zod';
import { readDiscrepancy } from '#lib/adapters/duckdb/discrepancies';
import { RUN_FILES } from '#lib/adapters/duckdb/patch-files';
import { readRunColumns } from '#lib/adapters/duckdb/run-columns';
import { writeAudit } from '#lib/adapters/store/audit';
import { changeRecords } from '#lib/adapters/store/change-records';
import type { StoreTransaction } from '#lib/adapters/store/client';
import { notifyOfComment } from '#lib/adapters/store/notify';
import { Failure } from '#lib/base/failure';
import { cellKey, type ThreadView } from '#lib/compare/comment';
import { permit } from '#lib/recovery/access/permit';
import { CommentText, checkMentions, readThread } from '#lib/recovery/comments/comment-record';
import { findFinishedRun } from '#lib/recovery/runs/finished-run';
import type { Context } from '#lib/recovery/setup/context';
import { readerSession } from '#lib/recovery/setup/reader-session';

/** A thread holds no more answers than a reader takes in. */
const MOST_ANSWERS = 200;
const EITHER = { message: 'give a run or the thread that it answers', path: ['run'] };

export const AddCommentInput = CommentText.extend({
  run: z.uuid().optional(),
  /** A row of it, by its place in discrepancies.csv; left out: the preview as a whole. */
  row: z.number().int().min(0).max(2_147_483_647).optional(),
  /** The first comment of the thread that this one answers. */
  answers: z.uuid().optional(),
})
  .refine(({ run, answers }) => (run === undefined) !== (answers === undefined), EITHER)
  .refine(({ run, row }) => row === undefined || run !== undefined, EITHER);
type Input = z.output<typeof AddCommentInput>;

/** Where a comment stands. */
type Place = {
  readonly runId: string;
  readonly parentId: string | null;
  readonly row: number | null;
  readonly cellKey: string | null;
};

/**
 * Begins a thread about a preview or one of its rows, or answers one; tells whom it mentions, and whose preview or thread
 * it is. Answers the thread. Failures: not_found, run.incomplete (a row of a preview without results), request.invalid
 * (mentions), conflict (a thread that is full).
 */
export async function addComment(context: Context, input: Input): Promise<ThreadView> {
  permit(context.actor, 'comment.write');
  const { store, actor } = context;
  const place = await placeOf(context, input);
  const { id } = await changeRecords(store, async (tx) => {
    const mentions = await checkMentions(tx, input.mentions);
    const run = await tx.run.findUnique({
      where: { id: place.runId },
      select: { number: true, incidentId: true },
    });
    if (run === null) throw new Failure('not_found', 'There is no such run.');
    if (place.parentId !== null) await refuseFull(tx, place.parentId);
    const comment = await tx.comment.create({
      data: {
        ...place,
        body: input.body,
        author: actor.id,
        mentions: { create: mentions.map((personId) => ({ personId })) },
      },
      select: { id: true },
    });
    await notifyOfComment(tx, 'mentioned', comment.id, mentions, actor.id);
    const others = (await takingPart(tx, place)).filter((person) => !mentions.includes(person));
    await notifyOfComment(tx, 'comment', comment.id, others, actor.id);
    // what it says stays out of the audit: there it could never be erased
    await writeAudit(tx, {
      actor,
      action: 'comment.add',
      incidentId: run.incidentId,
      subject: `comment ${comment.id}`,
      detail: { run: run.number, row: place.row, answers: place.parentId, mentions },
    });
    return comment;
  });
  return readThread(store, place.parentId ?? id, actor.id);
}

async function placeOf(context: Context, { run: runId, row, answers }: Input): Promise<Place> {
  const { store, env } = context;
  if (runId === undefined) {
    const first = await store.comment.findUnique({ where: { id: answers ?? '' } });
    if (first === null || first.parentId !== null) {
      throw new Failure('not_found', 'There is no such thread.');
    }
    return { runId: first.runId, parentId: first.id, row: null, cellKey: null };
  }
  if (row === undefined) return { runId, parentId: null, row: null, cellKey: null };
  const { dir } = await findFinishedRun(store, runId);
  const found = await readDiscrepancy(
    await readerSession(env),
    join(dir, RUN_FILES.discrepanciesTyped),
    await readRunColumns(dir),
    row,
    new Map(),
  );
  return { runId, parentId: null, row, cellKey: cellKey(found) };
}

async function refuseFull(tx: StoreTransaction, parentId: string): Promise<void> {
  if ((await tx.comment.count({ where: { parentId } })) < MOST_ANSWERS) return;
  throw new Failure('conflict', `This thread has ${MOST_ANSWERS} answers and takes no more.`, {
    fix: 'Begin another thread.',
  });
}

/** Whose preview it is, and who said something in the thread. */
async function takingPart(tx: StoreTransaction, { runId, parentId }: Place): Promise<string[]> {
  const { createdBy } = await tx.run.findUniqueOrThrow({ where: { id: runId }, select: { createdBy: true } });
  if (parentId === null) return [createdBy];
  const said = await tx.comment.findMany({
    where: { OR: [{ id: parentId }, { parentId }] },
    distinct: ['author'],
    select: { author: true },
  });
  return [...new Set([createdBy, ...said.map(({ author }) => author)])];
}
