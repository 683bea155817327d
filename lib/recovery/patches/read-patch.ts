import { z } from 'zod';
import { Failure } from '#lib/base/failure';
import type { PatchView } from '#lib/patch/patch';
import { mayStill } from '#lib/recovery/access/may-still';
import { permit } from '#lib/recovery/access/permit';
import { eventStream } from '#lib/recovery/http/event-stream';
import { readPatchView } from '#lib/recovery/patches/patch-record';
import type { Context } from '#lib/recovery/setup/context';

export const PatchInput = z.object({ id: z.uuid() });

/** A patch as the page shows it. Failure not_found. */
export async function showPatch(
  { store, actor }: Context,
  { id }: z.output<typeof PatchInput>,
): Promise<PatchView> {
  permit(actor, 'incident.read');
  return readPatchView(store, id);
}

/** Nothing changes any more without somebody asking for it. */
const isSettled = ({ state, verification, error, rehearsal }: PatchView): boolean =>
  rehearsal?.state !== 'queued' &&
  rehearsal?.state !== 'running' &&
  state !== 'applying' &&
  state !== 'committing' &&
  !(state === 'applied' && verification === null && error === null);

/**
 * The patch as it is written or rehearsed: server-sent events, until it is settled and compared or the reader may no
 * longer read. Failure not_found.
 */
export async function followPatch(
  { store, actor }: Context,
  { id }: z.output<typeof PatchInput>,
  request: Request,
): Promise<Response> {
  permit(actor, 'incident.read');
  await readPatchView(store, id);
  const read = async () => {
    const view = await readPatchView(store, id);
    return { view, final: isSettled(view) };
  };
  return eventStream(read, {
    personId: actor.id,
    gone: request.signal,
    mayStill: () => mayStill({ store, actor }, 'incident.read'),
  });
}

/** The statements of the apply as a file. Failure not_found, also where the store has none (a file). */
export async function downloadPatchSql(
  { store, actor }: Context,
  { id }: z.output<typeof PatchInput>,
): Promise<Response> {
  permit(actor, 'incident.read');
  const { sql, seal } = await readPatchView(store, id);
  if (sql === '') throw new Failure('not_found', 'This live store is not written by SQL.');
  return new Response(sql, {
    headers: {
      'Content-Type': 'application/sql; charset=utf-8',
      'Content-Disposition': `attachment; filename="p-${seal.slice(0, 6)}.sql"`,
    },
  });
}
