import { describe, expect, it } from 'vitest';
import { bucketText, inZone, shareOf, widestOf } from '#components/compare/column-text.ts';
import { differingFields } from '#components/compare/differing-fields.ts';
import { onOneDay, roleWords } from '#components/compare/event-words.ts';
import { agreeing, compared, differing, isWritten, toPatch } from '#components/compare/figures.ts';
import { directionOf, keyText, kindOf, whyEmpty } from '#components/compare/kinds.ts';
import {
  isFiltered,
  nextSort,
  queryOf,
  readTableUrl,
  searchOf,
  writeTableUrl,
} from '#components/compare/table-url.ts';
import { settledPlan } from '#components/compare/use-settle.ts';
import { withParams } from '#components/timeline/window-url.ts';
import type { Summary } from '#lib/replay/run';

const cells = {
  affected: 12,
  match: 3,
  changed: 4,
  missing_in_live: 2,
  only_in_live: 1,
  deleted: 1,
  superseded: 1,
  pending: 5,
};

describe('figures', () => {
  it('counts a superseded row as agreeing, and pending rows not at all', () => {
    expect(compared(cells)).toBe(12);
    expect(differing(cells)).toBe(8);
    expect(agreeing(cells)).toBe(4);
    expect(compared(cells)).toBe(differing(cells) + agreeing(cells));
  });
  it('adds up what is written', () => {
    expect(toPatch({ seal: '', updates: 4, inserts: 2, deletes: 1, blocked_by: [] })).toBe(7);
  });
});

describe('what the patch writes', () => {
  const summaryOf = (deletes: number): Pick<Summary, 'cells' | 'patch'> => ({
    cells,
    patch: { seal: '', updates: 4, inserts: 2, deletes, blocked_by: [] },
  });
  it('is every row that differs, and rows only in live where the plan deletes them', () => {
    const written = (deletes: number) =>
      (['changed', 'missing_in_live', 'deleted', 'only_in_live', 'superseded'] as const).filter((each) =>
        isWritten({ class: each }, summaryOf(deletes)),
      );
    expect(written(1)).toEqual(['changed', 'missing_in_live', 'deleted']);
    expect(written(2)).toEqual(['changed', 'missing_in_live', 'deleted', 'only_in_live']);
  });
});

it('settles a block in the plan, and leaves the rest of it', () => {
  const plan = { archive: { at: 'a.csv', rejects: 0 }, patch: { guard: 'value' }, live: { state: 'window' } };
  expect(settledPlan(plan, { archive: { rejects: 3 } })).toEqual({
    ...plan,
    archive: { at: 'a.csv', rejects: 3 },
  });
  expect(settledPlan(plan, { patch: { only_in_live: 'keep' } }).patch).toEqual({
    guard: 'value',
    only_in_live: 'keep',
  });
});

describe('kinds', () => {
  const changed = (delta: (string | null)[], live: string[], recalculated: string[]) => ({
    class: 'changed' as const,
    delta,
    live,
    recalculated,
  });
  it('goes by the first measure that differs', () => {
    expect(directionOf(changed(['0', '-2'], ['1', '5'], ['1', '3']))).toBe('high');
    expect(kindOf(changed(['1.50'], ['1'], ['2.50'])).label).toBe('Too low');
    expect(kindOf(changed(['-0.01'], ['1'], ['0.99'])).label).toBe('Too high');
  });
  it('names no direction where there is none', () => {
    expect(kindOf(changed([null], ['open'], ['paid'])).label).toBe('Differs');
    expect(kindOf(changed(['0'], ['0'], ['']))).toMatchObject({ label: 'Differs' });
  });
  it('says why a value is missing', () => {
    expect(whyEmpty({ class: 'missing_in_live' }, 'live')).toBe('No row in live');
    expect(whyEmpty({ class: 'changed' }, 'live')).toBe('NULL in live');
    expect(whyEmpty({ class: 'only_in_live' }, 'recalculated')).toBe('No events in the archive');
  });
  it('shows every key, also one that is empty or NULL', () => {
    expect(keyText({ keys: ['u-1', '', null] })).toBe('u-1 · "" · NULL');
  });
});

