import { glob, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { RUN_FILES } from '#lib/adapters/duckdb/patch-files';

/** Where the files of a patch lie: outside its seal, in its header. */
const FIELDS = ['planFolder', 'archiveAt', 'store'] as const;

/** In a data folder that was `before` another one, headers of patches name places under it: they name the new ones. */
export async function movePaths(dataDir: string, before: string): Promise<void> {
  if (before === dataDir) return;
  for await (const name of glob(`{runs,patches}/*/**/${RUN_FILES.patch}`, { cwd: dataDir })) {
    const path = join(dataDir, name);
    const header = z.record(z.string(), z.unknown()).parse(JSON.parse(await readFile(path, 'utf8')));
    const moved = Object.fromEntries(
      FIELDS.flatMap((field) => {
        const value = header[field];
        const isBelow = typeof value === 'string' && (value === before || value.startsWith(`${before}/`));
        return isBelow ? [[field, dataDir + value.slice(before.length)]] : [];
      }),
    );
    if (Object.keys(moved).length === 0) continue;
    await writeFile(`${path}.part`, `${JSON.stringify({ ...header, ...moved }, null, 2)}\n`, { mode: 0o600 });
    await rename(`${path}.part`, path);
  }
}
