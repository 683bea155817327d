import { expect, test } from 'vitest';
import { chartShape, niceTop } from '#components/report/chart-shape.ts';
import { figuresOf, kindOf, stillDifferent } from '#components/report/figures.ts';
import type { DiscrepancyRow } from '#lib/compare/discrepancy';
import type { Report } from '#lib/report/report';

const report = (change: Partial<Report>): Report => ({
  recount: 1,
  incident: 'INC-1',
  title: 'T',
  outcome: 'verified',
  lead: '',
  summary: {
    window: { from: '2026-11-21T12:02:00Z', to: '2026-11-21T12:34:00Z', clock: 'time', spill_over: [] },
    archive: {
      files: 1,
      files_skipped: 0,
      bytes: 1,
      records: 1,
      accepted: 1,
      duplicates: 0,
      conflicting_ids: 0,
      rejected: 0,
      pending: 0,
      outside_partition: 0,
      manifest_sha256: '',
    },
    cells: {
      affected: 0,
      match: 90,
      changed: 8,
      missing_in_live: 1,
      only_in_live: 1,
      deleted: 0,
      superseded: 0,
      pending: 0,
    },
    net_delta: {},
    checksums: { recalculated: '', live: '' },
    patch: { seal: '', updates: 8, inserts: 1, deletes: 0, blocked_by: [] },
    calculation: { name: 'c', versions: [1], sha256: '' },
    warnings: [],
    engine: { name: 'duckdb', version: '1' },
    elapsed_ms: 1,
  },
  source: { archive: 'a', target: 't', calculation: 'c', seal: '', manifestSha256: '' },
  counts: { updates: 8, inserts: 1, deletes: 0 },
  net: [{ measure: 'points', net: '18176', plus: '19361', minus: '-1185' }],
  columns: { keys: [], bucket: null, measures: [] },
  largest: [],
  leftOut: [],
  checks: [],
  verification: { cells: 9, match: 9, differ: 0, moved: 0 },
  approval: { author: 'a', approvedBy: 'a', selfApproved: true, reason: 'r', at: null },
  timeline: null,
  log: [],
  warnings: [],
  appliedAt: '2026-11-22T10:19:00.000000Z',
  madeAt: '2026-11-22T10:20:00.000000Z',
  ...change,
});

test('after the apply, what the patch did not write still differs', () => {
  expect(stillDifferent(report({}))).toBe(1);
  expect(stillDifferent(report({ verification: { cells: 9, match: 7, differ: 2, moved: 0 } }))).toBe(3);
  expect(stillDifferent(report({ outcome: 'approved', verification: null, appliedAt: null }))).toBe(10);
});

test('the four figures of an applied and of a previewed report', () => {
  expect(figuresOf(report({})).map((one) => [one.label, one.figure, one.note])).toEqual([
    ['Rows corrected', '9', 'of 100 compared'],
    ['Net correction', '+18,176', '+19,361 and −1,185'],
    ['Error to fix', '21 h 45 min', 'until 22 Nov 2026, 10:19 UTC'],
    ['Still different', '1', 'listed below'],
  ]);
  const before = figuresOf(report({ outcome: 'previewed', appliedAt: null, verification: null }));
  expect(before.map((one) => one.label)).toEqual([
    'Rows to correct',
    'Net correction',
    'Window',
    'Different now',
  ]);
  const undone = figuresOf(report({ outcome: 'undone' }));
  expect([undone[0]?.label, undone[3]?.figure, undone[3]?.note]).toEqual([
    'Rows put back',
    '10',
    'as before the patch',
  ]);
});

test('a row is named by its class and by the first measure that moved', () => {
  const row = (change: Partial<DiscrepancyRow>): DiscrepancyRow => ({
    row: 0,
    class: 'changed',
    keys: [],
    bucket: null,
    live: [],
    recalculated: [],
    delta: ['0', '-2'],
    events: 1,
    duplicates: 0,
    leftOut: null,
    ...change,
  });
  expect(kindOf(row({})).word).toBe('Too high');
  expect(kindOf(row({ delta: ['0.5'] })).word).toBe('Too low');
  expect(kindOf(row({ delta: [null] })).word).toBe('Changed');
  expect(kindOf(row({ class: 'missing_in_live' })).word).toBe('Was missing');
});

test('the chart places bins and window on the view', () => {
  const fromMs = Date.parse('2026-11-21T12:00:00Z');
  const shape = chartShape(
    {
      clock: 'time',
      archive: { fromMs, toMs: fromMs + 240_000 },
      view: { fromMs, toMs: fromMs + 240_000 },
      binMs: 60_000,
      bins: [0, 1, 2, 3].map((n) => ({
        fromMs: fromMs + n * 60_000,
        events: n * 100,
        duplicates: 0,
        late: 0,
        rejected: 0,
      })),
      overview: { binMs: 60_000, counts: [] },
      lateAfterSeconds: 60,
      hasArrival: false,
    },
    { from: '2026-11-21T12:01:00Z', to: '2026-11-21T12:02:00Z' },
  );
  expect(shape.window).toEqual({ from: 0.25, to: 0.5 });
  expect(shape.top).toBe(400);
  expect(shape.edge).toBe('M0 100L250 100L250 75L500 75L500 50L750 50L750 25L1000 25');
  expect(shape.times.map((time) => time.at)).toEqual([0, 0.25, 0.5, 0.75, 1]);
});

test('the axis ends on a round number', () => {
  expect([1, 5, 7, 95, 730, 1001].map(niceTop)).toEqual([4, 6, 8, 100, 800, 2000]);
});
