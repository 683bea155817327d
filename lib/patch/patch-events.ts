/** What becomes of a patch, as other programs are told it, in the order in which it happens. */
export const PATCH_EVENTS = [
  'patch.proposed',
  'patch.changes_requested',
  'patch.approved',
  'patch.expired',
  'patch.reopened',
  'patch.withdrawn',
  'patch.applied',
  'patch.failed',
  'patch.rolled_back',
  'patch.unknown',
  'patch.verified',
  'patch.differs',
  'patch.lost',
  'patch.undone',
] as const;
export type PatchEvent = (typeof PATCH_EVENTS)[number];

/** In a sentence after `Patch 7`. */
export const PATCH_EVENT_WORDS: Readonly<Record<PatchEvent, string>> = {
  'patch.proposed': 'waits for approval',
  'patch.changes_requested': 'was sent back: changes are asked for',
  'patch.approved': 'is approved',
  'patch.expired': 'waits for approval again: an approval grew too old',
  'patch.reopened': 'waits for approval again: its approvals do not count any more',
  'patch.withdrawn': 'was withdrawn; nothing of it is written',
  'patch.applied': 'is written into the live store',
  'patch.failed': 'was not written; nothing has changed',
  'patch.rolled_back': 'was not written: the apply was cancelled; it is still approved',
  'patch.unknown': 'has an outcome that is not known yet: the connection was lost at the commit',
  'patch.verified': 'was compared: every row is right',
  'patch.differs': 'was compared: rows are not as written any more',
  'patch.lost': 'is not in the live store any more',
  'patch.undone': 'is put back',
};

const BY_ACTION: Readonly<Record<string, PatchEvent>> = {
  'patch.propose': 'patch.proposed',
  'patch.propose_undo': 'patch.proposed',
  'patch.request_changes': 'patch.changes_requested',
  'patch.approve': 'patch.approved',
  'patch.expired': 'patch.expired',
  'patch.reopened': 'patch.reopened',
  'patch.withdraw': 'patch.withdrawn',
  'patch.cancel': 'patch.withdrawn',
  'patch.rolled_back': 'patch.rolled_back',
  'patch.applied': 'patch.applied',
  'patch.found': 'patch.applied',
  'patch.failed': 'patch.failed',
  'patch.stale': 'patch.failed',
  'patch.unknown': 'patch.unknown',
  'patch.verified': 'patch.verified',
  'patch.differs': 'patch.differs',
  'patch.lost': 'patch.lost',
  'patch.undo': 'patch.undone',
  'patch.undone': 'patch.undone',
};

type Detail = Readonly<Record<string, unknown>>;

/** Which event a line of the audit tells of; null: of none, as an approval that others still have to follow. */
export function patchEventOf(action: string, detail: Detail): PatchEvent | null {
  const event = BY_ACTION[action] ?? null;
  if (event !== 'patch.approved') return event;
  return Number(detail.approvals) >= Number(detail.needed) ? event : null;
}

/** Whether a comparison found the same as the one before, which nobody wants to hear every day. */
export const isSameFinding = (
  now: { readonly action: string; readonly detail: Detail },
  before: { readonly action: string; readonly detail: Detail } | null,
): boolean =>
  before !== null &&
  before.action === now.action &&
  ['differ', 'rows'].every(
    (name) => JSON.stringify(now.detail[name]) === JSON.stringify(before.detail[name]),
  );

/** The lines of the audit after which a comparison is news, or not. */
export const COMPARED: readonly string[] = ['patch.verified', 'patch.differs'];
export const STANDS_ANEW: readonly string[] = ['patch.applied', 'patch.found', 'patch.lost'];
