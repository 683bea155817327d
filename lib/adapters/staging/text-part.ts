import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { namingFullDisk } from '#lib/adapters/staging/disk-full';
import { contentDir, makeDir, readJson, writeJsonAtomic } from '#lib/adapters/staging/part-cache';
import { lineOf } from '#lib/adapters/staging/part-line';
import { writeRejects } from '#lib/adapters/staging/rejects';
import type { OpenedInput, Staging, TextInput } from '#lib/adapters/staging/staging';
import { TextRelation } from '#lib/adapters/staging/text-relation';
import { shapeFacts, shapeOfFacts } from '#lib/archive/convert-sql';
import type { Shape } from '#lib/archive/infer';
import {
  inferred,
  NEEDS_ZONE,
  notHeader,
  type Roles,
  type Target,
  type TextPart,
  textPartSql,
  WIDEN,
} from '#lib/archive/part-sql';
import { sha256 } from '#lib/base/canonical';
import { Failure } from '#lib/base/failure';
import { literal } from '#lib/base/sql';

/** Goes up with everything that changes what a part holds. */
const STAGING_VERSION = '6';

/** A file of text as Parquet: its records, also those whose values were rejected (with `@reason`). */
export type Part = {
  readonly dir: string;
  readonly records: number;
  readonly rejected: number;
  /** Rejected records that are in part.parquet; the others are in rejects.parquet only. */
  readonly valueRejects: number;
  readonly hasLine: boolean;
};

/** Either the part, or what its columns really are where a value did not fit an inferred type. */
export type PartOutcome = { readonly part: Part } | { readonly widen: ReadonlyMap<string, Shape> };

const PART = z.object({
  records: z.number(),
  rejected: z.number(),
  valueRejects: z.number(),
  hasLine: z.boolean(),
});
const SHAPE = z.custom<Shape>((v) => typeof v === 'object' && v !== null && 'kind' in v);
const OUTCOME = z.union([
  z.object({ part: PART }),
  z.object({ widen: z.array(z.tuple([z.string(), SHAPE])) }),
]);

/**
 * The part of a text file under given types: from the cache, or made now. Failures: plan.archive.timezone,
 * archive.*, disk.full.
 */
export async function partOf(
  staging: Staging,
  input: TextInput,
  targets: ReadonlyMap<string, Target>,
  roles: Roles,
): Promise<PartOutcome> {
  const text: TextPart = {
    columns: input.text.columns,
    targets: new Map([...targets].filter(([name]) => input.text.columns.includes(name))),
    roles: { ...roles, ingested: input.text.columns.includes(roles.ingested ?? '') ? roles.ingested : null },
    hasLine: false,
    hasHeader: input.format === 'csv',
  };
  const dir = join(contentDir(staging.spec.stageDir, input.sha256), specHash(staging, input, text));
  const cached = await readJson(join(dir, 'part.json'), OUTCOME);
  if (cached !== null) return outcomeOf(dir, cached);
  const relation = new TextRelation(staging, input, roles.time);
  try {
    await relation.open();
    await makeDir(dir, (temp) =>
      namingFullDisk(temp, { path: input.listed.path, bytes: input.stamp.size }, () =>
        fill(staging, input, text, relation, temp),
      ),
    );
  } finally {
    await relation.dispose();
  }
  const made = await readJson(join(dir, 'part.json'), OUTCOME);
  if (made === null)
    throw new Failure(
      'archive.unreadable',
      `The staged form of ${input.listed.path} was removed while it was used.`,
    );
  return outcomeOf(dir, made);
}

function outcomeOf(dir: string, read: z.infer<typeof OUTCOME>): PartOutcome {
  return 'part' in read ? { part: { dir, ...read.part } } : { widen: new Map(read.widen) };
}

async function fill(
  staging: Staging,
  input: TextInput,
  text: TextPart,
  relation: TextRelation,
  dir: string,
): Promise<void> {
  const parquet = join(dir, 'part.parquet');
  const rows = await load(staging, input, text, relation, parquet);
  const reasons = await reasonsOf(staging, parquet, rows, relation.hasLine);
  if (reasons.zoneLine !== null) refuseZone(input, text, reasons.zoneLine);
  if (reasons.widen) {
    const widen = await widened(staging, text, relation);
    await rm(parquet);
    await writeJsonAtomic(join(dir, 'part.json'), { widen: [...widen] });
    return;
  }
  const structural = relation.reading.kind === 'exact' ? relation.reading.rejects : 0;
  const part = {
    records: rows + structural,
    rejected: reasons.count + structural,
    valueRejects: reasons.count,
    hasLine: relation.hasLine,
  };
  if (part.rejected > 0) await writeRejects(staging, input, relation, text.roles.time, { dir, ...part });
  await writeJsonAtomic(join(dir, 'part.json'), { part });
}

/**
 * Writes the records as Parquet. DuckDB's own reading of a CSV is accepted only where it proves itself: no error,
 * and as many rows as the file has lines under its header. Else our scanner reads the file.
 */
