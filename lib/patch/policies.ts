/** GET /api/v1/policies: what holds for approvals. */
export type PoliciesView = {
  /** A change names the revision that it was made from. */
  readonly revision: number;
  readonly approvalHours: number;
  /** 0: each approval and each apply needs a proof of its own. */
  readonly proofMinutes: number;
  readonly selfApproval: boolean;
  /** One person alone is active: only then self-approval can be allowed, and counts. */
  readonly alone: boolean;
  /** `liveStore` null: every live store. Sorted by the number of rows. */
  readonly rules: readonly {
    readonly id: string;
    readonly liveStore: { readonly id: string; readonly name: string } | null;
    readonly fromRows: number;
    readonly approvals: number;
  }[];
  /** What a rule can be for. */
  readonly liveStores: readonly { readonly id: string; readonly name: string }[];
};
