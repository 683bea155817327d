import { describe, expect, it } from 'vitest';
import { likelyCause } from '#lib/compare/cause';
import type { CellEvent, DiscrepancyRow } from '#lib/compare/discrepancy';

const event = (value: string, role: CellEvent['role'] = 'counted'): CellEvent => ({
  id: null,
  time: '',
  arrived: null,
  file: '',
  line: '1',
  inWindow: true,
  role,
  values: [value],
  running: [null],
  raw: {},
});
const row = (delta: string): DiscrepancyRow => ({
  row: 0,
  class: 'changed',
  keys: ['u'],
  bucket: null,
  live: ['0'],
  recalculated: ['0'],
  delta: [delta],
  events: 3,
  duplicates: 0,
  leftOut: null,
});
const events = [event('5.00'), event('2.50'), event('20')];

describe('likelyCause', () => {
  it.each([
    ['2.5', 'one event that was never counted'],
    ['-20.00', 'one event that was counted twice'],
    ['10', 'one event that was counted with the wrong sign'],
    ['27.50', 'all events in the window never having been counted'],
  ])('explains %s', (delta, words) => {
    expect(likelyCause(row(delta), events, 3, 0)).toBe(`The difference would be explained by ${words}.`);
  });

  it('says nothing where several stories or none fit, or events are missing', () => {
    expect(likelyCause(row('5'), [event('5'), event('2.5')], 2, 0)).toBeNull();
    expect(likelyCause(row('3'), events, 3, 0)).toBeNull();
    expect(likelyCause(row('2.5'), events, 900, 0)).toBeNull();
    expect(likelyCause(row('2.5'), [event('2.5', 'duplicate')], 1, 0)).toBeNull();
  });

  it('says nothing where there is no one number that differs', () => {
    const of = (change: Partial<DiscrepancyRow>) => likelyCause({ ...row('2.5'), ...change }, events, 3, 0);
    expect(of({})).not.toBeNull();
    expect(of({ delta: [null] })).toBeNull();
    expect(of({ class: 'missing_in_live' })).toBeNull();
    expect(likelyCause(row('0.00'), [event('0'), event('5')], 2, 0)).toBeNull();
  });

  it('says nothing where a value is no plain decimal, and leaves out events that give none', () => {
    expect(likelyCause(row('2.5'), [event('2.5'), event('1e3')], 2, 0)).toBeNull();
    expect(likelyCause(row('2.5'), [], 0, 0)).toBeNull();
    const without = { ...event(''), values: [null] };
    expect(likelyCause(row('2.5'), [event('2.5'), without, event('7')], 3, 0)).toContain('never counted');
  });

  it('says nothing where one story fits two events', () => {
    expect(likelyCause(row('5'), [event('5'), event('5.0'), event('1')], 3, 0)).toBeNull();
  });

  it('takes all events of the window, of two and more, and no other', () => {
    const outside = { ...event('3'), inWindow: false };
    expect(likelyCause(row('7.5'), [event('5'), event('2.5'), outside], 3, 0)).toContain(
      'all events in the window',
    );
    expect(likelyCause(row('10.5'), [event('5'), event('2.5'), outside], 3, 0)).toBeNull();
    expect(likelyCause(row('5'), [event('5'), outside], 2, 0)).toContain('one event that was never counted');
  });
});
