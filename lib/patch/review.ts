import type { Block } from '#lib/replay/run';

export type PersonRef = { readonly id: string; readonly name: string };

/** A block that an approver let through. */
export type BlockOverride = {
  readonly block: Block;
  readonly by: string;
  readonly at: string;
  readonly reason: string;
};

/** GET /api/v1/runs/:id/overrides. */
export type OverridesView = {
  readonly overrides: readonly BlockOverride[];
  /** Who prepared the run: they let nothing through. */
  readonly authors: readonly PersonRef[];
  /** One person works here, and an admin allowed it. */
  readonly selfApproval: boolean;
};

/** Who stands behind a patch: who prepared it, who approved it, who may, and what was let through. */
export type PatchReview = {
  /** Everyone who had a hand in what it writes: none of them approves it. */
  readonly authors: readonly PersonRef[];
  readonly approvals: readonly {
    readonly approver: string;
    readonly approverId: string;
    readonly at: string;
    readonly reason: string;
    readonly selfApproved: boolean;
    readonly voidedBecause: string | null;
    /** It stands and counts now. Of a patch that was begun: it stands. */
    readonly counts: boolean;
    /** From then on it does not count any more. */
    readonly expiresAt: string;
  }[];
  readonly approvalsNeeded: number;
  /** The rule that asks for so many; `liveStore` null: of every live store. Null: no rule fits. */
  readonly approvalRule: { readonly fromRows: number; readonly liveStore: string | null } | null;
  /** Who may approve it and did not yet. */
  readonly approvers: readonly PersonRef[];
  /** The author may approve it: one person works here, and an admin allowed it. */
  readonly selfApproval: boolean;
  /** One person alone is active. */
  readonly alone: boolean;
  /** Who sent it back to its author, and why. */
  readonly changesRequested: { readonly by: string; readonly at: string; readonly reason: string } | null;
  /** What blocked it, and was let through. */
  readonly overrides: readonly BlockOverride[];
};
