import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { withLockFile } from '#lib/adapters/lock/lock-file';
import { Bug } from '#lib/base/failure';

const SCHEMA = path.resolve('prisma/schema.prisma');
const OUTPUT = path.resolve('lib/adapters/store/generated');
const STAMP = path.join(OUTPUT, 'made-from');

/** Makes the Prisma client from the schema, unless it is there already. Reaches no network. */
export async function generateClient(): Promise<void> {
  const cli = createRequire(import.meta.url).resolve('prisma/package.json');
  const made = createHash('sha256').update(readFileSync(SCHEMA)).update(readFileSync(cli)).digest('hex');
  const isFresh = (): boolean => existsSync(STAMP) && readFileSync(STAMP, 'utf8') === made;
  if (isFresh()) return;
  await withLockFile(path.resolve('node_modules/.recount-generate.lock'), 60_000, async () => {
    if (isFresh()) return;
    const args = [path.join(path.dirname(cli), 'build/index.js'), 'generate', '--schema', SCHEMA];
    // Generating needs no engine, but Prisma asks for the path of one: any file that exists will do.
    const env = {
      ...process.env,
      PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
      PRISMA_HIDE_UPDATE_MESSAGE: '1',
      CHECKPOINT_DISABLE: '1',
    };
    const run = spawnSync(process.execPath, args, { env, encoding: 'utf8' });
    if (run.status !== 0) throw new Bug(`prisma generate failed:\n${run.stderr}${run.stdout}`);
    writeFileSync(STAMP, made);
  });
}
