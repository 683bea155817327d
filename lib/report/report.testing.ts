import type { Summary } from '#lib/replay/run';
import type { PatchStanding, ReportFacts } from '#lib/report/facts';

/** A summary as a preview of points would give it. */
export const summaryOf = (change: Partial<Summary> = {}): Summary => ({
  window: {
    from: '2026-11-21T12:02:00.000000Z',
    to: '2026-11-21T12:34:00.000000Z',
    clock: 'ingested',
    spill_over: [],
  },
  archive: {
    files: 3,
    files_skipped: 0,
    bytes: 1000,
    records: 1203,
    accepted: 1200,
    duplicates: 3,
    conflicting_ids: 0,
    rejected: 0,
    pending: 0,
    outside_partition: 0,
    manifest_sha256: 'a'.repeat(64),
  },
  cells: {
    affected: 100,
    match: 90,
    changed: 9,
    missing_in_live: 1,
    only_in_live: 0,
    deleted: 0,
    superseded: 0,
    pending: 0,
  },
  net_delta: { points: '18176' },
  net_parts: { points: { plus: '19361', minus: '-1185' } },
  checksums: { recalculated: 'x', live: 'y' },
  patch: { seal: 'b'.repeat(64), updates: 9, inserts: 1, deletes: 0, blocked_by: [] },
  calculation: { name: 'hourly-points', versions: [1], sha256: 'c'.repeat(64) },
  warnings: [],
  engine: { name: 'duckdb', version: 'v1.5.6' },
  elapsed_ms: 12,
  ...change,
});

export const standingOf = (change: Partial<PatchStanding> = {}): PatchStanding => ({
  state: 'verified',
  approval: { author: 'alex', approvedBy: 'alex', selfApproved: true, reason: 'checked by hand', at: null },
  appliedAt: '2026-11-22T10:19:03.120000Z',
  transaction: '771',
  verification: { cells: 10, match: 10, differ: 0, moved: 0 },
  error: null,
  archiveChecked: true,
  notAsked: null,
  ...change,
});

/** The facts of a report; a test changes what it is about. */
export function reportFacts(change: Partial<ReportFacts> = {}): ReportFacts {
  const summary = change.summary ?? summaryOf();
  return {
    incident: 'INC-7',
    title: 'The points worker lost events',
    summary,
    net: [{ measure: 'points', net: '18176', plus: '19361', minus: '-1185' }],
    source: {
      archive: 'archive/**/*.parquet',
      target: 'points.hourly_points',
      calculation: 'hourly-points, version 1',
      seal: summary.patch.seal,
      manifestSha256: summary.archive.manifest_sha256,
    },
    columns: {
      keys: [{ name: 'user_id', type: 'VARCHAR' }],
      bucket: null,
      measures: [{ name: 'points', type: 'BIGINT', numeric: true }],
    },
    largest: [rowOf('user-1', '5', '1500', '1495')],
    timeline: null,
    madeAt: '2026-11-22T10:20:00.000000Z',
    leftOutRows: [],
    onlyInLive: 'keep',
    conflicts: 'block',
    patch: standingOf(),
    log: [{ at: '2026-11-22T10:19:00.000000Z', actor: 'alex', words: 'approved the patch' }],
    ...change,
  };
}

export const rowOf = (
  key: string,
  live: string | null,
  recalculated: string | null,
  delta: string | null,
): ReportFacts['largest'][number] => ({
  row: 0,
  class: 'changed',
  keys: [key],
  bucket: null,
  live: [live],
  recalculated: [recalculated],
  delta: [delta],
  events: 4,
  duplicates: 0,
  leftOut: null,
});
