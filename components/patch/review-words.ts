import { type Me, mayNot } from '#components/access/use-me.ts';
import { nounOf } from '#components/patch/words.ts';
import { formatCount } from '#components/ui/format.ts';
import type { PatchView } from '#lib/patch/patch';

type Who = Pick<Me, 'id' | 'permissions' | 'needs'>;

/** Why this person can't approve it; null where they can. The verb decides, this says it beforehand. */
export function whyNotApprove(patch: PatchView, me: Who): string | null {
  const noun = nounOf(patch);
  if (patch.blockedBy.length > 0) return `Something blocks this ${noun}; it is listed on this page.`;
  const refusal = mayNot(me, 'patch.approve', 'approve');
  if (refusal !== null) return refusal;
  if (patch.approvals.some(({ approverId, counts }) => counts && approverId === me.id))
    return `You approved this ${noun}; it waits for someone else.`;
  const isAuthor = patch.authors.some(({ id }) => id === me.id);
  if (!isAuthor || patch.selfApproval) return null;
  return patch.authors.length === 1
    ? `You prepared this ${noun}, so someone else has to approve it.`
    : `You had a hand in this ${noun}, so someone else has to approve it.`;
}

/** Why this person can't ask for changes; null where they can. */
export const whyNotRequest = (me: Who): string | null =>
  mayNot(me, 'patch.request_changes', 'request changes');

/** `over 1,000 rows of shop: needs 2`. */
export function ruleWords({ approvalRule: rule, approvalsNeeded: needed }: PatchView): string | null {
  if (rule === null) return null;
  const of = rule.liveStore === null ? '' : ` of ${rule.liveStore}`;
  return rule.fromRows === 1
    ? `every patch${of}: needs ${needed}`
    : `from ${formatCount(rule.fromRows)} rows${of}: needs ${needed}`;
}

/** How it goes on where too few people may approve it; null where enough may. */
export function stuckWords(patch: PatchView): string | null {
  const { approvers, approvals, approvalsNeeded, selfApproval, alone } = patch;
  const given = approvals.filter(({ counts }) => counts).length;
  const may = approvers.length + (selfApproval && given === 0 ? 1 : 0);
  if (given + may >= approvalsNeeded) return null;
  return alone
    ? 'Only one person works here. An admin can invite a second one in Settings › People and roles, or allow self-approval in Settings › Policies.'
    : 'Too few people may approve this: an admin can give someone who had no hand in it the approver role.';
}
