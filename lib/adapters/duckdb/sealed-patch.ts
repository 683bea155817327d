import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { RUN_FILES, rowsSha256 } from '#lib/adapters/duckdb/patch-files';
import { count } from '#lib/adapters/duckdb/rows';
import { Failure } from '#lib/base/failure';
import { literal } from '#lib/base/sql';
import type { Op, PatchBatch, PatchHeader, SealedPatch } from '#lib/patch/patch';
import { sealOf } from '#lib/patch/seal';
import type { Session } from '#lib/replay/session';

const BATCH = 10_000;

const Column = z.object({
  name: z.string(),
  sqlType: z.string(),
  type: z.string(),
  nullable: z.boolean(),
  digits: z.number().int().nonnegative().exactOptional(),
});
const Target = z.union([
  z.object({
    kind: z.literal('postgres'),
    systemIdentifier: z.string(),
    database: z.string(),
    schema: z.string(),
    table: z.string(),
  }),
  z.object({ kind: z.literal('file'), path: z.string() }),
]);
const Shape = z.object({
  acts: z.array(
    z.object({ kind: z.enum(['trigger', 'foreign_key', 'rule']), name: z.string(), sha256: z.string() }),
  ),
  required: z.array(z.string()),
  seen: z.string().exactOptional(),
});
const Header = z.object({
  recount: z.literal(1),
  kind: z.enum(['patch', 'undo']),
  id: z.uuid(),
  seal: z.string().regex(/^[0-9a-f]{64}$/),
  title: z.string().nullable(),
  target: Target,
  store: z.string(),
  table: z.string().nullable(),
  targetShape: Shape.exactOptional(),
  keys: z.array(Column),
  measures: z.array(Column.extend({ mode: z.enum(['set', 'delta']) })),
  counts: z.object({ updates: count, inserts: count, deletes: count }),
  blockedBy: z.array(z.enum(['rejects', 'conflicting_ids', 'control_differs', 'archive_gap'])),
  manifest: z.array(z.object({ path: z.string(), bytes: z.coerce.bigint(), sha256: z.string() })),
  manifestSha256: z.string(),
  planSha256: z.string(),
  calculation: z.object({ name: z.string(), versions: z.array(z.number()), sha256: z.string() }),
  window: z.object({ from: z.string(), to: z.string(), clock: z.enum(['time', 'ingested']) }),
  liveTimezone: z.string(),
  planFolder: z.string(),
  archiveAt: z.string(),
  createdAt: z.string(),
  author: z.string(),
  undoes: z
    .object({
      seal: z.string(),
      choice: z.enum(['all', 'unmoved']),
      leftOut: z.array(z.number().int().nonnegative()),
    })
    .exactOptional(),
});

/** Reads `patch.json` of a run's folder. Failures: run.incomplete, patch.damaged. */
export async function readPatchHeader(dir: string): Promise<PatchHeader> {
  const path = join(dir, RUN_FILES.patch);
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new Failure(
      'run.incomplete',
      `${path} is not there (${error.code}): the folder holds no finished preview.`,
      { cause: error },
    );
  });
  const parsed = Header.safeParse(parseJson(text));
  if (!parsed.success)
    throw new Failure(
      'patch.damaged',
      `${path} is not the header of a patch: ${z.prettifyError(parsed.error)}`,
    );
  return parsed.data;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/**
 * Opens a run's patch: reads its header and rows, and seals them again. Nothing is applied that is not exactly what was
 * sealed. Failures: run.incomplete, patch.damaged, patch.seal (when `seal` is given and another).
 */
export async function openSealedPatch(
  session: Session,
  dir: string,
  seal: string | null,
): Promise<SealedPatch> {
  const header = await readPatchHeader(dir);
  if (seal !== null && seal.toLowerCase() !== header.seal) {
    throw new Failure('patch.seal', `The patch in ${dir} has the seal ${header.seal}, not ${seal}.`);
  }
  const path = join(dir, RUN_FILES.patchRows);
  const rows = await rowsSha256(session, path, header.keys.length, header.measures.length).catch(
    (error: unknown) => {
      if (error instanceof Failure) throw error;
      throw new Failure(
        'patch.damaged',
        `${path} cannot be read: ${error instanceof Error ? error.message : error}`,
        { cause: error },
      );
    },
  );
  if (sealOf(header, rows) !== header.seal) {
    throw new Failure(
      'patch.damaged',
      `The files in ${dir} are not what the seal ${header.seal} was given for.`,
    );
  }
  return { header, rows: () => batches(session, path, header) };
}

const Text = z.record(z.string(), z.string().nullable());

async function* batches(session: Session, path: string, header: PatchHeader): AsyncGenerator<PatchBatch> {
  const total = header.counts.updates + header.counts.inserts + header.counts.deletes;
  for (let from = 0; from < total; from += BATCH) {
    const rows = await session.rows(
      `SELECT * EXCLUDE (seq), seq::VARCHAR AS seq FROM read_parquet(${literal(path)}) WHERE seq >= ${from} AND seq < ${from + BATCH} ORDER BY seq`,
      Text,
    );
    yield toBatch(rows, header);
  }
}

function toBatch(rows: readonly Record<string, string | null>[], header: PatchHeader): PatchBatch {
  const side = (name: string): (string | null)[][] =>
    header.measures.map((_, i) => rows.map((r) => r[`${name}_${i}`] ?? null));
  return {
    size: rows.length,
    seq: rows.map((r) => Number(r.seq)),
    op: rows.map((r) => r.op as Op),
    keys: header.keys.map((_, i) => rows.map((r) => r[`key_${i}`] ?? '')),
    before: side('before'),
    after: side('after'),
    delta: side('delta'),
  };
}
