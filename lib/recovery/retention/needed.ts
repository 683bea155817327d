import type { PatchState } from '#lib/patch/patch';
import { PATCH_EDGES, UNDER_WAY } from '#lib/patch/state';

/** Of a patch's files: everything, what undo and comparison read (its rows), or no more than where it was written. */
export type Needed = 'all' | 'rows' | 'header';

export type NeedingPatch = {
  readonly state: string;
  /** Of an undo: the patch that it puts back. */
  readonly undoesId: string | null;
  /** Null: it is compared by itself no more. */
  readonly verifyEvery: string | null;
  readonly undoneBy: readonly { readonly state: string; readonly verifyEvery: string | null }[];
};

const OPEN: readonly PatchState[] = [...PATCH_EDGES.withdraw.from, ...UNDER_WAY];
const STANDING: readonly PatchState[] = PATCH_EDGES.undo.from.filter((state) => !UNDER_WAY.includes(state));

const isOneOf = (states: readonly PatchState[], state: string): boolean =>
  states.some((one) => one === state);

/** Waits for approval or apply, or is being written. */
export const isOpen = (state: string): boolean => isOneOf(OPEN, state);
/** Stands in the live store, or did and may again: it can be put back. */
export const isStanding = (state: string): boolean => isOneOf(STANDING, state);

/**
 * The one rule of what no sweep takes. A patch that waits or is being written needs all of its preview; one that can be put
 * back, and an undo with what it put back while both are compared, need their rows. The header of every patch stays: it
 * holds no row, and says where the ledger is that bears witness to the audit.
 */
export function neededOf({ state, undoesId, verifyEvery, undoneBy }: NeedingPatch): Needed {
  if (isOpen(state)) return 'all';
  if (isStanding(state)) return undoesId === null || verifyEvery !== null ? 'rows' : 'header';
  return undoneBy.some((undo) => isStanding(undo.state) && undo.verifyEvery !== null) ? 'rows' : 'header';
}
