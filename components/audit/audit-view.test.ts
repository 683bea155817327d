import { expect, it } from 'vitest';
import {
  auditQuery,
  instantOf,
  isFiltered,
  parseAuditView,
  typedOf,
  WHOLE_AUDIT,
} from '#components/audit/audit-view.ts';

it('reads its own address back, and leaves out what is none', () => {
  const view = {
    actor: 'ann',
    action: 'patch.approve',
    incident: 'INC-3',
    from: '2026-11-22T14:05:00.000Z',
    to: '',
    text: 'a&b',
  };
  expect(parseAuditView(new URLSearchParams(auditQuery(view)))).toEqual(view);
  expect(auditQuery(WHOLE_AUDIT)).toBe('');
  expect(isFiltered(WHOLE_AUDIT)).toBe(false);
  expect(isFiltered(view)).toBe(true);
  expect(parseAuditView(new URLSearchParams('?from=soon&incident=x&text=%20'))).toEqual(WHOLE_AUDIT);
});

it('takes what is typed as UTC, and says what is no time', () => {
  const both = (typed: string) => [instantOf(typed), typedOf(instantOf(typed) ?? '')];
  expect(both('2026-11-22 14:05')).toEqual(['2026-11-22T14:05:00Z', '2026-11-22 14:05']);
  expect(both('2026-11-22T14:05:07.000042Z')).toEqual([
    '2026-11-22T14:05:07.000042Z',
    '2026-11-22 14:05:07.000042',
  ]);
  expect(both('2026-11-22')).toEqual(['2026-11-22T00:00:00Z', '2026-11-22']);
  expect(both('')).toEqual(['', '']);
  expect(typedOf('2026-11-22T14:05:00.000Z')).toBe('2026-11-22 14:05');
  for (const typed of ['soon', '2026-02-30', '2026-11-22 25:00', '22.11.2026'])
    expect(instantOf(typed)).toBeNull();
});
