import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { timeStyle } from '#lib/adapters/live/files/time-style';
import { keyForm, normaliserOf, sameValue } from '#lib/adapters/live/files/value-forms';

const same = (type: string, a: string | null, b: string | null, zone = 'UTC'): boolean =>
  sameValue(a, b, normaliserOf(type, zone));

describe('values are compared by value', () => {
  it.each([
    ['DECIMAL(18,2)', '0.30', '0.3'],
    ['DECIMAL(18,2)', '-0.00', '0'],
    ['BIGINT', '007', '7'],
    ['HUGEINT', '170141183460469231731687303715884105727', '170141183460469231731687303715884105727.0'],
    ['DOUBLE', '1e3', '1000.0'],
    ['DOUBLE', '-0', '0'],
    ['DOUBLE', 'NaN', 'nan'],
    ['DOUBLE', 'Infinity', 'inf'],
    ['FLOAT', '0.1', '0.10000000149011612'],
    ['BOOLEAN', 'TRUE', 't'],
    ['TIMESTAMP', '2024-06-10 12:00:00', '2024-06-10T12:00:00.000000Z'],
    ['TIMESTAMP WITH TIME ZONE', '2024-06-10T14:00:00+02:00', '2024-06-10 12:00:00+00'],
    ['TIMESTAMP', '2024-06-10', '2024-06-10T00:00:00Z'],
    ['UUID', 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'],
    ['VARCHAR', 'x', 'x'],
  ])('%s: %s is %s', (type, a, b) => expect(same(type, a, b)).toBe(true));

  it.each([
    ['DECIMAL(18,2)', '0.30', '0.31'],
    ['BIGINT', '9007199254740992', '9007199254740993'],
    ['DOUBLE', '0.1', '0.10000000149011612'],
    ['TIMESTAMP', '2024-06-10T12:00:00.000001Z', '2024-06-10T12:00:00Z'],
    ['VARCHAR', '0.30', '0.3'],
    ['VARCHAR', 'a', 'A'],
    ['BIGINT', 'x', 'y'],
  ])('%s: %s is not %s', (type, a, b) => expect(same(type, a, b)).toBe(false));

  it('NULL is only NULL', () => {
    expect(same('VARCHAR', null, null)).toBe(true);
    expect(same('VARCHAR', null, '')).toBe(false);
    expect(same('BIGINT', '0', null)).toBe(false);
  });

  it('a local time is read in the zone of the buckets, a repeated one as its first', () => {
    expect(same('TIMESTAMP', '2024-06-10 14:00:00', '2024-06-10T12:00:00Z', 'Europe/Berlin')).toBe(true);
    expect(same('TIMESTAMP', '2024-10-27 02:30:00', '2024-10-27T00:30:00Z', 'Europe/Berlin')).toBe(true);
  });

  it('two keys have one form only if all their parts are equal', () => {
    const text = normaliserOf('VARCHAR', 'UTC');
    const parts = fc.array(fc.string({ maxLength: 4 }), { minLength: 2, maxLength: 2 });
    fc.assert(
      fc.property(parts, parts, (a, b) => {
        const equal = JSON.stringify(a) === JSON.stringify(b);
        expect(keyForm(a, [text, text]) === keyForm(b, [text, text])).toBe(equal);
      }),
    );
    expect(keyForm(['x'], [normaliserOf('BIGINT', 'UTC')])).toBe(null);
  });
});

it.each([
  ['2024-01-01 00:00:00', 'UTC', '2024-06-10 12:00:00'],
  ['2024-01-01T00:00:00Z', 'UTC', '2024-06-10T12:00:00Z'],
  ['2024-01-01 00:00:00.000+00', 'UTC', '2024-06-10 12:00:00.000+00'],
  ['2024-01-01 00:00:00', 'Europe/Berlin', '2024-06-10 14:00:00'],
  ['1.00', 'UTC', '2024-06-10T12:00:00.000000Z'],
  [null, 'UTC', '2024-06-10T12:00:00.000000Z'],
])('a time in a column that holds %s (%s) is written as %s', (sample, zone, want) => {
  expect(timeStyle(sample, zone)('2024-06-10T12:00:00.000000Z')).toBe(want);
});

it('a form that cannot hold the value is not used, and what is no time stays', () => {
  expect(timeStyle('2024-01-01 00:00:00', 'UTC')('2024-06-10T12:00:00.000001Z')).toBe(
    '2024-06-10T12:00:00.000001Z',
  );
  // the second showing of a repeated hour can't be written without an offset
  expect(timeStyle('2024-01-01 00:00:00', 'Europe/Berlin')('2024-10-27T01:30:00.000000Z')).toBe(
    '2024-10-27T01:30:00.000000Z',
  );
  expect(timeStyle('2024-01-01 00:00:00', 'UTC')('text')).toBe('text');
});
