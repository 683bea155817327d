import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { byItselfHeaders, watchUse } from '#components/query/page-use.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
});
afterEach(() => {
  vi.useRealTimers();
});

const BY_ITSELF = { 'x-recount-by-itself': '1' };
const wait = (seconds: number) => vi.setSystemTime(Date.now() + seconds * 1_000);

it('a page that nobody does anything in says so of its requests', () => {
  const page = new EventTarget();
  const end = watchUse(page);
  for (const doing of ['pointerdown', 'keydown', 'click', 'input', 'wheel', 'touchmove']) {
    page.dispatchEvent(new Event(doing));
    expect(byItselfHeaders(), doing).toEqual({});
    wait(59);
    expect(byItselfHeaders(), doing).toEqual({});
    wait(2);
    expect(byItselfHeaders(), doing).toEqual(BY_ITSELF);
  }
  for (const other of ['pointermove', 'scroll', 'visibilitychange', 'focus']) {
    page.dispatchEvent(new Event(other));
    expect(byItselfHeaders(), other).toEqual(BY_ITSELF);
  }
  end();
  page.dispatchEvent(new Event('keydown'));
  expect(byItselfHeaders()).toEqual(BY_ITSELF);
});
