import type { Warning } from '#lib/archive/archive';
import type { DiscrepancyColumns } from '#lib/compare/discrepancy';
import type { Shape } from '#lib/replay/shape';

/** A column of the live table as compare needs it. */
export type ComparedColumn = {
  readonly name: string;
  /** Type in the store's own words. */
  readonly sqlType: string;
  /** DuckDB type that values are compared in. TIMESTAMP for every instant. */
  readonly type: string;
  /** DuckDB type of the plan's expression. */
  readonly from: string;
  /** A live instant whose column has a zone (or whose text has an offset). */
  readonly zoned: boolean;
  /** Absolute tolerance, decimal text; floats only. */
  readonly tolerance: string | null;
  readonly nullable: boolean;
};

export type ComparedColumns = {
  readonly keys: readonly ComparedColumn[];
  readonly bucket: ComparedColumn | null;
  readonly measures: readonly ComparedColumn[];
  /** The live column of `cut`, where there is one. */
  readonly cut: string | null;
  readonly warnings: readonly Warning[];
};

const NUMERIC =
  /^(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT|UTINYINT|USMALLINT|UINTEGER|UBIGINT|UHUGEINT|FLOAT|DOUBLE|DECIMAL.*)$/;
const INTEGER = /^U?(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT)$/;

/** A column of a store without types (a CSV file): it takes the type of the plan's expression. */
export const isUntyped = (column: { readonly type: string; readonly sqlType: string }): boolean =>
  column.type === 'VARCHAR' && column.sqlType === 'VARCHAR';

export const isNumeric = (type: string): boolean => NUMERIC.test(type);
export const isInteger = (type: string): boolean => INTEGER.test(type);
export const isFloat = (type: string): boolean => type === 'FLOAT' || type === 'DOUBLE';
export const isDecimal = (type: string): boolean => type.startsWith('DECIMAL');
export const isInstant = (type: string): boolean =>
  type === 'TIMESTAMP' || type === 'TIMESTAMP WITH TIME ZONE';

/** Digits after the point of a DuckDB type: 0 for integers. */
export const scaleOf = (type: string): number => Number(/^DECIMAL\(\d+,(\d+)\)$/.exec(type)?.[1] ?? 0);

/** All columns that a live row is read with, in order: keys, bucket, measures, cut; each once. */
export function snapshotColumns(columns: ComparedColumns): string[] {
  const names = [...columns.keys, ...(columns.bucket ? [columns.bucket] : []), ...columns.measures].map(
    (c) => c.name,
  );
  if (columns.cut !== null && !names.includes(columns.cut)) names.push(columns.cut);
  return names;
}

/** The columns as discrepancies show them. */
export function discrepancyColumns(columns: ComparedColumns): DiscrepancyColumns {
  return {
    keys: columns.keys.map(({ name, type }) => ({ name, type })),
    bucket: columns.bucket === null ? null : { name: columns.bucket.name, type: columns.bucket.type },
    measures: columns.measures.map(({ name, type }) => ({ name, type, numeric: isNumeric(type) })),
  };
}

/** The names of a cell's columns in the session, in the order of the sort: keys, then the bucket. */
export const cellSql = (shape: Shape, columns: ComparedColumns): string[] => [
  ...columns.keys.map((_, i) => `"@k${i}"`),
  ...(shape.plan.live.state === 'bucketed' ? ['"@b"'] : []),
];
