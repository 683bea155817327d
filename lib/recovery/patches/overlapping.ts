import { isAbsolute, resolve } from 'node:path';
import { type Overlap, overlapOf, type PatchFiles } from '#lib/adapters/duckdb/overlap';
import type { StoreTransaction } from '#lib/adapters/store/client';
import { Failure } from '#lib/base/failure';
import type { PatchHeader } from '#lib/patch/patch';
import { WRITTEN } from '#lib/patch/state';
import {
  dirOf,
  findPatchPlace,
  type PatchPlace,
  readPatchFiles,
  targetName,
} from '#lib/recovery/patches/patch-files';
import { PatchFacts } from '#lib/recovery/patches/patch-record';
import type { Context } from '#lib/recovery/setup/context';
import { readerSession } from '#lib/recovery/setup/reader-session';

// Patches on the same rows of the same live table. Their rows are compared in their files, without the live store.

const SELECT = {
  id: true,
  number: true,
  state: true,
  seal: true,
  dir: true,
  erasedAt: true,
  facts: true,
  appliedAt: true,
  incidentId: true,
  incident: { select: { number: true } },
  run: { select: { dir: true } },
} as const;

/** Patches as they are compared, the oldest first. */
export const candidates = (store: StoreTransaction, where: Parameters<typeof store.patch.findMany>[0]) =>
  store.patch.findMany({ orderBy: { number: 'asc' }, ...where, select: SELECT });
export type Candidate = Awaited<ReturnType<typeof candidates>>[number];

export type Found = { readonly other: Candidate; readonly overlap: Overlap };

/** Live clocks may lag behind: who was written after an instant is told by the audit, the ledger's time only narrows it. */
const SLACK_MS = 24 * 3600_000;
/**
 * Refuses to put a patch back where a newer patch that stands in the live store has rows of it: its values would be lost.
 * Failure patch.overlap.
 */
export async function refuseNewer(context: Context, mine: PatchFiles, place: PatchPlace): Promise<void> {
  const since = await recordedAt(context.store, place);
  if (since === null) return;
  const newer = await writtenSince(context, place, since, {
    state: { in: [...WRITTEN] },
    undoesId: null,
  });
  const found = await firstOverlap(context, mine, newer);
  if (found === null) return;
  const { number } = found.other;
  throw overlapFailure(found, `Patch ${number} was applied later and has ${sameRows(found.overlap)}.`, {
    fix: `Undo patch ${number} first, or preview again and correct what is wrong.`,
  });
}

/**
 * Added deltas are not guarded by a before-value: where a patch on the same rows was written after this one was made,
 * adding these would count twice. Failure patch.stale. A patch that only sets values is left to its guard.
 */
export async function refuseOutdatedDelta(context: Context, id: string): Promise<void> {
  const { store } = context;
  const place = await findPatchPlace(store, id);
  const mine = await readPatchFiles(place);
  if (!mine.header.measures.some(({ mode }) => mode === 'delta')) return;
  const run = await store.run.findUniqueOrThrow({ where: { id: place.runId } });
  const since = place.undone === null ? (run.startedAt ?? run.createdAt) : await undoneSince(store, place);
  if (since === null) return;
  const where =
    place.undone === null
      ? {}
      : { state: { in: [...WRITTEN] }, undoesId: null, NOT: { id: place.undone.id } };
  const found = await firstOverlap(context, mine, await writtenSince(context, place, since, where));
  if (found === null) return;
  const { number } = found.other;
  throw new Failure(
    'patch.stale',
    `Patch ${number} was written after this one was made and has ${sameRows(found.overlap)}; adding to them again would count twice. Nothing was written.`,
    { details: { rows: found.overlap.keys, patch: { id: found.other.id, number } } },
  );
}

async function undoneSince(store: StoreTransaction, { undone }: PatchPlace): Promise<Date | null> {
  return undone === null ? null : recordedAt(store, await findPatchPlace(store, undone.id));
}

