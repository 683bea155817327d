import type { PatchEvent } from '#lib/patch/patch-events';
import type { DeliveryView } from '#lib/patch/webhook-view';

/** What a webhook can be told, in the words of its form. */
export const EVENT_LABELS: Readonly<Record<PatchEvent, string>> = {
  'patch.proposed': 'Waits for approval',
  'patch.changes_requested': 'Changes are asked for',
  'patch.approved': 'Approved',
  'patch.expired': 'Waits again: an approval expired',
  'patch.reopened': 'Waits again: approvals do not count any more',
  'patch.withdrawn': 'Withdrawn',
  'patch.applied': 'Applied',
  'patch.failed': 'Not written, or out of date',
  'patch.rolled_back': 'Apply cancelled',
  'patch.unknown': 'Outcome not known',
  'patch.verified': 'Compared: all right',
  'patch.differs': 'Alarm: rows differ again',
  'patch.lost': 'Alarm: not in the live store any more',
  'patch.undone': 'Put back',
};

export const eventLabel = (event: DeliveryView['event']): string =>
  event === 'test' ? 'Test message' : EVENT_LABELS[event];

const STATES = {
  sent: { label: 'Taken', tone: 'ok' },
  waiting: { label: 'Waits', tone: 'neutral' },
  failed: { label: 'Given up', tone: 'danger' },
} as const;

type Standing = { readonly label: string; readonly tone: 'ok' | 'neutral' | 'warn' | 'danger' };

/** Where a delivery stands, in a word. */
export function standingOf({ state, problem }: Pick<DeliveryView, 'state' | 'problem'>): Standing {
  return state === 'waiting' && problem !== null
    ? { label: 'Tried again soon', tone: 'warn' }
    : STATES[state];
}

/** What the receiver said last: `200`, `503: It did not take it.`; empty before the first try. */
export const answerWords = ({ status, problem }: Pick<DeliveryView, 'status' | 'problem'>): string =>
  [status === null ? '' : String(status), problem ?? ''].filter((part) => part !== '').join(': ');
