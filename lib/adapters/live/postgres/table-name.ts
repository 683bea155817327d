import { Failure } from '#lib/base/failure';
import { ident } from '#lib/base/sql';

export type TableName = { readonly schema: string; readonly table: string };

const PART = /^\s*(?:"((?:[^"]|"")+)"|([^".]+?))\s*(?:\.|$)/;

/** Parses `table`, `schema.table` or `"Odd ""name"""."x.y"`; without a schema: `public`. Throws plan.field.invalid. */
export function parseTableName(text: string): TableName {
  const parts: string[] = [];
  let rest = text;
  while (rest !== '') {
    const match = PART.exec(rest);
    if (match === null) return refuse(text);
    parts.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? '');
    const next = rest.slice(match[0].length);
    if (next === '' && match[0].endsWith('.')) return refuse(text);
    rest = next;
  }
  const [first, second] = parts;
  if (first === undefined || parts.length > 2 || text.includes('\0')) return refuse(text);
  return second === undefined ? { schema: 'public', table: first } : { schema: first, table: second };
}

function refuse(text: string): never {
  throw new Failure(
    'plan.field.invalid',
    `The live table ${JSON.stringify(text)} is not of the form schema.table.`,
    {
      fix: 'Write schema.table; put a name with dots or quotes into double quotes.',
      at: { path: 'live.table' },
    },
  );
}

export const qualified = (name: TableName): string => `${ident(name.schema)}.${ident(name.table)}`;

/** As people write it: quoted only where it must be. */
export function tableWords({ schema, table }: TableName): string {
  const word = (part: string): string => (/^[a-z_][a-z0-9_$]*$/.test(part) ? part : ident(part));
  return `${word(schema)}.${word(table)}`;
}
