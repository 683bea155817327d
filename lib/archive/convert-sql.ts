import { PATTERN, type Shape } from '#lib/archive/infer';
import { fullMatch, instantOfLocal, instantOfText } from '#lib/archive/time-sql';
import type { ColumnType } from '#lib/archive/types';

const UUID = '[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}';

/**
 * SQL: text as a value of a type, or NULL where it does not fit exactly. Patterns come first, because DuckDB's
 * casts round (`1.005`, `1.75`) and accept `1e3`, `1_000`, `0x10` and blanks.
 */
export function valueOfText(v: string, type: ColumnType, zone: string | null): string {
  const when = (pattern: string): string =>
    `CASE WHEN ${fullMatch(v, pattern)} THEN TRY_CAST(${v} AS ${type.sql}) END`;
  switch (type.kind) {
    case 'text':
      return v;
    case 'integer':
      return when('[+-]?[0-9]+');
    case 'decimal': {
      const fraction = type.scale === 0 ? '0*' : `[0-9]{0,${type.scale}}0*`;
      const bare = type.scale === 0 ? '0+' : `[0-9]{1,${type.scale}}0*`;
      return when(`[+-]?(?:[0-9]+(?:\\.${fraction})?|\\.${bare})`);
    }
    case 'float':
      return floatOfText(v, type.sql);
    case 'boolean':
      return when('(?i:true|false|t|f|1|0)');
    case 'date':
      return when(PATTERN.date);
    case 'uuid':
      return when(UUID);
    case 'instant':
      return instantOfText(v, zone);
  }
}

/** A number that is too large is no infinity: only the word is. */
function floatOfText(v: string, type: string): string {
  const number = fullMatch(v, '[+-]?(?:[0-9]+(?:\\.[0-9]*)?|\\.[0-9]+)(?:[eE][+-]?[0-9]+)?');
  const word = fullMatch(v, '(?i:[+-]?(?:nan|inf(?:inity)?))');
  const cast = `TRY_CAST(${v} AS ${type})`;
  return `CASE WHEN ${number} THEN CASE WHEN isfinite(${cast}) THEN ${cast} END WHEN ${word} THEN ${cast} END`;
}

/**
 * SQL: text of a column whose type was inferred as a value, or NULL. Only what inference takes for the type is one:
 * `+5` is a bigint where that is declared, and makes the column text where it is not.
 */
export function valueOfInferred(v: string, shape: Shape, type: ColumnType, zone: string | null): string {
  const cast = `TRY_CAST(${v} AS ${type.sql})`;
  if (shape.kind === 'none' || type.kind === 'text') return v;
  // Text that comes back as it was is canonical; cheaper than a pattern.
  if (type.kind === 'integer') return `CASE WHEN CAST(${cast} AS VARCHAR) = ${v} THEN ${cast} END`;
  if (type.kind === 'decimal') {
    const fraction = type.scale === 0 ? '' : `(?:\\.[0-9]{1,${type.scale}})?`;
    return `CASE WHEN ${fullMatch(v, `-?(?:0|[1-9][0-9]*)${fraction}`)} THEN ${cast} END`;
  }
  if (type.kind === 'instant') return instantOfText(v, zone);
  const value = type.kind === 'float' ? floatOfText(v, type.sql) : cast;
  return `CASE WHEN ${fullMatch(v, shapePattern(shape))} THEN ${value} END`;
}

function shapePattern(shape: Shape): string {
  if (shape.kind === 'float') return `${PATTERN.decimal}|${PATTERN.float}`;
  if (shape.kind === 'none' || shape.kind === 'text') return '.*';
  return PATTERN[shape.kind];
}

/**
 * SQL: whether text for which there is no value shows that its column is of another type than inferred. A number that
 * does not fit does; a day that no calendar has (30 February) does not: that is a wrong value.
 */
export function widensShape(v: string, value: string, shape: Shape, type: ColumnType): string {
  if (shape.kind === 'none') return `${v} IS NOT NULL`;
  const exact = shape.kind === 'integer' || shape.kind === 'decimal';
  // Numbers with too many digits for any exact type are text, unless an exponent makes all of them floats.
  if (type.kind === 'text')
    return exact ? `${v} IS NOT NULL AND NOT ${fullMatch(v, PATTERN.decimal)}` : 'false';
  const missing = `${v} IS NOT NULL AND ${value} IS NULL`;
  return exact ? missing : `${missing} AND NOT ${fullMatch(v, shapePattern(shape))}`;
}

