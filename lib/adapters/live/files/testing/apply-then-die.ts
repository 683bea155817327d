import { fileStore } from '#lib/adapters/live/files/file-store';
import { type PatchSpec, sealedPatch } from '#lib/patch/conformance/patch-fixture';
import type { ApplyOptions } from '#lib/patch/live-store';

/** What the crash test patches: every user's total from 1 to 2, one row gone, one new. */
export const CRASH_PATCH: PatchSpec = {
  keys: [{ name: 'user_id', type: 'BIGINT' }],
  measures: [{ name: 'total', type: 'DECIMAL(18,2)' }],
  rows: [
    ...Array.from({ length: 300 }, (_, i) => ({
      op: 'update' as const,
      key: [String(i)],
      before: ['1'],
      after: ['2'],
    })),
    { op: 'delete', key: ['300'], before: ['1'] },
    { op: 'insert', key: ['999'], after: ['3'] },
  ],
};

/** Run as a program: `FOLDER FILE apply|undo DIE_AT`. Kills itself, as kill -9 does, at the named moment. */
async function main([folder = '', file = '', verb = '', dieAt = '']: readonly string[]): Promise<void> {
  const die = (moment: string): void => {
    if (moment === dieAt) process.kill(process.pid, 'SIGKILL');
  };
  const options: ApplyOptions = {
    signatures: { author: 'Ann', approvedBy: null, approvedAt: null },
    onProgress: ({ step, done }) => die(`${step}:${done}`),
    beforeCommit: async () => die('beforeCommit'),
  };
  const store = fileStore({ path: file, folder });
  const patch = sealedPatch(await store.describe(), CRASH_PATCH);
  process.stdout.write('ready\n');
  console.log(verb === 'undo' ? await store.undo(patch, options) : await store.apply(patch, options));
}

if (process.argv[1] === import.meta.filename) await main(process.argv.slice(2));
