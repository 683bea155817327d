import { stat } from 'node:fs/promises';
import { writeAudit } from '#lib/adapters/store/audit';
import { earlierNow } from '#lib/adapters/store/database-clock';
import { removeFile } from '#lib/recovery/archives/upload-files';
import type { Context } from '#lib/recovery/setup/context';
import { partPath } from '#lib/recovery/setup/places';

const ABANDONED_MS = 24 * 3_600_000;

/** Removes parts of uploads that nobody went on with for a day, and their records. Answers how many. */
export async function sweepUploads({ store, env }: Context): Promise<number> {
  const before = new Date((await earlierNow(store)).getTime() - ABANDONED_MS);
  const files = await store.uploadFile.findMany({ where: { state: 'receiving', createdAt: { lt: before } } });
  let swept = 0;
  for (const { id, archiveId, path } of files) {
    const part = partPath(env, archiveId, id);
    const touched = await stat(part).catch(() => null);
    if (touched !== null && touched.mtime >= before) continue;
    await store.$transaction(async (tx) => {
      await tx.uploadFile.deleteMany({ where: { id, state: 'receiving' } });
      await writeAudit(tx, {
        actor: 'recount',
        action: 'upload.sweep',
        subject: `archive ${archiveId}`,
        detail: { fileId: id, path },
      });
    });
    await removeFile(part);
    swept += 1;
  }
  return swept;
}
