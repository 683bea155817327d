import { join } from 'node:path';
import { z } from 'zod';
import type { ParquetFacts } from '#lib/adapters/staging/parquet-files';
import { lineOf } from '#lib/adapters/staging/part-line';
import type { OpenedInput, Staging } from '#lib/adapters/staging/staging';
import type { Part } from '#lib/adapters/staging/text-part';
import type { Column } from '#lib/archive/archive';
import {
  mayMisfit,
  type ParquetGroup,
  parquetInstant,
  parquetReason,
  parquetValue,
} from '#lib/archive/parquet-sql';
import { EVENT_COLUMNS, isAlias, isWide, type Roles, type Target } from '#lib/archive/part-sql';
import { Failure } from '#lib/base/failure';
import { ident, listLiteral, literal } from '#lib/base/sql';

/** An opened file with what was staged of it. Neither part nor parquet: an empty file. */
export type Staged = {
  readonly input: OpenedInput;
  readonly part: Part | null;
  readonly parquet: ParquetFacts | null;
};

export type ViewSpec = {
  /** In the order of `@file`. */
  readonly staged: readonly Staged[];
  readonly targets: ReadonlyMap<string, Target>;
  readonly roles: Roles;
  /** Hive keys of paths that are used and are no column of the files. */
  readonly hiveColumns: readonly string[];
};

/** Records and rejects of a file of Parquet; those of text are known from its part. */
export type RowCounts = ReadonlyMap<number, { readonly rejected: number }>;

/** Makes `archive_events` and `archive_rejects` over what is staged. */
export async function makeViews(
  staging: Staging,
  spec: ViewSpec,
): Promise<{ readonly columns: readonly Column[]; readonly parquetRejects: RowCounts }> {
  const columns = unifiedColumns(spec);
  await rejectsTable(staging, spec);
  const parquetRejects = new Map<number, { rejected: number }>();
  const selects: string[] = [];
  for (const group of groupsOf(spec)) {
    if (group.kind === 'text') selects.push(textSelect(spec, group, columns));
    else {
      const rejects = await parquetRejectsOf(staging, spec, group);
      for (const [file, rejected] of rejects) parquetRejects.set(file, { rejected });
      selects.push(parquetSelect(spec, group, columns, rejects.size > 0));
    }
  }
  const empty = `SELECT ${[...columns.map((c) => `CAST(NULL AS ${c.type}) AS ${ident(c.name)}`), 'CAST(NULL AS TIMESTAMP) AS "@time"', 'CAST(NULL AS TIMESTAMP) AS "@arrived"', 'CAST(NULL AS INTEGER) AS "@file"', 'CAST(NULL AS BIGINT) AS "@line"'].join(', ')} WHERE false`;
  await staging.session.run(
    `CREATE OR REPLACE VIEW archive_events AS ${selects.length === 0 ? empty : selects.join('\nUNION ALL\n')}`,
  );
  return { columns, parquetRejects };
}

type Group = {
  readonly kind: 'text' | 'parquet';
  readonly files: readonly number[];
  readonly first: Staged;
};

/** Files that one SELECT can read: the same columns, and for text the same kind of part. */
function groupsOf(spec: ViewSpec): Group[] {
  const groups = new Map<string, { kind: 'text' | 'parquet'; files: number[]; first: Staged }>();
  spec.staged.forEach((staged, file) => {
    const { part, parquet, input } = staged;
    if (part === null && parquet === null) return;
    const form =
      part === null ? parquet?.columns : [input.text?.columns, part.hasLine, part.valueRejects > 0];
    const key = `${part === null}${JSON.stringify(form)}`;
    const group = groups.get(key) ?? { kind: part === null ? 'parquet' : 'text', files: [], first: staged };
    group.files.push(file);
    groups.set(key, group);
  });
  return [...groups.values()];
}

