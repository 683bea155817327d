import { z } from 'zod';
import { Failure } from '#lib/base/failure';
import type { Threads } from '#lib/compare/comment';
import { permit } from '#lib/recovery/access/permit';
import { readThreads } from '#lib/recovery/comments/comment-record';
import type { Context } from '#lib/recovery/setup/context';

export const CommentsInput = z.object({ run: z.uuid() });

/**
 * What was said about a preview, and about the rows of every preview of its incident: a row keeps its threads when it
 * differs again. The newest 500 threads. Failure not_found.
 */
export async function listComments(
  { store, actor }: Context,
  { run: runId }: z.output<typeof CommentsInput>,
): Promise<Threads> {
  permit(actor, 'incident.read');
  const run = await store.run.findUnique({ where: { id: runId }, select: { incidentId: true } });
  if (run === null) throw new Failure('not_found', 'There is no such run.');
  const ofRows = { run: { incidentId: run.incidentId }, cellKey: { not: null } };
  return readThreads(store, { OR: [{ runId }, ofRows] }, actor.id);
}