describe('address of the table', () => {
  const read = (search: string) => readTableUrl(new URLSearchParams(search));
  it('reads back what it writes', () => {
    const url = {
      kind: 'high',
      q: 'u-1',
      min: '-40',
      max: '',
      below: '20.5',
      measure: 'points',
      sort: '-abs:points',
      key: 12,
      tab: 'raw',
    } as const;
    expect(read(withParams('', writeTableUrl(url)))).toEqual(url);
    expect(isFiltered(url)).toBe(true);
  });
  it('leaves defaults out and takes damage as absence', () => {
    expect(
      withParams('?kind=low&key=3&tab=raw', writeTableUrl({ kind: 'all', key: null, tab: 'events' })),
    ).toBe('');
    expect(read('?kind=odd&min=1e9&key=-1&sort=drop&tab=x')).toEqual({
      kind: 'all',
      q: '',
      min: '',
      max: '',
      below: '',
      measure: null,
      sort: null,
      key: null,
      tab: 'events',
    });
  });
  it('asks for the largest differences first, and by key where nothing is a number', () => {
    expect(queryOf(read(''), ['points', 'amount'])).toEqual({
      kind: 'all',
      sort: '-abs:points',
      measure: 'points',
    });
    expect(queryOf(read('?measure=gone'), [])).toEqual({ kind: 'all', sort: 'key' });
    expect(searchOf(queryOf(read('?kind=low&min=5&measure=amount'), ['points', 'amount']))).toBe(
      'kind=low&sort=-abs%3Aamount&min=5&measure=amount',
    );
  });
  it('turns a sorting on a second press', () => {
    expect(nextSort('-abs:points', 'events', 'descending')).toBe('-events');
    expect(nextSort('-events', 'events', 'descending')).toBe('events');
    expect(nextSort('-events', 'key', 'ascending')).toBe('key');
    expect(nextSort('key', 'key', 'ascending')).toBe('-key');
  });
});

describe('rows and events in words', () => {
  it('shows a bucket in the zone, and what is no instant as it is', () => {
    expect(bucketText('2026-07-01T12:00:00.000000Z', 'Europe/Berlin')).toBe('2026-07-01 14:00');
    expect(bucketText('2026-07-01', 'UTC')).toBe('2026-07-01');
    expect(inZone('From 2026-07-01T12:00:00.000000Z to 3.', 'Europe/Berlin')).toBe(
      'From 2026-07-01 14:00 Europe/Berlin to 3.',
    );
  });
  it('draws no bar of what is no number', () => {
    expect(shareOf('-50', 100)).toBe(0.5);
    expect(shareOf('NaN', 100)).toBe(0);
    expect(shareOf('5', 0)).toBe(0);
    expect(
      widestOf([
        { from: '-120', to: '-100' },
        { from: '0', to: '20' },
      ]),
    ).toBe(120);
    expect(widestOf([])).toBe(0);
  });
  it('says what became of an event', () => {
    const time = '2026-11-21T12:00:00.000000Z';
    const event = { time, arrived: null, inWindow: true, role: 'counted' } as const;
    expect(roleWords(event)).toBe('Counted');
    expect(roleWords({ ...event, inWindow: false })).toBe('Counted, outside the window');
    expect(roleWords({ ...event, role: 'duplicate', arrived: '2026-11-21T12:01:14.000000Z' })).toBe(
      'Duplicate, not counted, 1 min 14 s late',
    );
    expect(roleWords({ ...event, arrived: '2026-11-21T12:00:59.000000Z' })).toBe('Counted');
    expect(onOneDay([{ time }, { time }], (iso) => iso.slice(0, 10))).toBe(true);
    expect(onOneDay([{ time }, { time: '2026-11-22' }], (iso) => iso.slice(0, 10))).toBe(false);
  });
});

describe('ids in conflict', () => {
  it('name the fields that differ, and no other', () => {
    const record = { id: 'e1', at: 'noon', amount: '2', note: null };
    expect(differingFields([record, { ...record, amount: '9' }])).toEqual(['amount']);
    expect(differingFields([record, record, { ...record, note: '' }])).toEqual(['note']);
    expect(differingFields([])).toEqual([]);
  });
});
