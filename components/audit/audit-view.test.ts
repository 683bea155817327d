import { expect, it } from 'vitest';
import {
  auditQuery,
  inputOf,
  instantOf,
  isFiltered,
  parseAuditView,
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

it('takes the time of an input as UTC', () => {
  expect(instantOf('2026-11-22T14:05')).toBe('2026-11-22T14:05:00.000Z');
  expect(inputOf('2026-11-22T14:05:00.000Z')).toBe('2026-11-22T14:05');
  expect(inputOf('2026-11-22T15:05:07+01:00')).toBe('2026-11-22T14:05:07');
  expect([instantOf(''), instantOf('soon'), inputOf('')]).toEqual(['', '', '']);
});
