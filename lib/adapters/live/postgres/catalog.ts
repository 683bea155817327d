import type { CatalogColumn } from '#lib/adapters/live/postgres/column-type';
import { duckdbType } from '#lib/adapters/live/postgres/column-type';
import type { Connection, TextRow } from '#lib/adapters/live/postgres/connection';
import { type TableName, tableWords } from '#lib/adapters/live/postgres/table-name';
import { Bug, Failure } from '#lib/base/failure';
import type { TargetIdentity } from '#lib/patch/patch';

/** A relation as the catalog has it; everything that decides whether and how it can be patched. */
export type Relation = {
  readonly oid: string;
  readonly name: TableName;
  readonly kind: string;
  readonly persistence: string;
  readonly estimatedRows: number | null;
  readonly rowSecurity: boolean;
  readonly hasChildren: boolean;
  readonly columns: readonly CatalogColumn[];
  readonly uniqueKeys: readonly (readonly string[])[];
};

/** The field of a row at a position; a NULL where none is expected is a fault of the query. */
export function field(row: TextRow | undefined, index: number): string {
  const value = row?.[index];
  if (value === null || value === undefined) throw new Bug(`the catalog gave no value at position ${index}`);
  return value;
}

/**
 * The table `oid` with all whose rows count as its own: partitions, and tables that inherit from it. A query of oids; unlike
 * `pg_partition_tree` it locks none of them.
 */
export const familySql = (oid: string): string =>
  `WITH RECURSIVE family(oid) AS (
     SELECT (${oid})::oid UNION SELECT i.inhrelid FROM pg_inherits i JOIN family f ON i.inhparent = f.oid)
   SELECT oid FROM family`;

const FIND = `
  SELECT c.oid, n.nspname, c.relname, c.relkind, c.relpersistence, c.reltuples::float8::text,
         row_security_active(c.oid)::text,
         (c.relkind = 'r' AND c.relhassubclass AND EXISTS (SELECT FROM pg_inherits i WHERE i.inhparent = c.oid))::text
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
     AND (n.nspname = $1::text AND c.relname = $2::text
          OR n.nspname = lower($1::text) AND c.relname = lower($2::text))
   ORDER BY (n.nspname = $1::text AND c.relname = $2::text) DESC LIMIT 1`;

/** Finds a table by name: as written, else folded to lower case. Throws live.not_found. */
export async function findRelation(connection: Connection, name: TableName): Promise<Relation> {
  const found = await connection.query(FIND, [name.schema, name.table]);
  const row = found.rows[0];
  if (row === undefined) {
    throw new Failure('live.not_found', `There is no table ${tableWords(name)} in the live store.`);
  }
  const oid = field(row, 0);
  const hasChildren = field(row, 7) === 'true';
  const tuples = Number(field(row, 5));
  return {
    oid,
    name: { schema: field(row, 1), table: field(row, 2) },
    kind: field(row, 3),
    persistence: field(row, 4),
    estimatedRows: tuples < 0 ? null : Math.round(tuples),
    rowSecurity: field(row, 6) === 'true',
    hasChildren,
    columns: await columnsOf(connection, oid),
    // a unique index of a parent says nothing of the rows in its children
    uniqueKeys: hasChildren ? [] : await uniqueKeysOf(connection, oid),
  };
}

const COLUMNS = `
  WITH RECURSIVE based AS (
    SELECT a.attnum, a.atttypid AS type, a.atttypmod AS modifier, 0 AS depth
      FROM pg_attribute a WHERE a.attrelid = $1::oid AND a.attnum > 0 AND NOT a.attisdropped
    UNION ALL
    SELECT b.attnum, t.typbasetype, CASE WHEN t.typtypmod >= 0 THEN t.typtypmod ELSE b.modifier END, b.depth + 1
      FROM based b JOIN pg_type t ON t.oid = b.type WHERE t.typtype = 'd'
  ), base AS (SELECT DISTINCT ON (attnum) * FROM based ORDER BY attnum, depth DESC)
  SELECT a.attname, format_type(a.atttypid, a.atttypmod),
         CASE WHEN b.type = 'name'::regtype THEN 'text' ELSE format_type(b.type, -1) END,
         t.typname, (n.nspname = 'pg_catalog')::text, t.typtype, b.modifier::text,
         coalesce(l.collisdeterministic, true)::text, (NOT a.attnotnull)::text,
         a.attidentity::text, (a.attgenerated <> '')::text, a.atthasdef::text
    FROM pg_attribute a
    JOIN base b ON b.attnum = a.attnum
    JOIN pg_type t ON t.oid = b.type
    JOIN pg_namespace n ON n.oid = t.typnamespace
    LEFT JOIN pg_collation l ON l.oid = a.attcollation
   WHERE a.attrelid = $1::oid AND a.attnum > 0 AND NOT a.attisdropped
   ORDER BY a.attnum`;