/** When Recount recorded that a patch is in the live store, by Recount's own clock. */
async function recordedAt(
  store: StoreTransaction,
  { id, incidentId }: { readonly id: string; readonly incidentId: string },
): Promise<Date | null> {
  const line = await store.audit.findFirst({
    where: { incidentId, subject: `patch ${id}`, action: { in: ['patch.applied', 'patch.found'] } },
    orderBy: { seq: 'desc' },
  });
  return line?.at ?? null;
}

/** Not those of the same seal: the target lets it in once, so that they are one. */
async function writtenSince(
  { store }: Context,
  { id, seal }: PatchPlace,
  since: Date,
  where: NonNullable<Parameters<typeof store.patch.findMany>[0]>['where'],
): Promise<Candidate[]> {
  const near = { gte: new Date(since.getTime() - SLACK_MS) };
  const written = await candidates(store, {
    where: { AND: [{ id: { not: id }, seal: { not: seal }, appliedAt: near }, where ?? {}] },
  });
  const later: Candidate[] = [];
  for (const one of written) {
    const at = await recordedAt(store, one);
    if (at !== null && at > since) later.push(one);
  }
  return later;
}

/** The first of `others` that has rows of `mine`; null where none has. Compares files: seconds for a million rows. */
export async function firstOverlap(
  context: Pick<Context, 'env'>,
  mine: PatchFiles,
  others: readonly Candidate[],
): Promise<Found | null> {
  return (await overlapsWith(context, mine, others, 1))[0] ?? null;
}

/** The first `most` of `others` that have rows of `mine`. */
export async function overlapsWith(
  { env }: Pick<Context, 'env'>,
  mine: PatchFiles,
  others: readonly Candidate[],
  most: number,
): Promise<Found[]> {
  const found: Found[] = [];
  for (const other of others) {
    if (found.length === most) break;
    const files = await filesOf(other);
    if (files === null ? nameOf(other) !== targetName(mine.header) : !isSameTarget(files.header, mine.header))
      continue;
    // which rows a patch without files has cannot be told
    const overlap =
      files === null ? { rows: 0, keys: [] } : await overlapOf(await readerSession(env), mine, files);
    if (files === null || overlap.rows > 0) found.push({ other, overlap });
  }
  return found;
}

async function filesOf(other: Candidate): Promise<PatchFiles | null> {
  try {
    return await readPatchFiles({ dir: dirOf(other), seal: other.seal });
  } catch (error) {
    if (error instanceof Failure) return null;
    throw error;
  }
}

const nameOf = ({ facts }: Candidate): string => PatchFacts.parse(facts).target;

/** A file is itself by whatever folder it is named from. */
function isSameTarget(a: PatchHeader, b: PatchHeader): boolean {
  const [x, y] = [a.target, b.target];
  if (x.kind === 'file' && y.kind === 'file') return fileOf(x.path, a) === fileOf(y.path, b);
  return (
    x.kind === 'postgres' &&
    y.kind === 'postgres' &&
    x.systemIdentifier === y.systemIdentifier &&
    x.database === y.database &&
    x.schema === y.schema &&
    x.table === y.table
  );
}

const fileOf = (path: string, { planFolder }: PatchHeader): string =>
  isAbsolute(path) ? path : resolve(planFolder, path);

/** What two patches have in common, in words. */
export function sameRows({ rows, keys }: Overlap): string {
  if (rows === 0) return 'perhaps the same rows (its files are gone)';
  const shown = keys.length === 0 ? '' : ` (${keys.join('; ')}${rows > keys.length ? ' …' : ''})`;
  return rows === 1 ? `a row of this one${shown}` : `${rows} rows of this one${shown}`;
}

export const overlapFailure = ({ other }: Found, message: string, { fix }: { fix: string }): Failure =>
  new Failure('patch.overlap', message, {
    fix,
    details: {
      patch: {
        id: other.id,
        number: other.number,
        incident: `INC-${other.incident.number}`,
        state: other.state,
      },
    },
  });
