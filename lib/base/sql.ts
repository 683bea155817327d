import { Bug } from '#lib/base/failure';

/** A quoted SQL identifier, for DuckDB and PostgreSQL alike. */
export function ident(name: string): string {
  if (name.includes('\0')) throw new Bug('an identifier cannot hold NUL');
  return `"${name.replaceAll('"', '""')}"`;
}

/** A quoted SQL string literal. For statements that take no parameters (COPY, SET, views); else bind values. */
export function literal(text: string): string {
  if (text.includes('\0')) throw new Bug('a literal cannot hold NUL');
  return `'${text.replaceAll("'", "''")}'`;
}

/** A SQL list of string literals: ['a', 'b']. */
export const listLiteral = (texts: readonly string[]): string => `[${texts.map(literal).join(', ')}]`;
