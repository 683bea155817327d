/** Type names that may be declared, and what DuckDB calls them. Times are kept in UTC, to the microsecond. */
const NAMES: ReadonlyMap<string, string> = new Map([
  ...['tinyint', 'int1'].map((n) => [n, 'TINYINT'] as const),
  ...['smallint', 'int2', 'short'].map((n) => [n, 'SMALLINT'] as const),
  ...['integer', 'int', 'int4', 'signed'].map((n) => [n, 'INTEGER'] as const),
  ...['bigint', 'int8', 'long'].map((n) => [n, 'BIGINT'] as const),
  ['hugeint', 'HUGEINT'],
  ['utinyint', 'UTINYINT'],
  ['usmallint', 'USMALLINT'],
  ['uinteger', 'UINTEGER'],
  ['ubigint', 'UBIGINT'],
  ['uhugeint', 'UHUGEINT'],
  ...['float', 'float4', 'real'].map((n) => [n, 'FLOAT'] as const),
  ...['double', 'float8', 'double precision'].map((n) => [n, 'DOUBLE'] as const),
  ...['boolean', 'bool', 'logical'].map((n) => [n, 'BOOLEAN'] as const),
  ...['varchar', 'text', 'string', 'char', 'bpchar'].map((n) => [n, 'VARCHAR'] as const),
  ...['timestamp', 'datetime', 'timestamp without time zone'].map((n) => [n, 'TIMESTAMP'] as const),
  ...['timestamptz', 'timestamp with time zone'].map((n) => [n, 'TIMESTAMP WITH TIME ZONE'] as const),
  ['date', 'DATE'],
  ['uuid', 'UUID'],
]);

export const DECLARABLE_TYPES = [
  'tinyint',
  'smallint',
  'integer',
  'bigint',
  'hugeint',
  'utinyint',
  'usmallint',
  'uinteger',
  'ubigint',
  'uhugeint',
  'decimal(18,2)',
  'float',
  'double',
  'boolean',
  'varchar',
  'timestamp',
  'timestamptz',
  'date',
  'uuid',
] as const;

/**
 * A declared type as DuckDB names it (`int` -> `INTEGER`, `numeric(18, 2)` -> `DECIMAL(18,2)`). A decimal needs
 * its width and scale: DuckDB's silent `DECIMAL(18,3)` is nobody's intention. Null for any other text.
 */
export function parseColumnType(text: string): string | null {
  const name = text.trim().toLowerCase().replace(/\s+/g, ' ');
  const decimal = /^(?:decimal|numeric|dec) ?\( ?(\d{1,2}) ?(?:, ?(\d{1,2}) ?)?\)$/.exec(name);
  if (decimal !== null) {
    const [width, scale] = [Number(decimal[1]), Number(decimal[2] ?? 0)];
    return width >= 1 && width <= 38 && scale <= width ? `DECIMAL(${width},${scale})` : null;
  }
  return NAMES.get(name) ?? null;
}
