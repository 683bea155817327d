import { expect, test } from 'vitest';
import {
  EMPTY_DRAFT,
  editArchive,
  isUnder,
  sectionOf,
  setEntry,
  setKeys,
  setRole,
} from '#components/new-incident/draft.ts';
import { suggestTombstones } from '#components/new-incident/latest-fields';
import {
  guessKey,
  guessMeasures,
  guessTable,
  suggestLatest,
  suggestMeasures,
} from '#components/new-incident/suggest.ts';
import type { ArchiveGlance } from '#lib/archive/survey';
import type { LiveTable } from '#lib/patch/live-store';

const column = (name: string, type: string) => ({ name, sqlType: type.toLowerCase(), type, nullable: false });
const table = (columns: LiveTable['columns'], uniqueKeys: string[][]): LiveTable => ({
  identity: { kind: 'postgres', systemIdentifier: '1', database: 'd', schema: 's', table: 't' },
  name: 's.t',
  product: 'PostgreSQL 18',
  columns,
  uniqueKeys,
  rows: null,
  readsWhole: false,
  notWritable: [],
  warnings: [],
});
const glance: ArchiveGlance = {
  files: [],
  filesTotal: 1,
  bytes: '1',
  formats: ['csv'],
  layout: 'plain',
  columns: [
    { name: 'user_id', type: 'VARCHAR', sample: [] },
    { name: 'points', type: 'BIGINT', sample: [] },
    { name: 'order no', type: 'VARCHAR', sample: [] },
  ],
  guess: { id: null, time: 'ts', ingested: null, sequence: null, key: 'user_id', value: 'points' },
  partitionKeys: [],
  timesNeedZone: false,
};
const hourly = table(
  [
    column('user_id', 'VARCHAR'),
    column('hour', 'TIMESTAMP WITH TIME ZONE'),
    column('points', 'BIGINT'),
    column('events', 'BIGINT'),
    column('note', 'VARCHAR'),
  ],
  [['user_id', 'hour']],
);

test('a time among the unique columns is the bucket, the others are the key', () => {
  expect(guessTable(hourly, glance)).toEqual({
    state: 'bucketed',
    keys: ['user_id'],
    bucket: 'hour',
    size: '1h',
  });
  const daily = table(
    [column('shop', 'VARCHAR'), column('day', 'DATE'), column('v', 'BIGINT')],
    [['shop', 'day']],
  );
  expect(guessTable(daily, null)).toMatchObject({ bucket: 'day', size: '1d' });
});

test('a table without a time holds one result a key; one without a unique key proposes none', () => {
  const totals = table([column('user_id', 'VARCHAR'), column('total', 'DECIMAL(18,2)')], [['user_id']]);
  expect(guessTable(totals, glance)).toEqual({
    state: 'window',
    keys: ['user_id'],
    bucket: null,
    size: '1h',
  });
  const loose = table([column('a', 'VARCHAR'), column('updated_at', 'TIMESTAMP')], []);
  expect(guessTable(loose, glance)).toMatchObject({ state: 'window', keys: [], bucket: null });
});

test('keys and measures are proposed by name and kind', () => {
  expect(guessKey('USER_ID', glance)).toBe('user_id');
  expect(guessKey('account', glance)).toBe('user_id');
  expect(guessMeasures(hourly, ['user_id', 'hour'], glance, 'bucketed')).toEqual({
    points: 'sum(points)',
    events: 'count(*)',
  });
  expect(suggestMeasures(hourly, column('order no', 'VARCHAR'), glance)).toEqual(['last("order no")']);
});

test('a row that holds the newest event is proposed its namesakes in the archive', () => {
  expect(guessMeasures(hourly, ['user_id', 'hour'], glance, 'latest')).toEqual({ points: 'last(points)' });
  expect(guessMeasures(hourly, ['user_id', 'points'], glance, 'latest')).toEqual({});
});

test('a file has no types: names, and their namesakes in the archive, speak for its columns', () => {
  const columns = ['user_id', 'hour', 'points', 'order no', 'events'].map((name) => column(name, 'VARCHAR'));
  const file: LiveTable = { ...table(columns, []), identity: { kind: 'file', path: 'live.csv' } };
  const guess = guessTable(file, glance);
  expect(guess).toEqual({ state: 'bucketed', keys: ['user_id'], bucket: 'hour', size: '1h' });
  expect(guessMeasures(file, ['user_id', 'hour'], glance, 'bucketed')).toEqual({
    points: 'sum(points)',
    events: 'count(*)',
  });
});

test('a column has one role: the new one takes it from the old', () => {
  const draft = setRole(setRole(EMPTY_DRAFT, 'id', 'a'), 'time', 'a');
  expect(draft.plan.archive?.fields).toEqual({ time: 'a' });
  expect(setRole(draft, 'time', null).plan.archive?.fields).toEqual({});
});

test('choosing keys keeps what was written for them, and takes them from the measures', () => {
  const first = setKeys(EMPTY_DRAFT, ['a'], () => 'upper(x)');
  const more = setKeys(first, ['a', 'b'], (key) => key);
  expect(more.plan.live?.keys).toEqual(['a', 'b']);
  expect(more.plan.calculation?.versions?.[0]?.keys).toEqual({ a: 'upper(x)', b: 'b' });
  expect(setKeys(more, [], () => '').plan.live).toEqual({});
});

test('an entry is renamed in its place', () => {
  expect(Object.entries(setEntry({ a: '1', b: '2' }, 'a', ['c', '1']))).toEqual([
    ['c', '1'],
    ['b', '2'],
  ]);
  expect(setEntry({ a: '1' }, 'a', null)).toEqual({});
});

test('a problem belongs to a section and to a field', () => {
  expect(sectionOf('archive.fields.time')).toBe('archive');
  expect(sectionOf('calculation.versions[0].measures.total')).toBe('calculation');
  expect(sectionOf('window.from')).toBeNull();
  expect(isUnder('calculation.versions[0].keys', 'calculation.versions')).toBe(true);
  expect(isUnder('archive.fields', 'archive.field')).toBe(false);
  expect(editArchive(EMPTY_DRAFT, () => ({ at: 'x' })).plan).toEqual({ archive: { at: 'x' } });
});

test('the newest event: the column of the same name, and a delete that was seen', () => {
  expect(suggestLatest(column('points', 'BIGINT'), glance)).toEqual(['last(points)']);
  expect(suggestLatest(column('score', 'BIGINT'), glance)).toEqual(['last(points)']);
  expect(suggestLatest(column('city', 'VARCHAR'), glance)).toEqual([]);
  const seen = (name: string, ...sample: string[]) =>
    suggestTombstones({ ...glance, columns: [{ name, type: 'VARCHAR', sample }] });
  expect(seen('kind', 'purchase')).toEqual([]);
  expect(seen('kind', 'purchase', 'deleted')).toEqual(["kind = 'deleted'"]);
  expect(seen('op')).toEqual(["op = 'delete'"]);
});
