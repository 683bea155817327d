import { describe, expect, it } from 'vitest';
import { sha256 } from '#lib/base/canonical';
import { canonicalCalculation, canonicalPlan } from '#lib/plan/canonical-plan';
import { parsePlan } from '#lib/plan/parse';
import type { Plan } from '#lib/plan/plan';
import { planWith } from '#lib/plan/sample.testing';

type Change = readonly [from: string, to: string];
const planOf = (...changes: readonly Change[]): Plan => {
  const { plan, problems } = parsePlan(planWith(...changes));
  if (plan === null) throw new Error(problems.map((p) => p.message).join(' '));
  return plan;
};
const hashOf = (...changes: readonly Change[]): string => sha256(canonicalPlan(planOf(...changes)));
const calculationOf = (...changes: readonly Change[]): string =>
  sha256(canonicalCalculation(planOf(...changes)));

const VERSION_1 = '        events: count(*)\n';
const VERSION_2 = `${VERSION_1}    - version: 2
      since: 2024-06-10T12:10:00Z
      keys: { user_id: user_id }
      measures: { total: sum(value), events: count(*) }
`;
const TWO: Change = [VERSION_1, VERSION_2];
const RUNNING: readonly Change[] = [
  ['state: bucketed', 'state: running'],
  [
    '  bucket: { column: hour, size: 1h, timezone: UTC }\n',
    '  baseline: { at: 2024-06-10T00:00:00Z, table: public.old }\n',
  ],
];

