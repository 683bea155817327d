import { parseColumnType } from '#lib/plan/column-type';

/** A column type that a value can be brought to strictly. `sql` is its DuckDB name. */
export type ColumnType =
  | { readonly kind: 'integer'; readonly sql: string }
  | { readonly kind: 'decimal'; readonly sql: string; readonly width: number; readonly scale: number }
  | { readonly kind: 'float'; readonly sql: 'FLOAT' | 'DOUBLE' }
  /** Stored as TIMESTAMP in UTC. */
  | { readonly kind: 'instant'; readonly sql: 'TIMESTAMP' }
  | { readonly kind: 'boolean' | 'text' | 'date' | 'uuid'; readonly sql: string };

export const TEXT: ColumnType = { kind: 'text', sql: 'VARCHAR' };
export const INSTANT: ColumnType = { kind: 'instant', sql: 'TIMESTAMP' };

export const decimalType = (width: number, scale: number): ColumnType => ({
  kind: 'decimal',
  sql: `DECIMAL(${width},${scale})`,
  width,
  scale,
});

/** The type that a DuckDB name (`DECIMAL(18,2)`, `TIMESTAMP`) stands for, or null where values cannot be brought to it. */
export function typeNamed(sql: string): ColumnType | null {
  const decimal = /^DECIMAL\((\d+),(\d+)\)$/.exec(sql);
  if (decimal !== null) return decimalType(Number(decimal[1]), Number(decimal[2]));
  if (/^U?(?:TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT)$/.test(sql)) return { kind: 'integer', sql };
  switch (sql) {
    case 'FLOAT':
    case 'DOUBLE':
      return { kind: 'float', sql };
    case 'TIMESTAMP':
    case 'TIMESTAMP WITH TIME ZONE':
      return INSTANT;
    case 'BOOLEAN':
      return { kind: 'boolean', sql };
    case 'DATE':
      return { kind: 'date', sql };
    case 'UUID':
      return { kind: 'uuid', sql };
    case 'VARCHAR':
      return TEXT;
    default:
      return null;
  }
}

/** The type that a plan declares (`decimal(18,2)`, `bigint`, `timestamptz`), or null where there is no such type. */
export function parseType(text: string): ColumnType | null {
  const sql = parseColumnType(text);
  return sql === null ? null : typeNamed(sql);
}
