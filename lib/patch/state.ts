import type { PatchState } from '#lib/patch/patch';

/** What can happen to a patch, and from which states to which: the whole state machine. */
export const PATCH_EDGES = {
  /** As many people as are needed approved exactly the seal that was shown. */
  approve: { from: ['proposed', 'expired'], to: 'approved' },
  /** Approvals that it needs are too old. From `applying` too: nothing is committed yet, and a later COMMIT is refused. */
  expire: { from: ['approved', 'applying'], to: 'expired' },
  /** Approvals that it needs do not count any more: the policy changed, or who may approve. */
  reopen: { from: ['approved', 'applying'], to: 'proposed' },
  /** It is taken back before it was begun: by a person, or because what it was made from changed, or changes were asked for. */
  withdraw: { from: ['proposed', 'approved', 'expired'], to: 'cancelled' },
  start: { from: ['approved'], to: 'applying' },
  /** The outcome of an earlier COMMIT is asked for. Not `applying`: a COMMIT may be under way, so nothing can be cancelled. */
  settle: { from: ['unknown'], to: 'committing' },
  /** All is written; COMMIT is sent only if this edge was taken. Again where the target asked for a second attempt. */
  commit: { from: ['applying', 'committing'], to: 'committing' },
  /** The operator's cancel was in time: everything was rolled back, and the approval stands. */
  roll_back: { from: ['applying'], to: 'approved' },
  /** The target's ledger has it. Its word stands above the record's, also where the record was given up too early. */
  apply: { from: ['applying', 'committing', 'unknown', 'stale', 'failed'], to: 'applied' },
  go_stale: { from: ['applying', 'committing', 'unknown'], to: 'stale' },
  fail: { from: ['applying', 'committing', 'unknown'], to: 'failed' },
  lose: { from: ['applying', 'committing', 'unknown'], to: 'unknown' },
  verify: { from: ['applied', 'verified'], to: 'verified' },
  /** A patched row differs again. */
  differ: { from: ['applied', 'verified'], to: 'applied' },
  /** The target's ledger says that the patch was put back. */
  undo: { from: ['applied', 'verified', 'applying', 'committing', 'unknown', 'lost'], to: 'undone' },
  /** The target's ledger does not have it any more: the target was restored to a point before it, or failed over. */
  vanish: { from: ['applied', 'verified'], to: 'lost' },
  /**
   * The target's ledger has it, and the record did not know: a DBA ran the exported file, or records or target were
   * restored from a backup. Nothing is written by this; it is only recorded.
   */
  find: {
    from: ['lost', 'proposed', 'approved', 'expired', 'cancelled', 'stale', 'failed', 'undone'],
    to: 'applied',
  },
} as const satisfies Record<string, { readonly from: readonly PatchState[]; readonly to: PatchState }>;

export type PatchEdge = keyof typeof PATCH_EDGES;

/** States in which a patch was given up: its run may be sent for review again. */
export const GIVEN_UP: readonly PatchState[] = ['cancelled', 'failed'];
/** States beside which another patch of the same run may stand: as the records' unique index has them. */
export const NOT_STANDING: readonly PatchState[] = ['cancelled', 'failed', 'stale', 'undone'];
/** States in which a patch stands in the live store. */
export const WRITTEN: readonly PatchState[] = ['applied', 'verified'];
/** States in which the worker is at it, or will be. */
export const UNDER_WAY: readonly PatchState[] = ['applying', 'committing', 'unknown'];

/** What a page says of a state that does not allow what was asked for. */
export const STATE_WORDS: Readonly<Record<PatchState, string>> = {
  proposed: 'waits for approval',
  approved: 'is approved',
  applying: 'is being written',
  committing: 'is being committed',
  applied: 'is applied',
  verified: 'is applied and verified',
  stale: 'is out of date: live rows changed',
  failed: 'failed; nothing was written',
  unknown: 'has an outcome that is not settled yet',
  expired: 'has an approval that expired',
  cancelled: 'was withdrawn',
  undone: 'was undone',
  lost: 'was applied, and the live store does not have it any more',
};