/** SQL aggregates that tell the shape of a whole text column; `shapeOfFacts` reads them. */
export function shapeFacts(v: string): string {
  const all = (test: string): string => `coalesce(bool_and(${test}), true)`;
  const holds = (type: string): string =>
    `CASE WHEN ${v} IS NOT NULL THEN TRY_CAST(${v} AS ${type}) IS NOT NULL END`;
  const decimal = fullMatch(v, PATTERN.decimal);
  const exact = (sql: string): string => `coalesce(max(CASE WHEN ${decimal} THEN ${sql} END), 0)`;
  return `struct_pack(n := count(${v}),
    ints := ${all(fullMatch(v, PATTERN.integer))}, decimals := ${all(decimal)},
    big := ${all(holds('BIGINT'))}, huge := ${all(holds('HUGEINT'))},
    whole := ${exact(`length(regexp_extract(${v}, '[0-9]+'))`)},
    scale := ${exact(`length(regexp_extract(${v}, '\\.([0-9]+)', 1))`)},
    floats := ${all(fullMatch(v, `${PATTERN.decimal}|${PATTERN.float}`))},
    bools := ${all(fullMatch(v, PATTERN.boolean))}, dates := ${all(fullMatch(v, PATTERN.date))},
    instants := ${all(fullMatch(v, PATTERN.instant))})`;
}

export type ShapeFacts = {
  readonly n: number;
  readonly ints: boolean;
  readonly decimals: boolean;
  readonly big: boolean;
  readonly huge: boolean;
  readonly whole: number;
  readonly scale: number;
  readonly floats: boolean;
  readonly bools: boolean;
  readonly dates: boolean;
  readonly instants: boolean;
};

export function shapeOfFacts(f: ShapeFacts): Shape {
  if (f.n === 0) return { kind: 'none' };
  if (f.decimals) {
    const size = !f.ints || f.big ? 0 : f.huge ? 1 : 2;
    return { kind: f.ints ? 'integer' : 'decimal', whole: f.whole, scale: f.scale, size };
  }
  if (f.floats) return { kind: 'float' };
  if (f.bools) return { kind: 'boolean' };
  if (f.instants) return { kind: 'instant' };
  return { kind: f.dates ? 'date' : 'text' };
}

const NUMERIC = /^(?:U?(?:TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT)|DECIMAL\(\d+,\d+\)|FLOAT|DOUBLE)$/;

/** Parquet's own types that an expression can use as they are. */
export const isScalar = (own: string): boolean =>
  NUMERIC.test(own) ||
  /^(?:VARCHAR|BOOLEAN|DATE|TIME|UUID|TIMESTAMP|TIMESTAMP WITH TIME ZONE|TIMESTAMP_(?:S|MS|NS))$/.test(own);

const LOCAL_TIMES = /^TIMESTAMP(?:_(?:S|MS|NS))?$/;

/** Whether a Parquet type holds times of a clock that the file does not name. */
export const isLocalTime = (own: string): boolean => LOCAL_TIMES.test(own);

/**
 * SQL: a Parquet column as a value of a type, or NULL where it does not fit exactly. Null instead of SQL where
 * there is no way from the one type to the other.
 */
export function valueOfParquet(c: string, own: string, type: ColumnType, zone: string | null): string | null {
  if (type.kind === 'instant') return instantOfParquet(c, own, zone);
  if (own === type.sql) return c;
  if (type.kind === 'text') return `CAST(${c} AS VARCHAR)`;
  if (own === 'VARCHAR') return valueOfText(c, type, zone);
  const number = type.kind === 'integer' || type.kind === 'decimal' || type.kind === 'float';
  const day = type.kind === 'date' && own === 'TIMESTAMP';
  if ((number && NUMERIC.test(own)) || day) {
    const cast = `TRY_CAST(${c} AS ${type.sql})`;
    // A decimal's nearest float is no change; every other change of value is.
    if (type.kind === 'float' && own !== 'DOUBLE') return cast;
    return `CASE WHEN ${cast} = ${c} THEN ${cast} END`;
  }
  return NUMERIC.test(own) && type.kind === 'boolean'
    ? valueOfText(`CAST(${c} AS VARCHAR)`, type, zone)
    : null;
}

function instantOfParquet(c: string, own: string, zone: string | null): string | null {
  if (own === 'VARCHAR') return instantOfText(c, zone);
  if (own === 'TIMESTAMP WITH TIME ZONE') return `timezone('UTC', ${c})`;
  if (!isLocalTime(own) || zone === null) return null;
  if (own === 'TIMESTAMP') return instantOfLocal(c, zone);
  const micros = `TRY_CAST(${c} AS TIMESTAMP)`;
  const exact = own === 'TIMESTAMP_NS' ? `CASE WHEN epoch_ns(${c}) % 1000 = 0 THEN ${micros} END` : micros;
  return instantOfLocal(exact, zone);
}