/** All columns in the order in which the files bring them; used ones with their type, the others text. */
function unifiedColumns(spec: ViewSpec): Column[] {
  const types = new Map<string, string>();
  for (const { input, parquet } of spec.staged) {
    for (const name of parquet?.columns.map((c) => c.name) ?? input.text?.columns ?? []) {
      const twin = [...types.keys()].find((k) => k !== name && k.toLowerCase() === name.toLowerCase());
      if (twin !== undefined)
        throw new Failure(
          'archive.schema',
          `${input.listed.path}: the column ${name} is called ${twin} in another file.`,
          {
            fix: 'Give the column one name in all files.',
            at: { file: input.listed.path },
          },
        );
      if (EVENT_COLUMNS.some((reserved) => reserved === name.toLowerCase()))
        throw new Failure('archive.schema', `${input.listed.path}: the column name ${name} is reserved.`, {
          fix: 'Rename the column.',
          at: { file: input.listed.path },
        });
      types.set(name, spec.targets.get(name)?.stored ?? 'VARCHAR');
    }
  }
  for (const name of spec.hiveColumns) types.set(name, spec.targets.get(name)?.stored ?? 'VARCHAR');
  return [...types].map(([name, type]) => ({ name, type }));
}

/** SQL: the number of a file in the whole archive, from its place in one read_parquet list. */
function fileNumber(group: Group): string {
  const same = group.files.every((file, i) => file === i);
  return same
    ? 'CAST(file_index AS INTEGER)'
    : `CAST([${group.files.join(', ')}][file_index::BIGINT + 1] AS INTEGER)`;
}

function hiveValue(spec: ViewSpec, group: Group, name: string, type: string): string {
  const values = group.files.map((file) => {
    const key = spec.staged[file]?.input.listed.partitionKeys.find((k) => k.key === name);
    return key === undefined ? 'NULL' : literal(key.value);
  });
  return `CAST([${values.join(', ')}][file_index::BIGINT + 1] AS ${type})`;
}

function textSelect(spec: ViewSpec, group: Group, columns: readonly Column[]): string {
  const { part, input } = group.first;
  const own = new Set(input.text?.columns);
  const shown = columns.map(({ name, type }) => {
    const as = `AS ${ident(name)}`;
    if (!own.has(name))
      return `${spec.hiveColumns.includes(name) ? hiveValue(spec, group, name, type) : `CAST(NULL AS ${type})`} ${as}`;
    const value = ident(isAlias(spec.targets, spec.roles, name) ?? name);
    const target = spec.targets.get(name);
    const staged = target === undefined || isWide(target) ? 'VARCHAR' : target.type.sql;
    return staged === type ? `${value} ${as}` : `CAST(${value} AS ${type}) ${as}`;
  });
  const paths = group.files.map((file) => join(spec.staged[file]?.part?.dir ?? '', 'part.parquet'));
  const where = (part?.valueRejects ?? 0) > 0 ? ' WHERE "@reason" IS NULL' : '';
  return `SELECT ${shown.join(', ')}, "@time", "@arrived", ${fileNumber(group)} AS "@file", CAST(${lineOf(part?.hasLine ?? false)} AS BIGINT) AS "@line"
    FROM ${readParquet(paths)}${where}`;
}

const readParquet = (paths: readonly string[]): string =>
  `read_parquet(${listLiteral(paths)}, hive_partitioning = false)`;

function parquetGroup(spec: ViewSpec, group: Group): ParquetGroup {
  const { parquet, input } = group.first;
  return {
    columns: parquet?.columns ?? [],
    targets: spec.targets,
    roles: spec.roles,
    example: input.listed.path,
  };
}

const pathsOf = (spec: ViewSpec, group: Group): string[] =>
  group.files.map((file) => spec.staged[file]?.parquet?.path ?? '');

function parquetSelect(spec: ViewSpec, group: Group, columns: readonly Column[], rejects: boolean): string {
  const own = parquetGroup(spec, group);
  const names = new Set(own.columns.map((c) => c.name));
  const shown = columns.map(({ name, type }) => {
    if (names.has(name)) return `${parquetValue(own, name)} AS ${ident(name)}`;
    const value = spec.hiveColumns.includes(name)
      ? hiveValue(spec, group, name, type)
      : `CAST(NULL AS ${type})`;
    return `${value} AS ${ident(name)}`;
  });
  const where = rejects ? ` WHERE ${parquetReason(own)} IS NULL` : '';
  return `SELECT ${shown.join(', ')}, ${parquetInstant(own, spec.roles.time)} AS "@time", ${parquetInstant(own, spec.roles.ingested)} AS "@arrived",
    ${fileNumber(group)} AS "@file", file_row_number + 1 AS "@line" FROM ${readParquet(pathsOf(spec, group))}${where}`;
}

