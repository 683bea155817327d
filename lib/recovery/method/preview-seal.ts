import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { z } from 'zod';
import type { Comparison } from '#lib/adapters/duckdb/compare';
import {
  countOps,
  netDelta,
  RUN_FILES,
  rowsSha256,
  writeControlFiles,
  writeJson,
  writeRowFiles,
} from '#lib/adapters/duckdb/patch-files';
import { type ReadEvents, spillOver } from '#lib/adapters/replay/duckdb/replay';
import { sha256 } from '#lib/base/canonical';
import { formatInstant } from '#lib/base/instant';
import type { TypedCalculation } from '#lib/calculation/calculation';
import type { ComparedColumns } from '#lib/compare/columns';
import { checksumsSql } from '#lib/compare/compare-sql';
import type { WrittenDigits } from '#lib/compare/discrepancy';
import { conflictsSql, evidenceSql } from '#lib/compare/evidence-sql';
import { ownDigits } from '#lib/compare/values-sql';
import type { LiveTable } from '#lib/patch/live-store';
import type { PatchHeader, WriteMode } from '#lib/patch/patch';
import { manifestSha256, sealOf } from '#lib/patch/seal';
import { canonicalPlan } from '#lib/plan/canonical-plan';
import type { Plan } from '#lib/plan/plan';
import { planToFile } from '#lib/plan/to-file';
import {
  blocksOf,
  controlCountsOf,
  infiniteWarnings,
  type RunFacts,
  rejectFacts,
  warningsOf,
} from '#lib/recovery/method/preview-facts';
import type { PreviewPlaces } from '#lib/recovery/method/preview-places';
import type { Summary } from '#lib/replay/run';
import type { Session } from '#lib/replay/session';

/** What the comparison of a run found, before it is written and sealed. */
export type Found = {
  readonly columns: ComparedColumns;
  readonly window: Comparison;
  readonly control: Comparison | null;
  readonly nullKeys: number;
};

/** Running measures that are one sum or count are written as column + delta, so that a consumer loses nothing. */
function writeModes(plan: Plan, calculation: TypedCalculation): WriteMode[] {
  return calculation.measures.map((m) => {
    const aggregate = calculation.aggregates.find((a) => a.id === m.single);
    const adds = (aggregate?.fn === 'sum' || aggregate?.fn === 'count') && !aggregate.distinct;
    return plan.live.state === 'running' && plan.patch.guard === 'delta' && adds ? 'delta' : 'set';
  });
}

/** Writes the run's files, seals the patch, and sums everything up. `patch.json` is the last file to be there. */
export async function sealRun(
  plan: Plan,
  places: PreviewPlaces,
  table: LiveTable,
  read: ReadEvents,
  found: Found,
  began: number,
): Promise<Summary> {
  const { session, outDir } = places;
  places.onProgress?.({
    step: 'seal',
    done: 0,
    total: null,
    unit: 'rows',
    words: 'Writing and sealing the patch',
  });
  const rejects = await rejectFacts(session, read);
  const modes = writeModes(plan, read.shape.calculation);
  await writeRowFiles(session, outDir, found.columns, plan.live.bucket?.timezone ?? 'UTC', modes);
  if (rejects.conflictingIds > 0) {
    const files = read.staged.files.map(({ path }) => path);
    const [csv, parquet] = [join(outDir, RUN_FILES.conflicts), join(outDir, RUN_FILES.conflictsTyped)];
    await session.run(conflictsSql(read.shape, files, { csv, parquet }));
  }
  if (found.control !== null) await writeControlFiles(session, outDir, found.columns);
  if (places.evidence) await session.run(evidenceSql(read.shape, join(outDir, RUN_FILES.evidence)));
  const facts: RunFacts = {
    ...rejects,
    read,
    comparison: found.window,
    control: found.control,
    counts: await countOps(session),
    nullKeys: found.nullKeys,
    ...(found.control === null ? {} : { controlCounts: controlCountsOf(found.control) }),
  };
  const header = await patchHeader(plan, places, table, found.columns, modes, facts);
  const summary = await summarise(plan, session, found, facts, header, began);
  await writeJson(outDir, 'plan', planToFile(plan));
  await writeJson(outDir, 'summary', summary);
  await writeJson(outDir, 'patch', header);
  return summary;
}

function writtenDigits(column: ComparedColumns['keys'][number]): WrittenDigits {
  const digits = ownDigits(column);
  return digits === null ? {} : { digits };
}

