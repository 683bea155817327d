import type { PoliciesView } from '#lib/patch/policies';

/** What the form holds while it is filled in: numbers as they are typed. */
export type RuleDraft = {
  readonly key: string;
  /** `all`, or the id of a live store. */
  readonly store: string;
  readonly fromRows: string;
  readonly approvals: string;
};
export type PolicyDraft = {
  readonly approvalHours: string;
  readonly proofMinutes: string;
  readonly selfApproval: boolean;
  readonly rules: readonly RuleDraft[];
};

export const ALL = 'all';

export const draftOf = ({ approvalHours, proofMinutes, selfApproval, rules }: PoliciesView): PolicyDraft => ({
  approvalHours: String(approvalHours),
  proofMinutes: String(proofMinutes),
  selfApproval,
  rules: rules.map(({ id, liveStore, fromRows, approvals }) => ({
    key: id,
    store: liveStore?.id ?? ALL,
    fromRows: String(fromRows),
    approvals: String(approvals),
  })),
});

/** A whole number from `least` to `most`; null where it is none. */
export function wholeNumber(text: string, least: number, most: number): number | null {
  const plain = text.replaceAll(/[\s,]/g, '');
  const value = /^\d{1,10}$/.test(plain) ? Number(plain) : null;
  return value !== null && value >= least && value <= most ? value : null;
}

export const hoursOf = (text: string): number | null => wholeNumber(text, 1, 720);
export const minutesOf = (text: string): number | null => wholeNumber(text, 0, 720);
export const rowsOf = (text: string): number | null => wholeNumber(text, 1, 2_147_483_647);

/** What is sent; null while something in it is no number. */
export function changeOf(draft: PolicyDraft, revision: number): object | null {
  const approvalHours = hoursOf(draft.approvalHours);
  const proofMinutes = minutesOf(draft.proofMinutes);
  const rules = draft.rules.map(({ store, fromRows, approvals }) => ({
    liveStoreId: store === ALL ? null : store,
    fromRows: rowsOf(fromRows),
    approvals: Number(approvals),
  }));
  const isWhole =
    approvalHours !== null && proofMinutes !== null && rules.every((one) => one.fromRows !== null);
  return isWhole ? { revision, approvalHours, proofMinutes, selfApproval: draft.selfApproval, rules } : null;
}
