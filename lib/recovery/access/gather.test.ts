import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { gather } from '#lib/recovery/access/gather';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it('says the first at once, the others of a minute in one, and loses none', () => {
  const said: (readonly [string, number])[] = [];
  const tell = gather<string>((first, count) => said.push([first, count]), 60_000);
  tell('ann', 'a1');
  tell('ben', 'b1');
  for (let at = 2; at <= 500; at++) tell('ann', `a${at}`);
  expect(said).toEqual([
    ['a1', 1],
    ['b1', 1],
  ]);
  vi.advanceTimersByTime(60_000);
  expect(said.slice(2)).toEqual([['a2', 499]]);
  tell('ben', 'b2'); // whose minute is over
  tell('ann', 'a501'); // whose next one has begun
  expect(said.slice(3)).toEqual([['b2', 1]]);
  vi.advanceTimersByTime(60_000);
  expect(said.slice(4)).toEqual([['a501', 1]]);
  vi.advanceTimersByTime(600_000);
  expect(said).toHaveLength(5);
  expect(vi.getTimerCount()).toBe(0);
});
