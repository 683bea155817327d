import { readdir, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isAlive } from '#lib/adapters/lock/lock-file';
import { writeAudit } from '#lib/adapters/store/audit';
import { earlierNow } from '#lib/adapters/store/database-clock';
import { goesBefore, readRules } from '#lib/recovery/retention/retention-rules';
import type { Context } from '#lib/recovery/setup/context';
import { patchFolder, runFolder, surveyFolder } from '#lib/recovery/setup/places';
import { scratchFolder, stageFolder } from '#lib/recovery/setup/wiring';

const OLD_MS = 24 * 3_600_000;
/** Of a process that is gone: nothing reads it again. The hour is for a command in a container, whose ids are its own. */
const SCRATCH_MS = 3_600_000;
const SCRATCH = /^(?:session|preview)-(\d+)-/;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** A run or reading in one of these has files, or will have. */
const KEPT = ['queued', 'running', 'done'];

/**
 * Removes folders of the data folder that no record names (of runs and readings that failed, were cancelled or are gone, of
 * patches that were never recorded), half-written staged files, all older than a day, staged events that nobody used for as
 * long as the retention says (they are staged again when needed), and what killed processes left in the scratch folder.
 * Answers how many.
 */
export async function sweepFolders({ store, env }: Context): Promise<number> {
  const nowMs = (await earlierNow(store)).getTime();
  const before = nowMs - OLD_MS;
  const idsOf = (rows: readonly { id: string }[]): Set<string> => new Set(rows.map(({ id }) => id));
  const select = { id: true } as const;
  const sweeps = [
    {
      parent: dirname(runFolder(env, '-')),
      named: async (ids: string[]) =>
        idsOf(await store.run.findMany({ where: { id: { in: ids }, state: { in: KEPT } }, select })),
    },
    {
      parent: dirname(surveyFolder(env, '-')),
      named: async (ids: string[]) =>
        idsOf(await store.survey.findMany({ where: { id: { in: ids }, state: { in: KEPT } }, select })),
    },
    {
      parent: dirname(patchFolder(env, '-')),
      // also of one that was withdrawn: the ledger may turn out to have it
      named: async (ids: string[]) =>
        idsOf(await store.patch.findMany({ where: { id: { in: ids } }, select })),
    },
  ];
  const removed: string[] = [];
  for (const { parent, named } of sweeps) {
    const old = await oldEntries(parent, before, (name) => UUID.test(name));
    const kept = await named(old);
    removed.push(...old.filter((id) => !kept.has(id)).map((id) => join(parent, id)));
  }
  const staged = stageFolder(env.dataDir);
  removed.push(...(await halfStaged(staged, before)));
  const unused = goesBefore(await readRules(store, env), 'staged', new Date(nowMs));
  if (unused !== null) removed.push(...(await unusedStaged(staged, unused.getTime())));
  const scratch = scratchFolder(env.dataDir);
  const left = await oldEntries(scratch, nowMs - SCRATCH_MS, (name) => isOfGone(name));
  removed.push(...left.map((name) => join(scratch, name)));
  for (const path of removed) await rm(path, { recursive: true, force: true });
  if (removed.length > 0) {
    const detail = { removed: removed.length, first: removed.slice(0, 20) };
    await store.$transaction((tx) =>
      writeAudit(tx, { actor: 'recount', action: 'folders.sweep', subject: 'data folder', detail }),
    );
  }
  return removed.length;
}

/** A session's or a preview's folder whose process is not there any more. */
function isOfGone(name: string): boolean {
  const pid = SCRATCH.exec(name)?.[1];
  return pid !== undefined && !isAlive(Number(pid));
}

/** Names in a folder that fit and were not touched since; of a folder that is not there, none. */
async function oldEntries(
  parent: string,
  before: number,
  fits: (name: string) => boolean,
): Promise<string[]> {
  const names = (await readdir(parent).catch(() => [])).filter(fits);
  const ages = await Promise.all(names.map((name) => stat(join(parent, name)).catch(() => null)));
  return names.filter((_, i) => (ages[i]?.mtimeMs ?? Number.POSITIVE_INFINITY) < before);
}

/** Staged contents that were last used before then. */
async function unusedStaged(staged: string, before: number): Promise<string[]> {
  const found: string[] = [];
  for (const outer of await readdir(staged).catch(() => [])) {
    const old = await oldEntries(join(staged, outer), before, () => true);
    found.push(...old.map((name) => join(staged, outer, name)));
  }
  return found;
}

/** Staged parts that were never finished: a killed child leaves them. */
async function halfStaged(staged: string, before: number): Promise<string[]> {
  const found: string[] = [];
  for (const outer of await readdir(staged).catch(() => [])) {
    for (const inner of await readdir(join(staged, outer)).catch(() => [])) {
      const folder = join(staged, outer, inner);
      const old = await oldEntries(folder, before, (name) => name.includes('.part'));
      found.push(...old.map((name) => join(folder, name)));
    }
  }
  return found;
}
