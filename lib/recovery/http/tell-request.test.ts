import { expect, it } from 'vitest';
import { requestIdOf, routeOf } from '#lib/recovery/http/tell-request';

it.each([
  ['/api/v1/runs/7b1/cells/3', { id: '7b1', row: '3' }, '/api/v1/runs/[id]/cells/[row]'],
  [
    '/api/v1/live-stores/a/tables/shop.%22Odd%22',
    { id: 'a', name: 'shop."Odd"' },
    '/api/v1/live-stores/[id]/tables/[name]',
  ],
  ['/api/v1/health', {}, '/api/v1/health'],
  ['/api/v1/x/y', { path: ['x', 'y'] }, '/api/v1/[path]/[path]'],
  ['/api/v1/a/%zz', { id: 'a' }, '/api/v1/[id]/%zz'],
])('%s is told as its route', (path, params, route) => {
  expect(routeOf(path, params)).toBe(route);
});

it('takes the number that a proxy gave, and no text that could stand for more', () => {
  expect(requestIdOf('7c9e6679-7425-40de')).toBe('7c9e6679-7425-40de');
  for (const bad of [null, undefined, '', 'short', 'a b c d e f g', 'x'.repeat(129), 'line\nfeed-123'])
    expect(requestIdOf(bad)).toMatch(/^[0-9a-f-]{36}$/);
});
