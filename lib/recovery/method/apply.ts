import { openSealedPatch } from '#lib/adapters/duckdb/sealed-patch';
import type { ListedFile } from '#lib/archive/archive';
import type { Code } from '#lib/base/codes';
import { Failure } from '#lib/base/failure';
import { parseInstant } from '#lib/base/instant';
import type { ApplyOptions, ApplyStatus, LiveStore, UndoOptions, UndoStatus } from '#lib/patch/live-store';
import type { PatchHeader, Verification } from '#lib/patch/patch';
import { fileSha256, openArchive } from '#lib/recovery/setup/wiring';
import type { Block } from '#lib/replay/run';
import type { Session } from '#lib/replay/session';

/** The verbs that write a run's patch, prove it and put it back; the page and the command line call the same ones. */
export type PatchPlaces = {
  /** The run's folder. */
  readonly dir: string;
  readonly session: Session;
  readonly live: LiveStore;
};

/**
 * Applies exactly the sealed patch, once, or nothing. Failures: patch.seal, patch.damaged, patch.blocked,
 * archive.changed, and those of `LiveStore.apply`.
 */
export async function apply(
  places: PatchPlaces,
  seal: string,
  options: ApplyOptions & {
    readonly archiveCheck: boolean;
    readonly archiveRoots?: readonly string[];
    /** Blocks that an approver let through. */
    readonly overridden?: readonly Block[];
  },
): Promise<ApplyStatus> {
  const patch = await openSealedPatch(places.session, places.dir, seal);
  const { counts, kind } = patch.header;
  // its rows are put back from the ledger, together with the files of the patch that it undoes: method/put-back.ts
  if (kind === 'undo') throw new Failure('patch.state', 'This is an undo; it is applied from its page.');
  refuseBlocked(patch.header, options.overridden);
  if (counts.updates + counts.inserts + counts.deletes === 0) return 'nothing_to_apply';
  // What is applied already is not stopped by an archive that has moved on since.
  const { outcome } = await places.live.ledger(patch.header);
  if (outcome === 'none' && options.archiveCheck)
    await refuseChangedArchive(patch.header, options.archiveRoots);
  return places.live.apply(patch, options);
}

/** Refuses what is blocked by anything but what was let through. Failures: patch.blocked. */
export function refuseBlocked({ blockedBy }: PatchHeader, overridden: readonly Block[] = []): void {
  const blocks = blockedBy.filter((block) => !overridden.includes(block));
  if (blocks.length === 0) return;
  throw new Failure('patch.blocked', `The patch is blocked by ${blocks.join(', ')}.`, {
    details: { blocked_by: blocks },
  });
}

/**
 * The files of the manifest must still be the same, byte for byte, and the partitions of the window must have got no further
 * one: its events would be missing in what is written. Of a plain archive a new file says nothing. Failures: archive.changed.
 */
export async function refuseChangedArchive(
  header: PatchHeader,
  roots: readonly string[] | undefined,
): Promise<void> {
  const source = openArchive(header.archiveAt, header.planFolder, roots);
  const listed = new Map((await listOrChanged(source)).map((f) => [f.path, f]));
  for (const known of header.manifest) {
    const file = listed.get(known.path);
    if (file === undefined) throw changed(`${known.path} is gone`);
    if (file.bytes !== known.bytes)
      throw changed(`${known.path} has ${file.bytes} bytes, not ${known.bytes}`);
    if ((await fileSha256(await source.local(file))) !== known.sha256)
      throw changed(`${known.path} has another content`);
  }
  const known = new Set(header.manifest.map(({ path }) => path));
  const late = [...listed.values()].filter((file) => !known.has(file.path) && isOfWindow(file, header));
  const [first] = late;
  if (first === undefined) return;
  const more = late.length === 1 ? '' : ` and ${late.length - 1} more`;
  throw changed(`${first.path}${more} came into a partition of the window`);
}

/** Every file of a partition that meets the window was opened by the preview. */
function isOfWindow({ partition }: ListedFile, { window }: PatchHeader): boolean {
  const [from, to] = [parseInstant(window.from), parseInstant(window.to)];
  return partition !== null && from !== null && to !== null && partition.from < to && from < partition.to;
}

async function listOrChanged(source: ReturnType<typeof openArchive>) {
  try {
    return await source.list();
  } catch (error) {
    if (error instanceof Failure) throw changed(error.message);
    throw error;
  }
}

const changed = (how: string): Failure =>
  new Failure('archive.changed', `The archive changed since the preview: ${how}.`, {
    fix: 'Bring the archive back as it was, or preview again: what is written then comes from what is there now.',
  });

/** Puts the patched rows back, guarded the same way. Failures: patch.seal, patch.damaged, patch.not_applied, patch.stale … */
export async function undo(places: PatchPlaces, seal: string, options: UndoOptions): Promise<UndoStatus> {
  const patch = await openSealedPatch(places.session, places.dir, seal);
  try {
    return await places.live.undo(patch, options);
  } catch (error) {
    throw error instanceof Failure ? forUndo(error) : error;
  }
}

/** What helps an apply that is refused (a new preview) does not help an undo. */
function forUndo(failure: Failure): Failure {
  const fix = UNDO_FIX[failure.code];
  if (fix === undefined) return failure;
  const { at, details } = failure;
  return new Failure(failure.code, failure.message, { fix, ...(at ? { at } : {}), details, cause: failure });
}

const UNDO_FIX: Readonly<Partial<Record<Code, string>>> = {
  'patch.stale':
    'Nothing was put back. The rows changed after the patch, and an undo would overwrite that: bring the named rows to what the patch wrote and undo again, or correct them by hand.',
  'live.schema_changed':
    'Nothing was put back. Give the table the columns back that it had when the patch was applied, and undo again.',
  'patch.target_changed': 'Nothing was put back. Point at the live store that the patch was applied to.',
};

/** Compares the patched rows with what the patch wrote. Failures: patch.damaged, patch.not_applied, live.*. */
export async function verify(places: PatchPlaces): Promise<Verification> {
  const patch = await openSealedPatch(places.session, places.dir, null);
  return places.live.verify(patch);
}