describe('the plan in the seal', () => {
  it.each<[string, Change]>([
    ['the archive', ['archive/**/*.parquet', 'archive/**/*.csv']],
    ['the format', ['format: auto', 'format: csv']],
    ['the layout', ['layout: auto', 'layout: hive']],
    ['the slack', ['slack: 2h', 'slack: 3h']],
    ['the id', ['id: event_id', 'id: event']],
    ['the time', ['time: timestamp', 'time: at']],
    ['the arrival', ['ingested: received_at', 'ingested: arrived_at']],
    ['the sequence', ['sequence: offset', 'sequence: seq']],
    ['a declared type', ['decimal(18,2)', 'decimal(18,3)']],
    ['the zone', ['  timezone: UTC\n', '  timezone: Europe/Berlin\n']],
    ['the rejects', ['rejects: 0', 'rejects: 1']],
    ['the rejects by share', ['rejects: 0', 'rejects: "1%"']],
    ['the conflicts', ['conflicts: block', 'conflicts: first']],
    ['the start of the window', ['from: 2024-06-10T12:00:00Z', 'from: 2024-06-10T12:00:01Z']],
    ['the end of the window', ['to: 2024-06-10T12:30:00Z', 'to: 2024-06-10T12:29:59Z']],
    ['the clock', ['clock: time', 'clock: ingested']],
    ['the name', ['name: user-totals', 'name: totals']],
    ['what passes', [`"type <> 'test'"`, `"type <> 'tests'"`]],
    ['a key', ['keys: { user_id: user_id }', 'keys: { user_id: account_id }']],
    ['a measure', ['total: sum(value)', 'total: sum(amount)']],
    ['the version', ['- version: 1', '- version: 2']],
    ['the store', ['LIVE_DATABASE_URL', 'OTHER_DATABASE_URL']],
    ['the table', ['public.user_totals', 'public.totals']],
    ['the bucket column', ['column: hour', 'column: h']],
    ['the bucket size', ['size: 1h', 'size: 2h']],
    ['the bucket unit', ['size: 1h', 'size: 1d']],
    ['the zone of the buckets', ['size: 1h, timezone: UTC', 'size: 1h, timezone: Europe/Berlin']],
    ['the cut', ['cut: 2024-06-10T13:00:00Z', 'cut: 2024-06-10T14:00:00Z']],
    ['a cut by column', ['cut: 2024-06-10T13:00:00Z', 'cut: up_to']],
    ['no cut', ['  cut: 2024-06-10T13:00:00Z\n', '']],
    ['the tolerance', ['{ total: 0 }', '{ events: 0 }']],
    ['what is only in live', ['only_in_live: keep', 'only_in_live: delete']],
    ['that the archive is complete', ['archive_is_complete: false', 'archive_is_complete: true']],
    ['the guard', ['guard: delta', 'guard: value']],
    ['the control', ['from: 2024-06-10T10:00:00Z', 'from: 2024-06-10T10:00:01Z']],
    ['the end of the control', ['to: 2024-06-10T11:00:00Z', 'to: 2024-06-10T10:59:59Z']],
    ['no control', ['control: { from: 2024-06-10T10:00:00Z, to: 2024-06-10T11:00:00Z }\n', '']],
  ])('changes with %s', (_, change) => {
    expect(hashOf(change)).not.toBe(hashOf());
  });

  it.each<[string, Change]>([
    ['state', ['state: running', 'state: latest']],
    ['baseline instant', ['at: 2024-06-10T00:00:00Z', 'at: 2024-06-09T00:00:00Z']],
    ['baseline table', ['public.old', 'public.older']],
    ['baseline none', ['{ at: 2024-06-10T00:00:00Z, table: public.old }', 'none']],
  ])('of running changes with the %s', (name, change) => {
    const latest: readonly Change[] = [
      ['state: bucketed', 'state: latest'],
      ['  bucket: { column: hour, size: 1h, timezone: UTC }\n', ''],
      ['total: sum(value)', 'total: last(value)'],
      ['events: count(*)', 'events: last(value)'],
    ];
    const other = name === 'state' ? latest : [...RUNNING, change];
    expect(hashOf(...other)).not.toBe(hashOf(...RUNNING));
  });

  it.each<[string, Change]>([
    ['instant of a version', ['since: 2024-06-10T12:10:00Z', 'since: 2024-06-10T12:11:00Z']],
    ['version that is replayed', ['replay_with: deployed', 'replay_with: 1']],
    ['number of a version', ['- version: 2', '- version: 3']],
    [
      'key of a version',
      ['keys: { user_id: user_id }\n      measures: {', 'keys: { user_id: account }\n      measures: {'],
    ],
    ['measure of a version', ['{ total: sum(value)', '{ total: sum(amount)']],
  ])('changes with the %s', (_, change) => {
    expect(hashOf(TWO, change)).not.toBe(hashOf(TWO));
    expect(calculationOf(TWO, change)).not.toBe(calculationOf(TWO));
  });

  it.each<[string, Change]>([
    ['title', ['title: Totals worker dropped events on 10 June', 'title: another']],
    ['offset of an instant', ['from: 2024-06-10T12:00:00Z', 'from: 2024-06-10T14:00:00+02:00']],
    ['default that is written out', ['  layout: auto\n', '']],
    ['order of fields', ['  format: auto\n  layout: auto\n', '  layout: auto\n  format: auto\n']],
    [
      'order of declared types',
      ['{ user_id: bigint, value: "decimal(18,2)" }', '{ value: "decimal(18,2)", user_id: bigint }'],
    ],
    ['other name of a type', ['"decimal(18,2)"', '"numeric(18, 2)"']],
    ['other form of a length', ['slack: 2h', 'slack: 120m']],
    ['comment', ['recount: 1\n', 'recount: 1 # a comment\n']],
  ])('does not change with the %s', (_, change) => {
    expect(hashOf(change)).toBe(hashOf());
  });
});

describe('the calculation by itself', () => {
  it('changes with what it calculates, and with what is a tombstone', () => {
    expect(calculationOf(['total: sum(value)', 'total: sum(amount)'])).not.toBe(calculationOf());
    const plan = planOf();
    const fields = { ...plan.archive.fields, deleted: "op = 'delete'" };
    const withTombstones = { ...plan, archive: { ...plan.archive, fields } };
    expect(sha256(canonicalCalculation(withTombstones))).not.toBe(sha256(canonicalCalculation(plan)));
  });

  it('does not change with where the archive or the live rows are', () => {
    expect(calculationOf(['archive/**/*.parquet', 'b/*.csv'], ['public.user_totals', 'public.t'])).toBe(
      calculationOf(),
    );
  });
});
