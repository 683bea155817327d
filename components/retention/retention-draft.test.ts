import { expect, it } from 'vitest';
import { changeOf, daysOf, draftOf, isSameDraft } from '#components/retention/retention-draft.ts';
import { KEPT_KINDS } from '#lib/incident/retention';

const rules = KEPT_KINDS.map((kind) => ({
  kind,
  days: kind === 'staged' ? 30 : null,
  defaultDays: kind === 'staged' ? 30 : null,
}));

it('holds days as they are typed, and sends only whole ones', () => {
  const draft = draftOf({ rules });
  expect(draft.staged).toEqual({ isKept: false, days: '30' });
  expect(draft.runs).toEqual({ isKept: true, days: '90' });
  const none = { uploads: null, runs: null, deliveries: null, notifications: null, access: null };
  expect(changeOf(draft, 3)).toEqual({ revision: 3, days: { staged: 30, ...none } });
  expect(changeOf({ ...draft, runs: { isKept: false, days: '1,000' } }, 3)).toEqual({
    revision: 3,
    days: { staged: 30, ...none, runs: 1_000 },
  });
  for (const days of ['', '0', '-1', '1.5', '3651', 'x'])
    expect(changeOf({ ...draft, runs: { isKept: false, days } }, 3)).toBeNull();
  expect(daysOf('3650')).toBe(3_650);
});

it('a field that does not count makes no difference', () => {
  const draft = draftOf({ rules });
  expect(isSameDraft(draft, { ...draft, runs: { isKept: true, days: 'x' } })).toBe(true);
  expect(isSameDraft(draft, { ...draft, runs: { isKept: false, days: '90' } })).toBe(false);
});
