import { isScalar } from '#lib/archive/convert-sql';
import { joinShapes, type Shape, typeOfShape } from '#lib/archive/infer';
import type { Target } from '#lib/archive/part-sql';
import type { StageSpec } from '#lib/archive/stage';
import { INSTANT, parseType, TEXT, typeNamed } from '#lib/archive/types';
import { Failure } from '#lib/base/failure';
import { nearest } from '#lib/base/nearest';

/** The columns of one file, as far as types go. */
export type FileColumns = {
  readonly path: string;
  /** Name -> DuckDB type of the file's own (Parquet), or null where all is text. */
  readonly columns: ReadonlyMap<string, string | null>;
};

type Asked = Pick<StageSpec, 'fields' | 'types' | 'usedColumns' | 'timezone'>;

/** Columns that the plan uses, mapped fields first, each once. */
export function usedNames(spec: Asked): string[] {
  const { id, time, ingested, sequence } = spec.fields;
  return [...new Set([id, time, ingested, sequence, ...spec.usedColumns].filter((n) => n !== null))];
}

/**
 * The type of every used column: declared; else Parquet's own; else what its text has in common (`shapes`). Failures:
 * plan.column.unknown, plan.field.invalid, archive.schema (types of Parquet files differ, or cannot be used).
 */
export function resolveTypes(
  spec: Asked,
  files: readonly FileColumns[],
  hiveKeys: ReadonlySet<string>,
  shapes: ReadonlyMap<string, Shape>,
): Map<string, Target> {
  const known = new Set(files.flatMap((f) => [...f.columns.keys()]));
  const targets = new Map<string, Target>();
  for (const name of usedNames(spec)) {
    if (!known.has(name) && !hiveKeys.has(name)) throw unknownColumn(spec, name, [...known, ...hiveKeys]);
    targets.set(name, targetOf(spec, name, files, shapes.get(name) ?? { kind: 'none' }));
  }
  return targets;
}

function targetOf(spec: Asked, name: string, files: readonly FileColumns[], shape: Shape): Target {
  const declared = spec.types.get(name);
  if (declared !== undefined) {
    const type = parseType(declared);
    if (type !== null)
      return { name, type, typeName: declared.toLowerCase(), stored: type.sql, declared: true, shape: null };
    throw new Failure('plan.field.invalid', `archive.types.${name}: there is no type ${declared}.`, {
      at: { path: `archive.types.${name}` },
    });
  }
  const own = ownType(name, files);
  const inferred = { name, declared: false };
  if (own !== null) {
    const type = typeNamed(own) ?? TEXT;
    return { ...inferred, type, typeName: own.toLowerCase(), stored: own, shape: null };
  }
  if (name === spec.fields.time || name === spec.fields.ingested)
    return { ...inferred, type: INSTANT, typeName: 'timestamp', stored: INSTANT.sql, shape: null };
  if (!files.some((f) => f.columns.has(name)))
    return { ...inferred, type: TEXT, typeName: 'varchar', stored: TEXT.sql, shape: null };
  const type = typeOfShape(shape, name === spec.fields.id ? 'id' : 'other');
  return { ...inferred, type, typeName: type.sql.toLowerCase(), stored: type.sql, shape };
}

/** The one type that Parquet files give a column, or null where none has it. */
function ownType(name: string, files: readonly FileColumns[]): string | null {
  let first: { readonly path: string; readonly type: string } | null = null;
  for (const { path, columns } of files) {
    const type = columns.get(name);
    if (type === undefined || type === null) continue;
    if (!isScalar(type))
      throw new Failure(
        'archive.schema',
        `${path}: the column ${name} has a type that expressions cannot use (${type.toLowerCase()}).`,
        {
          fix: `Declare it under archive.types (for example ${name}: varchar), or use another column.`,
          at: { file: path },
        },
      );
    if (first !== null && first.type !== type)
      throw new Failure(
        'archive.schema',
        `The column ${name} is ${first.type} in ${first.path} and ${type} in ${path}.`,
        { at: { file: path } },
      );
    first ??= { path, type };
  }
  return first?.type ?? null;
}

function unknownColumn(spec: Asked, name: string, known: readonly string[]): Failure {
  const role = (['id', 'time', 'ingested', 'sequence'] as const).find((r) => spec.fields[r] === name);
  const path = role === undefined ? 'calculation' : `archive.fields.${role}`;
  const guess = nearest(name, known);
  const listed = known.length > 20 ? `${known.slice(0, 20).join(', ')} …` : known.join(', ');
  return new Failure(
    'plan.column.unknown',
    `${path}: no file of the archive has a column ${name}.${guess === null ? '' : ` Did you mean ${guess}?`}`,
    {
      fix:
        known.length === 0
          ? 'The files that were found are empty, without even a header: look whether the path or glob names the right ones.'
          : `The columns are: ${listed}.`,
      at: { path },
    },
  );
}

/** Joins the shapes that were found in some file to those that are known. */
export function widenShapes(known: Map<string, Shape>, found: ReadonlyMap<string, Shape>): void {
  for (const [name, shape] of found) known.set(name, joinShapes(known.get(name) ?? { kind: 'none' }, shape));
}
