/** A column type that a value can be brought to strictly. `sql` is its DuckDB name. */
export type ColumnType =
  | { readonly kind: 'integer'; readonly sql: string }
  | { readonly kind: 'decimal'; readonly sql: string; readonly width: number; readonly scale: number }
  | { readonly kind: 'float'; readonly sql: 'FLOAT' | 'DOUBLE' }
  /** Stored as TIMESTAMP in UTC. */
  | { readonly kind: 'instant'; readonly sql: 'TIMESTAMP' }
  | { readonly kind: 'boolean' | 'text' | 'date' | 'uuid'; readonly sql: string };

const INTEGERS: Readonly<Record<string, string>> = {
  tinyint: 'TINYINT',
  int1: 'TINYINT',
  smallint: 'SMALLINT',
  int2: 'SMALLINT',
  short: 'SMALLINT',
  integer: 'INTEGER',
  int: 'INTEGER',
  int4: 'INTEGER',
  signed: 'INTEGER',
  bigint: 'BIGINT',
  int8: 'BIGINT',
  long: 'BIGINT',
  hugeint: 'HUGEINT',
  int128: 'HUGEINT',
  utinyint: 'UTINYINT',
  usmallint: 'USMALLINT',
  uinteger: 'UINTEGER',
  ubigint: 'UBIGINT',
  uhugeint: 'UHUGEINT',
};

const OTHERS: Readonly<Record<string, ColumnType>> = {
  float: { kind: 'float', sql: 'FLOAT' },
  float4: { kind: 'float', sql: 'FLOAT' },
  real: { kind: 'float', sql: 'FLOAT' },
  double: { kind: 'float', sql: 'DOUBLE' },
  float8: { kind: 'float', sql: 'DOUBLE' },
  'double precision': { kind: 'float', sql: 'DOUBLE' },
  boolean: { kind: 'boolean', sql: 'BOOLEAN' },
  bool: { kind: 'boolean', sql: 'BOOLEAN' },
  varchar: { kind: 'text', sql: 'VARCHAR' },
  text: { kind: 'text', sql: 'VARCHAR' },
  string: { kind: 'text', sql: 'VARCHAR' },
  char: { kind: 'text', sql: 'VARCHAR' },
  timestamp: { kind: 'instant', sql: 'TIMESTAMP' },
  timestamptz: { kind: 'instant', sql: 'TIMESTAMP' },
  datetime: { kind: 'instant', sql: 'TIMESTAMP' },
  'timestamp with time zone': { kind: 'instant', sql: 'TIMESTAMP' },
  'timestamp without time zone': { kind: 'instant', sql: 'TIMESTAMP' },
  date: { kind: 'date', sql: 'DATE' },
  uuid: { kind: 'uuid', sql: 'UUID' },
};

export const TEXT: ColumnType = { kind: 'text', sql: 'VARCHAR' };
export const INSTANT: ColumnType = { kind: 'instant', sql: 'TIMESTAMP' };

export const decimalType = (width: number, scale: number): ColumnType => ({
  kind: 'decimal',
  sql: `DECIMAL(${width},${scale})`,
  width,
  scale,
});

/** Names that a message may offer where a type name is unknown. */
export const TYPE_NAMES: readonly string[] = [
  'bigint',
  'hugeint',
  'integer',
  'decimal(18,2)',
  'double',
  'boolean',
  'varchar',
  'timestamp',
  'timestamptz',
  'date',
  'uuid',
];

/** The type that a plan declares (`decimal(18,2)`, `BIGINT`, `timestamptz`), or null where there is no such type. */
export function parseType(text: string): ColumnType | null {
  const name = text.trim().toLowerCase().replace(/\s+/g, ' ');
  const integer = Object.hasOwn(INTEGERS, name) ? INTEGERS[name] : undefined;
  if (integer !== undefined) return { kind: 'integer', sql: integer };
  const other = Object.hasOwn(OTHERS, name) ? OTHERS[name] : undefined;
  if (other !== undefined) return other;
  const m = /^(?:decimal|numeric|dec) ?(?:\( ?(\d{1,2}) ?(?:, ?(\d{1,2}) ?)?\))?$/.exec(name);
  if (m === null) return null;
  const [width, scale] = m[1] === undefined ? [18, 3] : [Number(m[1]), Number(m[2] ?? 0)];
  return width >= 1 && width <= 38 && scale <= width ? decimalType(width, scale) : null;
}