async function columnsOf(connection: Connection, oid: string): Promise<CatalogColumn[]> {
  const { rows } = await connection.query(COLUMNS, [oid]);
  return rows.map((row) => {
    const identity = field(row, 9);
    return {
      name: field(row, 0),
      sqlType: field(row, 1),
      castType: field(row, 2),
      type: duckdbType({
        name: field(row, 3),
        builtIn: field(row, 4) === 'true',
        kind: field(row, 5),
        modifier: Number(field(row, 6)),
        deterministic: field(row, 7) === 'true',
      }),
      nullable: field(row, 8) === 'true',
      identity: identity === 'a' || identity === 'd' ? identity : '',
      generated: field(row, 10) === 'true',
      hasDefault: field(row, 11) === 'true',
    };
  });
}

// whole, valid, without expression or predicate, over columns that are NOT NULL; INCLUDEd columns are no key
const UNIQUE = `
  SELECT to_json(array_agg(a.attname::text ORDER BY k.place))::text
    FROM pg_index i
    CROSS JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY AS k(attnum, place)
    JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
   WHERE i.indrelid = $1::oid AND i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL
     AND k.place <= i.indnkeyatts
   GROUP BY i.indexrelid, i.indisprimary HAVING bool_and(a.attnotnull)
   ORDER BY i.indisprimary DESC, i.indexrelid`;

async function uniqueKeysOf(connection: Connection, oid: string): Promise<string[][]> {
  const { rows } = await connection.query(UNIQUE, [oid]);
  return rows.map((row) => texts(JSON.parse(field(row, 0))));
}

/** A JSON list of strings from the server. */
export function texts(value: unknown): string[] {
  if (!Array.isArray(value)) throw new Bug('expected a list from the catalog');
  return value.map(String);
}

/** Marks an identity whose server does not tell its system identifier; the other parts still hold. */
export const UNTOLD = 'untold';

/** What the target is, whatever its address: the cluster's own identifier, database, schema and table. */
export async function identityOf(connection: Connection, name: TableName): Promise<TargetIdentity> {
  return { kind: 'postgres', ...(await clusterOf(connection)), schema: name.schema, table: name.table };
}

/** The cluster's own identifier, `untold` where the account may not ask it, and the database. */
export async function clusterOf(
  connection: Connection,
): Promise<{ readonly systemIdentifier: string; readonly database: string }> {
  const facts = await connection.query(
    `SELECT current_database(), has_function_privilege('pg_catalog.pg_control_system()', 'EXECUTE')::text`,
  );
  const told = field(facts.rows[0], 1) === 'true';
  const system = told
    ? await connection.query('SELECT system_identifier::text FROM pg_control_system()')
    : { rows: [[UNTOLD]] };
  return { systemIdentifier: field(system.rows[0], 0), database: field(facts.rows[0], 0) };
}

/** True when one of the unique keys lies within the given columns: then they cannot repeat. */
export const isUniqueBy = (relation: Relation, keys: readonly string[]): boolean =>
  relation.uniqueKeys.some((unique) => unique.every((column) => keys.includes(column)));

/** The catalog's columns of the given names, in that order. Throws `code` for one that is not there. */
export function columnsNamed(
  relation: Relation,
  names: readonly string[],
  code: 'live.schema_changed' | 'plan.live.column_unknown' = 'live.schema_changed',
): CatalogColumn[] {
  return names.map((name) => {
    const column = relation.columns.find((each) => each.name === name);
    if (column !== undefined) return column;
    throw new Failure(
      code,
      `The live table ${tableWords(relation.name)} has no column ${JSON.stringify(name)}.`,
    );
  });
}
