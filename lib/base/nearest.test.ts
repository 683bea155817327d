import { describe, expect, it } from 'vitest';
import { nearest } from '#lib/base/nearest';

const FIELDS = ['archive', 'window', 'calculation', 'live', 'compare', 'patch', 'control', 'only_in_live'];

describe('nearest', () => {
  it.each<[string, string]>([
    ['widnow', 'window'],
    ['windw', 'window'],
    ['windoww', 'window'],
    ['Window', 'window'],
    ['wondow', 'window'],
    ['calculatoin', 'calculation'],
    ['lvie', 'live'],
    ['onlyInLive', 'only_in_live'],
    ['only-in-live', 'only_in_live'],
    ['only in live', 'only_in_live'],
    ['comapre', 'compare'],
  ])('%s: %s', (name, meant) => {
    expect(nearest(name, FIELDS)).toBe(meant);
  });

  it.each(['', 'xyz', 'wnd', 'title', 'a'])('none is near %j', (name) => {
    expect(nearest(name, FIELDS)).toBeNull();
  });

  it('allows a third of the letters, and one of a short name', () => {
    expect([nearest('abcxyz', ['abcdez']), nearest('abcxyw', ['abcdez'])]).toEqual(['abcdez', null]);
    expect([nearest('ab', ['ac']), nearest('ab', ['cd'])]).toEqual(['ac', null]);
  });

  it('counts a swap of neighbours once, and only of neighbours', () => {
    expect([nearest('ba', ['ab']), nearest('cba', ['abc'])]).toEqual(['ab', null]);
    expect([nearest('ax', ['ya']), nearest('xa', ['ay'])]).toEqual([null, null]);
  });

  it('takes the nearest, of two as near the first, and stops at no other', () => {
    expect(nearest('total', ['totals', 'total', 'totel'])).toBe('total');
    expect(nearest('tota', ['totas', 'total'])).toBe('totas');
    expect(nearest('total', ['a_much_longer_name_than_that', 'totl'])).toBe('totl');
    expect(nearest('total', [])).toBeNull();
  });
});
