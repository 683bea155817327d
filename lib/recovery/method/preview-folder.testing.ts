import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parsePlan } from '#lib/plan/parse';
import { preview } from '#lib/recovery/method/preview';
import { openArchive, openLiveStore, openWork } from '#lib/recovery/setup/wiring';
import type { Summary } from '#lib/replay/run';

/** Previews `plan.yaml` of a folder into its `out`, as the command line does; what it wrote as discrepancies. */
export async function previewFolder(
  folder: string,
  threads: number,
): Promise<{ summary: Summary; csv: string }> {
  const { plan, problems } = parsePlan(readFileSync(join(folder, 'plan.yaml'), 'utf8'));
  if (plan === null) throw new Error(problems.map((p) => p.message).join(' '));
  const outDir = join(folder, 'out');
  const work = { dataDir: join(folder, 'data'), memoryLimit: '512MB', threads };
  const session = await openWork(work, { folders: [outDir], files: [] }, 'here');
  const live = await openLiveStore(
    { store: plan.live.store, table: null, folder, timezone: plan.live.bucket?.timezone ?? 'UTC' },
    () => undefined,
  );
  try {
    const places = {
      source: openArchive(plan.archive.at, folder),
      live,
      session,
      outDir,
      planFolder: folder,
      author: 'test',
      threads,
    };
    const summary = await preview(plan, { ...places, stageDir: join(work.dataDir, 'staged') });
    return { summary, csv: readFileSync(join(outDir, 'discrepancies.csv'), 'utf8') };
  } finally {
    await live.close();
    await session.close();
  }
}
