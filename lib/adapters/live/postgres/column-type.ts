import { ident, literal } from '#lib/base/sql';
import type { LiveColumn } from '#lib/patch/patch';

/** A column as the catalog has it. */
export type CatalogColumn = LiveColumn & {
  /** The base type without length, precision or scale (of a `name`: text): a cast to it rounds and cuts nothing. */
  readonly castType: string;
  /** `a`lways, by `d`efault, or neither. */
  readonly identity: 'a' | 'd' | '';
  readonly generated: boolean;
  readonly hasDefault: boolean;
};

export type TypeFacts = {
  /** `pg_type.typname` of the base type, under the domains. */
  readonly name: string;
  /** Is the base type one of PostgreSQL's own (schema pg_catalog)? */
  readonly builtIn: boolean;
  readonly kind: string;
  /** atttypmod, of the column or of the domain over the base type; -1 without. */
  readonly modifier: number;
  /** False where a collation holds different texts for equal. */
  readonly deterministic: boolean;
};

/** Marks a number of no fixed scale, or with more than 38 digits: the reader chooses a type from the values. */
export const UNBOUNDED_NUMERIC = 'NUMERIC';
/** Marks a type that is never compared or written: no exact equality, or none that DuckDB shares. */
export const UNSUPPORTED = 'UNSUPPORTED';

const PLAIN_TYPES: Readonly<Record<string, string>> = {
  int2: 'SMALLINT',
  int4: 'INTEGER',
  int8: 'BIGINT',
  float4: 'FLOAT',
  float8: 'DOUBLE',
  text: 'VARCHAR',
  varchar: 'VARCHAR',
  bpchar: 'VARCHAR',
  name: 'VARCHAR',
  bool: 'BOOLEAN',
  date: 'DATE',
  time: 'TIME',
  timestamp: 'TIMESTAMP',
  timestamptz: 'TIMESTAMP WITH TIME ZONE',
  uuid: 'UUID',
};

/** The DuckDB type that holds every value of a PostgreSQL type exactly, or one of the two marks. */
export function duckdbType(facts: TypeFacts): string {
  if (!facts.deterministic) return UNSUPPORTED;
  if (facts.kind === 'e') return 'VARCHAR';
  if (!facts.builtIn) return UNSUPPORTED;
  if (facts.name === 'numeric') return numericType(facts.modifier);
  return PLAIN_TYPES[facts.name] ?? UNSUPPORTED;
}

// numeric.c: ((precision << 16) | (scale & 0x7ff)) + 4, the scale signed in 11 bits since PostgreSQL 15
function numericType(modifier: number): string {
  if (modifier < 4) return UNBOUNDED_NUMERIC;
  const precision = ((modifier - 4) >> 16) & 0xffff;
  const scale = (((modifier - 4) & 0x7ff) ^ 1024) - 1024;
  const digitsAfter = Math.max(scale, 0);
  const digits = Math.max(Math.max(precision - scale, 0) + digitsAfter, 1);
  return digits > 38 ? UNBOUNDED_NUMERIC : `DECIMAL(${digits},${digitsAfter})`;
}

/** Starts the message of a value that no snapshot can hold; `snapshot` turns it into live.value_unreadable. */
export const UNREADABLE = 'recount cannot read';

/**
 * The expression that renders a column in the one text form of a snapshot. A value that the form cannot hold
 * (infinity, NaN in an exact number, a year outside 1 to 9999) fails the query by a cast that names the column.
 */
export function rendered(column: CatalogColumn, alias: string): string {
  const value = `${alias}.${ident(column.name)}`;
  const failing = (type: string): string =>
    `(${literal(`${UNREADABLE} ${column.name}: `)} || ${value}::text)::${type}::text`;
  const within = (format: string): string =>
    `CASE WHEN ${value} IS NULL THEN NULL WHEN isfinite(${value}) AND ${value} >= '0001-01-01' ` +
    `AND ${value} < '10000-01-01' THEN to_char(${value}, ${literal(format)}) ELSE ${failing('timestamp')} END`;
  switch (column.type) {
    case 'TIMESTAMP WITH TIME ZONE':
      return within('YYYY-MM-DD"T"HH24:MI:SS.US"Z"');
    case 'TIMESTAMP':
      return within('YYYY-MM-DD"T"HH24:MI:SS.US');
    case 'DATE':
      return within('YYYY-MM-DD');
    default:
      return isExactNumeric(column)
        ? `CASE WHEN ${value} IN ('NaN', 'Infinity', '-Infinity') THEN ${failing('int4')} ELSE ${value}::text END`
        : `${value}::text`;
  }
}

const isExactNumeric = (column: CatalogColumn): boolean =>
  column.type === UNBOUNDED_NUMERIC || column.type.startsWith('DECIMAL');

const FLOATS: readonly string[] = ['FLOAT', 'DOUBLE'];
const INTEGERS: readonly string[] = ['SMALLINT', 'INTEGER', 'BIGINT'];

/** The type in which a delta of a column is held: wider than the column, so that no difference overflows. Null: none. */
export function deltaType(column: CatalogColumn): string | null {
  if (FLOATS.includes(column.type)) return 'float8';
  return INTEGERS.includes(column.type) || isExactNumeric(column) ? 'numeric' : null;
}
