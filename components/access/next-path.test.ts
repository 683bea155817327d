import { expect, it } from 'vitest';
import { nextPath } from '#components/access/next-path.ts';

it.each(['/incidents/INC-7/review?run=1', '/settings/people#roles'])('goes on to %s', (path) =>
  expect(nextPath(path)).toBe(path),
);

it.each([
  undefined,
  '',
  'https://evil.example/',
  '//evil.example',
  '/\\evil.example',
  '/\t/evil.example',
  'javascript:alert(1)',
  '/sign-in?next=/sign-in',
  '/api/v1/sign-out',
  ['/a', '/b'],
])('never goes to %j', (given) => expect(nextPath(given)).toBe('/incidents'));
