import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { z } from 'zod';
import { readDiscrepancies, readDiscrepancy, readHistogram } from '#lib/adapters/duckdb/discrepancies';
import { readEvidence } from '#lib/adapters/duckdb/evidence';
import { RUN_FILES } from '#lib/adapters/duckdb/patch-files';
import { readRunColumns, readRunPlan } from '#lib/adapters/duckdb/run-columns';
import { readPatchHeader } from '#lib/adapters/duckdb/sealed-patch';
import { isCode } from '#lib/adapters/lock/lock-file';
import { Failure } from '#lib/base/failure';
import { likelyCause } from '#lib/compare/cause';
import {
  type CellEvidence,
  type DeltaHistogram,
  type DiscrepancyPage,
  KINDS,
} from '#lib/compare/discrepancy';
import { permit } from '#lib/recovery/access/permit';
import { refuseErased } from '#lib/recovery/retention/erased';
import { leftOutOf } from '#lib/recovery/runs/left-out-record';
import type { Context } from '#lib/recovery/setup/context';
import { readerSession } from '#lib/recovery/setup/reader-session';

const RunId = { id: z.uuid() };
/** What of the discrepancies is meant: the same words in a query and in a body. */
export const DiscrepancyFilter = z.object({
  kind: z.enum(KINDS).optional(),
  q: z.string().max(200).optional(),
  min: z.string().optional(),
  max: z.string().optional(),
  below: z.string().optional(),
  measure: z.string().optional(),
});
export const DiscrepanciesInput = DiscrepancyFilter.extend({
  ...RunId,
  sort: z.string().max(200).optional(),
  offset: z.coerce.number().int().min(0).max(100_000_000).optional(),
  limit: z.coerce.number().int().min(1).max(500).optional(),
});
export const HistogramInput = z.object({ ...RunId, measure: z.string().optional() });
export const CellInput = z.object({ ...RunId, row: z.coerce.number().int().min(0) });
export const RunFileInput = z.object(RunId);

/** A finished run's folder. Failures: not_found, run.incomplete, data.erased. */
async function finishedRun({ store }: Context, id: string): Promise<string> {
  const run = await store.run.findUnique({
    where: { id },
    select: { dir: true, state: true, erasedAt: true },
  });
  if (run === null) throw new Failure('not_found', 'There is no such run.');
  if (run.state !== 'done' || run.dir === null) {
    throw new Failure('run.incomplete', 'This run has no results (yet).', {
      fix: 'Wait until it is done, or start a new preview.',
    });
  }
  refuseErased('The files of this preview', run.erasedAt);
  return run.dir;
}

/** One page of a run's discrepancies, filtered and sorted on the server. */
export async function listDiscrepancies(
  context: Context,
  input: z.output<typeof DiscrepanciesInput>,
): Promise<DiscrepancyPage> {
  permit(context.actor, 'incident.read');
  const dir = await finishedRun(context, input.id);
  const { id: _, ...query } = input;
  const given = Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined));
  return readDiscrepancies(
    await readerSession(context.env),
    join(dir, RUN_FILES.discrepanciesTyped),
    await readRunColumns(dir),
    given,
    { leftOut: await leftOutOf(context.store, input.id), onlyInLive: (await readRunPlan(dir)).onlyInLive },
  );
}

/** How the differences of one measure are spread. */
export async function showHistogram(
  context: Context,
  input: z.output<typeof HistogramInput>,
): Promise<DeltaHistogram> {
  permit(context.actor, 'incident.read');
  const dir = await finishedRun(context, input.id);
  return readHistogram(
    await readerSession(context.env),
    join(dir, RUN_FILES.discrepanciesTyped),
    await readRunColumns(dir),
    input.measure,
  );
}

/** Everything behind one discrepancy: its row, its archived records in order, and what would explain it. */
export async function showCell(context: Context, input: z.output<typeof CellInput>): Promise<CellEvidence> {
  permit(context.actor, 'incident.read');
  const dir = await finishedRun(context, input.id);
  const [columns, header, session] = [
    await readRunColumns(dir),
    await readPatchHeader(dir),
    await readerSession(context.env),
  ];
  const row = await readDiscrepancy(
    session,
    join(dir, RUN_FILES.discrepanciesTyped),
    columns,
    input.row,
    await leftOutOf(context.store, input.id),
  );
  const files = header.manifest.map((f) => f.path);
  const { events, total } = await readEvidence(
    session,
    join(dir, RUN_FILES.evidence),
    input.row,
    columns,
    files,
  );
  const measure = row.delta.findIndex((d) => d !== null && !/^-?0(\.0*)?$/.test(d));
  return { row, columns, events, totalEvents: total, cause: likelyCause(row, events, total, measure) };
}

/** A file of a run as a download. Failures: not_found (also where the run has no such file), run.incomplete, data.erased. */
export const downloadRunFile =
  (name: 'discrepancies' | 'corrections' | 'rejects' | 'control' | 'conflicts') =>
  async (context: Context, input: z.output<typeof RunFileInput>): Promise<Response> => {
    permit(context.actor, 'incident.read');
    const path = join(await finishedRun(context, input.id), RUN_FILES[name]);
    const { size } = await stat(path).catch((error: unknown) => {
      // there is a control only where the plan names one, and conflicts only where there were any
      if (isCode(error, 'ENOENT')) throw new Failure('not_found', `This preview has no ${RUN_FILES[name]}.`);
      throw error;
    });
    return new Response(Readable.toWeb(createReadStream(path)) as ReadableStream, {
      headers: {
        'Content-Type': 'text/csv; charset=utf-8',
        'Content-Length': String(size),
        'Content-Disposition': `attachment; filename="${RUN_FILES[name]}"`,
      },
    });
  };