async function rejectsTable(staging: Staging, spec: ViewSpec): Promise<void> {
  await staging.session.run(
    'CREATE OR REPLACE TABLE archive_rejects (file VARCHAR, line BIGINT, reason VARCHAR, record VARCHAR)',
  );
  for (const { input, part } of spec.staged) {
    if (part === null || part.rejected === 0) continue;
    await staging.session.run(
      `INSERT INTO archive_rejects SELECT ${literal(input.listed.path)}, line, reason, record
       FROM read_parquet(${literal(join(part.dir, 'rejects.parquet'))})`,
    );
  }
}

/**
 * Finds the rejected rows of Parquet files and keeps them in `archive_rejects`. Reads no row where the files'
 * statistics show that there is none.
 */
async function parquetRejectsOf(
  staging: Staging,
  spec: ViewSpec,
  group: Group,
): Promise<Map<number, number>> {
  const own = parquetGroup(spec, group);
  if (!mayMisfit(own) && (await provedClean(staging, own, pathsOf(spec, group)))) return new Map();
  const record = `left(CAST(to_json(struct_pack(${own.columns.map(({ name }) => `${ident(name)} := ${ident(name)}`).join(', ')})) AS VARCHAR), 1000)`;
  const names = `[${group.files.map((file) => literal(spec.staged[file]?.input.listed.path ?? '')).join(', ')}]`;
  await staging.session.run(
    `INSERT INTO archive_rejects SELECT ${names}[file_index::BIGINT + 1], file_row_number + 1, reason, ${record}
     FROM (SELECT *, file_index, file_row_number, ${parquetReason(own)} AS reason FROM ${readParquet(pathsOf(spec, group))})
     WHERE reason IS NOT NULL`,
  );
  const counts = await staging.session.rows(
    `SELECT file, count(*) AS n FROM archive_rejects GROUP BY 1`,
    z.object({ file: z.string(), n: z.coerce.number() }),
  );
  const number = new Map(group.files.map((file) => [spec.staged[file]?.input.listed.path, file]));
  return new Map(
    counts.flatMap(({ file, n }) => (number.has(file) ? [[number.get(file) as number, n]] : [])),
  );
}

/** Whether statistics alone show that no row lacks a time, an id or a needed arrival, and no time is endless. */
async function provedClean(
  staging: Staging,
  group: ParquetGroup,
  paths: readonly string[],
): Promise<boolean> {
  const { roles, columns } = group;
  const type = (name: string | null): string => columns.find((c) => c.name === name)?.type ?? '';
  const names = [roles.time, roles.id, roles.ingested].filter((n) => n !== null && type(n) !== '');
  const ranged = `coalesce(TRY_CAST(stats_min_value AS TIMESTAMP) >= TIMESTAMP '0001-01-01' AND TRY_CAST(stats_max_value AS TIMESTAMP) < TIMESTAMP '9999-12-31', false)`;
  const tests = names.map((name) => {
    const noNulls = name === roles.ingested && !roles.requireArrival ? 'true' : 'stats_null_count = 0';
    const instant =
      name === roles.id ? (type(name) === 'VARCHAR' ? "stats_min_value <> ''" : 'true') : ranged;
    const allNull =
      name === roles.ingested && !roles.requireArrival ? ' OR stats_null_count = num_values' : '';
    return `WHEN path_in_schema = ${literal(name ?? '')} THEN num_values = 0 OR (${noNulls} AND ${instant})${allNull}`;
  });
  const { clean } = await staging.session.one(
    `SELECT coalesce(bool_and(coalesce(CASE ${tests.join(' ')} END, false)), true) AS clean
     FROM parquet_metadata(${listLiteral(paths)}) WHERE path_in_schema IN (${names.map((n) => literal(n ?? '')).join(', ')})`,
    z.object({ clean: z.boolean() }),
  );
  return clean;
}
