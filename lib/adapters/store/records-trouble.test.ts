import { expect, it } from 'vitest';
import { recordsTrouble } from '#lib/adapters/store/records-trouble';

it.each([
  [{ code: 'P2034', message: 'write conflict or a deadlock' }, 'contended'],
  [{ code: '40P01', message: 'deadlock detected' }, 'contended'],
  [{ code: '57014', message: 'canceling statement due to statement timeout' }, 'busy'],
  [{ code: 'P2028', message: 'Transaction already closed' }, 'busy'],
  [{ code: 'ETIMEDOUT', message: '' }, 'away'],
  [{ code: 'P2024', message: '' }, 'busy'],
  [{ code: 'ECONNREFUSED', message: '' }, 'away'],
  [{ code: 'P2002', message: 'unique' }, null],
  [new Error('a fault'), null],
  [null, null],
])('%o is %s', (error, trouble) => {
  expect(recordsTrouble(error)).toBe(trouble);
});
