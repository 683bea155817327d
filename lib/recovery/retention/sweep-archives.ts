import { writeAudit } from '#lib/adapters/store/audit';
import { changeRecords } from '#lib/adapters/store/change-records';
import { oldUploads } from '#lib/adapters/store/erasures';
import { measure, removeAll } from '#lib/recovery/retention/erasure-files';
import type { Context } from '#lib/recovery/setup/context';
import { uploadFolder } from '#lib/recovery/setup/places';

/**
 * Lets uploads go whose last incident was closed before `before`, or that no incident ever used. What a live store's file
 * lies in stays. Marked first, in one transaction with its line of the audit: a sweep that was killed is gone on with by the
 * next. Answers how many were marked.
 */
export async function sweepArchives({ store, env }: Context, before: Date, days: number): Promise<number> {
  const folderOf = (id: string) => ({ folder: uploadFolder(env, id), keep: [] });
  const found = await oldUploads(store, before);
  const size = await measure(found.map(folderOf));
  const marked = await changeRecords(store, async (tx) => {
    const ids = await oldUploads(tx, before, found);
    if (ids.length === 0) return 0;
    const { count } = await tx.archive.updateMany({
      where: { id: { in: ids }, erasedAt: null },
      data: { erasedAt: new Date() },
    });
    await writeAudit(tx, {
      actor: 'recount',
      action: 'retention.sweep',
      subject: 'uploads',
      detail: { days, uploads: count, ...size },
    });
    return count;
  });
  const erased = await store.archive.findMany({
    where: { kind: 'upload', erasedAt: { not: null } },
    select: { id: true },
  });
  await removeAll(erased.map(({ id }) => folderOf(id)));
  return marked;
}
