import type { NotificationKind } from '#lib/incident/notification';

type About = {
  readonly who: string;
  /** `patch 4`, `undo 5`; empty where it is about a comment. */
  readonly patch: string;
  /** The number of the preview that a comment is about. */
  readonly preview: number | null;
  readonly isAnswer: boolean;
  /** The comment says nothing any more. */
  readonly isDeleted: boolean;
  /** The name of the webhook that it is about. */
  readonly webhook: string;
  /** `you`, or the name of whom it is about. */
  readonly person: string;
};

const capital = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;

/** One sentence: what happened, and by whom where a person did it. */
export function notificationText(
  kind: NotificationKind,
  { who, patch, preview, isAnswer, isDeleted, webhook, person }: About,
): string {
  const since = isDeleted ? '; it was deleted since' : '';
  const words: Readonly<Record<NotificationKind, string>> = {
    mentioned: `${who} mentioned you in a comment on preview ${preview}${since}.`,
    comment: isAnswer
      ? `${who} answered in a thread on preview ${preview}${since}.`
      : `${who} commented on preview ${preview}${since}.`,
    approval_wanted: `${capital(patch)} waits for approval.`,
    changes_requested: `${who} asked for changes to ${patch}.`,
    approved: `${who} approved ${patch}.`,
    reopened: `${capital(patch)} waits for approval again: an approval expired, or does not count any more.`,
    withdrawn: `${capital(patch)} was withdrawn. Nothing of it is written.`,
    applied: `${capital(patch)} was written into the live store.`,
    failed: `${capital(patch)} could not be written. Nothing of it was.`,
    rolled_back: `The apply of ${patch} was cancelled. Nothing of it was written.`,
    unknown: `The connection was lost while ${patch} was written. Recount asks the live store what became of it.`,
    stale: `Live rows had changed: nothing of ${patch} was written.`,
    alarm: `Rows that ${patch} wrote are not as written any more.`,
    way_in: `${who} made a sign-in link for ${person}. Whoever opens it comes in under that name.`,
    may_approve: `${who} gave ${person} the right to approve patches.`,
    policies: `${who} changed the policies of approvals.`,
    not_delivered: `${webhook} did not take what it was to be told. Recount tried for most of a day, and gave up.`,
  };
  return words[kind];
}
