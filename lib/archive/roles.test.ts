import { expect, it } from 'vitest';
import { guessRoles } from '#lib/archive/roles';

const times = ['2024-06-10T12:00:00Z', '2024-06-10 12:01', '2024-06-10T12:02:00Z'];

it('takes a column of times as the time, also where one of them is broken', () => {
  const of = (type: string, sample: readonly (string | null)[]) =>
    guessRoles([{ name: 'timestamp', type, sample }]).time;
  expect(of('TIMESTAMP', times)).toBe('timestamp');
  expect(of('VARCHAR', [...times, 'yesterday at noon'])).toBe('timestamp');
  expect(of('VARCHAR', [...times, null, null])).toBe('timestamp');
  expect(of('VARCHAR', [...times, 'soon', 'later'])).toBeNull();
  expect(of('VARCHAR', times.slice(1))).toBeNull();
});
