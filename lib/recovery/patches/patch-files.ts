import type { PatchFiles } from '#lib/adapters/duckdb/overlap';
import { readPatchHeader } from '#lib/adapters/duckdb/sealed-patch';
import type { StoreTransaction } from '#lib/adapters/store/client';
import { Failure } from '#lib/base/failure';
import type { PatchHeader } from '#lib/patch/patch';
import { refuseErased } from '#lib/recovery/retention/erased';

/** Where a patch's files are, by its record. */
export type PatchPlace = {
  readonly id: string;
  readonly number: number;
  readonly incidentId: string;
  readonly runId: string;
  readonly seal: string;
  readonly state: string;
  readonly dir: string;
  /** Of an undo: the patch that it puts back. */
  readonly undone: { readonly id: string; readonly seal: string; readonly dir: string } | null;
};

const RUN_DIR = { run: { select: { dir: true } } } as const;

/** Finds the files of a patch and, of an undo, those of the patch that it puts back. Failures: not_found, run.incomplete, data.erased. */
export async function findPatchPlace(store: StoreTransaction, id: string): Promise<PatchPlace> {
  const patch = await store.patch.findUnique({
    where: { id },
    include: { ...RUN_DIR, undoes: { include: RUN_DIR } },
  });
  if (patch === null) throw new Failure('not_found', 'There is no such patch.');
  const { number, incidentId, runId, seal, state, undoes } = patch;
  return {
    id,
    number,
    incidentId,
    runId,
    seal,
    state,
    dir: dirOf(patch),
    undone: undoes === null ? null : { id: undoes.id, seal: undoes.seal, dir: dirOf(undoes) },
  };
}

export function dirOf(patch: {
  readonly dir: string | null;
  readonly erasedAt: Date | null;
  readonly run: { readonly dir: string | null };
}): string {
  refuseErased('The rows of this patch', patch.erasedAt);
  const dir = patch.dir ?? patch.run.dir;
  if (dir === null) throw new Failure('run.incomplete', 'The files of this patch are gone.');
  return dir;
}

/** The folder with its header; its rows are not sealed again here. Failures: run.incomplete, patch.damaged. */
export async function readPatchFiles(place: Pick<PatchPlace, 'dir' | 'seal'>): Promise<PatchFiles> {
  const header = await readPatchHeader(place.dir);
  if (header.seal === place.seal) return { dir: place.dir, header };
  throw new Failure('patch.damaged', `The files of this patch have the seal ${header.seal}.`);
}

/** The measures that are written by adding to them, whatever they hold then. */
export const addedTo = ({ measures }: Pick<PatchHeader, 'measures'>): string[] =>
  measures.flatMap(({ name, mode }) => (mode === 'delta' ? [name] : []));

/** How people call what is patched: what they type to confirm the apply. */
export const targetName = ({ target }: PatchHeader): string =>
  target.kind === 'postgres' ? `${target.schema}.${target.table}` : target.path;
