import { join } from 'node:path';
import { z } from 'zod';
import { countWorkers } from '#lib/adapters/store/job-leases';
import { migrationsIn } from '#lib/adapters/store/migrate';
import { permit } from '#lib/recovery/access/permit';
import { json } from '#lib/recovery/http/http';
import { freeBytes, LEAST_FREE_BYTES } from '#lib/recovery/operations/disk-room';
import type { Context } from '#lib/recovery/setup/context';

/** What may be missing: all that a stranger is told. */
export type Missing = 'migrations' | 'worker' | 'disk';

const Names = z.array(z.object({ name: z.string() }));

/**
 * Whether work that is given to Recount now would be done: 200 and `{ready: true}`, else 503 and the codes of what is
 * missing. Records that are away are 503 `server.database`, as everywhere.
 */
export async function readReady(context: Context): Promise<Response> {
  permit(context.actor, 'health.read');
  const missing = await missingNow(context);
  return json({ ready: missing.length === 0, missing }, missing.length === 0 ? 200 : 503);
}

async function missingNow({ store, env }: Context): Promise<Missing[]> {
  const had = new Set(
    Names.parse(
      await store.$queryRaw`
        select migration_name as name from _prisma_migrations where finished_at is not null and rolled_back_at is null`,
    ).map(({ name }) => name),
  );
  const wanted = migrationsIn(join(process.cwd(), 'prisma', 'migrations'));
  const missing: Missing[] = [];
  if (wanted.length !== had.size || !wanted.every((name) => had.has(name))) missing.push('migrations');
  if ((await countWorkers(store)) === 0) missing.push('worker');
  if ((await freeBytes(env.dataDir)) < LEAST_FREE_BYTES) missing.push('disk');
  return missing;
}
