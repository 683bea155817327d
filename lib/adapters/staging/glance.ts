import { z } from 'zod';
import { csvGlance } from '#lib/adapters/staging/csv-facts';
import { contentOf, headOf } from '#lib/adapters/staging/decompress';
import { jsonGlance } from '#lib/adapters/staging/json-facts';
import { checkParquet, parquetFacts } from '#lib/adapters/staging/parquet-files';
import { compressionOf, formatOf } from '#lib/adapters/staging/sniff';
import { type Reach, reachFrom } from '#lib/adapters/staging/staging';
import type { ArchiveSource, ListedFile } from '#lib/archive/archive';
import { isLocalTime } from '#lib/archive/convert-sql';
import { joinShapes, type Shape, typeOfShape } from '#lib/archive/infer';
import { guessRoles } from '#lib/archive/roles';
import { STAGE_LIMITS, type StageLimits } from '#lib/archive/stage';
import type { ArchiveGlance } from '#lib/archive/survey';
import { ident, literal } from '#lib/base/sql';
import type { Format, Layout } from '#lib/plan/plan';
import type { Session } from '#lib/replay/session';

export type GlanceOptions = {
  readonly format: Format | 'auto';
  /** Plain: the names of folders say nothing. */
  readonly layout?: Layout | 'auto';
  readonly timezone?: string | null;
  /** The columns that are mapped as times; without them, those that look like it. */
  readonly times?: readonly (string | null)[];
  readonly limits?: StageLimits;
};

/** Files that are looked into: the first, one from the middle, the last. */
const LOOKED_INTO = 3;
const SAMPLE_ROWS = 50;
const FILES_SHOWN = 200;

type Column = { name: string; type: string; shape: Shape; sample: (string | null)[] };

/**
 * What can be told of an archive from the beginnings of a few files: columns, sample values, likely roles. Types of text
 * are those of the sample; staging infers them from all records. Failures: archive.not_found, archive.outside_roots,
 * archive.unreadable, archive.format, archive.schema.
 */
export async function glance(
  source: ArchiveSource,
  session: Session,
  options: GlanceOptions,
): Promise<ArchiveGlance> {
  const listed = await source.list();
  const reach = await reachFrom(session);
  const columns = new Map<string, Column>();
  const formats = new Set<string>();
  for (const file of chosen(listed)) {
    const seen = await look(reach, source, file, options);
    formats.add(seen.format);
    for (const column of seen.columns) join(columns, column);
  }
  const shown = [...columns.values()].map(({ name, type, sample }) => ({
    name,
    type,
    sample: sample.slice(0, 8),
  }));
  const guess = guessRoles([...columns.values()]);
  const times = (options.times ?? [guess.time, guess.ingested]).flatMap((name) =>
    name === null ? [] : (columns.get(name) ?? []),
  );
  return {
    files: listed.slice(0, FILES_SHOWN).map((f) => ({ path: f.path, bytes: f.bytes.toString() })),
    filesTotal: listed.length,
    bytes: listed.reduce((sum, f) => sum + f.bytes, 0n).toString(),
    formats: [...formats],
    layout: listed.some((f) => f.partition !== null) ? 'hive' : 'plain',
    columns: shown,
    partitionKeys:
      options.layout === 'plain'
        ? []
        : [...new Set(listed.flatMap((f) => f.partitionKeys.map(({ key }) => key)))],
    guess,
    timesNeedZone: (options.timezone ?? null) === null && times.some(needsZone),
  };
}

function chosen(listed: readonly ListedFile[]): ListedFile[] {
  const full = listed.filter((f) => f.bytes > 0n);
  const from = full.length > 0 ? full : listed;
  const places = Array.from({ length: LOOKED_INTO }, (_, i) =>
    Math.floor((i * (from.length - 1)) / (LOOKED_INTO - 1)),
  );
  return [...new Set(places)].flatMap((at) => from[at] ?? []);
}

/** A later file adds columns; the type of a text column is that of the values of all. */
function join(columns: Map<string, Column>, found: Column): void {
  const known = columns.get(found.name);
  if (known === undefined) {
    columns.set(found.name, found);
    return;
  }
  const shape = joinShapes(known.shape, found.shape);
  const type = known.type === found.type ? known.type : typeOfShape(shape, 'other').sql;
  columns.set(found.name, { name: found.name, type, shape, sample: [...known.sample, ...found.sample] });
}

const needsZone = (c: Column): boolean =>
  c.shape.kind === 'none'
    ? isLocalTime(c.type)
    : c.sample.some((v) => v !== null && /\d{2}:\d{2}/.test(v) && !/(?:[Zz]|[+-]\d{2}(?::?\d{2})?)$/.test(v));

async function look(
  reach: Reach,
  source: ArchiveSource,
  file: ListedFile,
  options: GlanceOptions,
): Promise<{ format: Format; columns: Column[] }> {
  const limits = options.limits ?? STAGE_LIMITS;
  const real = await source.local(file);
  const raw = await headOf(real, 4096);
  const compression = compressionOf(raw, file.path);
  const content = (): AsyncGenerator<Buffer> => contentOf(real, file.path, compression, limits);
  const format = formatOf(compression === 'none' ? raw : await first(content()), file.path, options.format);
  if (format === 'parquet') return { format, columns: await lookParquet(reach, file, real) };
  const head =
    format === 'csv'
      ? await csvGlance(content(), file.path, limits)
      : await jsonGlance(content(), file.path, limits);
  const columns = head.columns.map((name, i) => {
    const shape = head.shapes[i] ?? { kind: 'none' as const };
    return {
      name,
      shape,
      type: typeOfShape(shape, 'other').sql,
      sample: head.sample.map((row) => row[i] ?? null),
    };
  });
  return { format, columns };
}

async function first(content: AsyncGenerator<Buffer>): Promise<Buffer> {
  const { value } = await content.next();
  await content.return(undefined);
  return value ?? Buffer.alloc(0);
}

async function lookParquet(reach: Reach, file: ListedFile, real: string): Promise<Column[]> {
  await checkParquet(real, file.path, file.bytes);
  const facts = (await parquetFacts(reach, [{ listed: file, real }])).get(file.path);
  if (facts === undefined) return [];
  const list = facts.columns.map(({ name }) => `CAST(${ident(name)} AS VARCHAR)`).join(', ');
  const rows = await reach.session.rows(
    `SELECT [${list}] AS v FROM (SELECT * FROM read_parquet(${literal(facts.path)}, hive_partitioning = false) LIMIT ${SAMPLE_ROWS})`,
    z.object({ v: z.array(z.string().nullable()) }),
  );
  return facts.columns.map(({ name, type }, i) => ({
    name,
    type,
    shape: { kind: 'none' },
    sample: rows.map((r) => r.v[i] ?? null),
  }));
}
