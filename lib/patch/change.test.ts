import { expect, it } from 'vitest';
import { changeOf } from '#lib/patch/change';

it.each([
  ['1.10', '3.35', 'DECIMAL(18,2)', '2.25'],
  ['9007199254740993', '9007199254740992', 'BIGINT', '-1'],
  [null, '5', 'BIGINT', '5'],
  ['5.00', null, 'DECIMAL(18,2)', '-5.00'],
  [null, null, 'BIGINT', null],
  ['0.5', '1e3', 'DOUBLE', '999.5'],
  ['1', 'nan', 'DOUBLE', null],
  ['1', 'NaN', 'DECIMAL(18,2)', null],
  ['inf', 'inf', 'DOUBLE', null],
  ['1e308', '-1e308', 'DOUBLE', null],
  ['1e308', '1e308', 'DOUBLE', '0'],
  ['nan', '1', 'DOUBLE', null],
  ['NaN', '1', 'DECIMAL(18,2)', null],
] as const)('from %s to %s of %s', (before, after, type, change) => {
  expect(changeOf(before, after, type)).toBe(change);
});

it('text has no change', () => {
  expect(changeOf('1', '2', 'VARCHAR')).toBeNull();
});