async function patchHeader(
  plan: Plan,
  places: PreviewPlaces,
  table: LiveTable,
  columns: ComparedColumns,
  modes: readonly WriteMode[],
  facts: RunFacts,
): Promise<PatchHeader> {
  const { shape, staged } = facts.read;
  const store = (c: ComparedColumns['keys'][number]) => ({
    name: c.name,
    sqlType: c.sqlType,
    type: c.type,
    nullable: c.nullable,
    ...writtenDigits(c),
  });
  const keys = [...columns.keys, ...(columns.bucket ? [columns.bucket] : [])].map(store);
  const body = {
    kind: 'patch' as const,
    target: table.identity,
    keys,
    measures: columns.measures.map((c, i) => ({ ...store(c), mode: modes[i] ?? ('set' as const) })),
    counts: facts.counts,
    blockedBy: blocksOf(plan, facts),
    manifest: staged.files.map(({ path, bytes, sha256: hash }) => ({ path, bytes, sha256: hash })),
    planSha256: sha256(canonicalPlan(plan)),
  };
  const rows = await rowsSha256(
    places.session,
    `${places.outDir}/${RUN_FILES.patchRows}`,
    keys.length,
    columns.measures.length,
  );
  return {
    recount: 1,
    id: randomUUID(),
    seal: sealOf(body, rows),
    ...body,
    title: plan.title,
    store: plan.live.store,
    table: plan.live.table,
    ...(table.shape === undefined ? {} : { targetShape: table.shape }),
    manifestSha256: manifestSha256(body.manifest),
    calculation: {
      name: shape.calculation.name,
      versions: versionsUsed(plan),
      sha256: shape.calculation.sha256,
    },
    window: windowText(plan),
    liveTimezone: plan.live.bucket?.timezone ?? 'UTC',
    planFolder: places.planFolder,
    archiveAt: plan.archive.at,
    createdAt: new Date().toISOString(),
    author: places.author,
  };
}

const versionsUsed = ({ calculation }: Plan): number[] =>
  calculation.replayWith === 'deployed'
    ? calculation.versions.map((v) => v.version)
    : [calculation.replayWith];

const windowText = ({ window }: Plan): PatchHeader['window'] => ({
  from: formatInstant(window.from),
  to: formatInstant(window.to),
  clock: window.clock,
});

async function summarise(
  plan: Plan,
  session: Session,
  found: Found,
  facts: RunFacts,
  header: PatchHeader,
  began: number,
): Promise<Summary> {
  const { staged, shape, buckets, filesSkipped } = facts.read;
  const text = z.object({ recalculated: z.string(), live: z.string() });
  const net = await netDelta(session, found.columns);
  const { v } = await session.one('SELECT version() AS v', z.object({ v: z.string() }));
  const of = (name: string): number => found.window.classes.get(name) ?? 0;
  return {
    window: { ...header.window, ...(await spillOver(session, buckets, plan)) },
    archive: {
      files: staged.files.length,
      files_skipped: filesSkipped,
      bytes: Number(staged.files.reduce((sum, f) => sum + f.bytes, 0n)),
      records: Number(staged.records),
      accepted: facts.accepted,
      duplicates: facts.duplicates,
      conflicting_ids: facts.conflictingIds,
      rejected: facts.rejected,
      pending: found.window.pendingEvents,
      outside_partition: Number(staged.outsidePartition),
      manifest_sha256: header.manifestSha256,
    },
    cells: {
      affected: found.window.affected,
      match: of('match'),
      changed: of('changed'),
      missing_in_live: of('missing_in_live'),
      only_in_live: of('only_in_live'),
      deleted: of('deleted'),
      superseded: of('superseded'),
      pending: found.window.pendingCells,
    },
    net_delta: Object.fromEntries(net.map((n) => [n.measure, n.net])),
    net_parts: Object.fromEntries(net.map(({ measure, plus, minus }) => [measure, { plus, minus }])),
    checksums: await session.one(checksumsSql(shape, found.columns, '@compared'), text),
    ...(facts.controlCounts === undefined ? {} : { control: facts.controlCounts }),
    patch: { seal: header.seal, ...header.counts, blocked_by: header.blockedBy },
    calculation: header.calculation,
    warnings: [
      ...(await warningsOf(session, plan, facts)),
      ...(await infiniteWarnings(session, found.columns)),
    ],
    engine: { name: 'duckdb', version: v },
    elapsed_ms: Math.round(performance.now() - began),
  };
}
