import { join } from 'node:path';
import { z } from 'zod';
import { RUN_FILES } from '#lib/adapters/duckdb/patch-files';
import { readPatchRows } from '#lib/adapters/duckdb/patch-page';
import { readPatchHeader } from '#lib/adapters/duckdb/sealed-patch';
import { Failure } from '#lib/base/failure';
import type { PatchRowsPage } from '#lib/patch/patch';
import { permit } from '#lib/recovery/access/permit';
import { dirOf } from '#lib/recovery/patches/patch-files';
import type { Context } from '#lib/recovery/setup/context';
import { readerSession } from '#lib/recovery/setup/reader-session';

export const PatchRowsInput = z.object({
  id: z.uuid(),
  offset: z.coerce.number().int().min(0).max(1_000_000_000).default(0),
  limit: z.coerce.number().int().min(1).max(500).default(50),
});

/** One page of the rows that a patch writes. Failures: not_found, run.incomplete, patch.damaged, data.erased. */
export async function listPatchRows(
  { store, env, actor }: Context,
  { id, offset, limit }: z.output<typeof PatchRowsInput>,
): Promise<PatchRowsPage> {
  permit(actor, 'incident.read');
  const patch = await store.patch.findUnique({
    where: { id },
    select: { seal: true, dir: true, erasedAt: true, run: { select: { dir: true } } },
  });
  if (patch === null) throw new Failure('not_found', 'There is no such patch.');
  const dir = dirOf(patch);
  const header = await readPatchHeader(dir);
  if (header.seal !== patch.seal) {
    throw new Failure('patch.damaged', `The files of this patch have the seal ${header.seal}.`);
  }
  const { keys, measures, counts } = header;
  const path = join(dir, RUN_FILES.patchRows);
  return {
    total: counts.updates + counts.inserts + counts.deletes,
    columns: { keys: keys.map(({ name }) => name), measures: measures.map(({ name }) => name) },
    rows: await readPatchRows(await readerSession(env), path, header, offset, limit),
  };
}
