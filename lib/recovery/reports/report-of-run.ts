import { openSealedPatch } from '#lib/adapters/duckdb/sealed-patch';
import { Failure } from '#lib/base/failure';
import type { LedgerEntry } from '#lib/patch/live-store';
import type { PatchHeader } from '#lib/patch/patch';
import { archiveCheckNoted } from '#lib/recovery/method/apply-note';
import { sourceOf } from '#lib/recovery/reports/build-report';
import { patchCsv, readReportRows } from '#lib/recovery/reports/report-rows';
import { isoOf } from '#lib/recovery/setup/iso';
import { openLiveStore, openWork, type Variables, type Work } from '#lib/recovery/setup/wiring';
import type { Session } from '#lib/replay/session';
import { buildReport } from '#lib/report/build-report';
import type { PatchStanding } from '#lib/report/facts';
import type { Report, ReportEntry } from '#lib/report/report';

export type RunReport = {
  readonly report: Report;
  /** Every row of the patch as CSV, safe to open in a spreadsheet; readable until `reportOfRun` returns. */
  csv(): AsyncIterable<string>;
};

/**
 * The report of a run's folder, for the command line: what the folder says, and what the live store's ledger says of the
 * patch, where it can be asked; else the report says why not. `render` makes of it what is wanted. Failures:
 * run.incomplete, patch.damaged.
 */
export async function reportOfRun<T>(
  dir: string,
  work: Work,
  variables: Variables,
  render: (run: RunReport) => Promise<T>,
): Promise<T> {
  const session = await openWork(work, { folders: [dir], files: [] }, 'here');
  try {
    const rows = await readReportRows(session, dir);
    const { header } = rows;
    const source = sourceOf(header, header.archiveAt);
    const patch = await standingOf(session, dir, header, variables);
    const report = buildReport({
      incident: null,
      title: header.title ?? `Recovery of ${source.target}`,
      ...rows,
      source,
      patch,
      timeline: null,
      log: logOf(header, patch),
      madeAt: isoOf(new Date()),
    });
    return await render({ report, csv: () => patchCsv(session, dir, header, true) });
  } finally {
    await session.close();
  }
}

const unasked = (header: PatchHeader): PatchStanding => ({
  state: 'proposed',
  approval: { author: header.author, approvedBy: null, selfApproved: false, reason: null, at: null },
  appliedAt: null,
  transaction: null,
  verification: null,
  error: null,
  archiveChecked: null,
  notAsked: null,
});

/** What the live store says of the patch. Where it can't be asked, why. */
async function standingOf(
  session: Session,
  dir: string,
  header: PatchHeader,
  variables: Variables,
): Promise<PatchStanding> {
  const { updates, inserts, deletes } = header.counts;
  if (updates + inserts + deletes === 0) return unasked(header);
  try {
    return await ask(session, dir, header, variables);
  } catch (error) {
    if (error instanceof Failure) return { ...unasked(header), notAsked: error.message };
    throw error;
  }
}

async function ask(
  session: Session,
  dir: string,
  header: PatchHeader,
  variables: Variables,
): Promise<PatchStanding> {
  const { store, table, planFolder, liveTimezone, keys, measures } = header;
  const types = new Map([...keys, ...measures].map((column) => [column.name, column.type]));
  const at = { store, table, folder: planFolder, timezone: liveTimezone, types };
  const live = await openLiveStore(at, variables);
  try {
    const entry = await live.ledger(header);
    if (entry.outcome === 'none') return unasked(header);
    const verification =
      entry.outcome === 'applied' ? await live.verify(await openSealedPatch(session, dir, null)) : null;
    const isRight = verification !== null && verification.differ === 0;
    return {
      ...unasked(header),
      state: entry.outcome === 'undone' ? 'undone' : isRight ? 'verified' : 'applied',
      approval: approvalOf(header, entry),
      archiveChecked: await archiveCheckNoted(dir, header.seal),
      appliedAt: entry.appliedAt,
      verification,
    };
  } finally {
    await live.close();
  }
}

const SELF_APPROVED = /^self-approved by (.*)$/s;

function approvalOf(header: PatchHeader, { author, approvedBy }: LedgerEntry): Report['approval'] {
  const self = approvedBy === null ? null : SELF_APPROVED.exec(approvedBy);
  return {
    author: author ?? header.author,
    approvedBy: approvedBy === 'none' ? null : (self?.[1] ?? approvedBy),
    selfApproved: self !== null,
    reason: null,
    at: null,
  };
}

function logOf(header: PatchHeader, { state, appliedAt, approval }: PatchStanding): ReportEntry[] {
  const made = { at: header.createdAt, actor: header.author, words: 'made the preview' };
  if (appliedAt === null) return [made];
  const words = state === 'undone' ? 'applied the patch; it was undone afterwards' : 'applied the patch';
  return [made, { at: appliedAt, actor: approval.author, words }];
}