async function load(
  staging: Staging,
  input: TextInput,
  text: TextPart,
  relation: TextRelation,
  parquet: string,
): Promise<number> {
  if (relation.reading.kind === 'direct') {
    const rows = await tryCopy(staging, textPartSql(text, relation.sql), parquet);
    if (rows === relation.reading.rows) return rows;
    await relation.readExactly();
  }
  const rows = await copyPart(staging, textPartSql({ ...text, hasLine: true }, relation.sql), parquet);
  const { lines } = await staging.session.one(
    `SELECT coalesce(sum("@line"), 0)::VARCHAR AS lines FROM read_parquet(${literal(parquet)})`,
    z.object({ lines: z.string() }),
  );
  const { reading } = relation;
  if (reading.kind !== 'exact' || rows !== reading.records || BigInt(lines) !== reading.lineSum)
    throw new Failure(
      'archive.unbalanced',
      `${input.listed.path}: ${rows} records were staged, not those that were read.`,
    );
  return rows;
}

/** The number of rows, or null where DuckDB takes exception to the file. */
async function tryCopy(staging: Staging, select: string, parquet: string): Promise<number | null> {
  try {
    return await copyPart(staging, select, parquet);
  } catch (error) {
    if (error instanceof Failure || !/CSV Error|Invalid Input|unicode|UTF-?8/i.test(String(error)))
      throw error;
    return null;
  }
}

/** Written often and read a few times: quick compression, and no dictionary where most values differ. */
async function copyPart(staging: Staging, select: string, parquet: string): Promise<number> {
  const [count] = await staging.session.rows(
    `COPY (${select}) TO ${literal(parquet)} (FORMAT parquet, COMPRESSION lz4_raw, DICTIONARY_SIZE_LIMIT 2000)`,
    z.object({ Count: z.coerce.number() }),
  );
  return count?.Count ?? 0;
}

type Reasons = { readonly count: number; readonly widen: boolean; readonly zoneLine: number | null };

async function reasonsOf(
  staging: Staging,
  parquet: string,
  rows: number,
  hasLine: boolean,
): Promise<Reasons> {
  const none = { count: 0, widen: false, zoneLine: null };
  if (rows === 0) return none;
  const { nulls } = await staging.session.one(
    `SELECT coalesce(sum(stats_null_count), -1) AS nulls FROM parquet_metadata(${literal(parquet)}) WHERE path_in_schema = '@reason'`,
    z.object({ nulls: z.coerce.number() }),
  );
  if (nulls === rows) return none;
  const found = await staging.session.rows(
    `SELECT CASE WHEN "@reason" IN (${literal(WIDEN)}, ${literal(NEEDS_ZONE)}) THEN "@reason" END AS marker,
       count(*) AS n, min(${lineOf(hasLine)}) AS line
     FROM read_parquet(${literal(parquet)}) WHERE "@reason" IS NOT NULL GROUP BY 1`,
    z.object({ marker: z.string().nullable(), n: z.coerce.number(), line: z.coerce.number() }),
  );
  return {
    count: found.find((f) => f.marker === null)?.n ?? 0,
    widen: found.some((f) => f.marker === WIDEN),
    zoneLine: found.find((f) => f.marker === NEEDS_ZONE)?.line ?? null,
  };
}

function refuseZone(input: OpenedInput, text: TextPart, line: number): never {
  const { path } = input.listed;
  const names = [...text.targets.values()].filter((t) => t.type.kind === 'instant').map((t) => t.name);
  const columns = [...new Set([text.roles.time, ...names])].join(', ');
  throw new Failure(
    'plan.archive.timezone',
    `${path}, line ${line}: a time (${columns}) is written without an offset, and the plan names no zone.`,
    { at: { path: 'archive.timezone', file: path, line } },
  );
}

/** The shapes of the inferred columns over all records. */
async function widened(
  staging: Staging,
  text: TextPart,
  relation: TextRelation,
): Promise<Map<string, Shape>> {
  const names = inferred(text);
  const facts = names.map((name, i) => `${shapeFacts(`c${text.columns.indexOf(name)}`)} AS f${i}`);
  const row = await staging.session.one(
    `SELECT ${facts.join(', ')} FROM ${relation.sql} WHERE ${notHeader(text)}`,
    z.record(z.string(), FACTS),
  );
  return new Map(
    names.flatMap((name, i): [string, Shape][] => {
      const found = row[`f${i}`];
      return found === undefined ? [] : [[name, shapeOfFacts(found)]];
    }),
  );
}

const FACTS = z.object({
  n: z.coerce.number(),
  ints: z.boolean(),
  decimals: z.boolean(),
  big: z.boolean(),
  huge: z.boolean(),
  whole: z.coerce.number(),
  scale: z.coerce.number(),
  floats: z.boolean(),
  bools: z.boolean(),
  dates: z.boolean(),
  instants: z.boolean(),
});

/** All that shapes a part, besides the content. */
function specHash(staging: Staging, input: OpenedInput, text: TextPart): string {
  return sha256({
    version: STAGING_VERSION,
    duckdb: staging.duckdb,
    format: input.format,
    compression: input.compression,
    columns: text.columns,
    targets: [...text.targets.values()]
      .map((t): [string, string, string, string] => [t.name, t.type.sql, t.typeName, t.shape?.kind ?? ''])
      .sort((a, b) => (a[0] < b[0] ? -1 : 1)),
    id: text.roles.id,
    time: text.roles.time,
    ingested: text.roles.ingested,
    requireArrival: text.roles.requireArrival,
    timezone: text.roles.timezone,
    maxRecordBytes: BigInt(staging.limits.maxRecordBytes),
  }).slice(0, 32);
}
