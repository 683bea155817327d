import { wholeNumber } from '#components/policies/policy-draft.ts';
import { KEPT_KINDS, type KeptKind, LONGEST_DAYS, type RetentionView } from '#lib/incident/retention';

/** What the form holds while it is filled in: days as they are typed. */
export type RuleDraft = { readonly isKept: boolean; readonly days: string };
export type RetentionDraft = Readonly<Record<KeptKind, RuleDraft>>;

/** What stands in the field when a rule begins. */
const FIRST_DAYS = 90;

export const KIND_WORDS: Readonly<Record<KeptKind, { readonly title: string; readonly hint: string }>> = {
  staged: {
    title: 'Staged events',
    hint: 'Copies of archived events that previews work on. Counted from their last use; made again when needed.',
  },
  uploads: {
    title: 'Uploaded files',
    hint: 'Counted from when the last incident that reads them was closed.',
  },
  runs: {
    title: 'Rows of previews and patches',
    hint: 'Live rows, differences, evidence. What waits for approval, what can be put back, and the newest preview of an open incident stay.',
  },
  deliveries: {
    title: 'What was sent to webhooks',
    hint: 'That something was told stays as a line without its words.',
  },
  notifications: { title: 'Notifications', hint: 'In the page, read or not.' },
  access: {
    title: 'Ended sign-ins',
    hint: 'Sessions with their addresses, tokens, links and invitations, counted from their end.',
  },
};

export const daysOf = (text: string): number | null => wholeNumber(text, 1, LONGEST_DAYS);

/** The form as the rules are now. */
export function draftOf({ rules }: Pick<RetentionView, 'rules'>): RetentionDraft {
  const draft = (kind: KeptKind): RuleDraft => {
    const rule = rules.find((one) => one.kind === kind);
    const days = rule?.days ?? null;
    return { isKept: days === null, days: String(days ?? rule?.defaultDays ?? FIRST_DAYS) };
  };
  return {
    staged: draft('staged'),
    uploads: draft('uploads'),
    runs: draft('runs'),
    deliveries: draft('deliveries'),
    notifications: draft('notifications'),
    access: draft('access'),
  };
}

/** What is sent; null while a number of days is none. */
export function changeOf(draft: RetentionDraft, revision: number): object | null {
  const days = KEPT_KINDS.map(
    (kind) => [kind, draft[kind].isKept ? null : daysOf(draft[kind].days)] as const,
  );
  const isWhole = days.every(([kind, count]) => draft[kind].isKept || count !== null);
  return isWhole ? { revision, days: Object.fromEntries(days) } : null;
}

/** Whether two forms say the same, whatever stands in a field that does not count. */
export const isSameDraft = (a: RetentionDraft, b: RetentionDraft): boolean =>
  JSON.stringify(changeOf(a, 0)) === JSON.stringify(changeOf(b, 0));
