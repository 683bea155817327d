import { z } from 'zod';
import { glance } from '#lib/adapters/staging/glance';
import type { ArchiveGlance } from '#lib/archive/survey';
import { Failure } from '#lib/base/failure';
import { permit } from '#lib/recovery/access/permit';
import { openArchiveWork } from '#lib/recovery/archives/open-archive-work';
import { oneLook } from '#lib/recovery/setup/at-once';
import type { Context } from '#lib/recovery/setup/context';
import { placeOfArchive } from '#lib/recovery/setup/places';

export const GlanceInput = z.object({
  id: z.uuid(),
  format: z.enum(['auto', 'csv', 'json', 'parquet']).default('auto'),
  timezone: z.string().max(100).optional(),
});

/**
 * What can be told of an archive from the beginnings of a few files, in a process of its own. Failures: not_found,
 * archive.*, work.too_much.
 */
export async function glanceArchive(
  context: Context,
  { id, format, timezone }: z.output<typeof GlanceInput>,
  request: Request,
): Promise<ArchiveGlance> {
  permit(context.actor, 'archive.browse');
  const archive = await context.store.archive.findUnique({ where: { id }, select: { location: true } });
  if (archive === null) throw new Failure('not_found', 'There is no such archive.');
  const at = placeOfArchive(context.env, archive.location).full;
  return oneLook(context.actor.id, async () => {
    const { source, session } = await openArchiveWork(context, id, at, [], request.signal);
    try {
      await session.lock();
      return await glance(source, session, { format, timezone: timezone ?? null });
    } finally {
      await session.close();
    }
  });
}
