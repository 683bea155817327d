import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readDiscrepancies } from '#lib/adapters/duckdb/discrepancies';
import { readLeftOut, summariseLeftOut } from '#lib/adapters/duckdb/left-out';
import { RUN_FILES } from '#lib/adapters/duckdb/patch-files';
import { readPatchRows } from '#lib/adapters/duckdb/patch-page';
import { readRunColumns, readRunPlan } from '#lib/adapters/duckdb/run-columns';
import { readPatchHeader } from '#lib/adapters/duckdb/sealed-patch';
import { Failure } from '#lib/base/failure';
import type { DiscrepancyColumns, DiscrepancyRow } from '#lib/compare/discrepancy';
import type { LeftOutRow } from '#lib/compare/left-out';
import type { PatchHeader } from '#lib/patch/patch';
import { netOf, readSummary } from '#lib/recovery/runs/finished-run';
import type { Summary } from '#lib/replay/run';
import type { Session } from '#lib/replay/session';
import type { ReportFacts } from '#lib/report/facts';
import { type CsvRow, correctionsCsv, csvColumns } from '#lib/report/report-csv';

const LARGEST = 20;
const PAGE = 500;
const CSV_BATCH = 5_000;

/** What of a run's folder a report is made of. */
export type ReportRows = {
  readonly header: PatchHeader;
  readonly summary: Summary;
  readonly net: ReturnType<typeof netOf>;
  readonly columns: DiscrepancyColumns;
  readonly largest: readonly DiscrepancyRow[];
  /** Rows that the operator left out, by reason. */
  readonly leftOutRows: ReportFacts['leftOutRows'];
  readonly onlyInLive: 'keep' | 'delete';
  readonly conflicts: 'block' | 'first' | 'last';
};

/** Reads a run's folder for its report. Failures: run.incomplete, patch.damaged. */
export async function readReportRows(session: Session, dir: string): Promise<ReportRows> {
  const header = await readPatchHeader(dir);
  const summary = readSummary(await jsonFile(dir, 'summary'));
  const { onlyInLive, conflicts } = await readRunPlan(dir);
  const columns = await readRunColumns(dir);
  const leftOut = await readLeftOut(dir);
  return {
    header,
    summary,
    net: netOf(summary),
    columns,
    largest: await largestRows(session, dir, columns, onlyInLive, leftOut),
    leftOutRows: await summariseLeftOut(session, dir, columns, leftOut),
    onlyInLive,
    conflicts,
  };
}

async function jsonFile(dir: string, name: 'summary'): Promise<unknown> {
  const path = join(dir, RUN_FILES[name]);
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (cause) {
    throw new Failure('run.incomplete', `${path} cannot be read: the folder holds no finished preview.`, {
      cause,
    });
  }
}

/** The rows of the patch with the largest difference of the first measure that is a number. */
async function largestRows(
  session: Session,
  dir: string,
  columns: DiscrepancyColumns,
  onlyInLive: 'keep' | 'delete',
  leftOut: readonly LeftOutRow[],
): Promise<DiscrepancyRow[]> {
  const measure = columns.measures.find(({ numeric }) => numeric)?.name;
  const path = join(dir, RUN_FILES.discrepanciesTyped);
  const leftOutOf = new Map(leftOut.map(({ row, reason }) => [row, reason]));
  const scope = { leftOut: leftOutOf, onlyInLive };
  const found: DiscrepancyRow[] = [];
  for (let offset = 0; found.length < LARGEST; offset += PAGE) {
    const sort = measure === undefined ? {} : { sort: `-abs:${measure}` };
    const page = await readDiscrepancies(session, path, columns, { limit: PAGE, offset, ...sort }, scope);
    found.push(...page.rows.filter((row) => isPatched(row, onlyInLive)));
    if (page.rows.length < PAGE) break;
  }
  return found.slice(0, LARGEST);
}

const isPatched = (row: DiscrepancyRow, onlyInLive: 'keep' | 'delete'): boolean =>
  row.leftOut === null &&
  row.class !== 'superseded' &&
  (row.class !== 'only_in_live' || onlyInLive === 'delete');

/** The whole patch as CSV with values before and after. `safe`: for a spreadsheet; else exact. */
export const patchCsv = (
  session: Session,
  dir: string,
  header: PatchHeader,
  safe: boolean,
): AsyncGenerator<string> => correctionsCsv(csvColumns(header), batches(session, dir, header), safe);

async function* batches(session: Session, dir: string, header: PatchHeader): AsyncGenerator<CsvRow[]> {
  const { updates, inserts, deletes } = header.counts;
  const path = join(dir, RUN_FILES.patchRows);
  for (let offset = 0; offset < updates + inserts + deletes; offset += CSV_BATCH)
    yield await readPatchRows(session, path, header, offset, CSV_BATCH);
}
